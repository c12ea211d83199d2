use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::session::background::Background;
use crate::session::file_job::FileJob;
use crate::session::stats::MeasureRequest;
use crate::source::{Source, Wake};
use crate::volume::{Percentile, Window};

/// Finds two percentiles of a time point in the background, exactly. Dropping it stops it.
pub(super) struct PercentileJob {
    /// In percent.
    pub(super) limits: (f64, f64),
    job: FileJob,
}

impl PercentileJob {
    pub(super) fn start(
        source: &Arc<dyn Source>,
        t: u64,
        limits: (f64, f64),
        wake: &Wake,
        is_urgent: &Arc<AtomicBool>,
    ) -> Self {
        let request = MeasureRequest {
            times: t..t + 1,
            extent: source.dataset().shape.volume_box(),
            channels: (0..source.dataset().shape.c as usize).collect(),
            percentiles: vec![limits.0, limits.1],
            is_full: false,
        };
        Self {
            limits,
            job: FileJob::start(Background::new(source, is_urgent, 0), request, wake),
        }
    }

    /// The window of every channel, once they have come; none where nothing can be read.
    pub(super) fn poll(&self) -> Option<Vec<Window>> {
        let channels = self.job.poll()?.map(|stats| stats.channels).unwrap_or_default();
        let window = |percentiles: &[Percentile]| match percentiles {
            [lo, hi] => Window::new(lo.value, hi.value),
            _ => Window::new(0.0, 0.0),
        };
        Some(channels.iter().map(|channel| window(&channel.percentiles)).collect())
    }
}
