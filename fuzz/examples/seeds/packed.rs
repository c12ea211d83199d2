//! Packed data for the target `codecs`: its bytes of settings, then what they describe.

use std::io::{Cursor, Write};

/// Places of compressions in the target's list, by their codes.
pub(super) const CODES: [u16; 4] = [5, 8, 32773, 50000];
const PLACES: [u16; 22] = [
    1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 33003, 33004, 33005, 34712, 34887, 34925, 34927, 34933, 50000, 50001, 50002,
    52546,
];

/// The settings that mean a compression.
pub(super) fn place(code: u16) -> Option<u8> {
    PLACES.iter().position(|&other| other == code).map(|place| place as u8)
}

/// Bytes that look like an image: they rise, with some noise.
pub(super) fn ramp(bytes: usize) -> Vec<u8> {
    let mut state = 1u32;
    (0..bytes)
        .map(|i| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (i as u8).wrapping_mul(3) ^ (state >> 29) as u8
        })
        .collect()
}

/// Packs bytes as a compression wants them.
pub(super) fn pack(code: u16, bytes: &[u8]) -> Vec<u8> {
    match code {
        5 => weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
            .encode(bytes)
            .expect("bytes are symbols"),
        8 => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(6));
            encoder.write_all(bytes).expect("memory");
            encoder.finish().expect("memory")
        }
        32773 => bytes
            .chunks(9)
            .flat_map(|part| [&[part.len() as u8 - 1], part].concat())
            .collect(),
        50000 => zstd::bulk::compress(bytes, 3).expect("memory"),
        _ => bytes.to_vec(),
    }
}

fn png(side: u32, color: png::ColorType, pixels: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(Cursor::new(&mut file), side, side);
    encoder.set_color(color);
    let mut writer = encoder.write_header().expect("memory");
    writer.write_image_data(pixels).expect("as many as it needs");
    drop(writer);
    file
}

fn webp(side: u32, color: image_webp::ColorType, pixels: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let encoder = image_webp::WebPEncoder::new(Cursor::new(&mut file));
    encoder.encode(pixels, side, side, color).expect("memory");
    file
}

pub(super) fn all() -> Vec<Vec<u8>> {
    const SIDE: u8 = 15;
    let mut seeds = Vec::new();
    // Compression, flags, bits, format and photometric, samples, width, height, rows, options of T.4, tables.
    let mut add = |code: u16, flags: u8, bits: u8, kinds: u8, samples: u8, data: &[u8]| {
        let place = place(code).expect("the target knows it");
        let settings = [place, flags, bits, kinds, samples, SIDE, SIDE, SIDE, 0, 0, 0];
        seeds.push([&settings, data].concat());
    };
    for code in [1, 5, 8, 32773, 50000] {
        for bits in [1, 4, 8, 12, 16, 24, 32, 64] {
            let format = if bits >= 24 { 3 } else { 1 };
            let data = pack(code, &ramp(16 * 2 * usize::from(bits)));
            for predictor in 1..=3 {
                add(code, predictor, bits, 0x10 | format, 1, &data);
                add(code, predictor | 0x60, bits, 0x10 | format, 1, &data);
            }
        }
        for flags in [2, 0x42, 0x82] {
            add(code, flags, 8, 0x21, 3, &pack(code, &ramp(768)));
        }
        // YCbCr whose chroma are half and half.
        add(code, 1, 8, 0x61, 3 | 5 << 3, &pack(code, &ramp(384)));
    }
    for code in [2, 3, 4] {
        add(code, 1, 1, 1, 1, &ramp(64));
        add(code, 0x11, 1, 1, 1, &[0x26, 0xa1, 0xff, 0, 1, 0, 0x10, 1]);
    }
    for (samples, color) in [(1, png::ColorType::Grayscale), (3, png::ColorType::Rgb)] {
        add(
            34933,
            1,
            8,
            0x21,
            samples,
            &png(16, color, &ramp(256 * usize::from(samples))),
        );
    }
    for (samples, color) in [(3, image_webp::ColorType::Rgb8), (4, image_webp::ColorType::Rgba8)] {
        add(
            50001,
            1,
            8,
            0x21,
            samples,
            &webp(16, color, &ramp(256 * usize::from(samples))),
        );
    }
    seeds
}
