//! TIFF files that the tests write themselves: layouts, metadata, `--axes`.

mod common;

use std::path::Path;

use common::tiff_writer::{Layout, Page, Values};
use microtome::source::tiff::{OpenOptions, TiffSource, open};
use microtome::source::{Source, SourceError};
use microtome::volume::{Box3, Lut, Region, SampleType, Shape};

const LITTLE: Layout = Layout {
    is_big_endian: false,
    is_bigtiff: false,
};
const BIG: Layout = Layout {
    is_big_endian: true,
    is_bigtiff: false,
};

/// Writes a file into a folder of its own and opens it.
fn open_bytes(bytes: &[u8], axes: Option<&str>) -> Result<TiffSource, SourceError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.tif");
    std::fs::write(&path, bytes).expect("the file is written");
    open(
        &path,
        &OpenOptions {
            axes: axes.map(str::to_owned),
        },
    )
}

fn open_pages(layout: Layout, pages: &[Page]) -> TiffSource {
    open_bytes(&layout.write(pages), None).expect("the file opens")
}

fn whole(source: &TiffSource, level: usize, t: u64) -> Region {
    let shape = source.dataset().levels[level];
    Region {
        level,
        t,
        c: 0..shape.c,
        zyx: shape.volume_box(),
    }
}

fn read(source: &TiffSource, region: &Region) -> Result<Vec<u8>, SourceError> {
    let mut out = vec![0xa5; region.voxels() as usize * source.dataset().sample_type.bytes()];
    source.read(region, &mut out)?;
    Ok(out)
}

fn read_whole(source: &TiffSource) -> Vec<u8> {
    read(source, &whole(source, 0, 0)).expect("the volume is read")
}

/// `n` bytes that look like noise, the same for the same seed.
fn noise(n: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..n)
        .map(|_| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 56) as u8
        })
        .collect()
}

/// Samples of `width` bytes in the other byte order.
fn swapped(bytes: &[u8], width: usize) -> Vec<u8> {
    bytes
        .chunks(width)
        .flat_map(|sample| sample.iter().rev().copied())
        .collect()
}

/// (t, c, z, y, x).
fn shape(t: u64, c: u64, z: u64, y: u64, x: u64) -> Shape {
    Shape { t, c, z, y, x }
}

fn expect_error(result: Result<TiffSource, SourceError>, part: &str) {
    match result {
        Ok(source) => panic!("opened as {:?}, not refused with {part:?}", source.dataset().shape),
        Err(error) => {
            let message = error.to_string();
            assert!(message.contains(part), "{message:?} does not say {part:?}");
            assert!(!message.contains('\n'), "{message:?} has several lines");
        }
    }
}

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

/// Pixel-interleaved samples as planes.
fn planes_of(pixels: &[u8], samples: usize, width: usize) -> Vec<u8> {
    let sample = |s: usize| {
        pixels
            .chunks(samples * width)
            .flat_map(move |pixel| pixel[s * width..][..width].to_vec())
    };
    (0..samples).flat_map(sample).collect()
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

fn ramp(color: [u8; 3]) -> Vec<u8> {
    color
        .iter()
        .flat_map(|&top| (0..=255u32).map(move |i| (i * u32::from(top) / 255) as u8))
        .collect()
}

#[test]
fn imagej_hyperstack_with_luts() {
    let description =
        "ImageJ=1.54f\nimages=6\nchannels=2\nslices=3\nhyperstack=true\nmode=composite\nspacing=0.5\nunit=\\u00B5m\n";
    let (green, magenta) = (ramp([0, 255, 0]), ramp([255, 0, 255]));
    let header: Vec<u8> = [b"IJIJ".as_slice(), b"luts", &[0, 0, 0, 2]].concat();
    let mut pages: Vec<_> = (0..6).map(|i| Page::gray(4, 3, 8, 1, vec![i; 12])).collect();
    pages[0] = pages[0]
        .clone()
        .with_description(description)
        .with(282, Values::Rational(4, 1))
        .with(283, Values::Rational(2, 1))
        .with(50838, Values::Long(vec![12, 768, 768]))
        .with(50839, Values::Bytes([header, green, magenta].concat()));
    let source = open_pages(BIG, &pages);
    let dataset = source.dataset();
    assert_eq!(
        (dataset.axes.as_str(), dataset.axes_from.as_str()),
        ("ZCYX", "ImageJ metadata")
    );
    assert_eq!(dataset.stored_shape, [3, 2, 3, 4]);
    assert_eq!(dataset.shape, shape(1, 2, 3, 3, 4));
    let size = dataset.voxel_size.as_ref().expect("a voxel size");
    assert_eq!(
        (size.z, size.y, size.x, size.unit.as_deref()),
        (Some(0.5), 0.5, 0.25, Some("µm"))
    );
    let luts: Vec<_> = dataset.channels.iter().map(|channel| channel.lut.clone()).collect();
    assert_eq!(luts, [Some(Lut::Solid([0, 255, 0])), Some(Lut::Solid([255, 0, 255]))]);
    // Pages are z0c0, z0c1, z1c0, ...
    let first: Vec<u8> = read_whole(&source).chunks(12).map(|plane| plane[0]).collect();
    assert_eq!(first, [0, 2, 4, 1, 3, 5]);
}

#[test]
fn imagej_planes_behind_one_directory() {
    let planes: Vec<_> = (0..7).map(|z| noise(5 * 4 * 2, z)).collect();
    let stored: Vec<_> = planes.iter().map(|plane| swapped(plane, 2)).collect();
    let mut page = Page::gray(5, 4, 16, 1, stored[0].clone()).with_description("ImageJ=1.54f\nimages=7\nslices=7\n");
    page.trailing = stored[1..].concat();
    let bytes = BIG.write(std::slice::from_ref(&page));
    let source = open_bytes(&bytes, None).expect("the file opens");
    assert_eq!(source.dataset().shape, shape(1, 1, 7, 4, 5));
    assert!(read_whole(&source) == planes.concat());

    // More planes than there are bytes for.
    let page = page.with_description("ImageJ=1.54f\nimages=700000\nslices=700000\n");
    expect_error(open_bytes(&BIG.write(&[page]), None), "700000 planes of 40 bytes");
}

/// OME-XML of a 6 x 4 image of 2 channels, 3 planes.
fn ome(pixels: &str, inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><OME xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\" UUID=\"urn:uuid:a\">\
         <Image ID=\"Image:0\"><Pixels ID=\"Pixels:0\" DimensionOrder=\"XYZCT\" Type=\"uint8\" SizeX=\"6\" SizeY=\"4\" \
         SizeZ=\"3\" SizeC=\"2\" SizeT=\"1\" {pixels}>{inside}</Pixels></Image></OME>"
    )
}

fn ome_pages(xml: &str) -> Vec<Page> {
    let mut pages: Vec<_> = (0..6).map(|i| Page::gray(6, 4, 8, 1, vec![i; 24])).collect();
    pages[0] = pages[0].clone().with_description(xml);
    pages
}

#[test]
fn ome_channels_units_and_planes() {
    let channels = "<Channel ID=\"Channel:0\" Name=\"nuclei\" Color=\"65535\"/>\
                    <Channel ID=\"Channel:1\" Name=\"actin &amp; more\" Color=\"-16776961\"/>";
    let sizes = "PhysicalSizeX=\"200\" PhysicalSizeXUnit=\"nm\" PhysicalSizeY=\"0.25\" PhysicalSizeZ=\"0.001\" \
                 PhysicalSizeZUnit=\"mm\"";
    let reversed: String = (0..6)
        .map(|i| {
            format!(
                "<TiffData IFD=\"{}\" FirstZ=\"{}\" FirstC=\"{}\" PlaneCount=\"1\"/>",
                5 - i,
                i % 3,
                i / 3
            )
        })
        .collect();
    let source = open_pages(LITTLE, &ome_pages(&ome(sizes, &format!("{channels}{reversed}"))));
    let dataset = source.dataset();
    assert_eq!((dataset.axes.as_str(), dataset.axes_from.as_str()), ("CZYX", "OME-XML"));
    assert_eq!(dataset.shape, shape(1, 2, 3, 4, 6));
    assert_eq!(dataset.channels[1].name.as_deref(), Some("actin & more"));
    assert_eq!(dataset.channels[0].lut, Some(Lut::Solid([0, 0, 255])));
    assert_eq!(dataset.channels[1].lut, Some(Lut::Solid([255, 0, 0])));
    let size = dataset.voxel_size.as_ref().expect("a voxel size");
    assert_eq!(
        (size.z, size.y, size.x, size.unit.as_deref()),
        (Some(1.0), 0.25, 0.2, Some("µm"))
    );
    let first: Vec<u8> = read_whole(&source).chunks(24).map(|plane| plane[0]).collect();
    assert_eq!(first, [5, 4, 3, 2, 1, 0]);
}

#[test]
fn ome_sets_of_files_stay_in_their_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, bytes: Vec<u8>| std::fs::write(folder.path().join(name), bytes).expect("written");
    let data = |name: &str, z: u32| {
        format!(
            "<TiffData IFD=\"0\" FirstZ=\"{z}\" PlaneCount=\"1\"><UUID FileName=\"{name}\">urn:uuid:{z}</UUID></TiffData>\
             <TiffData IFD=\"1\" FirstZ=\"{z}\" FirstC=\"1\" PlaneCount=\"1\">\
             <UUID FileName=\"{name}\">urn:uuid:{z}</UUID></TiffData>"
        )
    };
    for other in ["z2.tif", "../z2.tif", "/z2.tif", "sub/z2.tif", "sub\\z2.tif", "..", ""] {
        let xml = ome(
            "",
            &format!("{}{}{}", data("z0.tif", 0), data("z1.tif", 1), data(other, 2)),
        );
        for z in 0..3u8 {
            let mut pages: Vec<_> = (0..2).map(|c| Page::gray(6, 4, 8, 1, vec![10 * c + z; 24])).collect();
            pages[0] = pages[0].clone().with_description(&xml);
            write(&format!("z{z}.tif"), LITTLE.write(&pages));
        }
        let source = open(&folder.path().join("z0.tif"), &OpenOptions::default()).expect("the set opens");
        assert_eq!(source.dataset().shape, shape(1, 2, 3, 4, 6));
        if other == "z2.tif" {
            let first: Vec<u8> = read_whole(&source).chunks(24).map(|plane| plane[0]).collect();
            assert_eq!(first, [0, 1, 2, 10, 11, 12]);
            assert!(source.dataset().warnings.is_empty(), "{:?}", source.dataset().warnings);
        } else {
            let warnings = source.dataset().warnings.join("\n");
            assert!(
                warnings.contains("not a name in the same folder"),
                "{other:?}: {warnings:?}"
            );
            let error = read(&source, &whole(&source, 0, 0))
                .expect_err("planes are missing")
                .to_string();
            assert!(error.contains("plane 2 is missing"), "{error:?}");
        }
    }
}

#[test]
fn levels_in_sub_ifds() {
    let small = |z: u8| Page::gray(3, 2, 8, 1, noise(6, 50 + u64::from(z)));
    let mut pages = ome_pages(&ome("", "<TiffData/>"));
    for (z, page) in pages.iter_mut().enumerate() {
        page.sub_pages = vec![small(z as u8)];
    }
    let source = open_pages(LITTLE, &pages);
    assert_eq!(source.dataset().levels, [shape(1, 2, 3, 4, 6), shape(1, 2, 3, 2, 3)]);
    let voxels = read(&source, &whole(&source, 1, 0)).expect("level 1 is read");
    let expected: Vec<u8> = (0..6).flat_map(|z| noise(6, 50 + z)).collect();
    assert_eq!(voxels, expected);
}

#[test]
fn tifffile_shape_with_channels_last() {
    // Axes (z, y, x, c) = (2, 3, 4, 2): a page is one (x, c) plane.
    let voxels = noise(2 * 3 * 4 * 2, 9);
    let mut pages: Vec<_> = voxels
        .chunks(8)
        .map(|plane| Page::gray(2, 4, 8, 1, plane.to_vec()))
        .collect();
    pages[0] = pages[0]
        .clone()
        .with_description("{\"shape\": [2, 3, 4, 2], \"axes\": \"ZYXC\"}");
    let source = open_pages(LITTLE, &pages);
    let dataset = source.dataset();
    assert_eq!(
        (dataset.axes.as_str(), dataset.axes_from.as_str()),
        ("ZYXC", "tifffile metadata")
    );
    assert_eq!(dataset.shape, shape(1, 2, 2, 3, 4));
    assert_eq!(read_whole(&source), planes_of(&voxels, 2, 1));
    let region = Region {
        level: 0,
        t: 0,
        c: 1..2,
        zyx: Box3 {
            z: 1..2,
            y: 1..3,
            x: 2..4,
        },
    };
    let at = |y: usize, x: usize| voxels[((3 + y) * 4 + x) * 2 + 1];
    assert_eq!(
        read(&source, &region).expect("a box"),
        [at(1, 2), at(1, 3), at(2, 2), at(2, 3)]
    );
}

#[test]
fn axes_given_by_the_user() {
    let stack: Vec<_> = (0..5).map(|i| Page::gray(4, 3, 8, 1, vec![i; 12])).collect();
    let stack = LITTLE.write(&stack);
    for (axes, expected) in [
        ("TYX", shape(5, 1, 1, 3, 4)),
        ("CYX", shape(1, 5, 1, 3, 4)),
        ("zyx", shape(1, 1, 5, 3, 4)),
        ("QYX", shape(1, 1, 5, 3, 4)),
    ] {
        let source = open_bytes(&stack, Some(axes)).expect("the axes fit");
        assert_eq!(source.dataset().shape, expected, "{axes}");
        assert_eq!(source.dataset().axes, axes.to_uppercase());
        assert_eq!(source.dataset().axes_from, "--axes");
    }
    for (axes, reason) in [
        ("ZYXC", "4 letters for 3 axes"),
        ("YX", "2 letters for 3 axes"),
        ("ZXY", "X stands where the rows"),
        ("YZX", "Y stands where the order of the pages"),
        ("YYX", "more than once"),
        ("WYX", "W is not one of"),
        ("", "0 letters for 3 axes"),
    ] {
        expect_error(open_bytes(&stack, Some(axes)), reason);
    }

    let description = "ImageJ=1.54f\nimages=6\nchannels=2\nslices=3\nhyperstack=true\n";
    let mut pages: Vec<_> = (0..6).map(|i| Page::gray(4, 3, 8, 1, vec![i; 12])).collect();
    pages[0] = pages[0].clone().with_description(description);
    let bytes = LITTLE.write(&pages);
    assert_eq!(
        open_bytes(&bytes, Some("TZYX")).expect("fits").dataset().shape,
        shape(3, 1, 2, 3, 4)
    );
    assert_eq!(
        open_bytes(&bytes, Some("TCZYX")).expect("fits").dataset().shape,
        shape(1, 3, 2, 3, 4)
    );
}

#[test]
fn pages_of_other_sizes_are_levels_or_left_out() {
    let page = |width: u32, height: u32| Page::gray(width, height, 8, 1, vec![1; (width * height) as usize]);
    let source = open_pages(LITTLE, &[page(8, 6), page(4, 3), page(5, 5)]);
    assert_eq!(source.dataset().levels, [shape(1, 1, 1, 6, 8), shape(1, 1, 1, 3, 4)]);
    assert!(
        source
            .dataset()
            .warnings
            .iter()
            .any(|warning| warning.starts_with("1 pages differ"))
    );
}

#[test]
fn what_is_not_read_is_named() {
    let gray = || Page::gray(8, 8, 8, 1, vec![0; 64]);
    let refuse = |page: Page, part: &str| expect_error(open_bytes(&LITTLE.write(&[page]), None), part);
    refuse(
        gray().with(259, Values::Short(vec![7])),
        "not supported: compression JPEG (7)",
    );
    refuse(
        gray().with(259, Values::Short(vec![4])),
        "compression CCITT Group 4 (4)",
    );
    refuse(gray().with(259, Values::Short(vec![34925])), "compression LZMA (34925)");
    refuse(
        gray().with(262, Values::Short(vec![6])),
        "photometric interpretation YCbCr (6)",
    );
    refuse(gray().with(258, Values::Short(vec![1])), "1-bit unsigned integers");
    refuse(gray().with(258, Values::Short(vec![64])), "64-bit unsigned integers");
    refuse(gray().with(339, Values::Short(vec![6])), "complex");
    refuse(
        gray().with(317, Values::Short(vec![3])),
        "predictor 3 with uint8 samples",
    );
}

#[test]
fn a_folder_is_not_an_image() {
    assert!(open(Path::new(env!("CARGO_MANIFEST_DIR")), &OpenOptions::default()).is_err());
}
