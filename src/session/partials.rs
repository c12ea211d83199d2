use std::sync::{Arc, Mutex, PoisonError};

use crate::volume::Region;

use super::block::per_channel;

/// Something per channel that voxels are added to, once per reader thread: nobody waits for another.
///
/// A thread takes it when it has read a region, and puts it back: there is no more of it than there are threads.
pub(super) struct Partials<T> {
    is_wanted: Vec<bool>,
    idle: Mutex<Vec<Vec<Option<T>>>>,
}

impl<T> Partials<T> {
    /// Nothing yet, of the channels that are wanted.
    pub(super) fn new(channel_count: usize, channels: &[usize]) -> Arc<Self> {
        let is_wanted = (0..channel_count).map(|channel| channels.contains(&channel)).collect();
        Arc::new(Self {
            is_wanted,
            idle: Mutex::default(),
        })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Option<T>>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the voxels of a region: `add` to what `fresh` makes for a channel.
    pub(super) fn add(&self, region: &Region, voxels: &[u8], fresh: impl Fn(usize) -> T, add: impl Fn(&mut T, &[u8])) {
        let mut mine = self.idle().pop().unwrap_or_default();
        mine.resize_with(self.is_wanted.len(), || None);
        for (channel, voxels) in region.c.clone().zip(per_channel(region, voxels)) {
            let channel = channel as usize;
            if self.is_wanted[channel] {
                add(mine[channel].get_or_insert_with(|| fresh(channel)), voxels);
            }
        }
        self.idle().push(mine);
    }

    /// What there is of every channel, joined; `none` where nothing was added. Once all regions are read.
    pub(super) fn join(&self, none: impl Fn() -> T, join: impl Fn(T, T) -> T) -> Vec<T> {
        let mut joined: Vec<Option<T>> = self.is_wanted.iter().map(|_| None).collect();
        for part in std::mem::take(&mut *self.idle()) {
            for (all, part) in joined.iter_mut().zip(part) {
                *all = match (all.take(), part) {
                    (Some(all), Some(part)) => Some(join(all, part)),
                    (all, part) => all.or(part),
                };
            }
        }
        joined.into_iter().map(|all| all.unwrap_or_else(&none)).collect()
    }
}
