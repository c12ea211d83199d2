//! One strip or tile: its packed bytes to samples in native byte order.
//!
//! [`decode`] reads the bytes of a [`Chunk`], unpacks them (`lzw`, `packbits`, `deflate`, `zstd`, `lzma`), undoes the
//! predictor and the byte order in place (`predictor`), and gives packed samples room (`widen`, `ycbcr`). Fax codes
//! (`ccitt`) and pictures (`jpeg`, `picture`, `jpegxl`) come out as samples. Everything is written straight to
//! where the caller wants it if that has the same layout, and nothing becomes longer than the header says.

mod ccitt;
mod chunk;
mod deflate;
mod jpeg;
mod jpegxl;
mod lzma;
mod lzw;
mod packbits;
mod picture;
mod predictor;
mod widen;
mod ycbcr;
mod zstd;

pub(super) use chunk::Chunk;
pub(super) use predictor::swap_bytes;

use crate::source::SourceError;

use super::file::RandomFile;
use super::names::Compression;
use super::page::Page;

/// Why a chunk cannot be unpacked.
enum CodecError {
    /// The bytes are not what they should be.
    Damaged(String),
    /// They may be, but not as something that is read.
    Unsupported(String),
}

impl From<&str> for CodecError {
    fn from(reason: &str) -> Self {
        CodecError::Damaged(reason.to_owned())
    }
}

impl From<String> for CodecError {
    fn from(reason: String) -> Self {
        CodecError::Damaged(reason)
    }
}

/// Working memory of one reader, and its decoders, which are costly to make.
#[derive(Default)]
pub(super) struct Workspace {
    packed: Vec<u8>,
    unpacked: Vec<u8>,
    row: Vec<u8>,
    lzw: lzw::Lzw,
    inflater: deflate::Inflater,
    zstd: zstd::Zstd,
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workspace").finish_non_exhaustive()
    }
}

impl Workspace {
    /// Lets go of buffers that have become larger than `bytes`.
    pub(super) fn shrink(&mut self, bytes: usize) {
        for buffer in [&mut self.packed, &mut self.unpacked] {
            if buffer.capacity() > bytes {
                *buffer = Vec::new();
            }
        }
    }
}

/// The first `len` bytes of a buffer that grows when it must; what is in them is left over from before.
fn room(buffer: &mut Vec<u8>, len: usize) -> &mut [u8] {
    if buffer.len() < len {
        buffer.resize(len, 0);
    }
    &mut buffer[..len]
}

/// Unpacks a chunk into `out`, which is exactly as long as what comes out of it; in native byte order.
pub(super) fn decode(
    file: &RandomFile,
    is_big_endian: bool,
    page: &Page,
    chunk: &Chunk,
    work: &mut Workspace,
    out: &mut [u8],
) -> Result<(), SourceError> {
    chunk.check(page, file)?;
    let compression = Compression::of(page)?;
    let there = chunk.count.min(file.len().saturating_sub(chunk.offset));
    // Nothing needs more bytes than the worst packing of incompressible data, and what pictures carry with them.
    let limit = chunk.unpacked_bytes(page).saturating_mul(2).saturating_add(1 << 20);
    let count = there.min(limit) as usize;

    let mut buffer = std::mem::take(&mut work.packed);
    let packed = room(&mut buffer, count);
    let result = file.read_at(chunk.offset, packed).and_then(|()| {
        if page.fill_order == 2 && !compression.is_picture() {
            packed.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
        }
        let result = if compression.is_picture() {
            decode_picture(page, chunk, compression, packed, out)
        } else if compression.is_ccitt() {
            ccitt::decode(page, chunk, compression, packed, out)
        } else {
            decode_bytes(is_big_endian, page, chunk, compression, packed, work, out)
        };
        result.map_err(|error| explained(error, compression, chunk.offset))
    });
    work.packed = buffer;
    result
}

fn explained(error: CodecError, compression: Compression, offset: u64) -> SourceError {
    let name = compression.name();
    let line = |reason: String| -> String {
        let brief = reason.chars().take(200);
        brief.map(|c| if c.is_control() { ' ' } else { c }).collect()
    };
    match error {
        CodecError::Damaged(reason) => SourceError::Damaged(format!(
            "{name} data at offset {offset} cannot be unpacked: {}",
            line(reason)
        )),
        CodecError::Unsupported(reason) => {
            SourceError::Unsupported(format!("{name} data at offset {offset}: {}", line(reason)))
        }
    }
}

fn decode_picture(
    page: &Page,
    chunk: &Chunk,
    compression: Compression,
    packed: &[u8],
    out: &mut [u8],
) -> Result<(), CodecError> {
    match compression {
        Compression::Jpeg => jpeg::decode(page, chunk, packed, out),
        Compression::JpegXl => jpegxl::decode(page, chunk, packed, out),
        Compression::Jpeg2000 => picture::decode_jpeg2000(page, chunk, packed, out),
        Compression::WebP => picture::decode_webp(page, chunk, packed, out),
        _ => picture::decode_png(page, chunk, packed, out),
    }
}

/// What comes out as bytes, of which samples are made.
fn decode_bytes(
    is_big_endian: bool,
    page: &Page,
    chunk: &Chunk,
    compression: Compression,
    packed: &[u8],
    work: &mut Workspace,
    out: &mut [u8],
) -> Result<(), CodecError> {
    if page.has_whole_samples() && !page.is_subsampled() {
        unpack(compression, packed, work, out)?;
        predictor::undo(page, chunk, is_big_endian, &mut work.row, out);
        return Ok(());
    }
    let mut buffer = std::mem::take(&mut work.unpacked);
    let unpacked = room(&mut buffer, chunk.unpacked_bytes(page) as usize);
    let result = unpack(compression, packed, work, unpacked);
    if result.is_ok() {
        if page.is_subsampled() {
            ycbcr::expand(page, chunk, unpacked, out);
        } else {
            widen::widen(page, chunk, is_big_endian, unpacked, out);
        }
    }
    work.unpacked = buffer;
    result
}

fn unpack(compression: Compression, packed: &[u8], work: &mut Workspace, out: &mut [u8]) -> Result<(), CodecError> {
    match compression {
        Compression::Lzw => work.lzw.unpack(packed, out),
        Compression::Deflate => work.inflater.unpack(packed, out),
        Compression::PackBits => packbits::unpack(packed, out),
        Compression::Zstd => work.zstd.unpack(packed, out),
        Compression::Lzma => lzma::unpack(packed, out),
        _ => match packed.get(..out.len()) {
            Some(packed) => {
                out.copy_from_slice(packed);
                Ok(())
            }
            None => Err(incomplete(packed.len(), out.len())),
        },
    }
}

fn incomplete(there: usize, wanted: usize) -> CodecError {
    CodecError::Damaged(format!("{there} of {wanted} bytes are there"))
}

/// Fills `out` from a decoder that may have more, and finds what it has to say about the bytes behind.
fn fill_from(mut decoder: impl std::io::Read, out: &mut [u8]) -> Result<(), CodecError> {
    let damaged = |error: std::io::Error| CodecError::Damaged(error.to_string());
    decoder.read_exact(out).map_err(damaged)?;
    decoder.read(&mut [0]).map_err(damaged)?;
    Ok(())
}
