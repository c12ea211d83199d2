use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, TryRecvError, bounded};

use crate::session::SessionError;
use crate::session::stats::{MeasureRequest, Measurer, measure};
use crate::source::{Source, SourceError, Wake};
use crate::volume::{Dataset, Region, Window};

/// Finds two percentiles of a time point in the background, exactly. Dropping it stops it.
pub(super) struct PercentileJob {
    /// In percent.
    pub(super) limits: (f64, f64),
    answer: Receiver<Result<Vec<Window>, SessionError>>,
    is_stopped: Arc<AtomicBool>,
}

impl PercentileJob {
    pub(super) fn start(
        source: &Arc<dyn Source>,
        t: u64,
        limits: (f64, f64),
        wake: &Wake,
        is_urgent: &Arc<AtomicBool>,
    ) -> Self {
        let (sender, answer) = bounded(1);
        let is_stopped = Arc::new(AtomicBool::new(false));
        let background: Arc<dyn Source> = Arc::new(Background {
            source: source.clone(),
            is_stopped: is_stopped.clone(),
            is_urgent: is_urgent.clone(),
        });
        let request = MeasureRequest {
            times: t..t + 1,
            extent: source.dataset().shape.volume_box(),
            channels: (0..source.dataset().shape.c as usize).collect(),
            percentiles: vec![limits.0, limits.1],
            count_extremes: false,
        };
        let wake = wake.clone();
        std::thread::spawn(move || {
            let measured = measure(Measurer::Cpu, &background, &request, &mut None, &|_| ());
            let windows = measured.map(|stats| {
                let channels = stats.channels.into_iter();
                let window = |percentiles: Vec<f64>| match percentiles[..] {
                    [lo, hi] => Window::new(lo, hi),
                    _ => Window::new(0.0, 0.0),
                };
                channels.map(|channel| window(channel.percentiles)).collect()
            });
            // Nobody listens any more where the view went elsewhere.
            let _ = sender.send(windows);
            wake();
        });
        Self {
            limits,
            answer,
            is_stopped,
        }
    }

    /// The window of every channel, once they have come.
    ///
    /// # Errors
    /// If nothing can be read.
    pub(super) fn poll(&self) -> Result<Option<Vec<Window>>, SessionError> {
        match self.answer.try_recv() {
            Ok(windows) => windows.map(Some),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Ok(Some(Vec::new())),
        }
    }
}

impl Drop for PercentileJob {
    fn drop(&mut self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }
}

/// A source as background work reads it: it steps back while something urgent is read, and can be stopped.
struct Background {
    source: Arc<dyn Source>,
    is_stopped: Arc<AtomicBool>,
    is_urgent: Arc<AtomicBool>,
}

impl Source for Background {
    fn dataset(&self) -> &Dataset {
        self.source.dataset()
    }

    fn chunk_shape(&self, level: usize) -> [u64; 4] {
        self.source.chunk_shape(level)
    }

    fn read(&self, region: &Region, out: &mut [u8]) -> Result<(), SourceError> {
        for _ in 0..super::survey::PATIENCE_MS {
            if self.is_stopped.load(Ordering::Relaxed) || !self.is_urgent.load(Ordering::Relaxed) {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        if self.is_stopped.load(Ordering::Relaxed) {
            return Err(std::io::Error::from(std::io::ErrorKind::Interrupted).into());
        }
        self.source.read(region, out)
    }
}
