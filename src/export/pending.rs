use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::ExportError;

/// A file or folder that is being written under a temporary name, and goes away if it is dropped before it is
/// complete.
#[derive(Debug)]
pub(super) struct Pending {
    /// As the user named it.
    path: PathBuf,
    /// Where it is to be: `path`, or what a link at `path` points to.
    target: PathBuf,
    /// `None` once there is nothing to clean up, and for devices and pipes, which are written to directly.
    temporary: Option<PathBuf>,
}

impl Pending {
    /// Opens a file for writing.
    pub(super) fn file(path: &Path) -> Result<(Self, BufWriter<File>), ExportError> {
        let fail = |reason: &dyn std::fmt::Display| ExportError::write(path, reason);
        let mut pending = Self::new(path);
        let file = match fs::metadata(path) {
            Ok(there) if there.is_dir() => return Err(fail(&"it is a folder")),
            Ok(there) if !there.is_file() => OpenOptions::new().write(true).open(path),
            // A rename would not ask.
            Ok(there) if there.permissions().readonly() => return Err(fail(&"the file there is read-only")),
            _ => pending.with_new_name(|name| OpenOptions::new().write(true).create_new(true).open(name)),
        }
        .map_err(|error| fail(&error))?;
        // Encoders write small pieces and large ones; only the small are worth gathering.
        Ok((pending, BufWriter::with_capacity(1 << 16, file)))
    }

    /// Where it is until it is complete.
    pub(super) fn place(&self) -> &Path {
        self.temporary.as_ref().unwrap_or(&self.target)
    }

    /// Makes a folder, and returns where it is until it is complete.
    pub(super) fn folder(path: &Path) -> Result<(Self, PathBuf), ExportError> {
        let mut pending = Self::new(path);
        let folder = pending
            .with_new_name(|name| fs::create_dir(name).map(|()| name.to_owned()))
            .map_err(|error| ExportError::write(path, error))?;
        Ok((pending, folder))
    }

    fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            target: fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
            temporary: None,
        }
    }

    /// Creates something beside the target, under a name that nothing has: rename does not cross file systems.
    fn with_new_name<T>(&mut self, create: impl Fn(&Path) -> std::io::Result<T>) -> std::io::Result<T> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        loop {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let name = format!(".microtome-{}-{count}.part", std::process::id());
            let name = self.target.with_file_name(name);
            match create(&name) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(created) => {
                    self.temporary = Some(name);
                    return Ok(created);
                }
            }
        }
    }

    /// Gives what was written its name. Whatever wrote to it must have been flushed and closed.
    pub(super) fn commit(mut self) -> Result<(), ExportError> {
        if let Some(temporary) = &self.temporary {
            fs::rename(temporary, &self.target).map_err(|error| ExportError::write(&self.path, error))?;
        }
        self.temporary = None;
        Ok(())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // Nothing to tell and nobody to tell it to: what failed before has been reported.
        if let Some(temporary) = &self.temporary {
            let _ = fs::remove_file(temporary).or_else(|_| fs::remove_dir_all(temporary));
        }
    }
}
