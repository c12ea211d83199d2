use std::sync::Arc;

use crate::gpu::{Gpu, VolumeTextures};
use crate::session::SessionError;
use crate::session::contrast::ContrastNumbers;
use crate::session::exposure::Exposure;
use crate::session::opening::start_reading;
use crate::session::slab::{LiveSlab, hatched_of_view, is_slab};
use crate::session::timepoint::{Reading, TimePoint};
use crate::source::{Source, Wake};
use crate::view::{Hatched, Patch, SlabProjector, ViewState};
use crate::volume::{Axis, BinCounts};

use super::histograms::Histograms;

/// An image whose time points fit the memory budget: the one on the screen is there as a whole, or on its way.
pub(super) struct Whole {
    source: Arc<dyn Source>,
    wake: Wake,
    reading: Option<Reading>,
    /// What is on the screen.
    pub(super) shown: Option<TimePoint>,
    /// The time point that will replace it once it is complete.
    pub(super) incoming: Option<TimePoint>,
    exposure: Exposure,
    slab: LiveSlab,
    histograms: Histograms,
    last_plane_here: u64,
}

impl Whole {
    pub(super) fn new(source: &Arc<dyn Source>, reading: Reading, wake: &Wake) -> Self {
        Self {
            source: source.clone(),
            wake: wake.clone(),
            reading: Some(reading),
            shown: None,
            incoming: None,
            exposure: Exposure::default(),
            slab: LiveSlab::default(),
            histograms: Histograms::default(),
            last_plane_here: 0,
        }
    }

    /// Moves on without waiting. Returns whether there is something new to show.
    ///
    /// # Errors
    /// If nothing can be read, or the adapter fails.
    pub(super) fn pump(
        &mut self,
        gpu: &Gpu,
        view: &mut ViewState,
        is_in_time: &dyn Fn() -> bool,
    ) -> Result<bool, SessionError> {
        let mut is_new = false;
        self.follow_time(view);
        if let Some(reading) = self.reading.take() {
            let needed = self.source.dataset().volume_bytes().unwrap_or(u64::MAX);
            if needed > gpu.caps.memory_budget_bytes / 2 {
                // Two time points do not fit: the one on the screen goes before the next one comes.
                self.shown = None;
                self.exposure.forget();
                self.histograms.restart();
            }
            let time_point = TimePoint::new(gpu, &self.source, reading)?;
            match self.shown {
                None => self.shown = Some(time_point),
                Some(_) => self.incoming = Some(time_point),
            }
        }
        for time_point in self.shown.iter_mut().chain(&mut self.incoming) {
            let ranges_before = time_point.ranges().len();
            let was_exact = time_point.is_exact();
            is_new |= time_point.pump(gpu, is_in_time)?;
            is_new |= time_point.is_exact() != was_exact || time_point.ranges().len() != ranges_before;
        }
        // Of several time points, one that is lost is hatched as any plane is; of a single one, nothing is left.
        if view.t_count <= 1
            && let Some(error) = self.shown.as_mut().and_then(TimePoint::take_reason_of_nothing)
        {
            return Err(error.into());
        }
        if self.incoming.as_ref().is_some_and(TimePoint::is_exact) {
            self.shown = self.incoming.take();
            self.exposure.forget();
            self.histograms.restart();
            is_new = true;
        }
        if let Some(shown) = &self.shown {
            is_new |= self.exposure.follow(gpu, view, shown)?;
            is_new |= self.slab.follow(gpu, view, shown);
        }
        Ok(is_new)
    }

    /// Counts a little of what is complete on the screen, if it may, and nothing is to be loaded. Returns whether there is another histogram.
    ///
    /// # Errors
    /// If the adapter fails.
    pub(super) fn follow_histograms(
        &mut self,
        gpu: &Gpu,
        view: &ViewState,
        may_count: impl FnOnce() -> bool,
    ) -> Result<bool, SessionError> {
        match &self.shown {
            Some(shown) => Ok(self
                .histograms
                .follow(gpu, shown, &view.visible_channels(), may_count)?),
            None => Ok(false),
        }
    }

    /// The histogram of a channel over the time point on the screen, or over the one before while this one's is awaited.
    pub(super) fn histogram(&self, channel: usize) -> Option<&BinCounts> {
        // Where loading was stopped, none is ever counted.
        let is_coming = self.is_reading() || self.shown.as_ref().is_some_and(TimePoint::is_complete);
        self.histograms.found(channel).filter(|_| is_coming)
    }

    /// Starts reading the view's time point where it is not the one shown or coming.
    fn follow_time(&mut self, view: &ViewState) {
        let Some(shown) = &self.shown else { return };
        let coming = self
            .reading
            .as_ref()
            .map(|reading| reading.t)
            .or(self.incoming.as_ref().map(|i| i.t));
        if coming.unwrap_or(shown.t) == view.t {
            return;
        }
        self.incoming = None;
        self.reading = None;
        if shown.t != view.t {
            self.reading = Some(start_reading(&self.source, view, &self.wake));
        }
    }

    /// Stops loading; what has arrived stays. Returns the time point that is left on the screen.
    pub(super) fn cancel(&mut self) -> Option<&TimePoint> {
        self.reading = None;
        if self.incoming.take().is_none() {
            self.stop();
        }
        self.shown.as_ref()
    }

    /// Ends everything that is under way.
    pub(super) fn stop(&mut self) {
        self.reading = None;
        self.incoming = None;
        self.exposure.stop();
        self.histograms.stop();
        if let Some(shown) = &mut self.shown {
            shown.cancel();
        }
    }

    /// Whether every voxel of a time point was measured.
    pub(super) fn is_exact(&self, t: u64) -> bool {
        let shown = self.shown.as_ref();
        shown.is_some_and(|shown| shown.t == t && shown.is_exact())
    }

    /// What is known of the time point on the screen, for contrast rules.
    pub(super) fn numbers(&self) -> &ContrastNumbers {
        self.exposure.numbers()
    }

    /// Whether voxels are still to come.
    pub(super) fn is_reading(&self) -> bool {
        let is_coming = self.reading.is_some() || self.incoming.is_some();
        is_coming || self.shown.as_ref().is_some_and(TimePoint::is_reading)
    }

    /// Whether something is under way that nobody wakes the window for.
    pub(super) fn is_busy(&self) -> bool {
        self.exposure.is_waiting()
            || self.slab.is_busy()
            || self.shown.iter().chain(&self.incoming).any(TimePoint::is_busy)
            || !self.is_reading() && self.shown.as_ref().is_some_and(|shown| self.histograms.is_busy(shown))
    }

    pub(super) fn is_plane_ready(&self, view: &ViewState) -> bool {
        let is_here = |shown: &TimePoint| match is_slab(view) && self.slab.note(view).is_none() {
            true => self.slab.is_ready(view, shown),
            false => view.normal != Axis::Z || shown.is_plane_here(view.plane()),
        };
        self.shown
            .as_ref()
            .is_some_and(|shown| view.t == shown.t && is_here(shown))
    }

    /// The view as it can be drawn now.
    pub(super) fn view_to_draw(&mut self, gpu: &Gpu, view: &mut ViewState) -> Option<ViewState> {
        let shown = self.shown.as_ref()?;
        self.exposure.resolve(view);
        self.slab.follow(gpu, view, shown);
        if let Some(drawn) = self.slab.view_to_draw(view) {
            return Some(drawn);
        }
        let mut drawn = view.clone();
        drawn.slab = 1;
        if view.normal != Axis::Z {
            // Across the planes of the file a view fills as they arrive.
        } else if shown.is_plane_here(view.plane()) {
            self.last_plane_here = view.plane();
        } else if shown.is_plane_here(self.last_plane_here) {
            drawn.set_plane(self.last_plane_here);
        } else {
            return None;
        }
        Some(drawn)
    }

    /// The tiles of a view that [`Whole::view_to_draw`] gave.
    pub(super) fn patches(&self, view: &ViewState) -> Vec<Patch<'_>> {
        let of_plane = || self.textures().map(|textures| Patch::of_volume(textures, view.extent));
        self.slab.patches(view).or_else(of_plane).unwrap_or_default()
    }

    /// What projects slabs, once one was asked for.
    pub(super) fn slab_projector(&self) -> Option<&SlabProjector> {
        self.slab.projector()
    }

    /// Why the view's slab is not shown, if so.
    pub(super) fn slab_note(&self, view: &ViewState) -> Option<&str> {
        self.slab.note(view)
    }

    /// The voxels of the shown time point.
    fn textures(&self) -> Option<&VolumeTextures> {
        self.shown.as_ref()?.textures()
    }

    /// What of the shown time point cannot be read.
    pub(super) fn hatched(&self, view: &ViewState) -> Vec<Hatched> {
        let whole = self.source.dataset().shape.volume_box();
        let shown = self.shown.as_ref();
        shown.map_or(Vec::new(), |shown| hatched_of_view(shown.lost(), view, &whole))
    }
}
