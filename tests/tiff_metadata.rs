//! What metadata in TIFF files say: ImageJ, OME, tifffile, pyramids, and `--axes`.

mod common;

use common::tiff_files::*;
use common::tiff_writer::{Page, Values};
use microtome::source::Source;
use microtome::source::tiff::{OpenOptions, open};
use microtome::volume::{Box3, Lut, Region};

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
                    <Channel ID=\"Channel:1\" Name=\" actin &amp;&#x9b; more&#10;\" Color=\"-16776961\"/>";
    let sizes = "PhysicalSizeX=\"200\" PhysicalSizeXUnit=\"nm\" PhysicalSizeY=\"0.25\" PhysicalSizeZ=\"0.001\" \
                 PhysicalSizeZUnit=\"mm\" TimeIncrement=\"250\" TimeIncrementUnit=\"ms\"";
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
    assert_eq!(dataset.time_step_s, Some(0.25));
    let first: Vec<u8> = read_whole(&source).chunks(24).map(|plane| plane[0]).collect();
    assert_eq!(first, [5, 4, 3, 2, 1, 0]);
}

#[test]
fn intervals_of_time_are_seconds_or_unknown() {
    let imagej = |fields: &str| {
        let description = format!("ImageJ=1.54f\nimages=3\nframes=3\n{fields}\n");
        let mut pages: Vec<_> = (0..3).map(|i| Page::gray(4, 3, 8, 1, vec![i; 12])).collect();
        pages[0] = pages[0].clone().with_description(&description);
        open_pages(LITTLE, &pages).dataset().time_step_s
    };
    assert_eq!(imagej("finterval=2.5"), Some(2.5));
    assert_eq!(imagej("finterval=2.5\ntunit=min"), Some(150.0));
    for none in [
        "",
        "finterval=0",
        "finterval=-1",
        "finterval=NaN",
        "finterval=2.5\ntunit=frames",
    ] {
        assert_eq!(imagej(none), None, "{none}");
    }
    let ome = |attributes: &str| {
        open_pages(LITTLE, &ome_pages(&ome(attributes, "")))
            .dataset()
            .time_step_s
    };
    assert_eq!(ome("TimeIncrement=\"0.04\""), Some(0.04));
    for none in [
        "",
        "TimeIncrement=\"0\"",
        "TimeIncrement=\"nan\"",
        "TimeIncrementUnit=\"s\"",
    ] {
        assert_eq!(ome(none), None, "{none}");
    }
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

/// The file has holes where its zeros are, so it takes no room.
#[test]
#[cfg(unix)]
fn imagej_planes_beyond_4_gib() {
    use std::os::unix::fs::FileExt;
    const SIDE: u64 = 4096;
    const PLANES: u64 = 300;
    let description = format!("ImageJ=1.54f\nimages={PLANES}\nslices={PLANES}\n");
    let page = Page::gray(SIDE as u32, SIDE as u32, 8, 1, Vec::new()).with_description(&description);
    let page = page
        .with(273, Values::Long(vec![1024]))
        .with(279, Values::Long(vec![(SIDE * SIDE) as u32]));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("big.tif");
    std::fs::write(&path, BIG.write(&[page])).expect("the directory is written");
    let file = std::fs::File::options()
        .write(true)
        .open(&path)
        .expect("the file opens");
    file.set_len(1024 + PLANES * SIDE * SIDE).expect("the file grows");
    let last = 1024 + (PLANES - 1) * SIDE * SIDE;
    file.write_all_at(&[1, 2, 3, 4], last + SIDE * 7 + 5)
        .expect("a few voxels are written");

    let source = open(&path, &OpenOptions::default()).expect("the file opens");
    assert_eq!(source.dataset().stored_shape, [PLANES, SIDE, SIDE]);
    let region = Region {
        level: 0,
        t: 0,
        c: 0..1,
        zyx: Box3 {
            z: PLANES - 1..PLANES,
            y: 7..8,
            x: 4..10,
        },
    };
    assert_eq!(read(&source, &region).expect("the last plane"), [0, 1, 2, 3, 4, 0]);
}
