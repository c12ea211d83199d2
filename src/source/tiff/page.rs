use std::sync::Arc;

use crate::source::SourceError;

use super::directory::{Directory, DirectoryReader, Entry};
use super::names::Compression;

/// Smaller copies of a page: each is at most half as wide as the one before.
const MAX_SUB_IFDS: usize = 32;
/// Four tables for quantization and eight for Huffman codes, the longest that there are, have less than 4 KiB.
const MAX_JPEG_TABLES_BYTES: u64 = 64 << 10;

/// One page of a file: its layout, and where its strips or tiles are. Every number is checked against the others.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Page {
    /// Where the directory is.
    pub(super) ifd_offset: u64,
    /// NewSubfileType: bit 0 is set for a smaller copy of another page.
    pub(super) subfile_type: u64,
    pub(super) width: u64,
    pub(super) height: u64,
    pub(super) samples: u64,
    pub(super) bits: u16,
    pub(super) sample_format: u16,
    pub(super) compression: u16,
    pub(super) predictor: u16,
    /// Of the samples as they are read: YCbCr of JPEG and WebP becomes RGB when it is unpacked.
    pub(super) photometric: Option<u16>,
    pub(super) fill_order: u16,
    /// Whether the file says YCbCr.
    pub(super) is_ycbcr: bool,
    /// Pixels, across and down, that share their chroma samples; (1, 1) but for YCbCr.
    pub(super) subsampling: (u64, u64),
    /// Options of CCITT Group 3.
    pub(super) t4_options: u64,
    /// Tables that all JPEG strips or tiles share.
    pub(super) jpeg_tables: Option<Arc<[u8]>>,
    pub(super) depth: u64,
    pub(super) is_planar: bool,
    pub(super) is_tiled: bool,
    pub(super) chunk_width: u64,
    pub(super) chunk_height: u64,
    /// Where the strips or tiles are, and how many bytes they have; 0 and 0 for one that is all zeros.
    pub(super) chunks: Vec<(u64, u64)>,
    pub(super) sub_ifds: Vec<u64>,
}

impl Page {
    /// Samples that are stored together in one strip or tile.
    pub(super) fn samples_per_chunk(&self) -> u64 {
        if self.is_planar { 1 } else { self.samples }
    }

    pub(super) fn chunks_across(&self) -> u64 {
        self.width.div_ceil(self.chunk_width)
    }

    pub(super) fn chunks_down(&self) -> u64 {
        self.height.div_ceil(self.chunk_height)
    }

    /// Rows that chunk row `down` holds: strips end with the image, tiles do not.
    pub(super) fn chunk_rows(&self, down: u64) -> u64 {
        if self.is_tiled {
            self.chunk_height
        } else {
            self.chunk_height.min(self.height - down * self.chunk_height)
        }
    }

    /// Bytes of a sample as it is read: packed ones get room.
    pub(super) fn sample_bytes(&self) -> u64 {
        match self.bits {
            0..=8 => 1,
            9..=16 => 2,
            17..=32 => 4,
            _ => 8,
        }
    }

    /// Whether samples are stored in as many bytes as they are read in.
    pub(super) fn has_whole_samples(&self) -> bool {
        matches!(self.bits, 8 | 16 | 32 | 64)
    }

    pub(super) fn is_subsampled(&self) -> bool {
        self.subsampling != (1, 1)
    }

    /// Rows that are read together, whoever wants one of them: strips that are not packed are read row by row.
    pub(super) fn unit_rows(&self) -> u64 {
        if self.is_raw() && !self.is_tiled {
            1
        } else {
            self.chunk_height
        }
    }

    /// Bytes of so many rows of a chunk when it is unpacked, before its samples get room.
    pub(super) fn unpacked_bytes(&self, rows: u64) -> u64 {
        let bits = u64::from(self.bits);
        if self.is_subsampled() {
            let (across, down) = self.subsampling;
            let blocks = self.chunk_width.div_ceil(across) * rows.div_ceil(down);
            return (blocks * (across * down + 2) * bits).div_ceil(8);
        }
        rows * (self.chunk_width * self.samples_per_chunk() * bits).div_ceil(8)
    }

    /// Bytes of one row of a chunk. The product was checked when the page was read.
    pub(super) fn chunk_row_bytes(&self) -> u64 {
        self.chunk_width * self.samples_per_chunk() * self.sample_bytes()
    }

    /// Bytes of the whole page, unpacked. The product was checked when the page was read.
    pub(super) fn bytes(&self) -> u64 {
        self.width * self.height * self.samples * self.sample_bytes()
    }

    /// Bytes that are held as long as the page is: its table of strips or tiles, and what JPEG ones share.
    pub(super) fn held_bytes(&self) -> usize {
        let tables = self.jpeg_tables.as_ref().map_or(0, |tables| tables.len());
        self.chunks.len() * size_of::<(u64, u64)>() + tables
    }

    /// Whether nothing but a change of byte order stands between the file and the voxels.
    pub(super) fn is_raw(&self) -> bool {
        let is_plain = self.compression == 1 && self.predictor == 1 && self.fill_order != 2;
        is_plain && self.has_whole_samples() && !self.is_subsampled()
    }

    /// Whether its voxels lie behind each other in one piece, as those of the whole page.
    pub(super) fn is_contiguous(&self) -> bool {
        // One strip, or one per sample behind the other, after they were joined.
        self.is_raw()
            && !self.is_tiled
            && self.chunk_height == self.height
            && self
                .chunks
                .windows(2)
                .all(|pair| pair[0].0.checked_add(pair[0].1) == Some(pair[1].0))
    }

    /// What pages of one stack have in common, as tifffile compares them.
    pub(super) fn is_like(&self, other: &Page) -> bool {
        let key = |page: &Page| {
            (
                (page.width, page.height, page.samples, page.depth),
                (page.bits, page.sample_format, page.photometric),
                (page.compression, page.predictor, page.fill_order, page.subsampling),
                (page.is_planar, page.is_tiled, page.chunk_width, page.chunk_height),
            )
        };
        key(self) == key(other)
    }

    /// Whether voxels of `other` can stand beside those of this page, however they are packed.
    pub(super) fn has_voxels_like(&self, other: &Page) -> bool {
        let key = |page: &Page| (page.samples, page.bits, page.sample_format, page.is_planar);
        key(self) == key(other)
    }

    /// Whether `other` can be another plane of the same array.
    pub(super) fn fits_with(&self, other: &Page) -> bool {
        self.has_voxels_like(other) && (self.width, self.height) == (other.width, other.height)
    }

    /// What kind of page it is, for messages.
    pub(super) fn kind(&self) -> String {
        let samples = match self.samples {
            1 => String::new(),
            n => format!(", {n} samples"),
        };
        format!("{} x {} pixels{samples}, {} bits", self.width, self.height, self.bits)
    }

    /// Reads a page from its directory.
    pub(super) fn read(directory: &Directory, reader: &mut DirectoryReader<'_>) -> Result<Page, SourceError> {
        let mut page = Page::read_layout(directory, reader)?;
        let (offsets, counts) = if page.is_tiled { (324, 325) } else { (273, 279) };
        page.chunks = page.read_chunks(directory.find(offsets), directory.find(counts), reader)?;
        page.join_strips();
        Ok(page)
    }

    /// Reads a page without the table of its strips or tiles, which can be long.
    pub(super) fn read_layout(directory: &Directory, reader: &mut DirectoryReader<'_>) -> Result<Page, SourceError> {
        let find = |tag: u16| directory.find(tag);
        let mut number = |tag: u16| find(tag).map(|entry| reader.first_uint(entry)).transpose();
        let damaged =
            |reason: String| SourceError::Damaged(format!("the directory at offset {}: {reason}", directory.offset));
        let short = |tag: u16, value: u64| {
            u16::try_from(value).map_err(|_| damaged(format!("tag {tag} has the value {value}")))
        };

        let subfile_type = number(254).ok().flatten().unwrap_or(0);
        let width = number(256)?.ok_or_else(|| damaged("no ImageWidth".into()))?;
        let height = number(257)?.ok_or_else(|| damaged("no ImageLength".into()))?;
        let samples = number(277)?.unwrap_or(1);
        let compression = short(259, number(259)?.unwrap_or(1))?;
        let predictor = short(317, number(317)?.unwrap_or(1))?;
        let photometric = number(262)?.map(|value| short(262, value)).transpose()?;
        let t4_options = number(292)?.unwrap_or(0);
        let fill_order = short(266, number(266)?.unwrap_or(1))?;
        let depth = number(32997)?.unwrap_or(1).max(number(32998)?.unwrap_or(1));
        let is_planar = match number(284)?.unwrap_or(1) {
            1 => false,
            2 => samples > 1,
            code => return Err(damaged(format!("planar configuration {code}"))),
        };
        let tile = (number(322)?, number(323)?);
        let rows_per_strip = number(278)?;
        if width == 0 || height == 0 || samples == 0 {
            return Err(damaged(format!("{width} x {height} pixels of {samples} samples")));
        }
        if width > u64::from(u32::MAX) || height > u64::from(u32::MAX) || samples > u64::from(u16::MAX) {
            return Err(damaged(format!("{width} x {height} pixels of {samples} samples")));
        }

        let same = |values: Vec<u64>, tag: u16, what: &str| {
            let first = values.first().copied().unwrap_or(0);
            if values.iter().any(|&value| value != first) {
                return Err(SourceError::Unsupported(format!("samples of different {what}")));
            }
            short(tag, first)
        };
        let bits = find(258).map_or(Ok(vec![1]), |entry| reader.uints(entry))?;
        let bits = same(bits, 258, "widths")?;
        let format = find(339).map_or(Ok(vec![1]), |entry| reader.uints(entry))?;
        let sample_format = same(format, 339, "formats")?;

        let subsampling = match (photometric, Compression::from_code(compression)) {
            (_, Some(packing)) if packing.is_picture() => (1, 1),
            (Some(6), _) if samples == 3 && !is_planar => match find(530) {
                Some(entry) => match reader.uints(entry)?[..] {
                    [across @ (1 | 2 | 4), down @ (1 | 2 | 4)] => (across, down),
                    _ => return Err(damaged("YCbCrSubSampling is not two of 1, 2 and 4".into())),
                },
                None => (2, 2),
            },
            _ => (1, 1),
        };
        let is_ycbcr = photometric == Some(6);
        let photometric = match (photometric, compression) {
            // What decodes to RGB; Aperio's YCbCr in JPEG 2000 (33003) does not.
            (Some(6), 6 | 7 | 34927 | 50001) => Some(2),
            (other, _) => other,
        };
        let is_jpeg = Compression::from_code(compression) == Some(Compression::Jpeg);
        let jpeg_tables = match find(347).filter(|_| is_jpeg) {
            Some(entry) if entry.count > MAX_JPEG_TABLES_BYTES => {
                return Err(damaged(format!(
                    "JPEG tables of {} bytes, more than {MAX_JPEG_TABLES_BYTES}",
                    entry.count
                )));
            }
            Some(entry) => Some(reader.raw(entry)?.into()),
            None => None,
        };

        let has_tiles = find(324).is_some();
        let (is_tiled, chunk_width, chunk_height) = match tile {
            (Some(w), Some(h)) if has_tiles || find(273).is_none() => (true, w, h),
            _ => (false, width, rows_per_strip.unwrap_or(height).min(height)),
        };
        if chunk_width == 0 || chunk_height == 0 {
            return Err(damaged(format!(
                "strips or tiles of {chunk_width} x {chunk_height} pixels"
            )));
        }
        let mut page = Page {
            ifd_offset: directory.offset,
            subfile_type,
            width,
            height,
            samples,
            bits,
            sample_format,
            compression,
            predictor,
            photometric,
            fill_order,
            is_ycbcr,
            subsampling,
            t4_options,
            jpeg_tables,
            depth,
            is_planar,
            is_tiled,
            chunk_width,
            chunk_height,
            chunks: Vec::new(),
            sub_ifds: Vec::new(),
        };
        page.check_sizes().ok_or_else(|| {
            SourceError::TooLarge(format!(
                "the directory at offset {}: {width} x {height} pixels of {samples} samples of {bits} bits, \
                 in pieces of {chunk_width} x {chunk_height}",
                directory.offset
            ))
        })?;
        if let Some(entry) = find(330) {
            // A wrong list of smaller copies does not make the page unreadable.
            page.sub_ifds = reader.uints(entry).unwrap_or_default();
            page.sub_ifds.truncate(MAX_SUB_IFDS);
        }
        Ok(page)
    }

    /// Whether all sizes that are computed later fit in 63 bits, with room for chroma blocks that are cut.
    fn check_sizes(&self) -> Option<()> {
        // No sample takes more than its 16-bit number of bits, none less than a byte as it is read.
        let samples = self.samples.checked_mul(u64::from(self.bits).max(8))?;
        let page = self.width.checked_mul(self.height)?.checked_mul(samples)?;
        let chunk = self.chunk_width.checked_mul(self.chunk_height)?.checked_mul(samples)?;
        (page.max(chunk) < 1 << 56).then_some(())
    }

    /// The table of strips or tiles, checked to be complete.
    fn read_chunks(
        &self,
        offsets: Option<&Entry>,
        counts: Option<&Entry>,
        reader: &mut DirectoryReader<'_>,
    ) -> Result<Vec<(u64, u64)>, SourceError> {
        let damaged =
            |reason: String| SourceError::Damaged(format!("the directory at offset {}: {reason}", self.ifd_offset));
        let planes = if self.is_planar { self.samples } else { 1 };
        let expected = self.chunks_across() * self.chunks_down() * planes;
        let offsets = offsets.ok_or_else(|| damaged("no offsets of strips or tiles".into()))?;
        let offsets = reader.uints(offsets)?;
        if (offsets.len() as u64) < expected {
            return Err(damaged(format!(
                "{} strips or tiles where {expected} are needed",
                offsets.len()
            )));
        }
        let mut counts = counts.map_or(Ok(Vec::new()), |entry| reader.uints(entry))?;
        // Some writers leave the sizes out: they follow from the layout where nothing is packed.
        let is_unsized = counts.iter().all(|&count| count == 0) && offsets.iter().any(|&offset| offset != 0);
        if is_unsized && self.compression == 1 && !self.is_tiled {
            counts = (0..expected)
                .map(|i| self.unpacked_bytes(self.chunk_rows(i % self.chunks_down())))
                .collect();
        }
        if (counts.len() as u64) < expected {
            return Err(damaged(format!(
                "{} sizes of strips or tiles where {expected} are needed",
                counts.len()
            )));
        }
        Ok(offsets.into_iter().zip(counts).take(expected as usize).collect())
    }

    /// Makes one strip (per sample plane) of strips that follow each other without gaps.
    fn join_strips(&mut self) {
        if self.is_tiled || !self.is_raw() {
            return;
        }
        let down = self.chunks_down() as usize;
        let joins = self.chunks.chunks(down).all(|plane| {
            plane.iter().enumerate().all(|(i, &(offset, count))| {
                let exact = self.chunk_rows(i as u64) * self.chunk_row_bytes();
                offset != 0
                    && count >= exact
                    && plane
                        .get(i + 1)
                        .is_none_or(|&(next, _)| count == exact && offset.checked_add(exact) == Some(next))
            })
        });
        if joins {
            let plane_bytes = self.height * self.chunk_row_bytes();
            self.chunks = self
                .chunks
                .iter()
                .step_by(down)
                .map(|&(offset, _)| (offset, plane_bytes))
                .collect();
            self.chunk_height = self.height;
        }
    }
}
