use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, TryRecvError, bounded};

use crate::volume::Region;

use super::voxels::{Buffers, Voxels};
use super::{Source, SourceError};

/// Called from reader threads when there is something to take.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Threads that read regions ahead of whoever takes them, a bounded number of regions at a time.
///
/// Dropping it lets the threads end after the region each is at, and waits for none of them: a slow disk must not
/// hold up whoever has no more use for what it reads.
pub struct Loader<T> {
    results: Receiver<Loaded<T>>,
    is_cancelled: Arc<AtomicBool>,
}

/// Place in the list of regions, and what the work made of it.
pub type Loaded<T> = (usize, Result<T, SourceError>);

impl<T: Send + 'static> Loader<T> {
    /// Starts reading `regions` in about their order with all cores; `work` runs on the reader threads on every
    /// region's voxels.
    pub fn start(
        source: Arc<dyn Source>,
        regions: Vec<Region>,
        wake: Wake,
        work: impl Fn(Region, Voxels) -> T + Send + Sync + 'static,
    ) -> Self {
        let threads = std::thread::available_parallelism().map_or(2, |n| n.get());
        Self::start_on(threads, source, regions, wake, work)
    }

    /// As [`Loader::start`], on so many threads at most.
    pub fn start_on(
        threads: usize,
        source: Arc<dyn Source>,
        regions: Vec<Region>,
        wake: Wake,
        work: impl Fn(Region, Voxels) -> T + Send + Sync + 'static,
    ) -> Self {
        let threads = threads.min(regions.len()).max(1);
        // A region in each thread's hands and half as many waiting: taker and readers overlap, memory stays small.
        let (sender, results) = bounded(threads.div_ceil(2));
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let shared = Arc::new((source, regions, work, AtomicUsize::new(0), wake, Buffers::default()));
        for _ in 0..threads {
            let (shared, sender, is_cancelled) = (shared.clone(), sender.clone(), is_cancelled.clone());
            std::thread::spawn(move || {
                let (source, regions, work, next, wake, buffers) = &*shared;
                while !is_cancelled.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(region) = regions.get(index) else { break };
                    let result = read_and(source.as_ref(), region, buffers, work);
                    if sender.send((index, result)).is_err() {
                        break;
                    }
                    wake();
                }
                // Gone before the last call, so that whoever is woken finds that all were taken.
                drop(sender);
                wake();
            });
        }
        Self { results, is_cancelled }
    }

    /// The next result if there is one now. `Err(true)`: all were taken; `Err(false)`: not yet.
    pub fn try_next(&self) -> Result<Loaded<T>, bool> {
        self.results
            .try_recv()
            .map_err(|error| error == TryRecvError::Disconnected)
    }

    /// The next result, waiting for it; `None` when all were taken.
    pub fn next_blocking(&self) -> Option<Loaded<T>> {
        self.results.recv().ok()
    }

    /// The next result, waiting for it a while. `Err(true)`: all were taken; `Err(false)`: not in time.
    pub fn next_within(&self, timeout: Duration) -> Result<Loaded<T>, bool> {
        self.results
            .recv_timeout(timeout)
            .map_err(|error| error == RecvTimeoutError::Disconnected)
    }
}

/// Reads a region, and does `work` on its voxels.
///
/// A decoder that panics must not leave a gap that nobody notices: numbers would be of less than all voxels, and a
/// window would wait for ever.
pub(super) fn read_and<T>(
    source: &dyn Source,
    region: &Region,
    buffers: &Buffers,
    work: &impl Fn(Region, Voxels) -> T,
) -> Result<T, SourceError> {
    let read = || {
        let bytes = region.voxels() * source.dataset().sample_type.bytes() as u64;
        let mut voxels = buffers.take(bytes as usize);
        source.read(region, &mut voxels)?;
        Ok(work(region.clone(), voxels))
    };
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        let place = (region.t, &region.c, &region.zyx);
        Err(SourceError::Damaged(format!(
            "the decoder gave up at {place:?} (t, c, zyx)"
        )))
    })
}

impl<T> Drop for Loader<T> {
    fn drop(&mut self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }
}
