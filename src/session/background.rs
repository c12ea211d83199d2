use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::source::{Source, SourceError};
use crate::volume::{Dataset, Region};

/// Longest that a region waits for what a person is waiting for, in milliseconds.
const PATIENCE_MS: u32 = 200;

/// A source as background work reads it: it steps back while something urgent is read, and can be stopped.
pub(super) struct Background {
    source: Arc<dyn Source>,
    is_urgent: Arc<AtomicBool>,
    is_stopped: Arc<AtomicBool>,
    /// Regions that wait for nothing.
    urgent_left: AtomicUsize,
}

impl Background {
    /// It steps back while `is_urgent`; the first `urgent` regions are as urgent as anything.
    pub(super) fn new(source: &Arc<dyn Source>, is_urgent: &Arc<AtomicBool>, urgent: usize) -> Self {
        Self {
            source: source.clone(),
            is_urgent: is_urgent.clone(),
            is_stopped: Arc::default(),
            urgent_left: AtomicUsize::new(urgent),
        }
    }

    /// Set it, and whatever is read from then on fails.
    pub(super) fn stop_switch(&self) -> Arc<AtomicBool> {
        self.is_stopped.clone()
    }

    fn wait(&self) {
        let take = |n: usize| n.checked_sub(1);
        let relaxed = Ordering::Relaxed;
        if self.urgent_left.try_update(relaxed, relaxed, take).is_ok() {
            return;
        }
        for _ in 0..PATIENCE_MS {
            if self.is_stopped.load(relaxed) || !self.is_urgent.load(relaxed) {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Source for Background {
    fn dataset(&self) -> &Dataset {
        self.source.dataset()
    }

    fn chunk_shape(&self, level: usize) -> [u64; 4] {
        self.source.chunk_shape(level)
    }

    fn read(&self, region: &Region, out: &mut [u8]) -> Result<(), SourceError> {
        self.wait();
        if self.is_stopped.load(Ordering::Relaxed) {
            return Err(std::io::Error::from(std::io::ErrorKind::Interrupted).into());
        }
        self.source.read(region, out)
    }
}
