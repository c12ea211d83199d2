//! From one file to the next: the last picture stays until the next one is there, and for good if it never comes.

use std::path::Path;
use std::time::Instant;

use super::actions::Sheet;
use super::browsing::Browsing;
use super::carried::{Carried, lock_contrast};
use super::files::Watch;
use super::panels::OverlayCache;
use super::profile::ProfileTool;
use super::program::{Program, absolute, file_name};
use crate::gpu::Gpu;
use crate::session::{OpenRequest, Phase, Viewer};
use crate::view::{ContrastRule, ViewOptions, ViewState};
use crate::volume::Dataset;

/// A file that is being opened while the last one is on the screen.
pub(crate) struct Coming {
    viewer: Viewer,
    request: OpenRequest,
    /// None where it is the open file that is read again.
    watch: Option<Watch>,
}

impl Coming {
    /// What is being opened.
    pub(crate) fn name(&self) -> String {
        file_name(&self.request.path)
    }

    /// How far it is.
    pub(crate) fn phase(&self) -> &Phase {
        self.viewer.phase()
    }

    /// Bytes of one time point, once its header was read.
    pub(crate) fn bytes(&self) -> Option<u64> {
        self.viewer.dataset()?.volume_bytes()
    }

    /// Whether it is another image than the one that is shown: what was drawn on that means nothing on this one.
    fn is_another(&self) -> bool {
        self.watch.is_some()
    }

    /// What was asked for, where it is another image.
    pub(super) fn into_other(self) -> Option<(OpenRequest, Watch)> {
        Some((self.request, self.watch?))
    }
}

impl Program {
    /// Opens another file in place of the present one.
    pub(crate) fn open(&mut self, path: &Path) {
        self.browsing = Browsing::default();
        self.go_to(path);
    }

    /// Opens another file, one of those that are gone through or not.
    pub(super) fn go_to(&mut self, path: &Path) {
        match self.request_for(path) {
            Ok(request) => self.open_request(request),
            Err(reason) => self.notices.error(reason),
        }
    }

    /// Opens another image of the same file.
    pub(super) fn open_series(&mut self, series: usize) {
        if series == self.request.series {
            self.stay();
        } else {
            let options = ViewOptions::default();
            self.open_request(OpenRequest {
                series,
                options,
                ..self.request.clone()
            });
        }
    }

    fn open_request(&mut self, request: OpenRequest) {
        self.carried = match (self.preferences.locks_contrast, self.viewer.view()) {
            // What was saved is wanted as it was.
            _ if request.options.saved.is_some() => Carried::Nothing,
            (true, Some(view)) => Carried::Contrast(view.clone()),
            (true, None) => std::mem::take(&mut self.carried),
            (false, _) => Carried::Nothing,
        };
        self.notices.clear_news();
        // A change that was being caught up with is still to be.
        self.is_outdated |= self.coming.as_ref().is_some_and(|coming| !coming.is_another());
        let watch = self.files.watch(&request.path);
        self.begin(request, Some(watch));
    }

    /// Reads the file that is being opened again, else the one that is shown.
    pub(super) fn read_again(&mut self) {
        match self.coming.take_if(|coming| coming.is_another()) {
            Some(Coming { request, .. }) => self.open_request(request),
            None => self.reload(),
        }
    }

    /// Reads the file that is shown again, to show it as before.
    pub(super) fn reload(&mut self) {
        if let (Some(view), Some(dataset)) = (self.viewer.view(), self.viewer.dataset()) {
            self.carried = Carried::View(Box::new((view.clone(), dataset.clone())));
            // The view goes on from where it is, not from where it began.
            self.request.options = ViewOptions::default();
        }
        self.begin(self.request.clone(), None);
    }

    /// A file was changed by another program: the open one, or the one that is being opened.
    pub(super) fn read_changed(&mut self, path: &Path) {
        let is_shown = self.request.path == path;
        match &self.coming {
            Some(coming) if coming.request.path == path => self.read_again(),
            // It is in time if the other one cannot be opened.
            Some(coming) if coming.is_another() => self.is_outdated |= is_shown,
            _ if is_shown => self.reload_changed(),
            _ => {}
        }
    }

    fn reload_changed(&mut self) {
        let text = "the file was changed, and is read again".to_owned();
        self.notices.news(text, Instant::now());
        self.reload();
    }

    /// The file that is being opened, else the open one.
    pub(super) fn newest_path(&self) -> &Path {
        let coming = self.coming.as_ref().map(|coming| &coming.request);
        &coming.unwrap_or(&self.request).path
    }

    pub(super) fn begin(&mut self, request: OpenRequest, watch: Option<Watch>) {
        self.has_taken_up = false;
        self.viewer.forget_other_times();
        self.coming = Some(Coming {
            viewer: Viewer::open(request.clone(), self.wake.clone()),
            request,
            watch,
        });
        if self.viewer.view().is_none() {
            self.arrive(); // there is no picture that could stay
        }
        self.redraw();
    }

    /// Moves on with the file that is being opened. Returns whether there is something new to tell.
    pub(super) fn follow_coming(&mut self, gpu: &Gpu) -> bool {
        let Some(coming) = &mut self.coming else { return false };
        let before = coming.phase().clone();
        coming.viewer.take_opened();
        let Some(dataset) = coming.viewer.dataset() else {
            return self.give_up_failed();
        };
        let is_room = is_room_for(self.viewer.dataset(), dataset, gpu.caps.memory_budget_bytes);
        self.take_up_views();
        let Some(coming) = &mut self.coming else { return false };
        if is_room {
            // What plays on meanwhile keeps no other times.
            self.viewer.forget_other_times();
            coming.viewer.pump(gpu);
            if self.give_up_failed() {
                return true;
            }
        }
        let Some(coming) = &self.coming else { return false };
        let is_under_way = matches!(coming.phase(), Phase::Opening | Phase::Loading { .. });
        if !is_room || !is_under_way || coming.viewer.is_plane_ready() {
            self.arrive();
            return true;
        }
        *coming.phase() != before
    }

    /// Says why the file that is being opened cannot be, if so. Returns whether it is so.
    fn give_up_failed(&mut self) -> bool {
        let Some(Phase::Failed(reason)) = self.coming.as_ref().map(Coming::phase) else {
            return false;
        };
        let reason = reason.clone();
        self.notices.error(reason);
        self.give_up_coming();
        true
    }

    /// Stays with the present file, as a person wants it. Returns whether another one was being opened.
    pub(super) fn stay(&mut self) -> bool {
        let is_coming = self.coming.is_some();
        if is_coming {
            self.browsing.stay();
            self.give_up_coming();
        }
        is_coming
    }

    fn give_up_coming(&mut self) {
        self.coming = None;
        self.carried = Carried::Nothing;
        self.has_taken_up = true;
        if std::mem::take(&mut self.is_outdated) {
            self.reload_changed();
        }
    }

    /// Whether the GPU is at work for a viewer.
    pub(super) fn is_busy(&self) -> bool {
        let coming = self.coming.as_ref().map(|coming| &coming.viewer);
        self.viewer.is_busy() || coming.is_some_and(Viewer::is_busy)
    }

    /// Shows the file that was being opened in place of the last one.
    pub(super) fn arrive(&mut self) {
        let Some(mut coming) = self.coming.take() else { return };
        self.overlay_cache = OverlayCache::default();
        if coming.is_another() {
            self.forget_image();
            self.is_outdated = false;
        } else if let (Some(before), Some(now)) = (self.viewer.dataset().cloned(), coming.viewer.dataset().cloned()) {
            // The view may have been changed while it was read; windows that follow from the voxels are those of the new ones.
            if let Some((old, new)) = self.viewer.view().zip(coming.viewer.view_mut()) {
                let found = std::mem::replace(new, old.refitted(&before, &now));
                for (channel, found) in new.channels.iter_mut().zip(found.channels) {
                    if channel.contrast == found.contrast && channel.contrast != ContrastRule::Given {
                        channel.window = found.window;
                    }
                }
            }
            self.refit_image(&before, &now);
        }
        self.viewer = coming.viewer;
        (self.hover, self.phase) = (None, None);
        self.statistics.asked = None;
        self.has_given_back = false;
        self.trace.begin_file();
        if let Some(watch) = coming.watch {
            (self.request, self.watch) = (coming.request, watch);
            let has_own_overlay = self.request.options.saved.is_some();
            if has_own_overlay {
                self.overlay = self.request.options.overlay();
            } else if self.has_own_overlay {
                self.overlay = self.preferences.overlay();
            }
            self.has_own_overlay = has_own_overlay;
            if let Some(screen) = &self.screen {
                screen.window.set_title(&self.title());
            }
        }
        self.follow_line();
        self.redraw();
    }

    /// What was drawn on the last image, and the views of it, mean nothing on another one.
    fn forget_image(&mut self) {
        self.playback.forget();
        self.statistics.forget();
        self.profile = ProfileTool::default();
        self.history.clear();
        (self.drawing, self.window_from) = (None, None);
        // What is typed there is of that image.
        if matches!(self.sheet, Some(Sheet::Picture | Sheet::Movie)) {
            self.set_sheet(None);
        }
    }

    /// The file was read again: what was drawn on it, and the views of it, stay as far as they fit.
    fn refit_image(&mut self, before: &Dataset, now: &Dataset) {
        let [old, new] = [before, now].map(ViewState::new);
        self.history.refit(before, now);
        if new.t_count < old.t_count || new.extent.iter().zip(old.extent).any(|(&new, old)| new < old) {
            self.playback.forget();
        }
        self.statistics.area.take_if(|area| !area.is_within(new.extent));
        self.profile.line.take_if(|(_, normal)| {
            let plane = |view: &ViewState| view.stored_plane_size(*normal);
            plane(&old) != plane(&new) || old.orientation != new.orientation
        });
        (self.drawing, self.window_from) = (None, None);
    }

    /// As soon as the newest file is open: goes on with what is carried over to it.
    pub(super) fn take_up_views(&mut self) {
        let (newest, request) = match &mut self.coming {
            Some(coming) => (&mut coming.viewer, &coming.request),
            None => (&mut self.viewer, &self.request),
        };
        let dataset = newest.dataset().cloned();
        let Some((dataset, view)) = dataset.zip(newest.view_mut()).filter(|_| !self.has_taken_up) else {
            return;
        };
        self.has_taken_up = true;
        self.has_opened = true;
        let mut misfit = None;
        match std::mem::take(&mut self.carried) {
            Carried::View(kept) => {
                let (kept, before) = *kept;
                *view = kept.refitted(&before, &dataset);
                if self.coming.is_none() {
                    self.refit_image(&before, &dataset);
                }
            }
            carried => {
                misfit = request.options.misfit(&dataset);
                self.preferences.apply(view, &request.options, &dataset);
                if let Carried::Contrast(locked) = carried {
                    lock_contrast(view, &locked);
                }
            }
        }
        if let Some(misfit) = misfit {
            self.notices.error(misfit);
        }
        let path = absolute(self.newest_path());
        // Preferences are text, which not every path is.
        if let Some(path) = path.to_str()
            && self.preferences.recent.first().is_none_or(|first| first != path)
        {
            self.preferences.remember(path);
            self.keep_preferences();
        }
    }
}

/// Whether two images fit the memory budget together.
fn is_room_for(shown: Option<&Dataset>, next: &Dataset, budget_bytes: u64) -> bool {
    let bytes = |dataset: &Dataset| dataset.volume_bytes().unwrap_or(u64::MAX);
    shown.map_or(0, bytes).saturating_add(bytes(next)) <= budget_bytes
}

#[cfg(test)]
mod tests;
