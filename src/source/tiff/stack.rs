//! A folder of files with one plane each, as one stack along z.

use std::path::{Path, PathBuf};

use crate::source::{SourceError, files};

use super::axes::Stored;
use super::containers;
use super::directory::reason;
use super::ome_files::MAX_OPEN_FILES;
use super::page::Page;
use super::pages::TiffFile;
use super::planes::{Level, PageRef, Planes};
use super::pyramid::sub_levels;
use super::series::Series;

/// The TIFF files that a folder or a pattern stands for, in natural order; `None` if the path is neither.
pub(super) fn names(path: &Path, warnings: &mut Vec<String>) -> Result<Option<Vec<PathBuf>>, SourceError> {
    let Some(mut names) = files::members(path)? else {
        return Ok(None);
    };
    let all = names.len();
    let is_tiff = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        ["tif", "tiff"].iter().any(|other| other.eq_ignore_ascii_case(ending))
    };
    let other = names.iter().find(|name| !is_tiff(name)).map(|path| name_of(path));
    names.retain(is_tiff);
    if names.is_empty() {
        return Err(SourceError::NotTiff(format!(
            "no TIFF file is among the {all} files of {}",
            path.display()
        )));
    }
    if let Some(other) = other {
        warnings.push(format!(
            "{} files that are no TIFF files are left out, {other} for one",
            all - names.len()
        ));
    }
    Ok(Some(names))
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The planes of all files, which are appended to `files`. A file that is unlike the first is refused by name.
pub(super) fn series(
    names: Vec<PathBuf>,
    files: &mut Vec<TiffFile>,
    warnings: &mut Vec<String>,
) -> Result<Series, SourceError> {
    let of_member = |path: &Path, reason: String| SourceError::Member {
        name: name_of(path),
        reason,
    };
    let Some((first, others)) = names.split_first() else {
        return Err(SourceError::NotTiff("no file".into()));
    };
    files.push(TiffFile::open(first).map_err(|error| of_member(first, error.to_string()))?);
    let alone = containers::of_file(first, files, 0, warnings).map_err(|error| of_member(first, error.to_string()))?;
    let planes = alone.levels[0].planes.len();
    if planes > 1 && files.len() > 1 {
        warnings.push(format!(
            "the files are the set that the metadata of {} tell of",
            name_of(first)
        ));
        return Ok(alone);
    }
    let place = match &*alone.levels[0].planes {
        Planes::Listed(planes) if planes.len() == 1 => planes[0],
        _ => None,
    };
    let Some(place) = place else {
        return Err(of_member(first, format!("{planes} planes, not one")));
    };
    let page = &alone.levels[0].page;
    for path in others {
        let file = check_member(path, page)
            .map_err(|reason| of_member(path, format!("{reason}, unlike {}", name_of(first))))?;
        files.push(file);
        if let Some(last) = files.last_mut().filter(|_| others.len() >= MAX_OPEN_FILES) {
            last.file.close(path);
        }
    }
    let planes = (0..names.len()).map(|file| {
        Some(PageRef {
            file: file as u32,
            page: if file == 0 { place.page } else { 0 },
        })
    });
    let level = Level {
        page: page.clone(),
        planes: Planes::Listed(planes.collect()).into(),
        is_sub: false,
    };
    let stored = Stored::new(&[('Z', names.len() as u64)], page);
    let mut series = Series::new(stored, level, "file names");
    series.levels.extend(sub_levels(files, &series.levels[0]));
    series.voxel_size = alone.voxel_size;
    series.time_step_s = alone.time_step_s;
    series.channels = alone.channels;
    series.warnings = alone.warnings;
    Ok(series)
}

/// Opens a file whose first page has to be like another, and the only one of its size.
fn check_member(path: &Path, like: &Page) -> Result<TiffFile, String> {
    let file = TiffFile::open(path).map_err(|error| error.to_string())?;
    let reader = &mut file.reader();
    let directory = file.directory(0, reader).map_err(|error| error.to_string())?;
    let page = Page::read_layout(&directory, reader).map_err(reason)?;
    if !page.fits_with(like) {
        return Err(format!("{} instead of {}", page.kind(), like.kind()));
    }
    if directory.next != 0 {
        let second = file
            .directory(1, reader)
            .and_then(|directory| Page::read_layout(&directory, reader));
        if second.is_ok_and(|second| second.fits_with(like)) {
            return Err("several planes".into());
        }
    }
    Ok(file)
}
