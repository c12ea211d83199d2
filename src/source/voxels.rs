use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use bytemuck::{Pod, Zeroable};

/// Memory that begins where a cache line does: the system copies a file's bytes half as fast again to where they lie
/// alike, and files commonly begin their voxels at a multiple of 16, 64 or 256.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
struct Line([u8; LINE_BYTES]);

const LINE_BYTES: usize = 64;

/// Buffers that are kept for the next region: fresh ones cost as much as reading does, because the system clears them
/// page by page, and used ones are still in the caches.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffers {
    free: Arc<Mutex<Vec<Vec<Line>>>>,
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
        let lines = bytes.div_ceil(LINE_BYTES);
        if buffer.capacity() < lines || buffer.capacity() / 4 > lines {
            buffer = vec![Line::zeroed(); lines];
        }
        buffer.resize(lines, Line::zeroed());
        Voxels {
            lines: buffer,
            bytes,
            home: self.clone(),
        }
    }
}

/// Voxels of a region in a buffer that goes back to where it came from.
#[derive(Debug)]
pub struct Voxels {
    lines: Vec<Line>,
    bytes: usize,
    home: Buffers,
}

impl From<&[u8]> for Voxels {
    fn from(bytes: &[u8]) -> Self {
        let mut voxels = Buffers::default().take(bytes.len());
        voxels.copy_from_slice(bytes);
        voxels
    }
}

impl Deref for Voxels {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.lines)[..self.bytes]
    }
}

impl DerefMut for Voxels {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.bytes]
    }
}

impl Drop for Voxels {
    fn drop(&mut self) {
        let mut free = self.home.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < MAX_FREE && self.lines.capacity() <= MAX_KEPT_BYTES / LINE_BYTES {
            free.push(std::mem::take(&mut self.lines));
        }
    }
}
