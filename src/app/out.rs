//! What leaves the window: pictures, commands, numbers; and what comes in by name.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::actions::Action;
use super::files::{Mail, Purpose};
use super::program::Program;
use super::sheets::Request;
use super::statistics::quoted;
use crate::session::OpenRequest;

impl Program {
    /// Does what is about files. Returns whether the action was.
    pub(super) fn act_on_files(&mut self, action: Action) -> bool {
        match action {
            Action::Open => self.files.choose(Purpose::Image),
            Action::OpenView => self.files.choose(Purpose::View),
            Action::StepFile(by) => self.files.find_neighbour(&self.request.path, by),
            Action::Reload => self.reload(),
            _ => return false,
        }
        true
    }

    /// Does what was typed into a sheet.
    pub(super) fn fulfil(&mut self, request: Request) {
        match request {
            Request::Open(path) => {
                self.sheet = None;
                self.open(&path);
            }
        }
        self.redraw_for_input();
    }

    /// A thread has something to tell.
    pub(super) fn read_mail(&mut self, mail: Mail) {
        match mail {
            Mail::Chosen(Purpose::Image, path) => self.open(&path),
            Mail::Chosen(Purpose::View, path) => self.open(&path),
            Mail::NoDialog(_) => {
                self.sheet = Some(super::actions::Sheet::OpenPath);
                let text = "this system has no dialog for files: type the path".to_owned();
                self.notices.news(text, Instant::now());
            }
            Mail::Neighbour(Ok(path)) => self.open(&path),
            Mail::Neighbour(Err(reason)) => self.notices.error(reason),
            Mail::Changed => {
                self.notices
                    .news("the file was changed, and is read again".to_owned(), Instant::now());
                self.reload();
            }
        }
    }

    /// Copies what is under the mouse; without a voxel there, the statistics that are shown.
    pub(super) fn copy_voxel(&mut self) {
        let (Some(dataset), Some((voxel, values))) = (self.viewer.dataset(), self.viewer.picked()) else {
            return self.copy_statistics();
        };
        if self.hover != Some(voxel) {
            return self.copy_statistics();
        }
        let t = self.viewer.view().map_or(0, |view| view.t);
        let mut names = vec!["t".to_owned(), "z".into(), "y".into(), "x".into()];
        let mut numbers = vec![t.to_string()];
        numbers.extend(voxel.map(|at| at.to_string()));
        for (channel, value) in values.iter().enumerate() {
            // A name may hold anything.
            names.push(dataset.channel_name(channel).replace(['\t', '\n', '\r'], " "));
            numbers.push(value.to_string());
        }
        let text = format!("{}\n{}\n", names.join("\t"), numbers.join("\t"));
        self.copy(text, "the voxel");
    }

    /// Saves the picture as it is shown.
    pub(super) fn save(&mut self) {
        let Some(screen) = &self.screen else { return };
        let picture = self
            .viewer
            .picture(&screen.gpu, [self.canvas.width, self.canvas.height]);
        match (picture, self.viewer.dataset()) {
            (Ok((picture, view)), Some(dataset)) => self.saver.save(dataset, &view, picture),
            (Err(error), _) => self.notices.error(format!("cannot save: {error}")),
            (Ok(_), None) => {}
        }
    }
}
