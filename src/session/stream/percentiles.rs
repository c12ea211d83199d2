use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, TryRecvError, bounded};

use crate::session::SessionError;
use crate::session::stats::{MeasureRequest, Measurer, measure};
use crate::source::{Source, Wake};
use crate::volume::{Percentile, Window};

use super::background::Background;

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
        let background = Background::new(source, is_urgent, 0);
        let is_stopped = background.stop_switch();
        let background: Arc<dyn Source> = Arc::new(background);
        let request = MeasureRequest {
            times: t..t + 1,
            extent: source.dataset().shape.volume_box(),
            channels: (0..source.dataset().shape.c as usize).collect(),
            percentiles: vec![limits.0, limits.1],
            is_full: false,
        };
        let wake = wake.clone();
        std::thread::spawn(move || {
            let measured = measure(Measurer::Cpu, &background, &request, &mut None, &|_| ());
            let windows = measured.map(|stats| {
                let channels = stats.channels.into_iter();
                let window = |percentiles: &[Percentile]| match percentiles {
                    [lo, hi] => Window::new(lo.value, hi.value),
                    _ => Window::new(0.0, 0.0),
                };
                channels.map(|channel| window(&channel.percentiles)).collect()
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

    /// The window of every channel, once they have come; none where nothing can be read.
    pub(super) fn poll(&self) -> Option<Vec<Window>> {
        match self.answer.try_recv() {
            Ok(windows) => Some(windows.unwrap_or_default()),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Vec::new()),
        }
    }
}

impl Drop for PercentileJob {
    fn drop(&mut self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }
}
