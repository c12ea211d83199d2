//! Saving the picture: where to, and without holding up the window.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use super::reserved::Reserved;
use crate::export::{Provenance, write_png};
use crate::session::Wake;
use crate::view::{Picture, ViewState};
use crate::volume::Dataset;

/// The file that was written, or what is wrong.
pub(crate) type Saved = Result<PathBuf, String>;

/// Writes pictures on threads of its own.
pub(crate) struct Saver {
    wake: Wake,
    sender: Sender<Saved>,
    receiver: Receiver<Saved>,
    /// Pictures that are being written.
    running: usize,
}

impl Saver {
    /// One that calls `wake` when a picture is written.
    pub(crate) fn new(wake: Wake) -> Self {
        let (sender, receiver) = channel();
        Self {
            wake,
            sender,
            receiver,
            running: 0,
        }
    }

    /// Writes a picture to a folder.
    pub(crate) fn save(&mut self, folder: &Path, dataset: &Dataset, view: &ViewState, picture: Picture) {
        let target = free_path(folder, &dataset.path, view);
        let provenance = Provenance::new(dataset, view);
        self.running += 1;
        // The name is taken at once: the next picture may be saved before this one is written.
        let reserved = match Reserved::new(&target, false) {
            Ok(reserved) => reserved,
            Err(error) => {
                let reason = format!("cannot save {}: {error}", target.display());
                let _ = self.sender.send(Err(reason));
                return (self.wake)();
            }
        };
        let (sender, wake) = (self.sender.clone(), self.wake.clone());
        std::thread::spawn(move || {
            let result = match write_png(&target, &picture, &provenance) {
                Ok(()) => {
                    reserved.keep();
                    Ok(std::path::absolute(&target).unwrap_or(target))
                }
                Err(error) => {
                    drop(reserved);
                    Err(format!("cannot save: {error}"))
                }
            };
            let _ = sender.send(result);
            wake();
        });
    }

    /// What was finished since the last call.
    pub(crate) fn finished(&mut self) -> Vec<Saved> {
        let finished: Vec<Saved> = self.receiver.try_iter().collect();
        self.running -= finished.len();
        finished
    }

    /// Waits until every picture is written, though not for longer than until `deadline`.
    pub(crate) fn wait(&mut self, deadline: Instant) {
        while self.running > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if self.receiver.recv_timeout(left).is_err() {
                return;
            }
            self.running -= 1;
        }
    }
}

/// A file that is not there yet, for the picture of `path` that `view` shows: `NAME-z008.png` in `folder`, with `-1`,
/// `-2` and so on where that is taken.
pub fn free_path(folder: &Path, path: &str, view: &ViewState) -> PathBuf {
    numbered_where_taken(&folder.join(picture_stem(path, view)), "png")
}

/// A file that is not there yet: `NAME.ENDING`, or `NAME-1.ENDING` and so on.
pub(crate) fn numbered_where_taken(name: &Path, ending: &str) -> PathBuf {
    let candidate = |n: u32| {
        let mut path = name.as_os_str().to_owned();
        if n > 0 {
            path.push(format!("-{n}"));
        }
        path.push(format!(".{ending}"));
        PathBuf::from(path)
    };
    (0..u32::MAX)
        .map(candidate)
        .find(|path| !path.exists())
        .unwrap_or_else(|| candidate(u32::MAX))
}

/// What a picture is called: `NAME-z008`, with `-t003` where there are several times.
pub(crate) fn picture_stem(path: &str, view: &ViewState) -> String {
    let stem = file_stem(path);
    let digits = |count: u64| count.saturating_sub(1).max(1).to_string().len().max(3);
    let mut name = format!(
        "{stem}-{}{:0width$}",
        view.normal,
        view.plane(),
        width = digits(view.plane_count())
    );
    if view.t_count > 1 {
        name += &format!("-t{:0width$}", view.t, width = digits(view.t_count));
    }
    name
}

/// A name for what was opened, without folder and without what tells the kind of file: also `sample:kidney` has one.
pub(crate) fn file_stem(path: &str) -> String {
    let name = Path::new(path)
        .file_name()
        .map_or_else(|| path.into(), |name| name.to_string_lossy());
    let lower = name.to_lowercase();
    let ending = [".ome.tiff", ".ome.tif", ".tiff", ".tif"]
        .into_iter()
        .find(|ending| lower.ends_with(ending));
    let stem = ending.map_or(name.as_ref(), |ending| {
        name.get(..name.len() - ending.len()).unwrap_or(&name)
    });
    let stem = stem.replace([':', '/', '\\'], "-");
    if stem.is_empty() { "picture".to_owned() } else { stem }
}
