//! From one file to the next: the last picture stays until the next one is there, and for good if it never comes.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::files::Watch;
use super::profile::ProfileTool;
use super::program::{Program, absolute, file_name};
use crate::gpu::Gpu;
use crate::session::{OpenRequest, Phase, Viewer};
use crate::view::{ContrastRule, ViewState};
use crate::volume::Dataset;

/// How often a lost device is opened anew before giving up,
const MAX_REOPENS: u32 = 3;
/// where it is lost within this time again.
const REOPEN_PERIOD: Duration = Duration::from_secs(60);

/// A file that is being opened while the last one is on the screen.
pub(crate) struct Coming {
    viewer: Viewer,
    request: OpenRequest,
    /// None where it is the open file that is read again.
    watch: Option<Watch>,
    /// Whether what was drawn on the last image, and the views of it, mean nothing on this one.
    is_another: bool,
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
}

/// What of the present view the next file is shown with.
#[derive(Debug, Default)]
pub(crate) enum Carried {
    #[default]
    Nothing,
    /// All of it: it is the same file, read again.
    View(ViewState),
    /// Windows and gammas.
    Contrast(ViewState),
}

/// How often, and when last, a lost device was opened anew.
#[derive(Debug, Default)]
pub(super) struct Reopens {
    count: u32,
    last: Option<Instant>,
}

impl Reopens {
    /// Whether it may be opened once more.
    fn count(&mut self, now: Instant) -> bool {
        if self.last.is_some_and(|last| now - last > REOPEN_PERIOD) {
            self.count = 0;
        }
        (self.count, self.last) = (self.count + 1, Some(now));
        self.count <= MAX_REOPENS
    }
}

impl Program {
    /// Opens another file in place of the present one.
    pub(crate) fn open(&mut self, path: &Path) {
        let request = match self.request_for(path) {
            Ok(request) => request,
            Err(reason) => return self.notices.error(reason),
        };
        let contrast_of = |view: &ViewState| Carried::Contrast(view.clone());
        self.carried = match (self.preferences.locks_contrast, self.viewer.view()) {
            (true, Some(view)) => contrast_of(view),
            (true, None) => std::mem::take(&mut self.carried),
            (false, _) => Carried::Nothing,
        };
        self.notices.clear();
        let watch = self.files.watch(&request.path);
        self.begin(request, Some(watch));
    }

    /// Files that come from another program, all at once: one window shows one of them.
    pub(crate) fn open_dropped(&mut self, paths: &[PathBuf]) {
        let Some(first) = paths.first() else { return };
        self.open(first);
        if paths.len() > 1 {
            let text = format!("of {} dropped files, the first is opened", paths.len());
            self.notices.news(text, Instant::now());
        }
    }

    /// Reads the same file again, to show it as before.
    pub(super) fn reload(&mut self) {
        if let Some(view) = self.viewer.view() {
            self.carried = Carried::View(view.clone());
        }
        self.begin(self.request.clone(), None);
    }

    /// A file was changed by another program: the open one, or the one that is being opened.
    pub(super) fn read_changed(&mut self, path: &Path) {
        if self.coming.as_ref().is_some_and(|coming| coming.is_of(path)) {
            if let Some(Coming { request, watch, .. }) = self.coming.take() {
                self.begin(request, watch);
            }
        } else if Path::new(&self.request.path) == path {
            let text = "the file was changed, and is read again".to_owned();
            self.notices.news(text, Instant::now());
            self.reload();
        }
    }

    /// The file that is being opened, else the open one.
    pub(super) fn newest_path(&self) -> &str {
        let coming = self.coming.as_ref().map(|coming| &coming.request);
        &coming.unwrap_or(&self.request).path
    }

    fn begin(&mut self, request: OpenRequest, watch: Option<Watch>) {
        self.has_taken_up = false;
        self.viewer.forget_other_times();
        self.coming = Some(Coming {
            viewer: Viewer::open(request.clone(), self.wake.clone()),
            is_another: watch.is_some(),
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
        self.give_up_coming();
        self.notices.error(reason);
        true
    }

    /// Stays with the present file. Returns whether another one was being opened.
    pub(super) fn give_up_coming(&mut self) -> bool {
        let is_given_up = self.coming.take().is_some();
        if is_given_up {
            self.carried = Carried::Nothing;
            self.has_taken_up = true;
        }
        is_given_up
    }

    /// Whether the GPU is at work for a viewer.
    pub(super) fn is_busy(&self) -> bool {
        let coming = self.coming.as_ref().map(|coming| &coming.viewer);
        self.viewer.is_busy() || coming.is_some_and(Viewer::is_busy)
    }

    /// Shows the file that was being opened in place of the last one.
    fn arrive(&mut self) {
        let Some(coming) = self.coming.take() else { return };
        self.viewer = coming.viewer;
        (self.hover, self.phase) = (None, None);
        self.statistics.asked = None;
        self.has_given_back = false;
        self.trace.begin_file();
        if coming.is_another {
            self.forget_image();
        }
        if let Some(watch) = coming.watch {
            (self.request, self.watch) = (coming.request, watch);
            if self.request.options.saved.is_some() {
                self.overlay = self.request.options.overlay();
            }
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
            Carried::View(kept) if is_alike(&kept, view) => *view = kept,
            Carried::View(_) => match &mut self.coming {
                Some(coming) => coming.is_another = true,
                None => self.forget_image(),
            },
            carried => {
                misfit = request.options.misfit(&dataset);
                self.preferences.apply(view, &request.options, &dataset);
                if let Carried::Contrast(locked) = carried {
                    for (channel, locked) in view.channels.iter_mut().zip(locked.channels) {
                        channel.contrast = ContrastRule::Given;
                        (channel.window, channel.gamma) = (locked.window, locked.gamma);
                    }
                }
            }
        }
        if let Some(misfit) = misfit {
            self.notices.error(misfit);
        }
        let path = absolute(self.newest_path());
        if self.preferences.recent.first() != Some(&path) {
            self.preferences.remember(&path);
            self.keep_preferences();
        }
    }

    /// Opens the device anew if it was lost, and the file with it, at the same view. Returns whether it was.
    pub(super) fn recover(&mut self) -> bool {
        let Some(Err(error)) = self.screen.as_ref().map(|screen| screen.gpu.check()) else {
            return false;
        };
        let may_reopen = self.reopens.count(Instant::now());
        let Some(screen) = self.screen.take().filter(|_| may_reopen) else {
            self.fail(error.into());
            return true;
        };
        // Nothing that was on the lost device can be shown any more.
        match self.coming.take() {
            Some(Coming { request, watch, .. }) if watch.is_some() => self.begin(request, watch),
            _ => self.reload(),
        }
        self.arrive();
        match screen.reopen(&self.choice, self.preferences.look) {
            Ok(screen) => self.screen = Some(screen),
            Err(error) => self.fail(error),
        }
        self.notices.error(format!("{error}; it was opened again"));
        self.redraw();
        true
    }
}

impl Coming {
    fn is_of(&self, path: &Path) -> bool {
        Path::new(&self.request.path) == path
    }
}

/// Whether a view of one image can be shown of another.
fn is_alike(a: &ViewState, b: &ViewState) -> bool {
    a.extent == b.extent && a.channels.len() == b.channels.len() && a.t_count == b.t_count
}

/// Whether two images fit the memory budget together.
fn is_room_for(shown: Option<&Dataset>, next: &Dataset, budget_bytes: u64) -> bool {
    let bytes = |dataset: &Dataset| dataset.volume_bytes().unwrap_or(u64::MAX);
    shown.map_or(0, bytes).saturating_add(bytes(next)) <= budget_bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing::dataset;

    #[test]
    fn two_images_need_room_for_both() {
        let (small, large) = (dataset([9, 1, 1, 10, 10]), dataset([1, 2, 5, 10, 10]));
        assert!(is_room_for(None, &large, 2000));
        assert!(!is_room_for(None, &large, 1999));
        assert!(is_room_for(Some(&small), &large, 2200), "one time point of each");
        assert!(!is_room_for(Some(&small), &large, 2199));
    }

    #[test]
    fn a_device_that_is_lost_again_and_again_is_given_up() {
        let (mut reopens, start) = (Reopens::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        assert!([0, 1, 60].into_iter().all(|at| reopens.count(after(at))));
        assert!(!reopens.count(after(61)));
        assert!(
            reopens.count(after(122)),
            "and tried again when it went well for a while"
        );
    }
}
