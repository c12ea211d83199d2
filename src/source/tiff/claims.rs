//! Refuses claims that the files cannot fulfil: a few bytes that are said to be a large image.

use crate::source::SourceError;

use super::codec::Chunk;
use super::directory::DirectoryReader;
use super::names::Compression;
use super::page::Page;
use super::pages::TiffFile;
use super::planes::{Level, PageRef, Planes};

/// Bytes of zeros that are not stored and are believed of any file: an empty plane or two.
const MAX_ZEROS: u128 = 1 << 30;
/// Such bytes for each byte of the files. An empty tile has eight bytes in the tables of its page: it may have 8 MiB.
const ZEROS_PER_BYTE: u128 = 1 << 20;

/// Bytes of voxels that pages claim.
#[derive(Clone, Copy, Default)]
struct Claimed {
    stored: u128,
    /// Of strips and tiles that are not in the file, which are all zeros.
    zeros: u128,
}

impl Claimed {
    fn of(page: &Page) -> Self {
        let mut claimed = Self::default();
        for chunk in (0..page.chunks.len()).map(|index| Chunk::of(page, index)) {
            let bytes = u128::from(chunk.unpacked_bytes(page));
            match chunk.is_sparse() {
                true => claimed.zeros += bytes,
                false => claimed.stored += bytes,
            }
        }
        claimed
    }

    fn is_within(&self, most: Claimed) -> bool {
        self.stored <= most.stored && self.zeros <= most.zeros
    }

    fn times(self, planes: usize) -> Self {
        let planes = planes as u128;
        Self {
            stored: self.stored.saturating_mul(planes),
            zeros: self.zeros.saturating_mul(planes),
        }
    }
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

/// Refuses zeros that are not stored and cannot be read piece by piece: nothing else bounds how large such a piece is.
fn check_zeros(page: &Page, file_bytes: u64) -> Result<(), SourceError> {
    let unit = u128::from(page.unit_rows()) * u128::from(page.chunk_row_bytes());
    let has_zeros = || (0..page.chunks.len()).any(|index| Chunk::of(page, index).is_sparse());
    if unit > MAX_ZEROS && has_zeros() {
        return Err(too_many_zeros(unit, file_bytes));
    }
    Ok(())
}

fn too_many_zeros(bytes: u128, file_bytes: u64) -> SourceError {
    SourceError::TooLarge(format!(
        "at least {bytes} bytes of voxels are claimed that are not stored, by {file_bytes} bytes"
    ))
}

/// Refuses an image of which no plane is there, or of which more is claimed than the files can hold.
///
/// Looks at the first page only, unless that makes one suspicious.
pub(super) fn check(files: &[TiffFile], level: &Level, compression: Compression) -> Result<(), SourceError> {
    let file_bytes: u64 = files.iter().map(|file| file.file.len()).sum();
    check_zeros(&level.page, file_bytes)?;
    let Planes::Listed(planes) = &*level.planes else {
        // Counted against the file's length by whoever found it.
        return match lost_chunk(&level.page, &files[0], 0, false) {
            Some(what) => Err(SourceError::Damaged(format!("no plane is complete: page 0 {what}"))),
            None => Ok(()),
        };
    };
    let possible = Claimed {
        // Strips may be shared between pages, and a file may be cut: some room for both.
        stored: u128::from(file_bytes) * u128::from(compression.max_ratio()) * 4 + (16 << 20),
        zeros: MAX_ZEROS.max(u128::from(file_bytes) * ZEROS_PER_BYTE),
    };
    let mut readers: Vec<DirectoryReader<'_>> = Vec::new();
    let (mut total, mut story, mut is_some_there) = (Claimed::default(), None, false);
    let mut last: Option<(PageRef, Claimed)> = None;
    for place in planes.iter().flatten() {
        let claimed = match last {
            Some((other, claimed)) if other == *place => claimed,
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
                page.as_ref().map_or_else(|_| Claimed::default(), Claimed::of)
            }
        };
        total.stored += claimed.stored;
        total.zeros += claimed.zeros;
        last = Some((*place, claimed));
        if is_some_there && claimed.times(planes.len()).is_within(possible) {
            return Ok(());
        }
        if total.zeros > possible.zeros {
            return Err(too_many_zeros(total.zeros, file_bytes));
        }
        if total.stored > possible.stored {
            return Err(SourceError::TooLarge(format!(
                "at least {} bytes of voxels are claimed, {file_bytes} bytes of {} data cannot hold them",
                total.stored,
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
