//! Pictures and movies on their way to files.

use std::path::Path;
use std::time::{Duration, Instant};

use super::actions::Sheet;
use super::export_job::{Export, ExportJob, Outcome};
use super::made::Made;
use super::program::Program;
use super::save::{file_stem, picture_stem};
use super::sheets::{Defaults, ExportOrder};
use crate::view::Camera;

/// An export that is under way.
pub(crate) struct Running {
    /// What it makes.
    pub(crate) name: String,
    pub(crate) job: ExportJob,
    /// The progress that was shown last.
    pub(crate) told: Made,
}

/// What is said to a first wish to quit.
const NOT_YET: &str = "exports are being made: quit once more to give them up";
/// How long to wait for exports that are given up, which end with a frame, and for pictures that are being written: longer
/// than any disk takes that works.
const LONGEST_END: Duration = Duration::from_secs(60);

impl Program {
    /// Shows a sheet, or takes it away.
    pub(super) fn toggle_sheet(&mut self, sheet: Sheet) {
        self.set_sheet((self.sheet != Some(sheet)).then_some(sheet));
        if !matches!(self.sheet, Some(Sheet::Picture | Sheet::Movie)) {
            return self.forms.begin(sheet, None);
        }
        let Some(view) = self.viewer.view() else {
            return self.forms.begin(sheet, None);
        };
        let path = self.viewer.dataset().map_or("", |dataset| &dataset.path);
        let name = match sheet {
            Sheet::Movie => file_stem(path),
            _ => picture_stem(path, view),
        };
        let defaults = Defaults {
            name: self.out_folder.find(&self.request.path).join(name),
            overlay: self.overlay,
            canvas_px: [self.canvas.width, self.canvas.height],
            playback: &self.playback,
            view,
        };
        self.forms.begin(sheet, Some(&defaults));
    }

    /// Puts a sheet in place of the one there is. What was typed into that one is typed there no more.
    pub(super) fn set_sheet(&mut self, sheet: Option<Sheet>) {
        self.sheet = sheet;
        if let Some(screen) = &self.screen {
            screen.gui.end_typing();
        }
    }

    /// Starts to make a picture or a movie of what is shown.
    pub(super) fn export(&mut self, order: ExportOrder) {
        let (Some(source), Some(view)) = (self.viewer.source(), self.viewer.view()) else {
            return;
        };
        let mut view = view.clone();
        let channels = 0..view.channels.len();
        let has_exact_window = channels.map(|channel| self.viewer.is_window_exact(channel)).collect();
        if order.is_whole {
            view.camera = Camera::OnePixelPerVoxel;
        }
        let name = order.path.file_name().map(|name| name.to_string_lossy().into_owned());
        let export = Export {
            source,
            view,
            has_exact_window,
            seen_in: (!order.is_whole).then_some([self.canvas.width, self.canvas.height]),
            size: order.size,
            overlay: order.overlay,
            movie: order.movie,
            path: order.path,
            may_replace: order.may_replace,
        };
        let job = ExportJob::start(export, self.choice.clone(), self.wake.clone());
        self.exports.push(Running {
            name: name.unwrap_or_default(),
            told: job.progress(),
            job,
        });
        self.set_sheet(None);
    }

    /// Takes up the path that a dialog gave, if its form is still there.
    pub(super) fn take_target(&mut self, path: &Path) {
        if matches!(self.sheet, Some(Sheet::Picture | Sheet::Movie)) {
            self.forms.set_target(path);
        }
    }

    /// Whether the program may end: exports that are being made are given up only when that is wished for twice.
    pub(super) fn may_quit(&mut self) -> bool {
        self.collect_exports();
        // Who has closed the message is not quitting any more.
        let is_told = self.notices.iter().any(|notice| notice.text == NOT_YET);
        let is_wished_again = std::mem::replace(&mut self.is_quit_wished, true) && is_told;
        if self.exports.is_empty() || is_wished_again {
            return true;
        }
        self.notices.error(NOT_YET.to_owned());
        false
    }

    /// Gives up exports that are being made, of which then nothing is left, and waits for pictures that are being saved: when
    /// the window is gone, and before the program ends.
    pub(super) fn end_writing(&mut self) {
        let deadline = Instant::now() + LONGEST_END;
        self.exports.iter().for_each(|running| running.job.cancel());
        for running in self.exports.drain(..) {
            running.job.wait(deadline);
        }
        self.saver.wait(deadline);
    }

    /// Takes up what has been made. Returns whether there is anything to tell.
    pub(super) fn collect_exports(&mut self) -> bool {
        let mut is_new = false;
        for mut running in std::mem::take(&mut self.exports) {
            match running.job.poll() {
                None => {
                    let progress = running.job.progress();
                    is_new |= std::mem::replace(&mut running.told, progress) != progress;
                    self.exports.push(running);
                }
                Some(outcome) => {
                    is_new = true;
                    match outcome {
                        Outcome::Written(path) => {
                            self.out_folder.note(&path);
                            let note = match running.job.lost_planes() {
                                0 => String::new(),
                                1 => " (1 plane of the image cannot be read)".to_owned(),
                                count => format!(" ({count} planes of the image cannot be read)"),
                            };
                            self.tell(format!("saved {}{note}", path.display()));
                        }
                        Outcome::Cancelled => self.tell(format!("{} was not made", running.name)),
                        Outcome::Failed(reason) => self.notices.error(reason),
                    }
                }
            }
        }
        if self.exports.is_empty() && std::mem::take(&mut self.is_quit_wished) {
            self.notices.take_back(NOT_YET);
        }
        is_new
    }
}

#[cfg(test)]
mod tests;
