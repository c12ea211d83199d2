//! Refuses claims that the files cannot fulfil: a few bytes that are said to be a large image.

use crate::source::SourceError;

use super::codec::Chunk;
use super::directory::DirectoryReader;
use super::names::Compression;
use super::page::Page;
use super::pages::TiffFile;
use super::planes::{Level, PageRef, Planes};

/// Bytes of voxels that a page claims; zeros that are not stored claim nothing.
fn claimed(page: &Page) -> u128 {
    let chunks = (0..page.chunks.len()).map(|index| Chunk::of(page, index));
    chunks
        .filter(|chunk| !chunk.is_sparse())
        .map(|chunk| u128::from(chunk.unpacked_bytes(page)))
        .sum()
}

/// What is wrong with the first strip or tile of a page, `shift` bytes behind its own place, that the file does not have.
///
/// Of packed ones the end may be missing and not be needed: `is_whole` asks for all of it.
pub(super) fn lost_chunk(page: &Page, file: &TiffFile, shift: u64, is_whole: bool) -> Option<String> {
    let compression = match Compression::of(page) {
        Ok(compression) => compression,
        Err(error) => return Some(error.to_string()),
    };
    let chunks = (0..page.chunks.len()).map(|index| Chunk::of(page, index));
    let mut shifted = chunks.filter(|chunk| !chunk.is_sparse()).map(|mut chunk| {
        chunk.offset = chunk.offset.saturating_add(shift);
        chunk
    });
    let file = &file.file;
    let is_lost = |chunk: &Chunk| {
        !chunk.is_plausible(page, compression, file)
            || is_whole && !page.is_raw() && !file.has(chunk.offset, chunk.count)
    };
    let chunk = shifted.find(is_lost)?;
    Some(if file.has(chunk.offset, chunk.count) {
        format!(
            "{} bytes at offset {} cannot be {} bytes of voxels",
            chunk.count,
            chunk.offset,
            chunk.unpacked_bytes(page)
        )
    } else {
        format!(
            "wants {} bytes at offset {}, the file has {} bytes",
            chunk.count,
            chunk.offset,
            file.len()
        )
    })
}

/// Refuses an image of which no plane is there, or of which more is claimed than the files can hold.
///
/// Looks at the first page only, unless that makes one suspicious.
pub(super) fn check(files: &[TiffFile], level: &Level, compression: Compression) -> Result<(), SourceError> {
    let Planes::Listed(planes) = &*level.planes else {
        // Counted against the file's length by whoever found it.
        return match lost_chunk(&level.page, &files[0], 0, false) {
            Some(what) => Err(SourceError::Damaged(format!("no plane is complete: page 0 {what}"))),
            None => Ok(()),
        };
    };
    let file_bytes: u64 = files.iter().map(|file| file.file.len()).sum();
    // Strips may be shared between pages, and a file may be cut: some room for both.
    let possible = u128::from(file_bytes) * u128::from(compression.max_ratio()) * 4 + (16 << 20);
    let mut readers: Vec<DirectoryReader<'_>> = Vec::new();
    let (mut total, mut story, mut is_some_there) = (0u128, None, false);
    let mut last: Option<(PageRef, u128)> = None;
    for place in planes.iter().flatten() {
        let bytes = match last {
            Some((other, bytes)) if other == *place => bytes,
            _ => {
                let index = place.file as usize;
                if readers.len() <= index {
                    readers.extend(files[readers.len()..=index].iter().map(TiffFile::reader));
                }
                let page = files[index].page_with(place.page.into(), &mut readers[index]);
                let wrong = match &page {
                    Ok(page) if page.fits_with(&level.page) => lost_chunk(page, &files[index], 0, false),
                    Ok(page) => Some(format!("is of {}", page.kind())),
                    Err(error) => Some(error.to_string()),
                };
                is_some_there |= wrong.is_none();
                story = story.or(wrong.map(|what| format!("page {} {what}", place.page)));
                page.as_ref().map_or(0, claimed)
            }
        };
        total += bytes;
        last = Some((*place, bytes));
        if is_some_there && bytes.saturating_mul(planes.len() as u128) <= possible {
            return Ok(());
        }
        if total > possible {
            return Err(SourceError::TooLarge(format!(
                "at least {total} bytes of voxels are claimed, {file_bytes} bytes of {} data cannot hold them",
                match compression {
                    Compression::None => "unpacked",
                    _ => compression.name(),
                }
            )));
        }
    }
    match story {
        Some(story) if !is_some_there => Err(SourceError::Damaged(format!("no plane is complete: {story}"))),
        _ => Ok(()),
    }
}
