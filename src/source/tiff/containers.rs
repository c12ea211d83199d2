//! What kind of TIFF a path is, and who tells what its pages are.

use std::path::Path;

use crate::source::SourceError;

use super::imagej::is_imagej;
use super::pages::TiffFile;
use super::series::Series;
use super::{imagej, lsm, micro_manager, ome, ome_files, plain, shaped, stack, stk};

/// Finds the image of this number; the files it is in are appended to `files`, which is empty.
pub(super) fn series(
    path: &Path,
    files: &mut Vec<TiffFile>,
    wanted: usize,
    warnings: &mut Vec<String>,
) -> Result<Series, SourceError> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let series = if let Some(names) = stack::names(path, warnings)? {
        stack::series(names, files, warnings)?
    } else if ome_files::is_companion(name) {
        ome::companion_series(path, files, wanted, warnings)?
    } else {
        files.push(TiffFile::open(path)?);
        of_file(path, files, wanted, warnings)?
    };
    if series.all.is_empty() {
        Series::check_wanted(wanted, 1)?;
    }
    Ok(series)
}

/// Asks all who may know, the surest first.
pub(super) fn of_file(
    path: &Path,
    files: &mut Vec<TiffFile>,
    wanted: usize,
    warnings: &mut Vec<String>,
) -> Result<Series, SourceError> {
    let description = files[0].description(warnings)?;
    if let Some(series) = stk::series(&files[0], &description, warnings) {
        return series;
    }
    if let Some(series) = lsm::series(&files[0], &description, warnings) {
        return series;
    }
    if let Some(series) = shaped::series(&files[0], &description, warnings) {
        return series;
    }
    if let Some(series) = ome::series(path, files, &description, wanted, warnings) {
        if description.text(is_imagej).is_some() {
            warnings.push("the ImageJ description beside the OME-XML is ignored".into());
        }
        return series;
    }
    // What the OME-XML named is of no use without it.
    files.truncate(1);
    if let Some(series) = micro_manager::series(&files[0], &description, wanted, warnings) {
        return series;
    }
    match imagej::series(&files[0], &description) {
        Some(series) => series,
        None => plain::series(&files[0], &description, wanted),
    }
}
