//! Pictures and movies on their way to files.

use std::path::PathBuf;

use super::actions::Sheet;
use super::export_job::{Export, ExportJob, Outcome};
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
    pub(crate) told: (u64, u64),
}

impl Program {
    /// Shows a sheet, or takes it away.
    pub(super) fn toggle_sheet(&mut self, sheet: Sheet) {
        self.set_sheet((self.sheet != Some(sheet)).then_some(sheet));
        let Some(view) = self.viewer.view() else {
            return self.forms.begin(sheet, None);
        };
        let path = self.viewer.dataset().map_or("", |dataset| &dataset.path);
        let name = PathBuf::from(match sheet {
            Sheet::Movie => file_stem(path),
            _ => picture_stem(path, view),
        });
        let defaults = Defaults {
            name: std::path::absolute(&name).unwrap_or(name),
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
        if order.is_whole {
            view.camera = Camera::OnePixelPerVoxel;
        }
        let name = order.path.file_name().map(|name| name.to_string_lossy().into_owned());
        let export = Export {
            source,
            view,
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
                        Outcome::Written(path) => self.tell(format!("saved {}", path.display())),
                        Outcome::Cancelled => self.tell(format!("{} was not made", running.name)),
                        Outcome::Failed(reason) => self.notices.error(reason),
                    }
                }
            }
        }
        is_new
    }
}
