use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

/// Buffers that are kept for the next region: fresh ones cost as much as reading does, because the system clears them
/// page by page, and used ones are still in the caches.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffers {
    free: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// The most buffers that are kept, and the largest: regions are commonly a few MiB.
const MAX_FREE: usize = 16;
const MAX_KEPT_BYTES: usize = 8 << 20;

impl Buffers {
    /// A buffer of so many bytes, the contents of which are left over from something else.
    pub(super) fn take(&self, bytes: usize) -> Voxels {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut buffer = free.pop().unwrap_or_default();
        drop(free);
        // One that is much too large would hold on to memory for nothing.
        if buffer.capacity() < bytes || buffer.capacity() / 4 > bytes {
            buffer = vec![0; bytes];
        }
        buffer.resize(bytes, 0);
        Voxels {
            bytes: buffer,
            home: self.clone(),
        }
    }
}

/// Voxels of a region in a buffer that goes back to where it came from.
#[derive(Debug)]
pub struct Voxels {
    bytes: Vec<u8>,
    home: Buffers,
}

impl From<Vec<u8>> for Voxels {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            home: Buffers::default(),
        }
    }
}

impl Deref for Voxels {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl DerefMut for Voxels {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl Drop for Voxels {
    fn drop(&mut self) {
        let mut free = self.home.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < MAX_FREE && self.bytes.capacity() <= MAX_KEPT_BYTES {
            free.push(std::mem::take(&mut self.bytes));
        }
    }
}
