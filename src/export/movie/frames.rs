use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::view::Picture;

use super::super::pending::Pending;
use super::super::png::write_png;
use super::super::{ExportError, Provenance};
use super::MoviePlan;

/// A folder of frames that is being written, beside where it is to be.
pub(super) struct FramesFolder {
    path: PathBuf,
    folder: PathBuf,
    digits: usize,
    pending: Pending,
}

impl FramesFolder {
    pub(super) fn create(path: &Path, plan: &MoviePlan) -> Result<Self, ExportError> {
        let is_empty = match fs::read_dir(path) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) if error.kind() == ErrorKind::NotFound => true,
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Err(ExportError::NotFolder { path: path.to_owned() });
            }
            Err(error) => return Err(ExportError::write(path, error)),
        };
        if !is_empty && !plan.is_forced {
            return Err(ExportError::NotEmpty { path: path.to_owned() });
        }
        let (pending, folder) = Pending::folder(path)?;
        Ok(Self {
            path: path.to_owned(),
            folder,
            digits: (plan.frame_count - 1).to_string().len().max(3),
            pending,
        })
    }

    pub(super) fn frame(&self, number: u64, picture: &Picture, provenance: &Provenance) -> Result<(), ExportError> {
        let name = format!("frame-{number:0digits$}.png", digits = self.digits);
        write_png(&self.folder.join(name), picture, provenance).map_err(|error| match error {
            // The temporary folder is nothing to the user.
            ExportError::Write { reason, .. } => ExportError::write(&self.path, reason),
            other => other,
        })
    }

    pub(super) fn finish(self) -> Result<(), ExportError> {
        if self.path.is_dir() {
            // `pending` then removes what is left of its folder.
            self.replace_frames()
                .map_err(|error| ExportError::write(&self.path, error))
        } else {
            self.pending.commit()
        }
    }

    /// Replaces the frames in a folder by those that were written, and leaves everything else in it alone.
    fn replace_frames(&self) -> io::Result<()> {
        let names = |folder: &Path| -> io::Result<BTreeSet<OsString>> {
            fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect()
        };
        let (old, new) = (names(&self.path)?, names(&self.folder)?);
        for name in &new {
            fs::rename(self.folder.join(name), self.path.join(name))?;
        }
        for name in old.difference(&new).filter(|name| is_frame(name)) {
            fs::remove_file(self.path.join(name))?;
        }
        Ok(())
    }
}

/// `frame-`, digits, `.png`.
fn is_frame(name: &OsStr) -> bool {
    let name = name.to_str().and_then(|name| name.strip_prefix("frame-"));
    let digits = name.and_then(|name| name.strip_suffix(".png"));
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}
