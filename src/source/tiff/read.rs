//! A region: its pages, the strips and tiles in them, and the boxes to copy from those.

use std::ops::Range;

use crate::source::SourceError;
use crate::volume::Region;

use super::TiffSource;
use super::axes::{Piece, Role};
use super::codec::{Chunk, Workspace, swap_bytes};
use super::copy::BoxCopy;
use super::page::Page;
use super::pages::TiffFile;

/// Working memory of one reader, kept from one read to the next.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) work: Workspace,
    rows: Vec<u8>,
}

/// Memory that a reader may keep while it is idle.
const MAX_IDLE_BYTES: usize = 64 << 20;
/// Rows that are read at a time where they cannot go straight to their place.
const BLOCK_BYTES: u64 = 1 << 20;

/// Part of a page, and where its samples go.
pub(super) struct PageBox<'a> {
    pub(super) source: &'a TiffSource,
    pub(super) file_index: usize,
    pub(super) file: &'a TiffFile,
    pub(super) page: &'a Page,
    /// Bytes behind the page's own strips.
    shift: u64,
    samples: Range<u64>,
    rows: Range<u64>,
    columns: Range<u64>,
    /// Samples from one (sample, row, column) to the next in `out`, which begins at the first of the box.
    strides: [usize; 3],
}

impl TiffSource {
    pub(super) fn read_region(
        &self,
        region: &Region,
        out: &mut [u8],
        scratch: &mut Scratch,
    ) -> Result<(), SourceError> {
        let shape = &self.dataset.levels[region.level];
        let is_inside = |range: &Range<u64>, len: u64| range.start <= range.end && range.end <= len;
        assert!(
            region.t < shape.t
                && is_inside(&region.c, shape.c)
                && is_inside(&region.zyx.z, shape.z)
                && is_inside(&region.zyx.y, shape.y)
                && is_inside(&region.zyx.x, shape.x),
            "{region:?} is not within {shape:?}"
        );
        let width = self.dataset.sample_type.bytes();
        assert_eq!(
            out.len() as u64,
            region.voxels() * width as u64,
            "size of the memory for {region:?}"
        );
        if out.is_empty() {
            return Ok(());
        }

        let level = &self.levels[region.level];
        let ranges = [
            region.t..region.t + 1,
            region.c.clone(),
            region.zyx.z.clone(),
            region.zyx.y.clone(),
            region.zyx.x.clone(),
        ];
        let pieces: [Vec<Piece>; 5] = std::array::from_fn(|i| self.map.pieces(i, ranges[i].clone(), &level.page));
        // Samples from one coordinate to the next in `out`.
        let mut strides = [1usize; 5];
        for i in (0..4).rev() {
            strides[i] = strides[i + 1] * (ranges[i + 1].end - ranges[i + 1].start) as usize;
        }
        let places = [Role::Samples, Role::Rows, Role::Columns].map(|role| self.map.target_of(role));

        let mut at = [0usize; 5];
        loop {
            let chosen: [&Piece; 5] = std::array::from_fn(|i| &pieces[i][at[i]]);
            let start: usize = (0..5).map(|i| chosen[i].at as usize * strides[i]).sum();
            let plane: u64 = chosen.iter().map(|piece| piece.page).sum();
            let [samples, rows, columns] = places.map(|place| place.map_or(0..1, |i| chosen[i].inner.clone()));
            let strides = places.map(|place| place.map_or(1, |i| strides[i]));
            let (file_index, page, shift) = self.plane(region.level, plane)?;
            let part = PageBox {
                source: self,
                file_index,
                file: &self.files[file_index],
                page: &page,
                shift,
                samples,
                rows,
                columns,
                strides,
            };
            part.read(&mut out[start * width..], scratch)
                .map_err(|error| part.in_plane(error, plane))?;

            // The next combination of pieces, the last axis fastest.
            let Some(i) = (0..5).rev().find(|&i| at[i] + 1 < pieces[i].len()) else {
                break;
            };
            at[i] += 1;
            at[i + 1..].fill(0);
        }
        Ok(())
    }
}

impl Scratch {
    pub(super) fn shrink(&mut self) {
        self.work.shrink(MAX_IDLE_BYTES);
        if self.rows.capacity() > MAX_IDLE_BYTES {
            self.rows = Vec::new();
        }
    }
}

/// The part of a chunk that is wanted: coordinates in the chunk, and samples from the start of `out` to its first.
pub(super) struct Part {
    pub(super) chunk: Chunk,
    pub(super) first_row: u64,
    pub(super) first_column: u64,
    pub(super) first_sample: u64,
    pub(super) copy: BoxCopy,
    pub(super) to: usize,
}

impl PageBox<'_> {
    /// Says where something is wrong.
    fn in_plane(&self, error: SourceError, plane: u64) -> SourceError {
        let place = format!("plane {plane} (directory at offset {})", self.page.ifd_offset);
        match error {
            SourceError::Damaged(reason) => SourceError::Damaged(format!("{place}: {reason}")),
            SourceError::Unsupported(reason) => SourceError::Unsupported(format!("{place}: {reason}")),
            other => other,
        }
    }

    fn read(&self, out: &mut [u8], scratch: &mut Scratch) -> Result<(), SourceError> {
        let page = self.page;
        let width = page.sample_bytes() as usize;
        let planes = if page.is_planar { self.samples.clone() } else { 0..1 };
        let downs = self.rows.start / page.chunk_height..self.rows.end.div_ceil(page.chunk_height);
        let acrosses = self.columns.start / page.chunk_width..self.columns.end.div_ceil(page.chunk_width);
        let mut packed = Vec::new();
        for plane in planes {
            for down in downs.clone() {
                for across in acrosses.clone() {
                    let part = self.part(plane, down, across);
                    if part.chunk.is_sparse() {
                        part.copy.clear(width, &mut out[part.to * width..]);
                    } else if page.is_raw() {
                        self.read_raw(&part, &mut out[part.to * width..], scratch)?;
                    } else {
                        packed.push(part);
                    }
                }
            }
        }
        self.read_packed(&packed, out, scratch)
    }

    fn part(&self, plane: u64, down: u64, across: u64) -> Part {
        let page = self.page;
        let index = (plane * page.chunks_down() + down) * page.chunks_across() + across;
        let mut chunk = Chunk::of(page, index as usize);
        // Shifted planes were counted against the length of the file; a wrapped offset lies past its end.
        chunk.offset = if chunk.is_sparse() {
            0
        } else {
            chunk.offset.saturating_add(self.shift)
        };
        let (top, left) = (down * page.chunk_height, across * page.chunk_width);
        let rows = self.rows.start.max(top)..self.rows.end.min(top + page.chunk_height);
        let columns = self.columns.start.max(left)..self.columns.end.min(left + page.chunk_width);
        let samples = if page.is_planar {
            plane..plane + 1
        } else {
            self.samples.clone()
        };
        let to = (samples.start - self.samples.start) as usize * self.strides[0]
            + (rows.start - self.rows.start) as usize * self.strides[1]
            + (columns.start - self.columns.start) as usize * self.strides[2];
        let in_chunk = page.samples_per_chunk() as usize;
        Part {
            chunk,
            first_row: rows.start - top,
            first_column: columns.start - left,
            first_sample: if page.is_planar { 0 } else { samples.start },
            copy: BoxCopy {
                extent: [samples, rows, columns].map(|range| (range.end - range.start) as usize),
                from_strides: [1, page.chunk_width as usize * in_chunk, in_chunk],
                to_strides: self.strides,
            },
            to,
        }
    }

    /// Whether whole rows of the chunk go to consecutive places.
    pub(super) fn is_straight(&self, part: &Part) -> bool {
        let [_, rows, columns] = part.copy.extent;
        let width = part.chunk.width as usize;
        part.chunk.samples == 1
            && columns == width
            && part.copy.to_strides[2] == 1
            && (rows == 1 || part.copy.to_strides[1] == width)
    }

    fn swap(&self, samples: &mut [u8]) {
        if self.file.is_big_endian != cfg!(target_endian = "big") {
            swap_bytes(samples, self.page.sample_bytes() as usize);
        }
    }

    /// Reads rows of a chunk that is not packed.
    fn read_raw(&self, part: &Part, out: &mut [u8], scratch: &mut Scratch) -> Result<(), SourceError> {
        let width = self.page.sample_bytes();
        let row_bytes = self.page.chunk_row_bytes();
        let [_, rows, columns] = part.copy.extent;
        let Chunk { offset, count, .. } = part.chunk;
        let needed = part.chunk.bytes(self.page);
        if count < needed && self.shift == 0 {
            return Err(SourceError::Damaged(format!(
                "{count} bytes at offset {offset} where {needed} are needed"
            )));
        }
        let row_offset = |row: u64| offset.saturating_add((part.first_row + row) * row_bytes);
        if self.is_straight(part) {
            let out = &mut out[..rows * row_bytes as usize];
            self.file.file.read_at(row_offset(0), out)?;
            self.swap(out);
            return Ok(());
        }
        let pixel_bytes = part.chunk.samples * width;
        let wanted = columns as u64 * pixel_bytes;
        // A narrow box of wide rows: only what is wanted. Else whole rows, many at a time.
        let is_narrow = row_bytes > 1 << 16 && wanted < row_bytes / 4;
        let (skip, read_bytes) = if is_narrow {
            (part.first_column * pixel_bytes, wanted)
        } else {
            (0, row_bytes)
        };
        let block = if is_narrow { 1 } else { (BLOCK_BYTES / row_bytes).max(1) };
        let first = if is_narrow {
            0
        } else {
            part.first_column * part.chunk.samples
        } + part.first_sample;
        let mut row = 0;
        while row < rows as u64 {
            let block = block.min(rows as u64 - row);
            self.file.file.check(row_offset(row), skip + block * read_bytes)?;
            scratch.rows.resize((block * read_bytes) as usize, 0);
            self.file.file.read_at(row_offset(row) + skip, &mut scratch.rows)?;
            self.swap(&mut scratch.rows);
            let mut copy = part.copy;
            copy.extent[1] = block as usize;
            let to = row as usize * copy.to_strides[1];
            copy.run(
                width as usize,
                &scratch.rows[(first * width) as usize..],
                &mut out[to * width as usize..],
            );
            row += block;
        }
        Ok(())
    }
}
