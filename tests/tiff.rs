//! TIFF files that the tests write themselves: types, byte orders, strips, tiles, packings.

mod common;

use std::path::Path;

use common::tiff_files::*;
use common::tiff_writer::{Layout, Page, Values};
use microtome::source::Source;
use microtome::source::tiff::{OpenOptions, open};
use microtome::volume::{Box3, Region, SampleType};

#[test]
fn stacks_of_every_type_and_byte_order() {
    for (sample_type, bits, format) in [
        (SampleType::U8, 8, 1),
        (SampleType::I8, 8, 2),
        (SampleType::U16, 16, 1),
        (SampleType::I16, 16, 2),
        (SampleType::F16, 16, 3),
        (SampleType::U32, 32, 1),
        (SampleType::I32, 32, 2),
        (SampleType::F32, 32, 3),
        (SampleType::U64, 64, 1),
        (SampleType::I64, 64, 2),
        (SampleType::F64, 64, 3),
    ] {
        for is_big_endian in [false, true] {
            for is_bigtiff in [false, true] {
                let width = sample_type.bytes();
                let planes: Vec<_> = (0..3).map(|z| noise(7 * 5 * width, z)).collect();
                let pages: Vec<_> = planes
                    .iter()
                    .map(|plane| {
                        let stored = if is_big_endian {
                            swapped(plane, width)
                        } else {
                            plane.clone()
                        };
                        // Strips of two rows, the last of one.
                        let mut page = Page::gray(7, 5, bits, format, Vec::new()).with(278, Values::Long(vec![2]));
                        page.chunks = stored.chunks(2 * 7 * width).map(<[u8]>::to_vec).collect();
                        page
                    })
                    .collect();
                let source = open_pages(
                    Layout {
                        is_big_endian,
                        is_bigtiff,
                    },
                    &pages,
                );
                let dataset = source.dataset();
                assert_eq!(dataset.sample_type, sample_type);
                assert_eq!((dataset.axes.as_str(), dataset.axes_from.as_str()), ("IYX", "pages"));
                assert_eq!(dataset.shape, shape(1, 1, 3, 5, 7));
                assert_eq!(dataset.format, if is_bigtiff { "BigTIFF" } else { "TIFF" });
                let voxels = read_whole(&source);
                assert!(
                    voxels == planes.concat(),
                    "{sample_type}, big-endian {is_big_endian}, BigTIFF {is_bigtiff}"
                );
            }
        }
    }
}

/// Tiles of 16 x 16 pixels of an image, padded at the right and the bottom.
fn tiles_of(pixels: &[u8], width: usize, height: usize, pixel: usize) -> Vec<Vec<u8>> {
    let mut tiles = Vec::new();
    for top in (0..height).step_by(16) {
        for left in (0..width).step_by(16) {
            let mut tile = vec![0xee; 16 * 16 * pixel];
            for y in top..height.min(top + 16) {
                let n = (width - left).min(16) * pixel;
                tile[(y - top) * 16 * pixel..][..n].copy_from_slice(&pixels[(y * width + left) * pixel..][..n]);
            }
            tiles.push(tile);
        }
    }
    tiles
}

#[test]
fn tiles_samples_and_planes() {
    for samples in [1usize, 2, 3, 4, 5] {
        for is_planar in [false, true] {
            let pixels = noise(37 * 21 * samples * 2, samples as u64);
            let planes = planes_of(&pixels, samples, 2);
            let mut page = Page::gray(37, 21, 16, 1, Vec::new())
                .with(258, Values::Short(vec![16; samples]))
                .with(339, Values::Short(vec![1; samples]))
                .with(277, Values::Short(vec![samples as u16]))
                .with(284, Values::Short(vec![if is_planar { 2 } else { 1 }]))
                .with(322, Values::Long(vec![16]))
                .with(323, Values::Long(vec![16]));
            page.is_tiled = true;
            page.chunks = if is_planar {
                planes
                    .chunks(37 * 21 * 2)
                    .flat_map(|plane| tiles_of(plane, 37, 21, 2))
                    .collect()
            } else {
                tiles_of(&pixels, 37, 21, samples * 2)
            };
            let source = open_pages(LITTLE, &[page]);
            let axes = match (samples, is_planar) {
                (1, _) => "YX",
                (_, false) => "YXS",
                (_, true) => "SYX",
            };
            assert_eq!(source.dataset().axes, axes);
            assert_eq!(source.dataset().shape, shape(1, samples as u64, 1, 21, 37));
            let together = if is_planar { 1 } else { samples as u64 };
            assert_eq!(source.chunk_shape(0), [together, 1, 16, 16]);
            assert!(read_whole(&source) == planes, "{samples} samples, planar {is_planar}");

            // A box across tiles, of the last channel.
            let c = samples as u64 - 1;
            let region = Region {
                level: 0,
                t: 0,
                c: c..c + 1,
                zyx: Box3 {
                    z: 0..1,
                    y: 10..19,
                    x: 15..36,
                },
            };
            let plane = &planes[c as usize * 37 * 21 * 2..];
            let expected: Vec<u8> = (10..19)
                .flat_map(|y| plane[(y * 37 + 15) * 2..(y * 37 + 36) * 2].to_vec())
                .collect();
            assert!(read(&source, &region).expect("the box is read") == expected);
        }
    }
}

#[test]
fn sparse_tiles_are_zeros() {
    let pixels = noise(32 * 16, 3);
    let mut page = Page::gray(32, 16, 8, 1, Vec::new())
        .with(322, Values::Long(vec![16]))
        .with(323, Values::Long(vec![16]));
    page.is_tiled = true;
    page.chunks = tiles_of(&pixels, 32, 16, 1);
    page.chunks[1].clear();
    let voxels = read_whole(&open_pages(LITTLE, &[page]));
    for (row, stored) in voxels.chunks(32).zip(pixels.chunks(32)) {
        assert_eq!(row[..16], stored[..16]);
        assert_eq!(row[16..], [0; 16]);
    }
}

#[test]
fn packed_files_of_the_tiff_crate() {
    use tiff::encoder::{Compression, DeflateLevel, Predictor, TiffEncoder, colortype};
    let pixels: Vec<u16> = (0..61 * 43 * 3).map(|i| (i * 7 % 4096) as u16).collect();
    let bytes: Vec<u8> = pixels.iter().flat_map(|value| value.to_ne_bytes()).collect();
    for (name, compression) in [
        ("none", Compression::Uncompressed),
        ("lzw", Compression::Lzw),
        ("deflate", Compression::Deflate(DeflateLevel::Fast)),
        ("packbits", Compression::Packbits),
    ] {
        for predictor in [Predictor::None, Predictor::Horizontal] {
            let mut file = std::io::Cursor::new(Vec::new());
            let encoder = TiffEncoder::new(&mut file).expect("an encoder");
            let mut encoder = encoder.with_compression(compression).with_predictor(predictor);
            encoder
                .write_image::<colortype::RGB16>(61, 43, &pixels)
                .expect("an image");
            let source = open_bytes(file.get_ref(), None).expect("the file opens");
            assert_eq!(source.dataset().compression, name);
            assert_eq!(source.dataset().shape, shape(1, 3, 1, 43, 61));
            assert!(read_whole(&source) == planes_of(&bytes, 3, 2), "{name}, {predictor:?}");
        }
    }
}

#[test]
fn several_threads_read_at_once() {
    let planes: Vec<_> = (0..24).map(|z| noise(40 * 30 * 2, z)).collect();
    let pages: Vec<_> = planes
        .iter()
        .map(|plane| Page::gray(40, 30, 16, 1, swapped(plane, 2)))
        .collect();
    let source = open_pages(BIG, &pages);
    std::thread::scope(|scope| {
        for start in 0..4 {
            let (source, planes) = (&source, &planes);
            scope.spawn(move || {
                for z in (start..24).chain(0..start) {
                    let mut region = whole(source, 0, 0);
                    region.zyx.z = z..z + 1;
                    assert!(
                        read(source, &region).expect("a plane") == planes[z as usize],
                        "plane {z}"
                    );
                }
            });
        }
    });
}

#[test]
fn what_is_not_read_is_named() {
    let gray = || Page::gray(8, 8, 8, 1, vec![0; 64]);
    let refuse = |page: Page, part: &str| expect_error(open_bytes(&LITTLE.write(&[page]), None), part);
    refuse(
        gray().with(259, Values::Short(vec![6])),
        "not supported: compression old-style JPEG (6)",
    );
    refuse(gray().with(259, Values::Short(vec![34887])), "compression LERC (34887)");
    refuse(
        gray().with(259, Values::Short(vec![22610])),
        "compression JPEG XR (22610)",
    );
    refuse(
        gray().with(259, Values::Short(vec![4])),
        "ccitt-group4 of 8-bit samples, 1 to a pixel",
    );
    refuse(gray().with(258, Values::Short(vec![48])), "48-bit unsigned integers");
    refuse(gray().with(339, Values::Short(vec![6])), "complex");
    refuse(
        gray()
            .with(258, Values::Short(vec![5, 6, 5]))
            .with(277, Values::Short(vec![3])),
        "samples of different widths",
    );
    refuse(
        gray().with(317, Values::Short(vec![3])),
        "predictor 3 with 8-bit uint8 samples",
    );
    refuse(
        gray()
            .with(258, Values::Short(vec![12]))
            .with(317, Values::Short(vec![2])),
        "predictor 2 with 12-bit uint16 samples",
    );
}

#[test]
fn a_folder_is_not_an_image() {
    assert!(open(Path::new(env!("CARGO_MANIFEST_DIR")), &OpenOptions::default()).is_err());
}
