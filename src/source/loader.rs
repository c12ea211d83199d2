use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, TryRecvError, bounded};

use crate::volume::Region;

use super::{Source, SourceError};

/// Called from reader threads when there is something to take.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Threads that read regions ahead of whoever takes them, a bounded number of regions at a time.
///
/// Dropping it stops the threads after the region each is at.
pub struct Loader<T> {
    results: Option<Receiver<Loaded<T>>>,
    is_cancelled: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// Place in the list of regions, and what the work made of it.
pub type Loaded<T> = (usize, Result<T, SourceError>);

impl<T: Send + 'static> Loader<T> {
    /// Starts reading `regions` in about their order; `work` runs on the reader threads on every region's voxels.
    pub fn start(
        source: Arc<dyn Source>,
        regions: Vec<Region>,
        wake: Wake,
        work: impl Fn(Region, Vec<u8>) -> T + Send + Sync + 'static,
    ) -> Self {
        let threads = std::thread::available_parallelism()
            .map_or(2, |n| n.get())
            .min(regions.len())
            .max(1);
        // One region more than threads on the way: the taker and the readers overlap, memory stays small.
        let (sender, results) = bounded(threads.div_ceil(2));
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let shared = Arc::new((source, regions, work, AtomicUsize::new(0), wake));
        let threads = (0..threads)
            .map(|_| {
                let (shared, sender, is_cancelled) = (shared.clone(), sender.clone(), is_cancelled.clone());
                std::thread::spawn(move || {
                    let (source, regions, work, next, wake) = &*shared;
                    while !is_cancelled.load(Ordering::Relaxed) {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(region) = regions.get(index) else { break };
                        let bytes = region.voxels() * source.dataset().sample_type.bytes() as u64;
                        let mut voxels = vec![0; bytes as usize];
                        let result = source.read(region, &mut voxels).map(|()| work(region.clone(), voxels));
                        if sender.send((index, result)).is_err() {
                            break;
                        }
                        wake();
                    }
                    wake();
                })
            })
            .collect();
        Self {
            results: Some(results),
            is_cancelled,
            threads,
        }
    }

    /// The next result if there is one now. `Err(true)`: all were taken; `Err(false)`: not yet.
    pub fn try_next(&self) -> Result<Loaded<T>, bool> {
        let results = self.results.as_ref().ok_or(true)?;
        results.try_recv().map_err(|error| error == TryRecvError::Disconnected)
    }

    /// The next result, waiting for it; `None` when all were taken.
    pub fn next_blocking(&self) -> Option<Loaded<T>> {
        self.results.as_ref()?.recv().ok()
    }

    /// The next result, waiting for it a while. `Err(true)`: all were taken; `Err(false)`: not in time.
    pub fn next_within(&self, timeout: Duration) -> Result<Loaded<T>, bool> {
        let results = self.results.as_ref().ok_or(true)?;
        results
            .recv_timeout(timeout)
            .map_err(|error| error == RecvTimeoutError::Disconnected)
    }
}

impl<T> Drop for Loader<T> {
    fn drop(&mut self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
        // Readers that wait to hand over a result are let go before they are waited for.
        self.results = None;
        for thread in self.threads.drain(..) {
            // A panic in a reader was printed by its own thread; there is nothing more to do about it here.
            let _ = thread.join();
        }
    }
}
