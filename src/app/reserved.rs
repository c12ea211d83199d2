use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A name that is taken before the work is begun, so that nothing else gets it meanwhile.
pub(super) struct Reserved {
    /// What was made for it, and whether it is a folder: to be removed if the work comes to nothing.
    made: Option<(PathBuf, bool)>,
}

impl Reserved {
    /// Takes the name of a file, or of a folder. One that is there and empty need not be taken.
    ///
    /// # Errors
    /// If the name is taken, or there is no place for it.
    pub(super) fn new(path: &Path, is_folder: bool) -> io::Result<Self> {
        let made = match is_folder {
            true => fs::create_dir(path),
            false => File::create_new(path).map(drop),
        };
        match made {
            Ok(()) => Ok(Self {
                made: Some((path.to_owned(), is_folder)),
            }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists && is_folder && is_empty(path) => {
                Ok(Self { made: None })
            }
            Err(error) => Err(error),
        }
    }

    /// The work is done.
    pub(super) fn keep(mut self) {
        self.made = None;
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        // What is not empty is somebody else's by now.
        let _ = match &self.made {
            Some((path, true)) => fs::remove_dir(path),
            Some((path, false)) if fs::metadata(path).is_ok_and(|file| file.len() == 0) => fs::remove_file(path),
            _ => Ok(()),
        };
    }
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}
