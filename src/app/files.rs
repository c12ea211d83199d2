//! Which file comes next: dialogs, the folder, recent files, files that change. What may take a while is asked on
//! threads of their own.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::session::Wake;
use crate::source::{ENDINGS, images, members};

/// How often a file is looked at for changes.
const LOOK_PERIOD: Duration = Duration::from_secs(1);
/// How long to rest after a look, in times that it took: a folder of very many files keeps no disk busy.
const RESTS_PER_LOOK: u32 = 20;
/// A dialog that is gone sooner was never there: nobody is as quick.
const QUICKEST_ANSWER: Duration = Duration::from_millis(250);

/// What a dialog is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// An image.
    Image,
    /// A folder of planes.
    Folder,
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
    Neighbour(PathBuf, Result<PathBuf, String>),
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
            Purpose::Folder => dialog.set_title("Open a folder of planes"),
            Purpose::View => dialog.set_title("Open a view").add_filter("views", &["json"]),
        };
        // Made here: some systems make windows in the first thread only.
        match purpose {
            Purpose::Folder => self.await_choice(dialog.pick_folder()),
            _ => self.await_choice(dialog.add_filter("all files", &["*"]).pick_file()),
        }
    }

    fn await_choice(&self, choice: impl Future<Output = Option<rfd::FileHandle>> + Send + 'static) {
        let asked = Instant::now();
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

    /// Looks for the image that comes `by` places after this one among some, or where there are none, in its folder; after
    /// the last comes the first.
    pub(crate) fn find_neighbour(&self, of: &Path, by: i64, among: Vec<PathBuf>) {
        let of = of.to_owned();
        self.spawn(move || {
            let found = match among.is_empty() {
                true => neighbour_in_folder(&of, by),
                false => Ok(neighbour(&of, by, &among)),
            };
            Some(Mail::Neighbour(of, found))
        });
    }

    /// Watches a file, or the files that a folder or a pattern stands for.
    pub(crate) fn watch(&self, path: &Path) -> Watch {
        let alive = Arc::new(());
        let (path, observed) = (path.to_owned(), Arc::downgrade(&alive));
        let (sender, wake) = (self.sender.clone(), self.wake.clone());
        std::thread::spawn(move || {
            let Some(known) = state_of(&path) else {
                return; // the sample
            };
            let mut looks = Looks { known, last: known };
            let mut period = LOOK_PERIOD;
            loop {
                std::thread::sleep(period);
                if observed.strong_count() == 0 {
                    return;
                }
                let start = Instant::now();
                let state = state_of(&path);
                period = LOOK_PERIOD.max(start.elapsed() * RESTS_PER_LOOK);
                if state.is_some_and(|now| looks.is_changed(now)) {
                    if sender.send(Mail::Changed(path.clone())).is_err() {
                        return;
                    }
                    wake();
                }
            }
        });
        Watch { _alive: alive }
    }
}

/// What was seen of a file that is watched.
struct Looks {
    /// When it was last opened, or told to be another.
    known: u64,
    last: u64,
}

impl Looks {
    /// Whether it is another one than before. A file that is still being written changes from look to look.
    fn is_changed(&mut self, now: u64) -> bool {
        let is_at_rest = std::mem::replace(&mut self.last, now) == now;
        is_at_rest && std::mem::replace(&mut self.known, now) != now
    }
}

/// Names, sizes and times of the files that a path stands for, as one number; `None` where there is none.
fn state_of(path: &Path) -> Option<u64> {
    let files = members(path).ok()?.unwrap_or_else(|| vec![path.to_owned()]);
    let mut state = DefaultHasher::new();
    let mut is_any = false;
    for file in files {
        if let Ok(metadata) = std::fs::metadata(&file)
            && metadata.is_file()
        {
            is_any = true;
            (file, metadata.len(), metadata.modified().ok()).hash(&mut state);
        }
    }
    is_any.then(|| state.finish())
}

/// The one that comes `by` places after this one, or the first.
fn neighbour(of: &Path, by: i64, among: &[PathBuf]) -> PathBuf {
    let at = among.iter().position(|path| path == of);
    let place = at.map_or(0, |at| (at as i64 + by).rem_euclid(among.len() as i64));
    among[place as usize].clone()
}

fn neighbour_in_folder(of: &Path, by: i64) -> Result<PathBuf, String> {
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    if !of.exists() {
        return Err(format!("{} is in no folder", of.display()));
    }
    let images = images(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    // As it is named there, whatever its folder was called.
    let of = of.file_name().map_or_else(PathBuf::new, |name| folder.join(name));
    match images.as_slice() {
        [] => Err("there is no other image in this folder".to_owned()),
        [only] if *only == of => Err("there is no other image in this folder".to_owned()),
        images => Ok(neighbour(&of, by, images)),
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
            let path = neighbour_in_folder(&folder.path().join(name), by)?;
            Ok::<_, String>(path.file_name().map(|name| name.to_string_lossy().into_owned()))
        };
        assert_eq!(next("b1.tiff", 1), Ok(Some("b2.tif".into())));
        assert_eq!(next("b2.tif", 1), Ok(Some("b10.tif".into())));
        assert_eq!(next("b10.tif", 1), Ok(Some("b1.tiff".into())), "then from the first");
        assert_eq!(next("b1.tiff", -1), Ok(Some("b10.tif".into())));
        assert_eq!(next("notes.txt", 1), Ok(Some("b1.tiff".into())));
        assert!(next("gone.tif", 1).is_err());
    }

    #[test]
    fn files_that_were_chosen_are_gone_through_wherever_they_are() {
        let chosen: Vec<PathBuf> = ["a/1.tif", "b/2.tif", "a/3.tif"].map(PathBuf::from).to_vec();
        let next = |name: &str, by| neighbour(Path::new(name), by, &chosen);
        assert_eq!(next("a/1.tif", 1), chosen[1]);
        assert_eq!(next("a/1.tif", -1), chosen[2]);
        assert_eq!(next("b/other.tif", 1), chosen[0]);
    }

    #[test]
    fn a_change_is_told_once_it_is_at_rest() {
        let mut looks = Looks { known: 1, last: 1 };
        let told = [1, 2, 3, 3, 3, 1, 1].map(|state| looks.is_changed(state));
        assert_eq!(told, [false, false, false, true, false, false, true]);
        let mut looks = Looks { known: 1, last: 1 };
        let told = [2, 1, 1].map(|state| looks.is_changed(state));
        assert_eq!(told, [false; 3], "it is as it was");
    }

    #[test]
    fn the_state_of_a_folder_is_that_of_its_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
        assert_eq!(state_of(folder.path()), None, "nothing to watch");
        assert_eq!(state_of(Path::new("sample:kidney")), None);
        write("z0.tif", "a");
        let of_one = state_of(folder.path());
        assert_eq!(state_of(&folder.path().join("z*.tif")), of_one);
        assert_eq!(state_of(folder.path()), of_one);
        write("z1.tif", "");
        let begun = state_of(folder.path());
        assert!(begun.is_some() && begun != of_one, "another plane");
        write("z1.tif", "b");
        assert_ne!(state_of(folder.path()), begun, "a plane that is being written");
    }
}
