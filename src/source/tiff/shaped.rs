//! The JSON description that tifffile writes: the shape of the array, and often its axes.

use serde::Deserialize;

use crate::source::SourceError;

use super::axes::{Role, Stored, StoredAxis, page_axes};
use super::imagej::MISSING_PER_PLANE;
use super::page::Page;
use super::pages::TiffFile;
use super::series::{Level, PageRef, Planes, Series, brief, sub_levels};

/// Axes of an array; NumPy has at most as many.
const MAX_AXES: usize = 64;

#[derive(Deserialize)]
struct Metadata {
    shape: Vec<u64>,
    axes: Option<String>,
}

/// The series that a tifffile description tells of, or `None` if there is none that can be used.
pub(super) fn series(file: &TiffFile, warnings: &mut Vec<String>) -> Option<Result<Series, SourceError>> {
    let text = file
        .description
        .texts
        .iter()
        .find(|text| text.starts_with('{') && text.contains("\"shape\":"))?;
    let page = file.first().ok()?;
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
    let axes = stored_axes(&metadata, page).filter(|axes| axes.len() <= MAX_AXES);
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

fn read(file: &TiffFile, page: &Page, stored: Stored) -> Result<Series, SourceError> {
    let count = stored.pages().ok_or_else(|| {
        SourceError::TooLarge(format!(
            "tifffile's description tells of shape {:?}",
            stored.reported().1
        ))
    })?;
    let mut warnings = Vec::new();
    let chain = (file.chain as u64).min(count);
    let is_one_strip = page.is_raw() && !page.is_tiled && page.chunks.len() == 1;
    let data = page.chunks.first().map_or(0, |&(offset, _)| offset);
    let there = file.file.len().saturating_sub(data) / page.bytes().max(1);
    let (planes, present) = if chain == 1 && count > 1 && is_one_strip && there > 1 {
        // Written with `truncate`: one directory, and the planes behind its pixels.
        (Planes::Contiguous { stride: page.bytes() }, there.min(count))
    } else {
        if count / MISSING_PER_PLANE > chain {
            return Err(too_many(count, chain, file));
        }
        let listed = (0..count).map(|i| {
            (i < chain).then_some(PageRef {
                file: 0,
                page: i as u32,
            })
        });
        (Planes::Listed(listed.collect()), chain)
    };
    if count / MISSING_PER_PLANE > present {
        return Err(too_many(count, present, file));
    }
    if present < count {
        warnings.push(format!("{} of {count} planes are missing", count - present));
    }
    let mut levels = vec![Level {
        page: page.clone(),
        planes,
    }];
    levels.extend(sub_levels(std::slice::from_ref(file), &levels[0]));
    Ok(Series {
        stored,
        levels,
        axes_from: "tifffile metadata",
        voxel_size: None,
        channels: Vec::new(),
        warnings,
    })
}

fn too_many(count: u64, present: u64, file: &TiffFile) -> SourceError {
    SourceError::TooLarge(format!(
        "tifffile's description tells of {count} planes, the file has {present} ({} bytes)",
        file.file.len()
    ))
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
