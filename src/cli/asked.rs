use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use crate::view::{SavedView, ViewOptions};
use crate::volume::Dataset;

use super::common::Shared;
use super::output;
use super::view_args::ViewArgs;

/// What a command is asked to show: an image, and how it is looked at.
pub(super) struct Asked {
    /// `None` where neither the command line nor a saved view names one.
    pub(super) path: Option<PathBuf>,
    pub(super) options: ViewOptions,
    /// With the axes and the series of the saved view, where the image is its own.
    pub(super) shared: Shared,
}

impl Asked {
    /// Reads the saved view, if there is to be one.
    ///
    /// # Errors
    /// One line, if it cannot be read.
    pub(super) fn new(path: Option<&Path>, view: &ViewArgs, shared: &Shared) -> Result<Self> {
        let mut asked = Self {
            path: path.map(Path::to_owned),
            options: view.options(),
            shared: shared.clone(),
        };
        if let Some(file) = &view.file {
            let saved = read(file).with_context(|| file.display().to_string())?;
            if asked.path.is_none() {
                asked.path = saved.path_from(file);
                asked.shared.axes = asked.shared.axes.or(saved.axes.clone());
                asked.shared.series = asked.shared.series.or(Some(saved.series));
            }
            asked.options.saved = Some(Box::new(saved));
        }
        Ok(asked)
    }

    /// The image's path.
    ///
    /// # Errors
    /// If nothing names one.
    pub(super) fn path(&self) -> Result<&Path> {
        let path = self.path.as_deref();
        path.ok_or_else(|| anyhow!("the saved view does not say which image it is of: give its path"))
    }

    /// Says what of the saved view the image has no place for.
    pub(super) fn warn_of_misfit(&self, path: &Path, dataset: &Dataset) {
        if let Some(misfit) = self.options.misfit(dataset) {
            output::warn(&self.shared, &format!("{}: {misfit}", path.display()));
        }
    }
}

/// No saved view is longer: 256 colours of every channel are a few kilobytes.
const MAX_BYTES: u64 = 64 << 20;

fn read(file: &Path) -> Result<SavedView> {
    if !std::fs::metadata(file)?.is_file() {
        bail!("no saved view: it is no file");
    }
    let mut text = String::new();
    File::open(file)?.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        bail!("no saved view: more than {MAX_BYTES} bytes");
    }
    SavedView::from_text(&text).map_err(|error| anyhow!(error))
}
