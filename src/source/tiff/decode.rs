//! One strip or tile: its packed bytes to samples in native byte order.

use std::io::Cursor;

use tiff::decoder::{Decoder, Limits};

use crate::source::SourceError;

use super::file::RandomFile;
use super::names::Compression;
use super::page::Page;

/// The most bytes that are unpacked in one piece: a strip or tile that is packed has to be unpacked as a whole.
pub(super) const MAX_CHUNK_BYTES: u64 = 1 << 30;

/// Where one strip or tile is, and what comes out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) offset: u64,
    pub(super) count: u64,
    pub(super) width: u64,
    pub(super) rows: u64,
    pub(super) samples: u64,
}

impl Chunk {
    /// Whether it is not in the file, which stands for zeros.
    pub(super) fn is_sparse(&self) -> bool {
        self.offset == 0 && self.count == 0
    }

    /// Bytes that come out of it, sizes of which were checked with the page.
    pub(super) fn bytes(&self, page: &Page) -> u64 {
        self.width * self.rows * self.samples * page.sample_bytes()
    }

    /// Whether the file has it and its bytes can become so many.
    pub(super) fn is_plausible(&self, page: &Page, compression: Compression, file: &RandomFile) -> bool {
        if self.is_sparse() {
            return true;
        }
        let bytes = self.bytes(page);
        if page.is_raw() {
            return file.has(self.offset, bytes) && self.count >= bytes;
        }
        // The last bytes of a file may be lost; what is left decides.
        let there = self.count.min(file.len().saturating_sub(self.offset));
        bytes <= MAX_CHUNK_BYTES && bytes / compression.max_ratio() <= there
    }

    /// Refuses a chunk that is not plausible, before memory for what comes out of it is asked for.
    pub(super) fn check(&self, page: &Page, file: &RandomFile) -> Result<(), SourceError> {
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

/// Unpacks a chunk into `out`, which is exactly as long as what comes out of it; in native byte order.
///
/// `packed` is working memory.
pub(super) fn decode(
    file: &RandomFile,
    is_big_endian: bool,
    page: &Page,
    chunk: &Chunk,
    packed: &mut Vec<u8>,
    out: &mut [u8],
) -> Result<(), SourceError> {
    chunk.check(page, file)?;
    let compression = Compression::of(page)?;
    let there = chunk.count.min(file.len().saturating_sub(chunk.offset));
    // Nothing needs more bytes than the worst packing of incompressible data.
    let count = there.min(chunk.bytes(page).saturating_mul(2).saturating_add(1 << 16)) as usize;

    packed.clear();
    packed.resize(HEADER_BYTES + count, 0);
    file.read_at(chunk.offset, &mut packed[HEADER_BYTES..])?;
    if page.fill_order == 2 {
        packed[HEADER_BYTES..]
            .iter_mut()
            .for_each(|byte| *byte = byte.reverse_bits());
    }
    let mut code = compression.code();
    if compression == Compression::Lzw && is_old_lzw(&packed[HEADER_BYTES..]) {
        unpack_old_lzw(packed, chunk.bytes(page) as usize, chunk.offset)?;
        code = 1;
    }
    let count = packed.len() - HEADER_BYTES;
    write_header(&mut packed[..HEADER_BYTES], is_big_endian, page, chunk, code, count);

    let mut limits = Limits::unlimited();
    limits.decoding_buffer_size = out.len();
    Decoder::new(Cursor::new(packed.as_slice()))
        .map(|decoder| decoder.with_limits(limits))
        .and_then(|mut decoder| decoder.read_chunk_bytes(0, out))
        .map_err(|error| {
            SourceError::Damaged(format!(
                "{} data at offset {} cannot be unpacked: {error}",
                compression.name(),
                chunk.offset
            ))
        })
}

/// Entries of the directory that [`write_header`] writes.
const ENTRIES: usize = 11;
const HEADER_BYTES: usize = 8 + 2 + ENTRIES * 12 + 4;

/// Writes a TIFF header in front of packed bytes, so that they are a file of one grey page in one strip.
///
/// This is how the `tiff` crate decodes any strip or tile: its decoder walks the list of pages from the start, wants
/// every directory to be one that it can show, drops extra samples and inverts MinIsWhite. Here, it does what it does
/// best, undo the packing and the predictor, and everything it believes was checked before.
fn write_header(header: &mut [u8], is_big_endian: bool, page: &Page, chunk: &Chunk, compression: u16, count: usize) {
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    // The numbers fit: 32-bit sizes of a page, and at most MAX_CHUNK_BYTES.
    let entries: [(u16, u16, u32); ENTRIES] = [
        (256, LONG, chunk.width as u32),
        (257, LONG, chunk.rows as u32),
        (258, SHORT, u32::from(page.bits)),
        (259, SHORT, u32::from(compression)),
        (262, SHORT, 1),
        (273, LONG, HEADER_BYTES as u32),
        (277, SHORT, chunk.samples as u32),
        (278, LONG, chunk.rows as u32),
        (279, LONG, count as u32),
        (317, SHORT, u32::from(page.predictor)),
        (339, SHORT, if page.predictor == 3 { 3 } else { 1 }),
    ];
    let mut at = 0;
    let mut put = |value: u32, bytes: usize| {
        let place = &mut header[at..at + bytes];
        if is_big_endian {
            place.copy_from_slice(&value.to_be_bytes()[4 - bytes..]);
        } else {
            place.copy_from_slice(&value.to_le_bytes()[..bytes]);
        }
        at += bytes;
    };
    put(if is_big_endian { 0x4d4d } else { 0x4949 }, 2);
    put(42, 2);
    put(8, 4);
    put(ENTRIES as u32, 2);
    for (tag, kind, value) in entries {
        put(u32::from(tag), 2);
        put(u32::from(kind), 2);
        put(1, 4);
        if kind == SHORT {
            put(value, 2);
            put(0, 2);
        } else {
            put(value, 4);
        }
    }
    put(0, 4);
}

/// Whether LZW data is of the kind that was written before TIFF 5: low bit first, codes widen one later.
///
/// A stream begins with the clear code, 256: as high bit first, its first byte is 0x80.
fn is_old_lzw(packed: &[u8]) -> bool {
    matches!(packed, [0, second, ..] if second & 1 == 1)
}

fn unpack_old_lzw(packed: &mut Vec<u8>, bytes: usize, offset: u64) -> Result<(), SourceError> {
    let mut decoder = weezl::decode::Decoder::new(weezl::BitOrder::Lsb, 8);
    let mut out = vec![0; HEADER_BYTES + bytes];
    let (mut read, mut written) = (HEADER_BYTES, HEADER_BYTES);
    while written < out.len() {
        let result = decoder.decode_bytes(&packed[read..], &mut out[written..]);
        read += result.consumed_in;
        written += result.consumed_out;
        let is_stuck = result.consumed_in == 0 && result.consumed_out == 0;
        if is_stuck || result.status.is_err() {
            return Err(SourceError::Damaged(format!(
                "lzw data at offset {offset} cannot be unpacked"
            )));
        }
    }
    *packed = out;
    Ok(())
}

/// Turns samples of `width` bytes around in place.
pub(super) fn swap_bytes(samples: &mut [u8], width: usize) {
    match width {
        2 => samples
            .as_chunks_mut::<2>()
            .0
            .iter_mut()
            .for_each(|sample| sample.reverse()),
        4 => samples
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .for_each(|sample| sample.reverse()),
        8 => samples
            .as_chunks_mut::<8>()
            .0
            .iter_mut()
            .for_each(|sample| sample.reverse()),
        _ => {}
    }
}
