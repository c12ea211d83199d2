use crate::source::SourceError;

use super::super::file::RandomFile;
use super::super::names::Compression;
use super::super::page::Page;

/// The most bytes that are unpacked in one piece: a strip or tile that is packed has to be unpacked as a whole.
const MAX_CHUNK_BYTES: u64 = 1 << 30;
/// A chunk may become so large however few bytes it has: a constant picture is a header.
const SMALL_CHUNK_BYTES: u64 = 4 << 20;

/// Where one strip or tile is, and what comes out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct Chunk {
    pub(in super::super) offset: u64,
    pub(in super::super) count: u64,
    pub(in super::super) width: u64,
    pub(in super::super) rows: u64,
    pub(in super::super) samples: u64,
    /// Columns and rows of it that are in the image: tiles reach beyond its edges.
    pub(in super::super) used: (u64, u64),
}

impl Chunk {
    /// A strip or tile by its place in the page's table.
    pub(in super::super) fn of(page: &Page, index: usize) -> Chunk {
        let (offset, count) = page.chunks[index];
        let across = index as u64 % page.chunks_across();
        let down = index as u64 / page.chunks_across() % page.chunks_down();
        let rows = page.chunk_rows(down);
        Chunk {
            offset,
            count,
            width: page.chunk_width,
            rows,
            samples: page.samples_per_chunk(),
            used: (
                page.chunk_width.min(page.width - across * page.chunk_width),
                rows.min(page.height - down * page.chunk_height),
            ),
        }
    }

    /// Whether it is not in the file, which stands for zeros.
    pub(in super::super) fn is_sparse(&self) -> bool {
        self.offset == 0 && self.count == 0
    }

    /// Bytes of its samples as they are read, sizes of which were checked with the page.
    pub(in super::super) fn bytes(&self, page: &Page) -> u64 {
        self.width * self.rows * self.samples * page.sample_bytes()
    }

    /// Bytes of it when it is unpacked, before samples get room.
    pub(in super::super) fn unpacked_bytes(&self, page: &Page) -> u64 {
        page.unpacked_bytes(self.rows)
    }

    /// Whether the file has it and its bytes can become so many.
    pub(in super::super) fn is_plausible(&self, page: &Page, compression: Compression, file: &RandomFile) -> bool {
        if self.is_sparse() {
            return true;
        }
        let bytes = self.bytes(page);
        if page.is_raw() {
            return file.has(self.offset, bytes) && self.count >= bytes;
        }
        // The last bytes of a file may be lost; what is left decides.
        let there = self.count.min(file.len().saturating_sub(self.offset));
        let unpacked = self.unpacked_bytes(page);
        let is_small = compression.is_picture() && bytes <= SMALL_CHUNK_BYTES && there > 0;
        bytes <= MAX_CHUNK_BYTES && (is_small || unpacked / compression.max_ratio() <= there)
    }

    /// Refuses a chunk that is not plausible, before memory for what comes out of it is asked for.
    pub(in super::super) fn check(&self, page: &Page, file: &RandomFile) -> Result<(), SourceError> {
        let compression = Compression::of(page)?;
        if self.is_plausible(page, compression, file) {
            return Ok(());
        }
        Err(SourceError::Damaged(format!(
            "{} bytes of {} data at offset {} cannot be {} bytes of voxels (the file has {} bytes)",
            self.count,
            compression.name(),
            self.offset,
            self.bytes(page),
            file.len()
        )))
    }
}
