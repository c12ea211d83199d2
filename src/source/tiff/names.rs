//! What the numbers in tags are called, for messages, and which of them are read.

use super::page::Page;
use crate::source::SourceError;
use crate::volume::SampleType;

/// How the bytes of a strip or tile are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Compression {
    None,
    CcittRle,
    CcittGroup3,
    CcittGroup4,
    Lzw,
    Jpeg,
    Deflate,
    PackBits,
    Jpeg2000,
    Lzma,
    WebP,
    Png,
    Zstd,
    JpegXl,
}

impl Compression {
    pub(super) fn of(page: &Page) -> Result<Self, SourceError> {
        let code = page.compression;
        Self::from_code(code).ok_or_else(|| unsupported("compression", compression_name(code), code))
    }

    /// What is read of the codes of the Compression tag.
    pub(super) fn from_code(code: u16) -> Option<Self> {
        Some(match code {
            1 => Compression::None,
            2 => Compression::CcittRle,
            3 => Compression::CcittGroup3,
            4 => Compression::CcittGroup4,
            5 => Compression::Lzw,
            7 => Compression::Jpeg,
            8 | 32946 => Compression::Deflate,
            32773 => Compression::PackBits,
            33003..=33005 | 34712 => Compression::Jpeg2000,
            34925 => Compression::Lzma,
            34927 | 50001 => Compression::WebP,
            34933 | 50003 => Compression::Png,
            50000 => Compression::Zstd,
            50002 | 52546 => Compression::JpegXl,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::CcittRle => "ccitt-rle",
            Compression::CcittGroup3 => "ccitt-group3",
            Compression::CcittGroup4 => "ccitt-group4",
            Compression::Lzw => "lzw",
            Compression::Jpeg => "jpeg",
            Compression::Deflate => "deflate",
            Compression::PackBits => "packbits",
            Compression::Jpeg2000 => "jpeg2000",
            Compression::Lzma => "lzma",
            Compression::WebP => "webp",
            Compression::Png => "png",
            Compression::Zstd => "zstd",
            Compression::JpegXl => "jpegxl",
        }
    }

    /// Whether a strip or tile is a picture with sizes and samples of its own: no predictor, byte order or order of
    /// bits applies to it.
    pub(super) fn is_picture(self) -> bool {
        matches!(
            self,
            Compression::Jpeg | Compression::Jpeg2000 | Compression::WebP | Compression::Png | Compression::JpegXl
        )
    }

    pub(super) fn is_ccitt(self) -> bool {
        matches!(
            self,
            Compression::CcittRle | Compression::CcittGroup3 | Compression::CcittGroup4
        )
    }

    /// The most bytes that one packed byte can become, in a chunk that is not small.
    ///
    /// Deflate: 258 bytes from two bits. LZW: strings of at most 3,839 bytes from 12 bits. PackBits: 128 bytes from
    /// two. Zstandard: a run-length block of 128 KiB from four bytes. Group 4: a row from a bit. A JPEG block: at least
    /// two bits. The others have no limit of their own: a constant picture is a header to them.
    pub(super) fn max_ratio(self) -> u64 {
        match self {
            Compression::None => 1,
            Compression::Lzw => 2560,
            Compression::Deflate | Compression::Png => 1032,
            Compression::PackBits => 64,
            Compression::Jpeg => 1024,
            Compression::Zstd => 1 << 15,
            Compression::CcittRle | Compression::CcittGroup3 | Compression::CcittGroup4 => 1 << 16,
            Compression::Jpeg2000 | Compression::Lzma | Compression::WebP | Compression::JpegXl => 1 << 13,
        }
    }
}

fn unsupported(what: &str, name: &str, code: u16) -> SourceError {
    SourceError::Unsupported(format!("{what} {name} ({code})"))
}

/// Names of what is not read.
fn compression_name(code: u16) -> &'static str {
    match code {
        6 => "old-style JPEG",
        9 | 10 => "JBIG",
        32766 => "NeXT",
        32771 => "CCITT RLE-W",
        32809 => "ThunderScan",
        34676 | 34677 => "SGI Log",
        34887 => "LERC",
        34892 => "lossy JPEG",
        34926 => "pre-release Zstandard",
        34934 | 22610 => "JPEG XR",
        48124 => "Jetraw",
        65000..=65002 => "EER",
        _ => "of an unknown kind",
    }
}

/// The type of a page's samples, if it is one that is read. Packed integers are read into the next wider type.
pub(super) fn sample_type(page: &Page) -> Result<SampleType, SourceError> {
    let bits = page.bits;
    Ok(match (page.sample_format, bits) {
        (1 | 4, 1..=8) => SampleType::U8,
        (1 | 4, 9..=16) => SampleType::U16,
        (1 | 4, 17..=32) => SampleType::U32,
        (1 | 4, 64) => SampleType::U64,
        (2, 8) => SampleType::I8,
        (2, 16) => SampleType::I16,
        (2, 32) => SampleType::I32,
        (2, 64) => SampleType::I64,
        (3, 16) => SampleType::F16,
        (3, 24 | 32) => SampleType::F32,
        (3, 64) => SampleType::F64,
        (format, _) => {
            let kind = match format {
                1 | 4 => "unsigned integers",
                2 => "signed integers",
                3 => "floating point",
                5 | 6 => "complex numbers",
                _ => return Err(SourceError::Unsupported(format!("sample format {format}"))),
            };
            return Err(SourceError::Unsupported(format!("samples of {bits}-bit {kind}")));
        }
    })
}

/// Refuses what a page has that is not read.
pub(super) fn check_readable(page: &Page) -> Result<(Compression, SampleType), SourceError> {
    let compression = Compression::of(page)?;
    if page.depth > 1 {
        return Err(SourceError::Unsupported(format!(
            "3D pages (ImageDepth {})",
            page.depth
        )));
    }
    let sample_type = sample_type(page)?;
    if page.is_subsampled() && page.bits != 8 {
        return Err(SourceError::Unsupported(format!(
            "subsampled YCbCr of {} bits",
            page.bits
        )));
    }
    if compression.is_ccitt() && (page.bits, page.samples_per_chunk()) != (1, 1) {
        return Err(SourceError::Unsupported(format!(
            "{} of {}-bit samples, {} to a pixel",
            compression.name(),
            page.bits,
            page.samples_per_chunk()
        )));
    }
    match page.predictor {
        1 => {}
        _ if compression.is_picture() || compression.is_ccitt() => {}
        2 if page.has_whole_samples() && !page.is_subsampled() => {}
        3 if page.has_whole_samples() && sample_type.is_float() => {}
        code => {
            return Err(SourceError::Unsupported(format!(
                "predictor {code} with {}-bit {sample_type} samples",
                page.bits
            )));
        }
    }
    Ok((compression, sample_type))
}
