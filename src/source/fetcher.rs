use std::collections::{HashSet, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, bounded};

use crate::volume::Region;

use super::loader::read_and;
use super::voxels::{Buffers, Voxels};
use super::{Source, SourceError, Wake};

/// Threads that read the regions that are wanted now, the most urgent first. What is wanted changes at any time.
///
/// Dropping it lets the threads end after the region each is at, and waits for none of them.
pub struct Fetcher<K, T> {
    results: Receiver<(K, Result<T, SourceError>)>,
    queue: Arc<Queue<K>>,
}

struct Queue<K> {
    state: Mutex<State<K>>,
    changed: Condvar,
}

struct State<K> {
    waiting: VecDeque<(K, Region)>,
    /// Taken by a thread, and its result not yet taken from there.
    in_hand: HashSet<K>,
    is_over: bool,
}

impl<K> Queue<K> {
    /// A thread that panicked holding the lock left the lists whole: every change to them is one call.
    fn lock(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Copy + Eq + Hash + Send + 'static, T: Send + 'static> Fetcher<K, T> {
    /// Starts the threads, which wait to be asked; `work` runs on them, on every region's voxels.
    pub fn start(
        source: Arc<dyn Source>,
        wake: Wake,
        work: impl Fn(Region, Voxels) -> T + Send + Sync + 'static,
    ) -> Self {
        let threads = std::thread::available_parallelism().map_or(2, |n| n.get());
        let (sender, results) = bounded(threads.div_ceil(2));
        let queue = Arc::new(Queue {
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                in_hand: HashSet::new(),
                is_over: false,
            }),
            changed: Condvar::new(),
        });
        let shared = Arc::new((source, work, wake, Buffers::default()));
        for _ in 0..threads {
            let (shared, sender, queue) = (shared.clone(), sender.clone(), queue.clone());
            std::thread::spawn(move || {
                let (source, work, wake, buffers) = &*shared;
                while let Some((key, region)) = next(&queue) {
                    if sender
                        .send((key, read_and(source.as_ref(), &region, buffers, work)))
                        .is_err()
                    {
                        break;
                    }
                    wake();
                }
            });
        }
        Self { results, queue }
    }

    /// Replaces what is waited for; what a thread is at already is finished, and not read twice.
    pub fn ask(&self, wanted: impl IntoIterator<Item = (K, Region)>) {
        let mut state = self.queue.lock();
        let State { waiting, in_hand, .. } = &mut *state;
        waiting.clear();
        waiting.extend(wanted.into_iter().filter(|(key, _)| !in_hand.contains(key)));
        drop(state);
        self.queue.changed.notify_all();
    }

    /// The next result, if there is one now.
    pub fn try_next(&self) -> Option<(K, Result<T, SourceError>)> {
        let (key, result) = self.results.try_recv().ok()?;
        self.queue.lock().in_hand.remove(&key);
        Some((key, result))
    }

    /// Whether nothing is being read and nothing is waiting.
    pub fn is_idle(&self) -> bool {
        let state = self.queue.lock();
        state.waiting.is_empty() && state.in_hand.is_empty()
    }
}

/// Waits for something to read; `None` when it is over.
fn next<K: Copy + Eq + Hash>(queue: &Queue<K>) -> Option<(K, Region)> {
    let mut state = queue.lock();
    loop {
        if state.is_over {
            return None;
        }
        if let Some((key, region)) = state.waiting.pop_front() {
            state.in_hand.insert(key);
            return Some((key, region));
        }
        state = queue.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
}

impl<K, T> Drop for Fetcher<K, T> {
    fn drop(&mut self) {
        self.queue.lock().is_over = true;
        self.queue.changed.notify_all();
    }
}
