//! What of a viewer's numbers is final.

use super::{Stage, Viewer};
use crate::session::timepoint::TimePoint;
use crate::view::ContrastRule;

impl Viewer {
    /// Whether [`Viewer::channel_stats`] have seen every voxel of the time point that can be read.
    pub fn is_exact(&self) -> bool {
        match &self.stage {
            Some(Stage::Whole(whole)) => whole.shown.as_ref().is_some_and(TimePoint::is_exact),
            Some(Stage::Stream(stream)) => stream.numbers.is_exact(),
            None => false,
        }
    }

    /// Whether the window of a channel is what its contrast rule says of every voxel of the view's time point that can be
    /// read, and not of those that have come so far. A rule that asks for another number of every plane is not known here.
    pub fn is_window_exact(&self, channel: usize) -> bool {
        let Some(view) = &self.view else { return false };
        let (is_exact, numbers) = match &self.stage {
            Some(Stage::Whole(whole)) => (whole.is_exact(view.t), whole.numbers()),
            Some(Stage::Stream(stream)) => (stream.numbers.is_exact_at(view.t), stream.numbers.found()),
            None => return false,
        };
        match view.channels.get(channel).map(|channel| channel.contrast) {
            Some(ContrastRule::Given) => true,
            Some(ContrastRule::Volume) => is_exact,
            Some(ContrastRule::Percentile(lo, hi)) => is_exact && numbers.percentile(lo, hi).is_some(),
            Some(ContrastRule::Plane | ContrastRule::PlaneShared) | None => false,
        }
    }
}
