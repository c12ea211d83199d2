use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::session::SessionError;
use crate::session::contrast::{ContrastNumbers, PlaneKey, is_plane_wanted, percentiles_wanted};
use crate::source::{Source, Wake};
use crate::view::ViewState;
use crate::volume::{BinCounts, Damage};

use super::percentiles::PercentileJob;
use super::survey::Survey;

/// The numbers that the contrast of an image larger than memory asks for, measured in the background.
pub(in crate::session) struct Numbers {
    source: Arc<dyn Source>,
    wake: Wake,
    is_urgent: Arc<AtomicBool>,
    t: u64,
    volume: Survey,
    /// Per channel; those of the time point before until the next one's are there.
    histograms: Vec<Option<BinCounts>>,
    /// Surveys of other time points that were finished.
    finished: HashMap<u64, Survey>,
    plane: Option<(PlaneKey, Survey)>,
    percentiles: Option<PercentileJob>,
    found: ContrastNumbers,
    is_cancelled: bool,
}

impl Numbers {
    /// Starts measuring a time point.
    pub(super) fn start(source: &Arc<dyn Source>, t: u64, wake: &Wake, is_urgent: &Arc<AtomicBool>) -> Self {
        Self {
            volume: Survey::of_volume(source, t, wake, is_urgent),
            histograms: Vec::new(),
            source: source.clone(),
            wake: wake.clone(),
            is_urgent: is_urgent.clone(),
            t,
            finished: HashMap::new(),
            plane: None,
            percentiles: None,
            found: ContrastNumbers::default(),
            is_cancelled: false,
        }
    }

    /// Takes what was measured, and starts what the view asks for. Returns whether there is anything new.
    ///
    /// # Errors
    /// If nothing can be read.
    pub(super) fn pump(&mut self, view: &ViewState) -> Result<bool, SessionError> {
        let mut is_new = self.follow_time(view.t);
        if self.volume.pump() {
            self.found.volume = self.volume.stats();
            self.take_histograms();
            is_new = true;
        }
        // Of several time points, one that is lost is hatched as any plane is; of a single one, nothing is left.
        if view.t_count <= 1
            && let Some(error) = self.volume.take_reason_of_nothing()
        {
            return Err(error.into());
        }
        is_new |= self.follow_plane(view);
        Ok(self.follow_percentiles(view) || is_new)
    }

    fn follow_time(&mut self, t: u64) -> bool {
        if t == self.t {
            return false;
        }
        let next = self
            .finished
            .remove(&t)
            .unwrap_or_else(|| Survey::of_volume(&self.source, t, &self.wake, &self.is_urgent));
        let last = std::mem::replace(&mut self.volume, next);
        if last.is_exact() {
            self.finished.insert(self.t, last);
        }
        if self.volume.is_exact() {
            self.found.volume = self.volume.stats();
            self.take_histograms();
        }
        self.t = t;
        self.percentiles = None;
        self.found.percentiles.clear();
        self.is_cancelled = false;
        true
    }

    fn follow_plane(&mut self, view: &ViewState) -> bool {
        let key = PlaneKey::of(view);
        if !is_plane_wanted(view) {
            self.plane = None;
            return false;
        }
        let is_known = self.found.plane.as_ref().is_some_and(|(known, _)| *known == key);
        if !is_known && self.plane.as_ref().is_none_or(|(asked, _)| *asked != key) {
            let extent = self.source.dataset().shape.volume_box().layer(key.normal, key.index);
            let survey = Survey::start(&self.source, key.t, &extent, &self.wake, &self.is_urgent);
            self.plane = Some((key, survey));
        }
        let Some((asked, survey)) = &mut self.plane else {
            return false;
        };
        let is_new = survey.pump();
        if is_new && survey.is_exact() {
            self.found.plane = Some((*asked, survey.stats()));
            self.plane = None;
        }
        is_new
    }

    fn follow_percentiles(&mut self, view: &ViewState) -> bool {
        // Those that nobody wants any more are not waited for.
        self.percentiles
            .take_if(|job| !percentiles_wanted(view).contains(&job.limits));
        if let Some(job) = &self.percentiles {
            let Some(windows) = job.poll() else { return false };
            self.found.percentiles.push((job.limits, windows));
            self.percentiles = None;
            return true;
        }
        let is_missing = |&(lo, hi): &(f64, f64)| self.found.percentile(lo, hi).is_none();
        if let Some(limits) = percentiles_wanted(view).into_iter().find(is_missing)
            && !self.is_cancelled
        {
            let (source, wake, is_urgent) = (&self.source, &self.wake, &self.is_urgent);
            self.percentiles = Some(PercentileJob::start(source, self.t, limits, wake, is_urgent));
        }
        false
    }

    /// What is known, for the view's contrast rules.
    pub(in crate::session) fn found(&self) -> &ContrastNumbers {
        &self.found
    }

    fn take_histograms(&mut self) {
        if self.volume.is_exact() {
            self.histograms = self.volume.histograms().to_vec();
        }
    }

    /// The histogram of a channel over the time point, or over the one before while this one is being measured.
    pub(in crate::session) fn histogram(&self, channel: usize) -> Option<&BinCounts> {
        // Where measuring was stopped, there never is one.
        let is_coming = self.is_exact() || !self.is_cancelled;
        self.histograms.get(channel)?.as_ref().filter(|_| is_coming)
    }

    /// Whether the numbers of the volume have seen every voxel that can be read.
    pub(in crate::session) fn is_exact(&self) -> bool {
        self.volume.is_exact()
    }

    /// Whether they have, and are those of this time point.
    pub(in crate::session) fn is_exact_at(&self, t: u64) -> bool {
        self.t == t && self.is_exact()
    }

    /// Whether nothing is being measured any more.
    pub(in crate::session) fn is_settled(&self) -> bool {
        self.is_exact() && self.plane.is_none() && self.percentiles.is_none()
    }

    /// Whether measuring was stopped.
    pub(in crate::session) fn is_cancelled(&self) -> bool {
        self.is_cancelled
    }

    /// Parts of the time point that were measured, and all.
    pub(in crate::session) fn progress(&self) -> (u64, u64) {
        self.volume.progress()
    }

    /// Stops measuring; what was found stays.
    pub(in crate::session) fn cancel(&mut self) {
        self.volume.cancel();
        (self.plane, self.percentiles) = (None, None);
        self.is_cancelled = true;
    }

    /// The planes that cannot be read, as far as is known.
    pub(super) fn lost(&self) -> &[Damage] {
        self.volume.lost()
    }
}
