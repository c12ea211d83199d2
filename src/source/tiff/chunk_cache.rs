use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::codec::Chunk;

/// Bytes of unpacked chunks that are kept for all readers of a file together.
const MAX_BYTES: usize = 64 << 20;

/// Which chunk: the file, and where in it.
pub(super) type Key = (usize, Chunk);

/// Unpacked chunks of which only a part was wanted: the next region, or the next channel, wants another part.
#[derive(Debug, Default)]
pub(super) struct ChunkCache {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    chunks: HashMap<Key, (u64, Arc<Vec<u8>>)>,
    /// Keys by when they were last asked for.
    order: BTreeMap<u64, Key>,
    clock: u64,
    bytes: usize,
}

impl ChunkCache {
    /// The samples of a chunk, if they are kept.
    pub(super) fn get(&self, key: &Key) -> Option<Arc<Vec<u8>>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        let (used, samples) = state.chunks.get_mut(key)?;
        state.order.remove(used);
        state.clock += 1;
        *used = state.clock;
        state.order.insert(state.clock, *key);
        Some(samples.clone())
    }

    /// Keeps the samples of a chunk, in place of those that nobody asked for in the longest time.
    pub(super) fn put(&self, key: Key, samples: Arc<Vec<u8>>) {
        if samples.len() > MAX_BYTES {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.clock += 1;
        let now = state.clock;
        state.bytes += samples.len();
        if let Some((used, before)) = state.chunks.insert(key, (now, samples)) {
            state.order.remove(&used);
            state.bytes -= before.len();
        }
        state.order.insert(now, key);
        while state.bytes > MAX_BYTES
            && let Some((_, oldest)) = state.order.pop_first()
        {
            let freed = state.chunks.remove(&oldest).map_or(0, |(_, samples)| samples.len());
            state.bytes -= freed;
        }
    }
}
