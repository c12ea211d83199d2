//! Which file comes next: dialogs, the folder, recent files, files that change. What may take a while is asked on
//! threads of their own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::session::Wake;
use crate::source::{ENDINGS, images};

/// How often a file is looked at for changes.
const LOOK_PERIOD: Duration = Duration::from_secs(1);
/// A dialog that is gone sooner was never there: nobody is as quick.
const QUICKEST_ANSWER: Duration = Duration::from_millis(250);

/// What a dialog is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// An image.
    Image,
    /// A saved view.
    View,
}

/// What a thread has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mail {
    /// A file was chosen.
    Chosen(PathBuf),
    /// There is no dialog on this system.
    NoDialog,
    /// A place to save to was chosen.
    Target(PathBuf),
    /// There is no dialog for it on this system.
    NoTargetDialog,
    /// The file that was looked for in the folder, or why there is none.
    Neighbour(Result<PathBuf, String>),
    /// A watched file was changed by another program, and is at rest again.
    Changed(PathBuf),
    /// Something was done, or could not be.
    Done(Result<String, String>),
}

/// A file is looked at for as long as this lives.
pub(crate) struct Watch {
    _alive: Arc<()>,
}

/// Asks, and brings the answers.
pub(crate) struct Files {
    wake: Wake,
    sender: Sender<Mail>,
    receiver: Receiver<Mail>,
}

impl Files {
    /// Calls `wake` when there is an answer.
    pub(crate) fn new(wake: Wake) -> Self {
        let (sender, receiver) = unbounded();
        Self { wake, sender, receiver }
    }

    /// The answers that have come.
    pub(crate) fn mail(&self) -> Vec<Mail> {
        self.receiver.try_iter().collect()
    }

    fn spawn(&self, ask: impl FnOnce() -> Option<Mail> + Send + 'static) {
        let (sender, wake) = (self.sender.clone(), self.wake.clone());
        std::thread::spawn(move || {
            if let Some(mail) = ask() {
                // Nobody listens where the program is ending.
                let _ = sender.send(mail);
                wake();
            }
        });
    }

    /// Does something that takes a while, and tells what came of it.
    pub(crate) fn run(&self, work: impl FnOnce() -> Result<String, String> + Send + 'static) {
        self.spawn(move || Some(Mail::Done(work())));
    }

    /// Shows the system's dialog.
    pub(crate) fn choose(&self, purpose: Purpose) {
        let dialog = rfd::AsyncFileDialog::new();
        let dialog = match purpose {
            Purpose::Image => {
                let endings: Vec<&str> = ENDINGS.to_vec();
                dialog
                    .set_title("Open an image stack")
                    .add_filter("image stacks", &endings)
            }
            Purpose::View => dialog.set_title("Open a view").add_filter("views", &["json"]),
        };
        let asked = Instant::now();
        // Made here: some systems make windows in the first thread only.
        let choice = dialog.add_filter("all files", &["*"]).pick_file();
        self.spawn(move || match pollster::block_on(choice) {
            Some(file) => Some(Mail::Chosen(file.path().to_owned())),
            None => (asked.elapsed() < QUICKEST_ANSWER).then_some(Mail::NoDialog),
        });
    }

    /// Shows the system's dialog for where to save a file: at first, where `path` is.
    pub(crate) fn choose_target(&self, path: &Path) {
        let mut dialog = rfd::AsyncFileDialog::new().set_title("Save as");
        if let Some(folder) = path.parent().filter(|folder| folder.is_dir()) {
            dialog = dialog.set_directory(folder);
        }
        if let Some(name) = path.file_name() {
            dialog = dialog.set_file_name(name.to_string_lossy());
        }
        let asked = Instant::now();
        let choice = dialog.save_file();
        self.spawn(move || match pollster::block_on(choice) {
            Some(file) => Some(Mail::Target(file.path().to_owned())),
            None => (asked.elapsed() < QUICKEST_ANSWER).then_some(Mail::NoTargetDialog),
        });
    }

    /// Looks for the image that comes `by` places after this one in its folder; after the last comes the first.
    pub(crate) fn find_neighbour(&self, of: &str, by: i64) {
        let of = PathBuf::from(of);
        self.spawn(move || Some(Mail::Neighbour(neighbour(&of, by))));
    }

    /// Watches a file.
    pub(crate) fn watch(&self, path: &str) -> Watch {
        let alive = Arc::new(());
        let (path, observed) = (PathBuf::from(path), Arc::downgrade(&alive));
        let (sender, wake) = (self.sender.clone(), self.wake.clone());
        std::thread::spawn(move || {
            let Some(mut known) = state_of(&path) else {
                return; // a folder, a pattern, the sample
            };
            let mut last = known;
            loop {
                std::thread::sleep(LOOK_PERIOD);
                if observed.strong_count() == 0 {
                    return;
                }
                let Some(now) = state_of(&path) else { continue };
                // A file that is still being written changes from look to look.
                if now != known && now == last {
                    known = now;
                    if sender.send(Mail::Changed(path.clone())).is_err() {
                        return;
                    }
                    wake();
                }
                last = now;
            }
        });
        Watch { _alive: alive }
    }
}

fn state_of(path: &Path) -> Option<(u64, SystemTime)> {
    let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    Some((metadata.len(), metadata.modified().ok()?))
}

fn neighbour(of: &Path, by: i64) -> Result<PathBuf, String> {
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    if !of.exists() {
        return Err(format!("{} is in no folder", of.display()));
    }
    let images = images(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let at = images.iter().position(|path| path.file_name() == of.file_name());
    let count = images.len() as i64;
    match (at, count) {
        (_, 0) | (Some(_), 1) => Err("there is no other image in this folder".to_owned()),
        (Some(at), _) => Ok(images[(at as i64 + by).rem_euclid(count) as usize].clone()),
        (None, _) => Ok(images[0].clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_file_is_the_next_by_number() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["b2.tif", "b10.tif", "b1.tiff", "notes.txt", ".hidden.tif", "tif"] {
            std::fs::write(folder.path().join(name), "").expect("a file");
        }
        let next = |name: &str, by| {
            let path = neighbour(&folder.path().join(name), by)?;
            Ok::<_, String>(path.file_name().map(|name| name.to_string_lossy().into_owned()))
        };
        assert_eq!(next("b1.tiff", 1), Ok(Some("b2.tif".into())));
        assert_eq!(next("b2.tif", 1), Ok(Some("b10.tif".into())));
        assert_eq!(next("b10.tif", 1), Ok(Some("b1.tiff".into())), "then from the first");
        assert_eq!(next("b1.tiff", -1), Ok(Some("b10.tif".into())));
        assert_eq!(next("notes.txt", 1), Ok(Some("b1.tiff".into())));
        assert!(next("gone.tif", 1).is_err());
    }
}
