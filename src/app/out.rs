//! What leaves the window: pictures, commands, numbers; and what comes in by name.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Instant;

use super::actions::{Action, Sheet};
use super::files::{Mail, Purpose};
use super::program::Program;
use super::save::{free_path, numbered_where_taken, picture_stem};
use super::sheets::Request;
use super::statistics::{path_word, quoted};
use crate::session::{OpenRequest, Picked};
use crate::view::{SavedView, ViewOptions};
use crate::volume::Axis;

/// A saved view is a page of text; what is longer is something else.
const MOST_VIEW_BYTES: u64 = 1 << 20;

impl Program {
    /// Does what is about files. Returns whether the action was.
    pub(super) fn act_on_files(&mut self, action: Action) -> bool {
        match action {
            Action::Open => self.files.choose(Purpose::Image),
            Action::OpenView => self.files.choose(Purpose::View),
            Action::OpenFolder => self.files.choose(Purpose::Folder),
            Action::StepFile(by) => self.step_file(by),
            Action::Reload => self.read_again(),
            Action::SaveView => self.save_view(),
            _ => return false,
        }
        true
    }

    /// Does what was typed into a sheet.
    pub(super) fn fulfil(&mut self, request: Request) {
        match request {
            Request::Open(path) => {
                self.set_sheet(None);
                self.open(&path);
            }
            Request::Export(order) => self.export(order),
            Request::Browse(path) => self.files.choose_target(&path),
            Request::OpenSeries(series) => self.open_series(series),
            Request::StopLoading => self.viewer.cancel(),
            Request::CancelOpening => {
                self.stay();
            }
            Request::CancelExport(place) => {
                if let Some(running) = self.exports.get(place) {
                    running.job.cancel();
                }
            }
        }
        self.redraw_for_input();
    }

    /// A thread has something to tell.
    pub(super) fn read_mail(&mut self, mail: Mail) {
        match mail {
            Mail::Chosen(path) => self.open(&path),
            Mail::Target(path) => self.take_target(&path),
            Mail::NoTargetDialog => self.tell_no_dialog(),
            Mail::NoDialog => {
                if self.sheet != Some(Sheet::OpenPath) {
                    self.toggle_sheet(Sheet::OpenPath);
                }
                self.tell_no_dialog();
            }
            Mail::Done(Ok(news)) => self.tell(news),
            Mail::Done(Err(reason)) => self.notices.error(reason),
            // Unless another one was gone to meanwhile.
            Mail::Neighbour(of, _) if of != self.last_gone_to() => {}
            Mail::Neighbour(_, Ok(path)) => self.arrive_at_neighbour(path),
            Mail::Neighbour(_, Err(reason)) => self.notices.error(reason),
            Mail::Changed(path) => self.read_changed(&path),
        }
    }

    fn tell_no_dialog(&mut self) {
        let text = "this system has no dialog for files: type the path".to_owned();
        self.notices.news(text, Instant::now());
    }

    /// Copies what is under the mouse, as soon as that is known; without a voxel there, the statistics that are shown.
    pub(super) fn copy_voxel(&mut self) {
        self.is_voxel_wanted = self.hover.is_some();
        match self.is_voxel_wanted {
            true => self.copy_wanted_voxel(),
            false => self.copy_statistics(),
        }
    }

    /// Copies the voxel that was asked for, if its values have come.
    pub(super) fn copy_wanted_voxel(&mut self) {
        let wanted = self.viewer.picked().filter(|_| self.is_voxel_wanted);
        let (Some(dataset), Some(Picked { spot, values })) = (self.viewer.dataset(), wanted) else {
            return;
        };
        self.is_voxel_wanted = false;
        if values.is_empty() {
            return self.tell("this voxel cannot be read".to_owned());
        }
        let mut names = vec!["t".to_owned(), "z".into(), "y".into(), "x".into()];
        let mut numbers = vec![spot.t.to_string()];
        numbers.extend(Axis::ALL.map(|axis| match &spot.slab {
            Some((normal, planes)) if *normal == axis => format!("{}:{}", planes.start, planes.end),
            _ => spot.voxel[axis.index()].to_string(),
        }));
        for (channel, value) in values.iter().enumerate() {
            // A name may hold anything.
            names.push(dataset.channel_name(channel).replace(['\t', '\n', '\r'], " "));
            numbers.push(value.to_string());
        }
        let text = format!("{}\n{}\n", names.join("\t"), numbers.join("\t"));
        self.copy(text, "the voxel");
    }

    /// Copies the command line that makes the picture that is shown.
    pub(super) fn copy_command(&mut self) {
        let (Some(view), Some(dataset)) = (self.viewer.view(), self.viewer.dataset()) else {
            return;
        };
        let target = free_path(Path::new(""), &dataset.path, view);
        let size = [self.canvas.width, self.canvas.height];
        let words = view.words(dataset, size, self.overlay, self.viewer.is_exact());
        self.copy(render_command(&self.request, &target, words), "the command");
    }

    /// Writes the view to a file of its own.
    fn save_view(&mut self) {
        let (Some(view), Some(dataset)) = (self.viewer.view(), self.viewer.dataset()) else {
            return;
        };
        let stem = picture_stem(&dataset.path, view);
        let folder = self.out_folder.find(&self.request.path);
        let target = numbered_where_taken(&folder.join(stem), "view.json");
        let size = [self.canvas.width, self.canvas.height];
        let mut saved = SavedView::new(view, dataset, Some(size), self.overlay);
        saved.set_path(super::program::absolute(&self.request.path), &target);
        saved.axes.clone_from(&self.request.axes);
        saved.series = self.request.series;
        let written = File::create_new(&target).and_then(|mut file| file.write_all(saved.to_text().as_bytes()));
        match written {
            Ok(()) => {
                self.out_folder.note(&target);
                let note = match &saved.path {
                    Some(_) => "",
                    None => " (without its image, whose name is no text)",
                };
                self.tell(format!("saved {}{note}", target.display()));
            }
            Err(error) => self.notices.error(format!("cannot save {}: {error}", target.display())),
        }
    }

    /// What to open for a path that a person chose: an image, or a saved view and the image that it is of.
    ///
    /// # Errors
    /// One line about a view that cannot be read.
    pub(super) fn request_for(&self, path: &Path) -> Result<OpenRequest, String> {
        let request = OpenRequest {
            path: path.to_owned(),
            axes: None,
            series: 0,
            options: ViewOptions::default(),
            ..self.request
        };
        if path
            .extension()
            .is_none_or(|ending| !ending.eq_ignore_ascii_case("json"))
        {
            return Ok(request);
        }
        let named = |reason: String| format!("{}: {reason}", path.display());
        // Others, such as pipes, may never end.
        if path.exists() && !path.is_file() {
            return Err(named("no saved view: it is no file".to_owned()));
        }
        let mut text = String::new();
        let file = File::open(path).map_err(|error| named(error.to_string()))?;
        let read = file.take(MOST_VIEW_BYTES).read_to_string(&mut text);
        read.map_err(|error| named(error.to_string()))?;
        let saved = SavedView::from_text(&text).map_err(named)?;
        Ok(OpenRequest {
            path: saved.path_from(path).unwrap_or_else(|| self.request.path.clone()),
            axes: saved.axes.clone(),
            series: saved.series,
            options: ViewOptions {
                saved: Some(Box::new(saved)),
                ..ViewOptions::default()
            },
            ..request
        })
    }

    /// Hands a text to other programs, and says so.
    pub(super) fn copy(&mut self, text: String, what: &str) {
        match self.clipboard.set(text) {
            Ok(()) => self.tell(format!("copied {what}")),
            Err(reason) => self.notices.error(format!("cannot copy {what}: {reason}")),
        }
    }

    /// Says that something went well.
    pub(super) fn tell(&mut self, text: String) {
        self.trace.milestone(&text);
        self.notices.news(text, Instant::now());
    }

    /// Takes up the pictures that were written meanwhile. Returns whether there were any.
    pub(super) fn collect_saved(&mut self) -> bool {
        let finished = self.saver.finished();
        let is_any = !finished.is_empty();
        for result in finished {
            match result {
                Ok(path) => {
                    self.out_folder.note(&path);
                    self.tell(format!("saved {}", path.display()));
                }
                Err(reason) => self.notices.error(reason),
            }
        }
        is_any
    }

    /// Copies the picture as it is shown.
    pub(super) fn copy_picture(&mut self) {
        let Some(screen) = &self.screen else { return };
        let size = [self.canvas.width, self.canvas.height];
        let setter = match self.viewer.picture(&screen.gpu, size) {
            Ok((mut picture, view)) => {
                if let Some(dataset) = self.viewer.dataset() {
                    picture.annotate(dataset, &view, self.overlay);
                }
                self.clipboard.picture_setter(picture)
            }
            Err(error) => Err(error.to_string()),
        };
        let told = |reason: String| format!("cannot copy the picture: {reason}");
        match setter {
            Ok(set) => self
                .files
                .run(move || set().map(|()| "copied the picture".to_owned()).map_err(told)),
            Err(reason) => self.notices.error(told(reason)),
        }
    }

    /// Saves the picture as it is shown.
    pub(super) fn save(&mut self) {
        let Some(screen) = &self.screen else { return };
        let picture = self
            .viewer
            .picture(&screen.gpu, [self.canvas.width, self.canvas.height]);
        match (picture, self.viewer.dataset()) {
            (Ok((mut picture, view)), Some(dataset)) => {
                picture.annotate(dataset, &view, self.overlay);
                let folder = self.out_folder.find(&self.request.path);
                self.saver.save(&folder, dataset, &view, picture);
            }
            (Err(error), _) => self.notices.error(format!("cannot save: {error}")),
            (Ok(_), None) => {}
        }
    }
}

/// The command line, for a shell, that makes a picture of an image with these words of a view.
pub fn render_command(request: &OpenRequest, target: &Path, of_view: Vec<String>) -> String {
    let mut words = vec!["microtome render".to_owned(), path_word(&request.path)];
    words.extend(["-o".to_owned(), path_word(target)]);
    if let Some(axes) = &request.axes {
        words.extend(["--axes".to_owned(), quoted(axes)]);
    }
    if request.series != 0 {
        words.extend(["--series".to_owned(), request.series.to_string()]);
    }
    // These have nothing in them that a shell would take for something else.
    words.extend(of_view);
    words.join(" ")
}
