//! Chunks that are pictures: files of other formats, with sizes of their own.

use std::io::Cursor;

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};
use image_webp::WebPDecoder;

use super::super::page::Page;
use super::chunk::Chunk;
use super::{CodecError, swap_bytes};

/// Sizes of a picture as its own header has them.
#[derive(Clone, Copy)]
pub(super) struct Picture {
    pub(super) width: u64,
    pub(super) height: u64,
    pub(super) samples: u64,
}

impl Picture {
    /// Refuses a picture that is not the chunk's, before it is decoded.
    ///
    /// It may end with the image where tiles reach beyond, or have as many rows as the other strips.
    pub(super) fn check(self, page: &Page, chunk: &Chunk) -> Result<(), CodecError> {
        let is_wide = (chunk.used.0..=chunk.width).contains(&self.width);
        let is_high = (chunk.used.1..=page.chunk_height.max(chunk.rows)).contains(&self.height);
        if is_wide && is_high && self.samples == chunk.samples {
            return Ok(());
        }
        Err(format!(
            "a picture of {} x {} pixels of {} samples where {} x {} of {} are wanted",
            self.width, self.height, self.samples, chunk.width, chunk.rows, chunk.samples
        )
        .into())
    }

    /// Decodes a picture that was checked, straight into place if it is as large as the chunk.
    pub(super) fn decode_into(
        self,
        page: &Page,
        chunk: &Chunk,
        out: &mut [u8],
        decode: impl FnOnce(&mut [u8]) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        if (self.width, self.height) == (chunk.width, chunk.rows) {
            // A decoder may be content with less than all pixels: nothing may be left over from before.
            out.fill(0);
            return decode(out);
        }
        let row_bytes = (self.width * self.samples * page.sample_bytes()) as usize;
        let mut pixels = vec![0; row_bytes * self.height as usize];
        decode(&mut pixels)?;
        out.fill(0);
        let rows = out.chunks_exact_mut(page.chunk_row_bytes() as usize);
        for (row, pixels) in rows.zip(pixels.chunks_exact(row_bytes)) {
            row[..row_bytes].copy_from_slice(pixels);
        }
        Ok(())
    }
}

/// Refuses a picture whose samples are not as wide as the page's.
pub(super) fn check_bits(bits: u64, page: &Page) -> Result<(), CodecError> {
    if bits.div_ceil(8) == page.sample_bytes() {
        return Ok(());
    }
    Err(CodecError::Unsupported(format!(
        "a picture of {bits}-bit samples in a page of {}-bit samples",
        page.bits
    )))
}

pub(super) fn decode_png(page: &Page, chunk: &Chunk, packed: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    let mut decoder = png::Decoder::new(Cursor::new(packed));
    decoder.set_transformations(png::Transformations::IDENTITY);
    let damaged = |error: png::DecodingError| CodecError::Damaged(error.to_string());
    let mut reader = decoder.read_info().map_err(damaged)?;
    let info = reader.info();
    let bits = info.bit_depth as u64;
    let picture = Picture {
        width: info.width.into(),
        height: info.height.into(),
        samples: info.color_type.samples() as u64,
    };
    picture.check(page, chunk)?;
    check_bits(bits, page)?;
    if bits < 8 {
        return Err(CodecError::Unsupported(format!("a picture of {bits}-bit samples")));
    }
    picture.decode_into(page, chunk, out, |pixels| {
        reader.next_frame(pixels).map_err(damaged)?;
        if cfg!(target_endian = "little") {
            swap_bytes(pixels, page.sample_bytes() as usize);
        }
        Ok(())
    })
}

pub(super) fn decode_webp(page: &Page, chunk: &Chunk, packed: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    let damaged = |error: image_webp::DecodingError| CodecError::Damaged(error.to_string());
    let mut decoder = WebPDecoder::new(Cursor::new(packed)).map_err(damaged)?;
    decoder.set_memory_limit(chunk.bytes(page) as usize + (1 << 20));
    let (width, height) = decoder.dimensions();
    // An alpha that is opaque everywhere may be left out.
    let is_alpha_added = chunk.samples == 4 && !decoder.has_alpha();
    let picture = Picture {
        width: width.into(),
        height: height.into(),
        samples: if decoder.has_alpha() || is_alpha_added { 4 } else { 3 },
    };
    picture.check(page, chunk)?;
    check_bits(8, page)?;
    picture.decode_into(page, chunk, out, |pixels| {
        if !is_alpha_added {
            return decoder.read_image(pixels).map_err(damaged);
        }
        let mut colors = vec![0; pixels.len() / 4 * 3];
        decoder.read_image(&mut colors).map_err(damaged)?;
        for (pixel, &[r, g, b]) in pixels.as_chunks_mut::<4>().0.iter_mut().zip(colors.as_chunks::<3>().0) {
            *pixel = [r, g, b, 255];
        }
        Ok(())
    })
}

pub(super) fn decode_jpeg2000(page: &Page, chunk: &Chunk, packed: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    let damaged = |error: hayro_jpeg2000::DecodeError| CodecError::Damaged(error.to_string());
    let settings = DecodeSettings {
        resolve_palette_indices: false,
        strict: true,
        target_resolution: None,
    };
    let image = Image::new(packed, &settings).map_err(damaged)?;
    let (width, height) = (image.width(), image.height());
    let picture = Picture {
        width: width.into(),
        height: height.into(),
        samples: u64::from(image.color_space().num_channels()) + u64::from(image.has_alpha()),
    };
    picture.check(page, chunk)?;
    check_bits(image.original_bit_depth().into(), page)?;
    // Samples are decoded as 32-bit floats.
    if page.bits > 24 || page.sample_format == 3 {
        return Err(CodecError::Unsupported(format!("samples of {} bits", page.bits)));
    }
    picture.decode_into(page, chunk, out, |pixels| {
        let mut context = DecoderContext::default();
        let decoded = image.decode(&mut context).map_err(damaged)?;
        let components = decoded.components();
        let count = picture.samples as usize;
        if components.len() != count
            || components
                .iter()
                .any(|c| c.samples().len() * count != pixels.len() / page.sample_bytes() as usize)
        {
            return Err("components of different sizes".into());
        }
        for (i, component) in components.iter().enumerate() {
            let samples = component.samples().iter().map(|&sample| sample.round());
            let is_signed = page.sample_format == 2;
            match (page.sample_bytes(), is_signed) {
                (1, false) => interleave(pixels, i, count, samples.map(|value| [value as u8])),
                (1, true) => interleave(pixels, i, count, samples.map(|value| (value as i8).to_ne_bytes())),
                (2, false) => interleave(pixels, i, count, samples.map(|value| (value as u16).to_ne_bytes())),
                (2, true) => interleave(pixels, i, count, samples.map(|value| (value as i16).to_ne_bytes())),
                (_, false) => interleave(pixels, i, count, samples.map(|value| (value as u32).to_ne_bytes())),
                (_, true) => interleave(pixels, i, count, samples.map(|value| (value as i32).to_ne_bytes())),
            }
        }
        Ok(())
    })
}

/// Puts the samples of one component beside those of the others.
fn interleave<const N: usize>(pixels: &mut [u8], i: usize, count: usize, samples: impl Iterator<Item = [u8; N]>) {
    let places = pixels.as_chunks_mut::<N>().0.iter_mut().skip(i).step_by(count);
    for (place, sample) in places.zip(samples) {
        *place = sample;
    }
}
