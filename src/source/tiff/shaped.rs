//! The JSON description that tifffile writes: the shape of the array, and often its axes.

use serde::Deserialize;

use crate::source::SourceError;

use super::axes::{Role, Stored, StoredAxis, page_axes};
use super::description::Description;
use super::page::Page;
use super::pages::TiffFile;
use super::planes::{Level, Planes};
use super::pyramid::{page_levels, sub_levels};
use super::series::{Series, brief};

/// Axes of an array; NumPy has at most as many.
const MAX_AXES: usize = 64;

#[derive(Deserialize)]
struct Metadata {
    shape: Vec<u64>,
    axes: Option<String>,
}

/// The series that a tifffile description tells of, or `None` if there is none that can be used.
pub(super) fn series(
    file: &TiffFile,
    description: &Description,
    warnings: &mut Vec<String>,
) -> Option<Result<Series, SourceError>> {
    let text = description.text(|text| text.starts_with('{') && text.contains("\"shape\":"))?;
    let (_, page) = file.first_usable().ok()?;
    let metadata: Metadata = match serde_json::from_str(text) {
        Ok(metadata) => metadata,
        Err(error) => {
            warnings.push(format!(
                "tifffile's description is ignored: {}",
                brief(&error.to_string())
            ));
            return None;
        }
    };
    let axes = stored_axes(&metadata, &page).filter(|axes| axes.len() <= MAX_AXES);
    let Some(axes) = axes else {
        warnings.push(format!(
            "tifffile's shape {:?} is ignored: it does not end in a page of {} x {} pixels of {} samples",
            metadata.shape.iter().take(16).collect::<Vec<_>>(),
            page.width,
            page.height,
            page.samples
        ));
        return None;
    };
    let stored = Stored {
        axes,
        is_squeezed: false,
    };
    Some(read(file, page, stored))
}

fn read(file: &TiffFile, page: Page, stored: Stored) -> Result<Series, SourceError> {
    let count = stored.pages().ok_or_else(|| {
        SourceError::TooLarge(format!(
            "tifffile's description tells of shape {:?}",
            stored.reported().1
        ))
    })?;
    let mut warnings = Vec::new();
    let planes = Planes::told(file, &page, count, "tifffile's description", &mut warnings)?;
    let mut series = Series::new(stored, Level::new(page, planes), "tifffile metadata");
    series
        .levels
        .extend(sub_levels(std::slice::from_ref(file), &series.levels[0]));
    if series.levels.len() == 1 {
        let pages = page_levels(std::slice::from_ref(file), &series.levels[0]);
        series.levels.extend(pages);
    }
    if series.levels.len() == 1 {
        series.warnings = warnings;
    }
    Ok(series)
}

/// Finds rows, columns and samples of a page in the shape, from its end.
fn stored_axes(metadata: &Metadata, page: &Page) -> Option<Vec<StoredAxis>> {
    let letters: Option<Vec<char>> = metadata
        .axes
        .as_ref()
        .map(|axes| axes.chars().map(|letter| letter.to_ascii_uppercase()).collect())
        .filter(|axes: &Vec<char>| axes.len() == metadata.shape.len() && axes.iter().all(char::is_ascii_alphabetic));
    let mut parts = page_axes(page);
    let mut axes = Vec::new();
    for (i, &len) in metadata.shape.iter().enumerate().rev() {
        // A page's axis of length 1 may be missing from the shape.
        while len != 1 && parts.last().is_some_and(|part| part.len == 1) {
            parts.pop();
        }
        let part = parts.pop_if(|part| part.len == len);
        if part.is_none() && !parts.is_empty() && len != 1 {
            return None;
        }
        let letter = letters.as_ref().map(|letters| letters[i]);
        axes.push(StoredAxis {
            letter: letter.or(part.map(|part| part.letter)).unwrap_or('Q'),
            len,
            role: part.map_or(Role::Pages, |part| part.role),
        });
    }
    axes.reverse();
    (parts.iter().all(|part| part.len == 1) && metadata.shape.iter().all(|&len| len > 0)).then_some(axes)
}
