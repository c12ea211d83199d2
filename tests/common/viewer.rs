//! Viewers without a window, and how to wait for them.

use std::time::{Duration, Instant};

use microtome::gpu::Gpu;
use microtome::session::{Phase, Viewer};

/// Longer than this nothing takes that ever comes.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// Pumps until something holds.
pub(crate) fn pump_until(viewer: &mut Viewer, gpu: &Gpu, what: &str, holds: impl Fn(&Viewer) -> bool) {
    let started = Instant::now();
    loop {
        viewer.pump(gpu);
        if holds(viewer) {
            return;
        }
        assert!(started.elapsed() < TIMEOUT, "{what}: still {:?}", viewer.phase());
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Pumps until everything is there and nothing is under way.
pub(crate) fn settle(viewer: &mut Viewer, gpu: &Gpu) {
    let is_settled = |v: &Viewer| *v.phase() == Phase::Ready && v.is_exact() && v.is_plane_ready() && !v.is_busy();
    pump_until(viewer, gpu, "settling", is_settled);
}
