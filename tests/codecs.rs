//! Every packing, predictor, width and byte order against the arrays that were packed, and against what the `tiff`
//! crate makes of the same files; packed samples, fax codes and pictures; data that break off or do not end.

mod common;

use std::io::{Cursor, Write};

use common::tiff_files::{BIG, LITTLE, noise, open_bytes, planes_of, read, read_whole, whole};
use common::tiff_writer::{Layout, Page, Values};
use microtome::source::Source;
use microtome::source::tiff::TiffSource;

const LZW: u16 = 5;
const DEFLATE: u16 = 8;
const PACKBITS: u16 = 32773;
const LZMA: u16 = 34925;
const ZSTD: u16 = 50000;

fn short(value: u16) -> Values {
    Values::Short(vec![value])
}

/// Packs bytes as a compression wants them.
fn pack(compression: u16, bytes: &[u8]) -> Vec<u8> {
    match compression {
        LZW => weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
            .encode(bytes)
            .expect("bytes are symbols"),
        DEFLATE => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(4));
            encoder.write_all(bytes).expect("memory");
            encoder.finish().expect("memory")
        }
        // Literals, and runs where three bytes are the same.
        PACKBITS => bytes
            .chunks(3)
            .flat_map(|part| match part {
                [a, b, c] if a == b && b == c => vec![254, *a],
                part => [&[part.len() as u8 - 1], part].concat(),
            })
            .collect(),
        ZSTD => zstd::bulk::compress(bytes, 3).expect("memory"),
        _ => bytes.to_vec(),
    }
}

/// A number of `width` bytes in the byte order of the file.
fn number(value: u64, width: usize, layout: Layout) -> Vec<u8> {
    match layout.is_big_endian {
        true => value.to_be_bytes()[8 - width..].to_vec(),
        false => value.to_le_bytes()[..width].to_vec(),
    }
}

/// A row as it is stored: differences, or (predictor 3) the bytes of all numbers sorted by significance, and then
/// differences of those.
fn predicted(row: &[u64], samples: usize, width: usize, predictor: u16, layout: Layout) -> Vec<u8> {
    let before = |i: usize| i.checked_sub(samples).map_or(0, |i| row[i]);
    match predictor {
        1 => row.iter().flat_map(|&value| number(value, width, layout)).collect(),
        2 => (0..row.len())
            .flat_map(|i| number(row[i].wrapping_sub(before(i)), width, layout))
            .collect(),
        _ => {
            let sorted: Vec<u8> = (0..width)
                .rev()
                .flat_map(|byte| row.iter().map(move |value| (value >> (8 * byte)) as u8))
                .collect();
            (0..sorted.len())
                .map(|i| sorted[i].wrapping_sub(i.checked_sub(samples).map_or(0, |i| sorted[i])))
                .collect()
        }
    }
}

/// Numbers of `width` bytes that look like an image: they rise slowly, with noise, and wrap around.
fn image(count: usize, width: usize) -> Vec<u64> {
    let mask = u64::MAX >> (64 - 8 * width);
    let noise = noise(count, width as u64);
    (0..count as u64)
        .zip(noise)
        .map(|(i, noise)| (i.wrapping_mul(0x0003_0003_0003_0003) ^ u64::from(noise & 31)) & mask)
        .collect()
}

fn native(values: &[u64], width: usize) -> Vec<u8> {
    let native = Layout {
        is_big_endian: cfg!(target_endian = "big"),
        is_bigtiff: false,
    };
    values.iter().flat_map(|&value| number(value, width, native)).collect()
}

fn by_the_tiff_crate(file: &[u8], bytes: usize) -> Vec<u8> {
    let mut decoder = tiff::decoder::Decoder::new(Cursor::new(file)).expect("a file");
    let mut out = vec![0; bytes];
    decoder.read_image_bytes(&mut out).expect("an image");
    out
}

#[test]
fn every_packing_predictor_width_and_byte_order() {
    const W: usize = 37;
    const H: usize = 23;
    const ROWS: usize = 10;
    let mut compared = 0;
    for compression in [1, LZW, DEFLATE, PACKBITS, ZSTD] {
        for width in [1, 2, 4, 8] {
            for (predictor, format) in [(1, 1), (2, 1), (2, 2), (2, 3), (3, 3)] {
                if format == 3 && width == 1 {
                    continue;
                }
                for samples in [1, 3, 5] {
                    for layout in [LITTLE, BIG] {
                        let values = image(W * H * samples, width);
                        let rows: Vec<Vec<u8>> = values
                            .chunks(W * samples)
                            .map(|row| predicted(row, samples, width, predictor, layout))
                            .collect();
                        let mut page = Page::gray(W as u32, H as u32, 8 * width as u16, format, Vec::new())
                            .with(258, Values::Short(vec![8 * width as u16; samples]))
                            .with(259, short(compression))
                            .with(277, short(samples as u16))
                            .with(278, Values::Long(vec![ROWS as u32]))
                            .with(317, short(predictor));
                        page.chunks = rows
                            .chunks(ROWS)
                            .map(|rows| pack(compression, &rows.concat()))
                            .collect();
                        let file = layout.write(&[page]);
                        let what =
                            format!("{compression}, predictor {predictor}, {samples} x {width} bytes, {layout:?}");
                        let source = open_bytes(&file, None).unwrap_or_else(|error| panic!("{what}: {error}"));
                        let wanted = native(&values, width);
                        let found = read(&source, &whole(&source, 0, 0)).unwrap_or_else(|e| panic!("{what}: {e}"));
                        assert!(found == planes_of(&wanted, samples, width), "{what}");
                        // The crate does not read halves that are predicted, and wants one sample to be grey.
                        if samples == 1 && (format, predictor) != (3, 2) {
                            assert!(
                                by_the_tiff_crate(&file, wanted.len()) == wanted,
                                "the tiff crate: {what}"
                            );
                            compared += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(compared > 100, "{compared} files were compared with the tiff crate");
}

/// A tiled file of one chunk.
fn tile(width: u32, height: u32, bits: u16, compression: u16, data: Vec<u8>) -> Page {
    Page {
        is_tiled: true,
        ..Page::gray(width, height, bits, 1, data)
            .with(259, short(compression))
            .with(322, Values::Long(vec![width]))
            .with(323, Values::Long(vec![height]))
    }
}

#[test]
fn lzw_strings_of_every_length() {
    let mut runs = Vec::new();
    for length in 0..300usize {
        runs.extend(vec![length as u8; length]);
    }
    let long = vec![7; 300_000];
    let text: Vec<u8> = (0..50_000).map(|i| b"abcabcabdabcabe"[i % 15]).collect();
    for data in [runs, long, text, noise(100_000, 1), vec![1], vec![1, 1, 1]] {
        let strip = |packed: Vec<u8>| Page::gray(data.len() as u32, 1, 8, 1, packed).with(259, short(LZW));
        let open = |packed| open_bytes(&LITTLE.write(&[strip(packed)]), None).expect("a file");
        assert!(read_whole(&open(pack(LZW, &data))) == data, "{} bytes", data.len());
        let old = weezl::encode::Encoder::new(weezl::BitOrder::Lsb, 8)
            .encode(&data)
            .expect("bytes are symbols");
        assert!(read_whole(&open(old)) == data, "{} bytes, low bit first", data.len());
    }
}

#[test]
fn packed_integers_of_every_width() {
    const W: usize = 21;
    const H: usize = 5;
    for bits in (1..=15).chain(17..=31).filter(|bits| *bits != 8) {
        for (compression, fill_order) in [(1, 1), (1, 2), (LZW, 1)] {
            let values: Vec<u64> = image(W * H, 4).iter().map(|value| value & ((1 << bits) - 1)).collect();
            let mut bytes: Vec<u8> = values.chunks(W).flat_map(|row| packed_row(row, bits)).collect();
            if fill_order == 2 {
                bytes.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
            }
            let page = Page::gray(W as u32, H as u32, bits, 1, pack(compression, &bytes))
                .with(259, short(compression))
                .with(266, short(fill_order));
            let source = open_bytes(&BIG.write(&[page]), None).expect("a file");
            let width = match bits {
                1..=7 => 1,
                9..=15 => 2,
                _ => 4,
            };
            assert_eq!(source.dataset().sample_type.bytes(), width);
            assert!(
                read_whole(&source) == native(&values, width),
                "{bits} bits, fill order {fill_order}"
            );
        }
    }
}

/// Numbers of a few bits, the highest first, up to a whole byte.
fn packed_row(row: &[u64], bits: u16) -> Vec<u8> {
    let text: String = row
        .iter()
        .map(|value| format!("{value:0width$b}", width = bits.into()))
        .collect();
    text.as_bytes()
        .chunks(8)
        .map(|byte| {
            let digit = |place: usize| u8::from(byte.get(place) == Some(&b'1'));
            (0..8).fold(0, |byte, place| byte << 1 | digit(place))
        })
        .collect()
}

#[test]
fn floats_of_24_bits() {
    // One, minus one, the largest, the smallest denormal, infinity, zero.
    let stored = [0x3f_0000u32, 0xbf_0000, 0x7e_ffff, 0x00_0001, 0x7f_0000, 0];
    let wanted = [1.0f32, -1.0, 1.844_660_3e19, 2f32.powi(-78), f32::INFINITY, 0.0];
    for layout in [LITTLE, BIG] {
        let data = stored
            .iter()
            .flat_map(|&value| number(value.into(), 3, layout))
            .collect();
        let source = open_bytes(&layout.write(&[Page::gray(6, 1, 24, 3, data)]), None).expect("a file");
        let wanted: Vec<u8> = wanted.iter().flat_map(|value| value.to_ne_bytes()).collect();
        assert_eq!(read_whole(&source), wanted, "{layout:?}");
    }
}

#[test]
fn ycbcr_without_jpeg_has_the_chroma_of_its_block() {
    // Two blocks of 2 x 2 and two of which half a column is used, in 3 x 3 pixels.
    let blocks: [[u8; 6]; 4] = [
        [1, 2, 4, 5, 100, 200],
        [3, 0, 6, 0, 101, 201],
        [7, 8, 0, 0, 102, 202],
        [9, 0, 0, 0, 103, 203],
    ];
    let page = Page::gray(3, 3, 8, 1, pack(LZW, &blocks.concat()))
        .with(258, Values::Short(vec![8; 3]))
        .with(259, short(LZW))
        .with(262, short(6))
        .with(277, short(3))
        .with(530, Values::Short(vec![2, 2]));
    let source = open_bytes(&LITTLE.write(&[page]), None).expect("a file");
    let y = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    let cb = [100, 100, 101, 100, 100, 101, 102, 102, 103];
    let cr = cb.map(|value| value + 100);
    assert_eq!(read_whole(&source), [y, cb, cr].concat());
}

/// Rows of a bilevel image of 77 columns: bars, dots, white, black.
fn bilevel() -> Vec<u8> {
    let row = |y: usize, x: usize| match y {
        0 => false,
        1 => true,
        2 => x.is_multiple_of(2),
        3 => !x.is_multiple_of(2),
        _ => (x * x / 7 + y * y / 5) % 11 < 4 + y % 3,
    };
    (0..30)
        .flat_map(|y| (0..77).map(move |x| u8::from(row(y, x))))
        .collect()
}

fn fax_page(compression: u16, data: Vec<u8>) -> Page {
    Page::gray(77, 30, 1, 1, data)
        .with(259, short(compression))
        .with(262, short(0))
}

/// The code words of a row of runs, as text of bits.
fn run_codes(row: &[u8]) -> String {
    use fax::maps::{black, white};
    let mut codes = String::new();
    let (mut x, mut color) = (0, 0);
    while x < row.len() {
        let run = row[x..].iter().take_while(|&&pixel| pixel == color).count();
        x += run;
        let parts = [run / 64 * 64, run % 64];
        for part in &parts[usize::from(run < 64)..] {
            let bits = match color {
                0 => white::encode(*part as u16),
                _ => black::encode(*part as u16),
            };
            let bits = bits.expect("a run that has a code");
            codes += &format!("{:0width$b}", bits.data, width = bits.len.into());
        }
        color = 1 - color;
    }
    codes
}

fn bytes_of_bits(bits: &str) -> Vec<u8> {
    let values: Vec<u64> = bits.bytes().map(|bit| u64::from(bit == b'1')).collect();
    packed_row(&values, 1)
}

#[test]
fn fax_codes() {
    use fax::encoder::Encoder;
    let pixels = bilevel();
    let rows: Vec<&[u8]> = pixels.chunks(77).collect();

    let rle: Vec<u8> = rows.iter().flat_map(|row| bytes_of_bits(&run_codes(row))).collect();
    let end_of_line = "000000000001";
    let group_3: String = rows
        .iter()
        .map(|row| end_of_line.to_owned() + &run_codes(row))
        .collect();
    let filled: String = rows
        .iter()
        .map(|row| {
            let codes = run_codes(row);
            "0".repeat((16 - (codes.len() + 12) % 8) % 8) + end_of_line + &codes
        })
        .collect();
    let mut encoder = Encoder::new(fax::VecWriter::new());
    for row in &rows {
        let colors = row.iter().map(|&pixel| match pixel {
            0 => fax::Color::White,
            _ => fax::Color::Black,
        });
        encoder.encode_line(colors, 77).expect("memory");
    }
    let group_4 = encoder.finish().expect("memory").finish();
    // In two dimensions: a row of runs, and the second time the same row, of which only "no change" is told.
    let same =
        "1".repeat(rows[5].windows(2).filter(|pair| pair[0] != pair[1]).count() + 1 + usize::from(rows[5][0] == 1));
    let two_dimensional = format!("{end_of_line}1{}{end_of_line}0{same}", run_codes(rows[5]));

    for (name, page) in [
        ("RLE", fax_page(2, rle)),
        ("Group 3", fax_page(3, bytes_of_bits(&group_3))),
        (
            "Group 3 with fill bits",
            fax_page(3, bytes_of_bits(&filled)).with(292, Values::Long(vec![4])),
        ),
        ("Group 4", fax_page(4, group_4)),
    ] {
        let source = open_bytes(&LITTLE.write(std::slice::from_ref(&page)), None).expect("a file");
        assert!(read_whole(&source) == pixels, "{name}");
        let mut cut = page;
        cut.chunks[0].truncate(40);
        let source = open_bytes(&LITTLE.write(&[cut]), None).expect("a file");
        let error = read(&source, &whole(&source, 0, 0)).expect_err("most rows are missing");
        assert!(error.to_string().contains("breaks off"), "{name}: {error}");
    }
    let page = Page::gray(77, 2, 1, 1, bytes_of_bits(&two_dimensional))
        .with(259, short(3))
        .with(292, Values::Long(vec![1]));
    let source = open_bytes(&LITTLE.write(&[page]), None).expect("a file");
    assert!(
        read_whole(&source) == [rows[5], rows[5]].concat(),
        "Group 3 in two dimensions"
    );
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("digits"), 16).expect("digits"))
        .collect()
}

/// 8 x 8 pixels of 16 bits, as other libraries packed them without loss.
const JPEG_2000: &str = "ff4fff5100290000000000080000000800000000000000000000000800000008000000000000000000010f0101
    ff52000c00000001000004040001ff5c00044080ff640025000143726561746564206279204f70656e4a5045472076657273696f6e20322e35
    2e34ff90000a00000000008a0001ff93dff893c0122b6715c31c807f19e66339f2a000000005f18a452e69459bf6eb0aeae138909a0469b295
    b75f37cdf38ec54ee3067cacae92f865ff23e7e736baee6f85211555495c0ec6cf77c78006f38671633c32147ba42fcdc4f0c10b750f49be12
    c4370deac6e23c38833dd275beb69756d2f0e1b0d86c361b0d7fffd9";
const JPEG_XL: &str = "0000000c4a584c200d0a870a00000014667479706a786c20000000006a786c20000000096a786c6c0a000000696a
    786c63ff0a41f003142d02080401004c014b386898c283f7251424c586a510809d08080808080808a680808080808080600a08080808080808
    a680808080808080600a08080808080808a680808080808080600a08080808080808a68080808080808000";
const LOSSLESS_JPEG: &str = "ffd8ffe000104a46494600010100000100010000ffc3000b100008000801011100ffc40016000101010000
    00000000000000000000000a0d10ffda0008010100010000c81502a0540a81502a05a05081502a0540a81502a05a05081502a0540a81502a05
    a05081502a0540a81502a05a05081502a0540a81502a05a05081502a0540a81502a05a05081502a0540a81502a05a05081502a0540a81502a0
    5fffd9";
const XZ: &str = "fd377a585a000004e6d6b4460200210116000000742fe5a301003f000102030405060708090a0b0c0d0e0f101112131415
    161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f004bf2930b9be698d000015840e723
    38241fb6f37d010000000004595a";
/// Tables, and behind them 16 x 16 grey pixels that rise from 60, one in four pixels.
const JPEG_TABLES: &str = "ffd8ffdb0043000201010101010201010102020202020403020202020504040304060506060605060606070908
    060709070606080b08090a0a0a0a0a06080b0c0b0a0c090a0a0affc4001f0000010501010101010100000000000000000102030405060708090a
    0bffc400b5100002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f0243362
    7282090a161718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485
    868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7
    e8e9eaf1f2f3f4f5f6f7f8f9faffd9";
const JPEG_GRAY: &str = "ffd8ffc0000b080010001001011100ffda0008010100003f00f8a63f86dd7fd1ff004ab11fc36ebfe8ff00a57bc4
    7f0dbaff00a3fe95623f86dd7fd1ff004affd9";

#[test]
fn pictures_in_strips_and_tiles() {
    let values: Vec<u64> = (0..64).map(|i| i * 517).collect();
    for (name, code, text) in [
        ("jpeg2000", 34712, JPEG_2000),
        ("jpegxl", 50002, JPEG_XL),
        ("jpeg", 7, LOSSLESS_JPEG),
    ] {
        let file = LITTLE.write(&[tile(8, 8, 16, code, hex(text))]);
        let source = open_bytes(&file, None).expect("a file");
        assert_eq!(source.dataset().compression, name);
        assert!(read_whole(&source) == native(&values, 2), "{name}");
        // The same picture where a smaller one is wanted, where another type is, and with half of its bytes.
        for (page, part) in [
            (tile(4, 4, 16, code, hex(text)), "a picture of 8 x 8 pixels"),
            (tile(8, 8, 8, code, hex(text)), "16-bit samples"),
            (tile(8, 8, 16, code, hex(&text[..text.len() / 2])), name),
        ] {
            let source = open_bytes(&LITTLE.write(&[page]), None).expect("a file");
            let error = read(&source, &whole(&source, 0, 0)).expect_err("it does not fit");
            assert!(error.to_string().contains(part), "{name}: {error}");
        }
    }
    let jpeg = tile(16, 16, 8, 7, hex(JPEG_GRAY)).with(347, Values::Bytes(hex(JPEG_TABLES)));
    let source = open_bytes(&LITTLE.write(&[jpeg]), None).expect("a file");
    for (i, &found) in read_whole(&source).iter().enumerate() {
        assert!(found.abs_diff(60 + (i / 4) as u8) <= 2, "pixel {i} is {found}");
    }
    let xz = tile(8, 8, 8, LZMA, hex(XZ));
    let source = open_bytes(&LITTLE.write(&[xz]), None).expect("a file");
    assert_eq!(read_whole(&source), (0..64).collect::<Vec<u8>>());
}

#[test]
fn png_and_webp_of_several_samples() {
    let colors = noise(16 * 8 * 3, 4);
    let mut png_bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut png_bytes, 8, 8);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Sixteen);
    let mut writer = encoder.write_header().expect("memory");
    writer.write_image_data(&colors).expect("memory");
    writer.finish().expect("memory");
    let mut webp = Vec::new();
    image_webp::WebPEncoder::new(&mut webp)
        .encode(&colors[..192], 8, 8, image_webp::ColorType::Rgb8)
        .expect("memory");
    let rgb = |bits: u16, code: u16, data: Vec<u8>, samples: u16| {
        tile(8, 8, bits, code, data)
            .with(258, Values::Short(vec![bits; samples.into()]))
            .with(262, short(2))
            .with(277, short(samples))
    };
    let open = |page: Page| open_bytes(&LITTLE.write(&[page]), None).expect("a file");
    let words: Vec<u64> = colors
        .chunks(2)
        .map(|pair| u64::from(pair[0]) << 8 | u64::from(pair[1]))
        .collect();
    let found = read_whole(&open(rgb(16, 34933, png_bytes, 3)));
    assert!(found == planes_of(&native(&words, 2), 3, 2), "png");
    let found = read_whole(&open(rgb(8, 50001, webp.clone(), 3)));
    assert!(found == planes_of(&colors[..192], 3, 1), "webp");
    let found = read_whole(&open(rgb(8, 50001, webp, 4)));
    assert!(found[..192] == planes_of(&colors[..192], 3, 1), "webp with alpha");
    assert_eq!(found[192..], [255; 64]);
}

#[test]
fn data_that_break_off_or_go_on() {
    let data = noise(4000, 3);
    let long = [data.as_slice(), &vec![0; 16 << 20]].concat();
    for compression in [LZW, DEFLATE, PACKBITS, ZSTD] {
        let page = |packed| Page::gray(4000, 1, 8, 1, packed).with(259, short(compression));
        let open = |packed| open_bytes(&LITTLE.write(&[page(packed)]), None).expect("a file");
        let packed = pack(compression, &data);
        for cut in [packed.len() / 2, packed.len() * 9 / 10] {
            let source = open(packed[..cut].to_vec());
            let error = read(&source, &whole(&source, 0, 0)).expect_err("it breaks off");
            assert!(error.to_string().contains("cannot be unpacked"), "{error}");
        }
        // A strip that does not end where the image does, be it a last strip that is padded or a bomb.
        assert!(read_whole(&open(pack(compression, &long))) == data, "{compression}");
    }
    // Another byte somewhere makes another checksum.
    let mut wrong = pack(DEFLATE, &data);
    let last = wrong.len() - 1;
    wrong[last] ^= 1;
    let page = Page::gray(4000, 1, 8, 1, wrong).with(259, short(DEFLATE));
    let source = open_bytes(&LITTLE.write(&[page]), None).expect("a file");
    read(&source, &whole(&source, 0, 0)).expect_err("the checksum is wrong");
}

/// A large plane in tiles or strips, whose chunks are shared out when one region is read.
fn large(is_tiled: bool) -> (TiffSource, Vec<u8>) {
    const SIDE: usize = 1000;
    let values = image(SIDE * SIDE * 2, 2);
    let row = |y: usize| &values[y * SIDE * 2..][..SIDE * 2];
    let mut page = Page::gray(SIDE as u32, SIDE as u32, 16, 1, Vec::new())
        .with(258, Values::Short(vec![16; 2]))
        .with(259, short(ZSTD))
        .with(277, short(2));
    page.chunks.clear();
    let edge = if is_tiled { 96 } else { SIDE };
    let height = 96;
    for top in (0..SIDE).step_by(height) {
        for left in (0..SIDE).step_by(edge) {
            let rows = if is_tiled { height } else { height.min(SIDE - top) };
            let mut samples = Vec::new();
            for y in top..top + rows {
                for x in left..left + edge {
                    let is_inside = y < SIDE && x < SIDE;
                    let pixel = if is_inside { &row(y)[x * 2..][..2] } else { &[9, 9] };
                    samples.extend(pixel.iter().flat_map(|&value| number(value, 2, LITTLE)));
                }
            }
            page.chunks.push(pack(ZSTD, &samples));
        }
    }
    page.is_tiled = is_tiled;
    let page = match is_tiled {
        true => page
            .with(322, Values::Long(vec![edge as u32]))
            .with(323, Values::Long(vec![height as u32])),
        false => page.with(278, Values::Long(vec![height as u32])),
    };
    let source = open_bytes(&LITTLE.write(&[page]), None).expect("a file");
    (source, planes_of(&native(&values, 2), 2, 2))
}

#[test]
fn one_region_of_many_chunks() {
    for is_tiled in [false, true] {
        let (source, wanted) = large(is_tiled);
        assert!(read_whole(&source) == wanted, "tiled: {is_tiled}");
        // One channel after the other: each strip and tile was kept, and is the same.
        for c in 0..2 {
            let mut region = whole(&source, 0, 0);
            region.c = c..c + 1;
            let channel = &wanted[wanted.len() / 2 * c as usize..][..wanted.len() / 2];
            assert!(read(&source, &region).expect("a channel") == channel, "channel {c}");
            assert!(
                read(&source, &region).expect("a channel") == channel,
                "channel {c} again"
            );
        }
        // Parts of several, by several threads.
        std::thread::scope(|scope| {
            for start in 0..4u64 {
                let (source, wanted) = (&source, &wanted);
                scope.spawn(move || {
                    for step in 0..20 {
                        let mut region = whole(source, 0, 0);
                        region.c = 1..2;
                        region.zyx.y = start * 200 + step..start * 200 + step + 37;
                        region.zyx.x = 90 + step * 7..600;
                        let width = (600 - region.zyx.x.start) as usize * 2;
                        let found = read(source, &region).expect("a box");
                        for (row, found) in (region.zyx.y.start as usize..).zip(found.chunks(width)) {
                            let place = (1_000_000 + row * 1000 + region.zyx.x.start as usize) * 2;
                            assert!(found == &wanted[place..place + width], "row {row}");
                        }
                    }
                });
            }
        });
    }
}
