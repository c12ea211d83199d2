//! What the numbers in tags are called, for messages.

use super::page::Page;
use crate::source::SourceError;
use crate::volume::SampleType;

/// How the bytes of a strip or tile are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Compression {
    None,
    Lzw,
    Deflate,
    PackBits,
    Zstd,
}

impl Compression {
    pub(super) fn of(page: &Page) -> Result<Self, SourceError> {
        Ok(match page.compression {
            1 => Compression::None,
            5 => Compression::Lzw,
            8 | 32946 => Compression::Deflate,
            32773 => Compression::PackBits,
            50000 => Compression::Zstd,
            code => return Err(unsupported("compression", compression_name(code), code)),
        })
    }

    /// The code that the `tiff` crate is given.
    pub(super) fn code(self) -> u16 {
        match self {
            Compression::None => 1,
            Compression::Lzw => 5,
            Compression::Deflate => 8,
            Compression::PackBits => 32773,
            Compression::Zstd => 50000,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Lzw => "lzw",
            Compression::Deflate => "deflate",
            Compression::PackBits => "packbits",
            Compression::Zstd => "zstd",
        }
    }

    /// The most bytes that one packed byte can become.
    ///
    /// Deflate: 258 bytes from two bits. LZW: strings of at most 3,839 bytes from 12 bits. PackBits: 128 bytes from
    /// two. Zstandard: a run-length block of 128 KiB from four bytes.
    pub(super) fn max_ratio(self) -> u64 {
        match self {
            Compression::None => 1,
            Compression::Lzw => 2560,
            Compression::Deflate => 1032,
            Compression::PackBits => 64,
            Compression::Zstd => 1 << 15,
        }
    }
}

fn unsupported(what: &str, name: &str, code: u16) -> SourceError {
    SourceError::Unsupported(format!("{what} {name} ({code})"))
}

fn compression_name(code: u16) -> &'static str {
    match code {
        2 => "CCITT RLE",
        3 => "CCITT Group 3",
        4 => "CCITT Group 4",
        6 => "old-style JPEG",
        7 => "JPEG",
        9 | 10 => "JBIG",
        32766 => "NeXT",
        32771 => "CCITT RLE-W",
        32809 => "ThunderScan",
        33003..=33005 | 34712 => "JPEG 2000",
        34676 | 34677 => "SGI Log",
        34887 => "LERC",
        34892 => "lossy JPEG",
        34925 => "LZMA",
        34926 => "pre-release Zstandard",
        34927 | 50001 => "WebP",
        34933 | 50003 => "PNG",
        34934 | 22610 => "JPEG XR",
        50002 | 52546 => "JPEG XL",
        _ => "of an unknown kind",
    }
}

/// The type of a page's samples, if it is one that is read.
pub(super) fn sample_type(page: &Page) -> Result<SampleType, SourceError> {
    let bits = page.bits;
    Ok(match (page.sample_format, bits) {
        (1 | 4, 8) => SampleType::U8,
        (1 | 4, 16) => SampleType::U16,
        (1 | 4, 32) => SampleType::U32,
        (2, 8) => SampleType::I8,
        (2, 16) => SampleType::I16,
        (2, 32) => SampleType::I32,
        (3, 16) => SampleType::F16,
        (3, 32) => SampleType::F32,
        (3, 64) => SampleType::F64,
        (1 | 4, _) => {
            return Err(SourceError::Unsupported(format!(
                "samples of {bits}-bit unsigned integers"
            )));
        }
        (2, _) => {
            return Err(SourceError::Unsupported(format!(
                "samples of {bits}-bit signed integers"
            )));
        }
        (3, _) => {
            return Err(SourceError::Unsupported(format!(
                "samples of {bits}-bit floating point"
            )));
        }
        (5 | 6, _) => {
            return Err(SourceError::Unsupported(format!(
                "samples of {bits}-bit complex numbers"
            )));
        }
        (format, _) => return Err(SourceError::Unsupported(format!("sample format {format}"))),
    })
}

/// Refuses what a page has that is not read.
pub(super) fn check_readable(page: &Page) -> Result<(Compression, SampleType), SourceError> {
    let compression = Compression::of(page)?;
    if page.photometric == Some(6) {
        return Err(unsupported("photometric interpretation", "YCbCr", 6));
    }
    if page.depth > 1 {
        return Err(SourceError::Unsupported(format!(
            "3D pages (ImageDepth {})",
            page.depth
        )));
    }
    let sample_type = sample_type(page)?;
    match page.predictor {
        1 => {}
        2 if page.bits >= 8 => {}
        3 if sample_type.is_float() => {}
        code => {
            return Err(SourceError::Unsupported(format!(
                "predictor {code} with {sample_type} samples"
            )));
        }
    }
    Ok((compression, sample_type))
}
