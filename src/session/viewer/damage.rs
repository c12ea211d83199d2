//! What of the image cannot be read, as far as a viewer knows.

use std::sync::Arc;

use crossbeam_channel::Receiver;

use super::{Stage, Viewer};
use crate::session::timepoint::TimePoint;
use crate::source::{Source, Wake};
use crate::volume::{Axis, Damage};

/// Planes that are listed as unreadable, beside those that the file's index tells of: more of them are not read.
const MAX_DAMAGE: usize = 1000;

impl Viewer {
    /// Gathers what cannot be read: what the file's index tells, and what reading has met.
    pub(super) fn collect_damage(&mut self) -> bool {
        let told = self.checking.as_ref().and_then(|checking| checking.try_recv().ok());
        let t = self.view.as_ref().map_or(0, |view| view.t);
        let (t, count) = match &self.stage {
            Some(Stage::Whole(whole)) => whole
                .shown
                .as_ref()
                .map_or((t, 0), |shown| (shown.t, shown.lost().len())),
            Some(Stage::Stream(stream)) => (t, stream.lost_count()),
            None => (t, 0),
        };
        if told.is_none() && (t, count) == self.lost_count {
            return false;
        }
        self.lost_count = (t, count);
        if let Some(told) = told {
            self.checking = None;
            self.told = told;
        }
        self.damage = self.told.clone();
        for new in self.lost().into_iter().take(MAX_DAMAGE) {
            let covers = |known: &Damage| {
                known.t.contains(&new.t.start) && known.c.contains(&new.c.start) && known.z.contains(&new.z.start)
            };
            if !self.told.iter().any(covers) {
                self.damage.push(new);
            }
        }
        true
    }

    /// Planes that were tried and could not be read.
    fn lost(&self) -> Vec<Damage> {
        match &self.stage {
            Some(Stage::Whole(whole)) => whole.shown.iter().flat_map(TimePoint::lost).cloned().collect(),
            Some(Stage::Stream(stream)) => stream.lost(),
            None => Vec::new(),
        }
    }

    /// The planes that cannot be read, as far as is known, and why: what reading has met, and what the file's index
    /// says (of which the last bytes may be missing and not be needed).
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// Why the plane that is looked at cannot be read, if that is so.
    pub fn plane_damage(&self) -> Option<Damage> {
        let view = self.view.as_ref().filter(|view| view.normal == Axis::Z)?;
        let is_shown = |damage: &Damage| {
            let is_visible = |channel: usize| damage.c.contains(&(channel as u64));
            damage.t.contains(&view.t)
                && damage.z.contains(&view.plane())
                && view.visible_channels().into_iter().any(is_visible)
        };
        self.find_lost(is_shown)
    }

    pub(super) fn find_lost(&self, is_wanted: impl Fn(&Damage) -> bool) -> Option<Damage> {
        match &self.stage {
            _ if self.lost_count.1 == 0 => None,
            Some(Stage::Whole(whole)) => {
                let mut lost = whole.shown.as_ref()?.lost().iter();
                lost.find(|damage| is_wanted(damage)).cloned()
            }
            _ => self.lost().into_iter().find(is_wanted),
        }
    }

    /// Whether planes of the shown time point were tried and could not be read: numbers are of the others.
    pub fn has_lost_planes(&self) -> bool {
        let t = self.view.as_ref().map_or(0, |view| view.t);
        self.find_lost(|damage| damage.t.contains(&t)).is_some()
    }
}

/// Looks through the directories for what cannot be read, on a thread of its own.
pub(super) fn start_checking(source: &Arc<dyn Source>, wake: &Wake) -> Receiver<Vec<Damage>> {
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let (source, wake) = (source.clone(), wake.clone());
    std::thread::spawn(move || {
        // Nobody listens any more where another file was opened meanwhile.
        let _ = sender.send(source.damage());
        wake();
    });
    receiver
}
