//! Kinds of TIFF that instruments and programs write, sets of files, and folders.

mod common;

use std::path::Path;

use common::tiff_files::*;
use common::tiff_writer::{Page, Values};
use microtome::source::tiff::{OpenOptions, TiffSource, open};
use microtome::source::{Source, SourceError};
use microtome::volume::Lut;

fn write(folder: &Path, name: &str, pages: &[Page]) {
    std::fs::write(folder.join(name), LITTLE.write(pages)).expect("written");
}

fn open_path(path: &Path) -> Result<TiffSource, SourceError> {
    open(path, &OpenOptions::default())
}

fn open_series(path: &Path, series: usize) -> Result<TiffSource, SourceError> {
    let options = OpenOptions {
        series,
        ..OpenOptions::default()
    };
    open(path, &options)
}

fn flat(value: u8) -> Page {
    Page::gray(6, 4, 8, 1, vec![value; 24])
}

/// The first voxel of each plane.
fn firsts(source: &TiffSource) -> Vec<u8> {
    let plane = (source.dataset().shape.y * source.dataset().shape.x) as usize;
    read_whole(source).chunks(plane).map(|plane| plane[0]).collect()
}

#[test]
fn metamorph_stacks() {
    let planes: Vec<u8> = (0..5).flat_map(|z| [z; 24]).collect();
    let uic2 = 8 + planes.len();
    // A distance of 3/2 for each plane.
    let distances: Vec<u8> = (0..5)
        .flat_map(|_| [3u32, 2, 0, 0, 0, 0])
        .flat_map(u32::to_le_bytes)
        .collect();
    let uic1 = uic2 + distances.len();
    let values = uic1 + 24;
    let pairs = [4, values as u32, 5, values as u32, 6, values as u32 + 8];
    let pairs: Vec<u8> = pairs.into_iter().flat_map(u32::to_le_bytes).collect();
    let calibration = [
        &1u32.to_le_bytes()[..],
        &4u32.to_le_bytes(),
        &3u32.to_le_bytes(),
        b"um\0",
    ]
    .concat();
    let mut page = Page::gray(6, 4, 8, 1, [planes, distances, pairs, calibration].concat());
    page = page
        .with(273, Values::Long(vec![8]))
        .with(279, Values::Long(vec![24]))
        .with(33628, Values::Raw(4, 3, (uic1 as u32).to_le_bytes().to_vec()))
        .with(33629, Values::Raw(5, 5, (uic2 as u32).to_le_bytes().to_vec()));
    let source = open_pages(LITTLE, std::slice::from_ref(&page));
    let dataset = source.dataset();
    assert_eq!(
        (dataset.axes.as_str(), dataset.axes_from.as_str()),
        ("ZYX", "MetaMorph metadata")
    );
    assert_eq!(dataset.shape, shape(1, 1, 5, 4, 6));
    let size = dataset.voxel_size.as_ref().expect("a voxel size");
    assert_eq!(
        (size.z, size.y, size.x, size.unit.as_deref()),
        (Some(1.5), 0.25, 0.25, Some("µm"))
    );
    assert_eq!(firsts(&source), [0, 1, 2, 3, 4]);

    let page = page.with(33629, Values::Raw(5, 1 << 30, (uic2 as u32).to_le_bytes().to_vec()));
    expect_error(
        open_bytes(&LITTLE.write(&[page]), None),
        "1073741824 planes of 24 bytes",
    );
}

#[test]
fn zeiss_lsm() {
    // z 3, t 2, two channels in planes of their own; a thumbnail behind each page.
    let mut info = vec![0u8; 512];
    let mut put = |at: usize, bytes: &[u8]| info[at..at + bytes.len()].copy_from_slice(bytes);
    for (i, number) in [0x0400_494cu32, 512, 6, 4, 3, 2, 2].into_iter().enumerate() {
        put(4 * i, &number.to_le_bytes());
    }
    for (i, metres) in [2e-7f64, 3e-7, 1e-6].into_iter().enumerate() {
        put(40 + 8 * i, &metres.to_le_bytes());
    }
    // Names and colours stand where the first strip would be.
    put(108, &8u32.to_le_bytes());
    let names = [&4u32.to_le_bytes()[..], b"GFP\0", &6u32.to_le_bytes(), b"Cy5.5\0"].concat();
    let colors = [[0u8, 255, 0, 0], [255, 0, 0, 0]].concat();
    let head = [24 + 8 + names.len() as u32, 2, 2, 24, 32, 0]
        .map(u32::to_le_bytes)
        .concat();
    let block = [head, colors, names].concat();

    let mut pages = Vec::new();
    for i in 0..6u8 {
        let mut page = Page::gray(6, 4, 8, 1, Vec::new())
            .with(277, Values::Short(vec![2]))
            .with(258, Values::Short(vec![8, 8]))
            .with(284, Values::Short(vec![2]));
        page.chunks = vec![vec![10 * i; 24], vec![10 * i + 1; 24]];
        if i == 0 {
            let first = 8 + block.len() as u32;
            page = page
                .with(34412, Values::Bytes(info.clone()))
                .with(273, Values::Long(vec![first, first + 24]))
                .with(279, Values::Long(vec![24, 24]));
            page.chunks.insert(0, block.clone());
        }
        pages.push(page);
        pages.push(Page::gray(3, 2, 8, 1, vec![99; 6]).with(254, Values::Long(vec![1])));
    }
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "a.lsm", &pages);
    let source = open_path(&folder.path().join("a.lsm")).expect("it opens");
    let dataset = source.dataset();
    assert_eq!(
        (dataset.axes.as_str(), dataset.axes_from.as_str()),
        ("TZCYX", "LSM metadata")
    );
    assert_eq!(dataset.shape, shape(2, 2, 3, 4, 6));
    let size = dataset.voxel_size.as_ref().expect("a voxel size");
    assert!(
        (size.x - 0.2).abs() < 1e-12 && (size.z.unwrap_or(0.0) - 1.0).abs() < 1e-12,
        "{size:?}"
    );
    let names: Vec<_> = dataset
        .channels
        .iter()
        .filter_map(|channel| channel.name.as_deref())
        .collect();
    assert_eq!(names, ["GFP", "Cy5.5"]);
    assert_eq!(dataset.channels[1].lut, Some(Lut::Solid([255, 0, 0])));
    let of_t1 = read(&source, &whole(&source, 0, 1)).expect("the second time point");
    let firsts: Vec<u8> = of_t1.chunks(24).map(|plane| plane[0]).collect();
    assert_eq!(firsts, [30, 40, 50, 31, 41, 51]);
    assert_eq!(source.damage(), []);
}

/// A file with MicroManager's summary, and its index of entries that are made of the places of all directories.
fn micro_manager(summary: &str, mut pages: Vec<Page>, index_of: impl Fn(&[u32]) -> Vec<[u32; 5]>) -> Vec<u8> {
    let mut head = [54_773_648u32, 0, 0, 0, 0, 0, 2_355_492, summary.len() as u32]
        .iter()
        .flat_map(|n| n.to_le_bytes())
        .collect::<Vec<_>>();
    head.extend(summary.as_bytes());
    let data = 8 + head.len() as u32;
    pages[0] = pages[0]
        .clone()
        .with(273, Values::Long(vec![data]))
        .with(279, Values::Long(vec![24]))
        .with(51123, Values::Text("{}".into()));
    pages[0].chunks.insert(0, head);
    let mut bytes = LITTLE.write(&pages);
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let mut places = Vec::new();
    let mut at = number(4);
    while at != 0 {
        places.push(at);
        let entries = u32::from(u16::from_le_bytes([bytes[at as usize], bytes[at as usize + 1]]));
        at = number((at + 2 + 12 * entries) as usize);
    }
    let entries = index_of(&places);
    let end = bytes.len() as u32;
    bytes[12..16].copy_from_slice(&end.to_le_bytes());
    bytes.extend([3_453_623, entries.len() as u32].iter().flat_map(|n| n.to_le_bytes()));
    bytes.extend(entries.iter().flatten().flat_map(|n| n.to_le_bytes()));
    bytes
}

#[test]
fn micro_manager_without_ome() {
    // Two positions of two channels and two slices; the last page was not written.
    let summary = r#"{"ChNames":["DAPI","G\u0007FP"],"PixelSize_um":0.5,"z-step_um":-2.0}"#;
    let bytes = micro_manager(summary, (0..7).map(flat).collect(), |places| {
        // Channel, slice, frame, position, offset.
        let offset = |i: u32| places.get(i as usize).copied().unwrap_or(0);
        (0..8).map(|i| [i % 2, i / 2 % 2, 0, i / 4, offset(i)]).collect()
    });
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mm.tif");
    std::fs::write(&path, bytes).expect("written");

    let source = open_path(&path).expect("it opens");
    let dataset = source.dataset();
    assert_eq!(
        (dataset.axes.as_str(), dataset.axes_from.as_str()),
        ("ZCYX", "MicroManager metadata")
    );
    assert_eq!(dataset.shape, shape(1, 2, 2, 4, 6));
    assert_eq!(dataset.series.len(), 2);
    assert_eq!(dataset.channels[1].name.as_deref(), Some("GFP"));
    let size = dataset.voxel_size.as_ref().expect("a voxel size");
    assert_eq!((size.z, size.x), (Some(2.0), 0.5));
    assert_eq!(firsts(&source), [0, 2, 1, 3]);

    let second = open_series(&path, 1).expect("the second position opens");
    let damage = second.damage();
    assert_eq!(damage.len(), 1);
    assert_eq!((damage[0].c.clone(), damage[0].z.clone()), (1..2, 1..2));
    expect_error(open_series(&path, 2), "--series 2: there are 2 images");
}

#[test]
fn an_index_of_another_order_than_the_list_of_pages() {
    // OME-XML that is of no use: the list was followed before the index is asked for.
    let xml = "<OME><Image><Pixels DimensionOrder=\"XYZCT\" SizeX=\"7\" SizeY=\"4\" SizeZ=\"4\" SizeC=\"1\" \
               SizeT=\"1\"><TiffData IFD=\"0\" PlaneCount=\"4\"/></Pixels></Image></OME>";
    let mut pages: Vec<_> = (0..4).map(flat).collect();
    pages[0] = pages[0].clone().with_description(xml);
    let bytes = micro_manager("{}", pages, |places| {
        let order = [0, 3, 1, 2].into_iter().enumerate();
        order.map(|(z, place)| [0, z as u32, 0, 0, places[place]]).collect()
    });
    let source = open_bytes(&bytes, None).expect("it opens");
    assert_eq!(source.dataset().axes_from, "MicroManager metadata");
    assert_eq!(firsts(&source), [0, 3, 1, 2]);
    assert_eq!(source.damage(), []);
}

#[test]
fn whole_slides() {
    let tiled = |side: u32, value: u8| {
        let mut page = Page::gray(side, side, 8, 1, Vec::new())
            .with(322, Values::Long(vec![16]))
            .with(323, Values::Long(vec![16]));
        page.tags.retain(|(tag, _)| *tag != 278);
        page.is_tiled = true;
        page.chunks = vec![vec![value; 256]; (side.div_ceil(16) * side.div_ceil(16)) as usize];
        page
    };
    let picture = |width: u32, kind: u32| {
        let page = Page::gray(width, 5, 8, 1, vec![7; width as usize * 5]);
        page.with(254, Values::Long(vec![kind]))
    };
    let text = "Aperio Image Library v11\r\n64x64 |AppMag = 20|MPP = 0.4990|Left = 2";
    let pages = [
        tiled(64, 1).with_description(text),
        picture(32, 0),
        tiled(16, 2),
        tiled(4, 3),
        picture(10, 1),
        picture(12, 9),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "a.svs", &pages);
    let path = folder.path().join("a.svs");
    let source = open_path(&path).expect("it opens");
    let dataset = source.dataset();
    let sides: Vec<_> = dataset.levels.iter().map(|level| level.x).collect();
    assert_eq!(sides, [64, 16, 4]);
    assert_eq!(dataset.voxel_size.as_ref().map(|size| size.x), Some(0.499));
    let names: Vec<_> = dataset
        .series
        .iter()
        .filter_map(|series| series.name.as_deref())
        .collect();
    assert_eq!(names, ["baseline", "thumbnail", "label", "macro"]);
    for (level, value) in [(0, 1), (1, 2), (2, 3)] {
        let voxels = read(&source, &whole(&source, level, 0)).expect("a level");
        assert!(voxels.iter().all(|&voxel| voxel == value), "level {level}");
    }
    let label = open_series(&path, 2).expect("the label opens");
    assert_eq!(label.dataset().stored_shape, [5, 10]);
    assert!(label.dataset().levels.len() == 1);
}

/// OME-XML of a 6 x 4 image of z planes.
fn ome(name: &str, planes: u32, inside: &str) -> String {
    format!(
        "<Image ID=\"Image:0\" Name=\"{name}\"><Pixels DimensionOrder=\"XYZCT\" Type=\"uint8\" SizeX=\"6\" SizeY=\"4\" \
         SizeZ=\"{planes}\" SizeC=\"1\" SizeT=\"1\">{inside}</Pixels></Image>"
    )
}

#[test]
fn several_images_in_ome() {
    let data = |ifd: u32, count: u32| format!("<TiffData IFD=\"{ifd}\" PlaneCount=\"{count}\"/>");
    for inside in [[data(0, 2), data(2, 3)], [String::new(), String::new()]] {
        let xml = format!("<OME>{}{}</OME>", ome("a", 2, &inside[0]), ome("b", 3, &inside[1]));
        let mut pages: Vec<_> = (0..5).map(flat).collect();
        pages[0] = pages[0].clone().with_description(&xml);
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "a.ome.tif", &pages);
        let path = folder.path().join("a.ome.tif");
        let second = open_series(&path, 1).expect("the second image opens");
        assert_eq!(firsts(&second), [2, 3, 4]);
        let listed: Vec<_> = second
            .dataset()
            .series
            .iter()
            .map(|series| (series.name.as_deref(), series.shape.clone()))
            .collect();
        assert_eq!(listed, [(Some("a"), vec![2, 4, 6]), (Some("b"), vec![3, 4, 6])]);
        assert_eq!(firsts(&open_series(&path, 0).expect("the first image opens")), [0, 1]);
        expect_error(open_series(&path, 2), "--series 2: there are 2 images");
    }
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "one.tif", &[flat(1)]);
    expect_error(
        open_series(&folder.path().join("one.tif"), 1),
        "--series 1: there are 1 images",
    );
}

#[test]
fn a_set_with_a_companion() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = |z: u32| {
        format!("<TiffData IFD=\"0\" FirstZ=\"{z}\"><UUID FileName=\"z{z}.ome.tif\">urn:uuid:{z}</UUID></TiffData>")
    };
    let inside: String = (0..4).map(data).collect();
    let companion = folder.path().join("all.companion.ome");
    std::fs::write(
        &companion,
        format!("<?xml version=\"1.0\"?><OME>{}</OME>", ome("a", 4, &inside)),
    )
    .expect("written");
    for z in 0..3u8 {
        let only = format!("<OME UUID=\"urn:uuid:{z}\"><BinaryOnly MetadataFile=\"all.companion.ome\"/></OME>");
        write(
            folder.path(),
            &format!("z{z}.ome.tif"),
            &[flat(z).with_description(&only)],
        );
    }
    // The fourth file is missing.
    for path in [companion.clone(), folder.path().join("z1.ome.tif")] {
        let source = open_path(&path).expect("the set opens");
        assert_eq!(source.dataset().shape.z, 4, "{}", path.display());
        let warnings = source.dataset().warnings.join("; ");
        assert!(warnings.contains("z3.ome.tif"), "{warnings}");
        let damage = source.damage();
        assert_eq!((damage.len(), damage[0].z.clone()), (1, 3..4));
        let mut region = whole(&source, 0, 0);
        region.zyx.z = 0..3;
        assert_eq!(read(&source, &region).expect("what is there")[24..26], [1, 1]);
    }
    // A link in place of a file must not lead out of the folder.
    #[cfg(unix)]
    {
        let elsewhere = tempfile::tempdir().expect("another folder");
        write(elsewhere.path(), "z3.ome.tif", &[flat(3)]);
        let link = folder.path().join("z3.ome.tif");
        std::os::unix::fs::symlink(elsewhere.path().join("z3.ome.tif"), &link).expect("a link");
        let warnings = open_path(&companion)
            .expect("the set opens")
            .dataset()
            .warnings
            .join("; ");
        assert!(warnings.contains("a link that leads out of the folder"), "{warnings}");
        std::fs::remove_file(&link).expect("removed");
        std::os::unix::fs::symlink("z2.ome.tif", &link).expect("a link");
        let source = open_path(&companion).expect("the set opens");
        assert_eq!(firsts(&source), [0, 1, 2, 2]);
    }
    std::fs::write(&companion, "<OME><Image><Pixels/></Image></OME>").expect("written");
    expect_error(open_path(&companion), "Size");
    std::fs::write(&companion, "no XML").expect("written");
    expect_error(open_path(&companion), "not a TIFF file");
}

#[test]
fn metadata_in_another_file_of_the_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = |z: u32| format!("<TiffData FirstZ=\"{z}\" IFD=\"0\"><UUID FileName=\"z{z}.tif\">{z}</UUID></TiffData>");
    let inside: String = (0..2).map(data).collect();
    let xml = format!("<OME UUID=\"0\">{}</OME>", ome("a", 2, &inside));
    write(folder.path(), "z0.tif", &[flat(5).with_description(&xml)]);
    let only = "<OME UUID=\"1\"><BinaryOnly MetadataFile=\"z0.tif\" UUID=\"0\"/></OME>";
    write(folder.path(), "z1.tif", &[flat(6).with_description(only)]);
    assert_eq!(
        firsts(&open_path(&folder.path().join("z1.tif")).expect("the set opens")),
        [5, 6]
    );
}

#[test]
fn a_folder_of_planes() {
    let folder = tempfile::tempdir().expect("a folder");
    // More than are kept open, named so that the order of letters is not that of numbers.
    for z in 0..300u32 {
        write(folder.path(), &format!("z{z}.tif"), &[flat((z % 251) as u8)]);
    }
    let expected: Vec<u8> = (0..300).map(|z| (z % 251) as u8).collect();
    let source = open_path(folder.path()).expect("the folder opens");
    let dataset = source.dataset();
    assert_eq!(
        (dataset.axes.as_str(), dataset.axes_from.as_str()),
        ("ZYX", "file names")
    );
    assert_eq!(firsts(&source), expected);
    assert!(dataset.warnings.is_empty() && source.damage().is_empty());

    std::fs::write(folder.path().join("notes.txt"), "nothing").expect("written");
    std::fs::write(folder.path().join(".hidden"), "nothing").expect("written");
    let source = open_path(folder.path()).expect("the folder opens");
    assert_eq!(source.dataset().shape.z, 300);
    assert!(source.dataset().warnings[0].contains("1 files that are no TIFF files are left out, notes.txt"));

    let pattern = open_path(&folder.path().join("z1?.tif")).expect("the pattern opens");
    assert_eq!(firsts(&pattern), (10..20).collect::<Vec<u8>>());
    expect_error(open_path(&folder.path().join("q*.tif")), "no TIFF file is among");

    for (page, says) in [
        (
            Page::gray(4, 6, 8, 1, vec![0; 24]),
            "z77.tif: 4 x 6 pixels, 8 bits instead of 6 x 4 pixels, 8 bits",
        ),
        (
            Page::gray(6, 4, 16, 1, vec![0; 48]),
            "z77.tif: 6 x 4 pixels, 16 bits instead of",
        ),
    ] {
        write(folder.path(), "z77.tif", &[page]);
        expect_error(open_path(folder.path()), says);
    }
    write(folder.path(), "z77.tif", &[flat(1), flat(2)]);
    expect_error(open_path(folder.path()), "z77.tif: several planes");
    std::fs::write(folder.path().join("z77.tif"), "no TIFF").expect("written");
    expect_error(open_path(folder.path()), "z77.tif: not a TIFF file");

    let empty = tempfile::tempdir().expect("a folder");
    expect_error(open_path(empty.path()), "no TIFF file is among the 0 files");
}

#[test]
fn older_pyramids_behind_the_planes() {
    let full = |z: u8| Page::gray(8, 6, 8, 1, vec![z; 48]);
    let half = |z: u8| Page::gray(4, 3, 8, 1, vec![100 + z; 12]).with(254, Values::Long(vec![1]));
    for description in [
        None,
        Some("{\"shape\": [3, 6, 8]}".to_owned()),
        Some(format!(
            "<OME>{}</OME>",
            ome("a", 3, "<TiffData/>").replace("SizeX=\"6\" SizeY=\"4\"", "SizeX=\"8\" SizeY=\"6\"")
        )),
    ] {
        let mut pages: Vec<_> = (0..3).map(full).chain((0..3).map(half)).collect();
        if let Some(text) = &description {
            pages[0] = pages[0].clone().with_description(text);
        }
        let source = open_pages(LITTLE, &pages);
        assert_eq!(
            source.dataset().levels,
            [shape(1, 1, 3, 6, 8), shape(1, 1, 3, 3, 4)],
            "{description:?}"
        );
        let voxels = read(&source, &whole(&source, 1, 0)).expect("the level is read");
        assert_eq!(voxels.iter().step_by(12).copied().collect::<Vec<_>>(), [100, 101, 102]);
    }
}
