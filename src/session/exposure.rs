use crate::gpu::Gpu;
use crate::reduce::MinMax;
use crate::view::ViewState;

use super::SessionError;
use super::contrast::{ContrastNumbers, PercentileQuery, PlaneKey, RangeQuery, is_plane_wanted, percentiles_wanted};
use super::timepoint::TimePoint;

/// Keeps a view's windows as its contrast rules want them: asks the GPU for the numbers that are missing, one question
/// of a kind at a time, and never waits for the answer.
#[derive(Default)]
pub(super) struct Exposure {
    numbers: ContrastNumbers,
    plane_query: Option<(PlaneKey, RangeQuery)>,
    percentile_query: Option<PercentileQuery>,
    plane_minmax: Option<MinMax>,
}

impl Exposure {
    /// Forgets the numbers of a time point that is no longer shown.
    pub(super) fn forget(&mut self) {
        *self = Self {
            plane_minmax: self.plane_minmax.take(),
            ..Self::default()
        };
    }

    /// Asks for no more, and listens to no answer.
    pub(super) fn stop(&mut self) {
        self.plane_query = None;
        self.percentile_query = None;
    }

    /// Whether an answer is awaited.
    pub(super) fn is_waiting(&self) -> bool {
        self.plane_query.is_some() || self.percentile_query.is_some()
    }

    /// What is known.
    pub(super) fn numbers(&self) -> &ContrastNumbers {
        &self.numbers
    }

    /// Sets the windows of a view from what is known.
    pub(super) fn resolve(&self, view: &mut ViewState) {
        self.numbers.resolve(view);
    }

    /// Takes the answers that have come, asks for what the view's rules lack, and sets its windows. Returns whether a
    /// window changed.
    ///
    /// # Errors
    /// If the adapter cannot do it.
    pub(super) fn follow(&mut self, gpu: &Gpu, view: &mut ViewState, shown: &TimePoint) -> Result<bool, SessionError> {
        self.numbers.volume = shown.ranges().to_vec();
        self.follow_plane(gpu, view, shown)?;
        self.follow_percentiles(gpu, view, shown)?;
        let before: Vec<_> = view.channels.iter().map(|channel| channel.window).collect();
        self.numbers.resolve(view);
        Ok(view
            .channels
            .iter()
            .zip(before)
            .any(|(channel, window)| channel.window != window))
    }

    fn follow_plane(&mut self, gpu: &Gpu, view: &ViewState, shown: &TimePoint) -> Result<(), SessionError> {
        let Some(textures) = shown.textures() else {
            return Ok(());
        };
        if let Some((key, query)) = &self.plane_query
            && let Some(stats) = query.poll()
        {
            self.numbers.plane = Some((*key, stats));
            self.plane_query = None;
        }
        let key = PlaneKey {
            t: shown.t,
            ..PlaneKey::of(view)
        };
        let is_known = self.numbers.plane.as_ref().is_some_and(|(known, _)| *known == key);
        if is_plane_wanted(view) && !is_known && self.plane_query.is_none() && shown.is_whole(key.normal, key.index) {
            let channel_count = textures.channel_count();
            let minmax = self
                .plane_minmax
                .get_or_insert_with(|| MinMax::new(gpu, textures.format, channel_count));
            let part = textures.grid.extent.layer(key.normal, key.index);
            self.plane_query = Some((key, RangeQuery::start(gpu, minmax, textures, &part, shown.lost())?));
        }
        Ok(())
    }

    fn follow_percentiles(&mut self, gpu: &Gpu, view: &ViewState, shown: &TimePoint) -> Result<(), SessionError> {
        let Some(textures) = shown.textures() else {
            return Ok(());
        };
        if let Some(query) = &mut self.percentile_query
            && let Some(windows) = query.poll(gpu, textures)?
        {
            self.numbers.percentiles.push((query.limits, windows));
            self.percentile_query = None;
        }
        if shown.is_complete() && self.percentile_query.is_none() {
            let is_missing = |&(lo, hi): &(f64, f64)| self.numbers.percentile(lo, hi).is_none();
            if let Some(limits) = percentiles_wanted(view).into_iter().find(is_missing) {
                self.percentile_query = Some(PercentileQuery::start(gpu, textures, limits, shown.lost())?);
            }
        }
        Ok(())
    }
}
