use jpeg_decoder::ColorTransform;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::super::page::Page;
use super::CodecError;
use super::chunk::Chunk;
use super::picture::{Picture, check_bits};

const START_OF_IMAGE: [u8; 2] = [0xff, 0xd8];
const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];

/// Decodes a JPEG stream, with the tables of the page if it has none: TIFF Technical Note 2.
pub(super) fn decode(page: &Page, chunk: &Chunk, packed: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    let joined;
    let stream = match &page.jpeg_tables {
        Some(tables) => {
            let tables = tables.strip_suffix(&END_OF_IMAGE).unwrap_or(tables);
            let rest = packed.strip_prefix(&START_OF_IMAGE).ok_or("no JPEG stream")?;
            joined = [tables, rest].concat();
            &joined
        }
        None => packed,
    };
    let header = Header::of(stream).ok_or("no JPEG frame")?;
    header.picture.check(page, chunk)?;
    check_bits(header.bits.into(), page)?;
    match (header.frame, header.bits) {
        (0xc0..=0xc2, 8) => {
            let decode = |pixels: &mut [u8]| decode_8_bits(page, &header, stream, pixels);
            header.picture.decode_into(page, chunk, out, decode)
        }
        (0xc3, _) => {
            let decode = |pixels: &mut [u8]| decode_lossless(stream, pixels);
            header.picture.decode_into(page, chunk, out, decode)
        }
        (0xc0..=0xc2, bits) => Err(CodecError::Unsupported(format!("a JPEG of {bits}-bit samples"))),
        (0xf7, _) => Err(CodecError::Unsupported("JPEG-LS".into())),
        (frame, _) => Err(CodecError::Unsupported(format!("a JPEG of kind {frame:#x}"))),
    }
}

/// What a JPEG stream says before its samples.
struct Header {
    /// The marker of the frame: baseline, progressive, lossless, ...
    frame: u8,
    bits: u8,
    picture: Picture,
    is_jfif: bool,
}

impl Header {
    fn of(stream: &[u8]) -> Option<Header> {
        let mut rest = stream.strip_prefix(&START_OF_IMAGE)?;
        let mut is_jfif = false;
        loop {
            let (&[ff, marker], behind) = rest.split_first_chunk::<2>()?;
            if ff != 0xff {
                return None;
            }
            match marker {
                // Fill bytes, and the start of an image within one.
                0xff => {
                    rest = &rest[1..];
                    continue;
                }
                0xd8 => {
                    rest = behind;
                    continue;
                }
                _ => {}
            }
            let (&length, _) = behind.split_first_chunk::<2>()?;
            let (segment, behind) = behind.split_at_checked(u16::from_be_bytes(length).into())?;
            let body = segment.get(2..)?;
            match (marker, body) {
                // Frames of all kinds, but not the tables and extensions among their numbers.
                (0xc0..=0xcf | 0xf7, &[bits, h0, h1, w0, w1, samples, ..]) if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                    return Some(Header {
                        frame: marker,
                        bits,
                        picture: Picture {
                            width: u16::from_be_bytes([w0, w1]).into(),
                            height: u16::from_be_bytes([h0, h1]).into(),
                            samples: samples.into(),
                        },
                        is_jfif,
                    });
                }
                (0xe0, [b'J', b'F', b'I', b'F', ..]) => is_jfif = true,
                _ => {}
            }
            rest = behind;
        }
    }
}

fn decode_8_bits(page: &Page, header: &Header, stream: &[u8], pixels: &mut [u8]) -> Result<(), CodecError> {
    let options = DecoderOptions::new_safe()
        .set_strict_mode(true)
        .set_max_width(header.picture.width as usize)
        .set_max_height(header.picture.height as usize);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(stream), options);
    let damaged = |error: zune_jpeg::errors::DecodeErrors| CodecError::Damaged(error.to_string());
    decoder.decode_headers().map_err(damaged)?;
    let stored = decoder.input_colorspace().ok_or("no colours")?;
    // RGB in a file that says RGB is not YCbCr, unless it is a JFIF file, which cannot be RGB.
    let is_color = page.is_ycbcr || (page.photometric == Some(2) && header.is_jfif);
    let wanted = match (header.picture.samples, stored) {
        (1, _) => ColorSpace::Luma,
        (3, ColorSpace::YCbCr) if is_color => ColorSpace::RGB,
        _ => stored,
    };
    decoder.set_options(options.jpeg_set_out_colorspace(wanted));
    if decoder.output_buffer_size() != Some(pixels.len()) {
        return Err(CodecError::Unsupported(format!("a JPEG of {stored:?} samples")));
    }
    decoder.decode_into(pixels).map_err(damaged)
}

fn decode_lossless(stream: &[u8], pixels: &mut [u8]) -> Result<(), CodecError> {
    let mut decoder = jpeg_decoder::Decoder::new(stream);
    decoder.set_color_transform(ColorTransform::None);
    decoder.set_max_decoding_buffer_size(pixels.len());
    let decoded = decoder.decode().map_err(|error| error.to_string())?;
    if decoded.len() != pixels.len() {
        return Err(super::incomplete(decoded.len(), pixels.len()));
    }
    pixels.copy_from_slice(&decoded);
    Ok(())
}
