use std::io::Write;
use std::path::Path;

use crate::view::Picture;

use super::pending::Pending;
use super::{ExportError, Provenance};

/// Writes a picture as an 8-bit RGB PNG that says what it shows. A file that is there is replaced, once the new one is
/// complete.
///
/// # Errors
/// If the file cannot be written.
pub fn write_png(path: &Path, picture: &Picture, provenance: &Provenance) -> Result<(), ExportError> {
    let (pending, mut file) = Pending::file(path)?;
    encode_png(&mut file, picture, provenance)
        .and_then(|()| Ok(file.flush()?))
        .map_err(|error| ExportError::write(path, error))?;
    drop(file);
    pending.commit()
}

/// Encodes a picture as an 8-bit RGB PNG that says what it shows.
///
/// No gamma or colour-space chunk is written, so that every reader shows the bytes as they are.
///
/// # Errors
/// If the writer fails, or the picture is empty or has not as many bytes as its size says.
pub fn encode_png(writer: impl Write, picture: &Picture, provenance: &Provenance) -> Result<(), png::EncodingError> {
    let mut writer = encoder(writer, picture.size()).write_header()?;
    write_text(&mut writer, provenance)?;
    writer.write_image_data(&picture.rgb())?;
    writer.finish()
}

/// An encoder with the settings that all our PNGs share. Fast: a render should take no longer than its drawing.
pub(super) fn encoder<W: Write>(writer: W, [width, height]: [u32; 2]) -> png::Encoder<'static, W> {
    let mut encoder = png::Encoder::new(writer, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder
}

/// Writes provenance before the pixels, where readers find it without decoding them.
pub(super) fn write_text<W: Write>(
    writer: &mut png::Writer<W>,
    provenance: &Provenance,
) -> Result<(), png::EncodingError> {
    for (keyword, text) in provenance.entries() {
        if text.is_ascii() {
            writer.write_text_chunk(&png::text_metadata::TEXtChunk::new(keyword, text))?;
        } else {
            // tEXt is Latin-1, and not all readers know that.
            writer.write_text_chunk(&png::text_metadata::ITXtChunk::new(keyword, text))?;
        }
    }
    Ok(())
}
