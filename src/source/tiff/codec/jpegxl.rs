use jxl::api::{
    Endianness, Event, JxlColorType, JxlDataFormat, JxlDecoder, JxlDecoderOptions, JxlOutputBuffer, JxlPixelFormat,
};

use super::super::page::Page;
use super::CodecError;
use super::chunk::Chunk;
use super::picture::{Picture, check_bits};

pub(super) fn decode(page: &Page, chunk: &Chunk, packed: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    let color_type = match chunk.samples {
        1 => JxlColorType::Grayscale,
        2 => JxlColorType::GrayscaleAlpha,
        3 => JxlColorType::Rgb,
        4 => JxlColorType::Rgba,
        samples => return Err(CodecError::Unsupported(format!("pixels of {samples} samples"))),
    };
    let endianness = Endianness::native();
    let bit_depth = page.bits as u8;
    let format = match (page.sample_format, page.bits) {
        (1 | 4, 1..=8) => JxlDataFormat::U8 { bit_depth },
        (1 | 4, 9..=16) => JxlDataFormat::U16 { endianness, bit_depth },
        (3, 16) => JxlDataFormat::F16 { endianness },
        (3, 32) => JxlDataFormat::F32 { endianness },
        (_, bits) => return Err(CodecError::Unsupported(format!("samples of {bits} bits"))),
    };
    let damaged = |error: jxl::error::Error| CodecError::Damaged(error.to_string());
    let mut options = JxlDecoderOptions::default();
    options.adjust_orientation = false;
    options.high_precision = true;
    // The header says more exactly whether it is the picture that is wanted.
    let pixels = chunk.width * page.chunk_height.max(chunk.rows);
    options.sample_limit = Some((pixels * 8).max(1 << 20) as usize);
    let mut decoder = JxlDecoder::new(options);
    let mut input = packed;
    loop {
        match decoder.process(&mut input, None, None).map_err(damaged)? {
            Event::BasicInfo => break,
            Event::NeedMoreInput { .. } | Event::Complete => return Err("the header breaks off".into()),
            _ => {}
        }
    }
    let info = decoder.basic_info().ok_or("no header")?;
    let extra = info.extra_channels.len();
    let profile = decoder.embedded_color_profile().ok_or("no colours")?;
    let colors = profile.channels() as u64;
    let picture = Picture {
        width: info.size.0 as u64,
        height: info.size.1 as u64,
        samples: colors + u64::from(color_type.has_alpha()),
    };
    picture.check(page, chunk)?;
    check_bits(info.bit_depth.bits_per_sample().into(), page)?;
    decoder
        .set_pixel_format(JxlPixelFormat {
            color_type,
            color_data_format: Some(format),
            extra_channel_format: vec![None; extra],
        })
        .map_err(damaged)?;
    picture.decode_into(page, chunk, out, |pixels| {
        let row_bytes = pixels.len() / picture.height as usize;
        let mut buffers = [JxlOutputBuffer::new(pixels, picture.height as usize, row_bytes)];
        loop {
            match decoder.process(&mut input, Some(&mut buffers), None).map_err(damaged)? {
                Event::FrameComplete { .. } | Event::Complete => return Ok(()),
                Event::NeedMoreInput { .. } => return Err("the picture breaks off".into()),
                _ => {}
            }
        }
    })
}
