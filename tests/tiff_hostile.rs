//! TIFF files that lie: each is refused in one line, quickly, and nothing is allocated for what it claims.

mod common;

use std::time::{Duration, Instant};

use common::tiff_writer::{Layout, Page, Values};
use microtome::source::tiff::{OpenOptions, TiffSource, open};
use microtome::source::{Source, SourceError};
use microtome::volume::Region;

const LITTLE: Layout = Layout {
    is_big_endian: false,
    is_bigtiff: false,
};

fn open_bytes(bytes: &[u8]) -> Result<TiffSource, SourceError> {
    thread_local! {
        static FOLDER: tempfile::TempDir = tempfile::tempdir().expect("a folder");
    }
    let path = FOLDER.with(|folder| folder.path().join("image.tif"));
    std::fs::write(&path, bytes).expect("the file is written");
    open(&path, &OpenOptions::default())
}

fn gray() -> Page {
    Page::gray(8, 8, 8, 1, vec![7; 64])
}

fn read_all(source: &TiffSource) -> Result<(), SourceError> {
    let dataset = source.dataset();
    let region = Region {
        level: 0,
        t: 0,
        c: 0..dataset.shape.c,
        zyx: dataset.shape.volume_box(),
    };
    let bytes = region.voxels() * dataset.sample_type.bytes() as u64;
    assert!(
        bytes < 1 << 28,
        "{bytes} bytes are more than any of these files can have"
    );
    source.read(&region, &mut vec![0; bytes as usize])
}

/// Opens and reads; both or one must fail, in one line.
fn refuse(what: &str, bytes: &[u8], part: &str) {
    let start = Instant::now();
    let Err(error) = open_bytes(bytes).and_then(|source| read_all(&source)) else {
        panic!("{what}: read without an error");
    };
    let message = error.to_string();
    assert!(message.contains(part), "{what}: {message:?} does not say {part:?}");
    assert!(!message.contains('\n'), "{what}: {message:?} has several lines");
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{what}: took {:?}",
        start.elapsed()
    );
}

#[test]
fn sizes_that_the_file_cannot_hold() {
    let page = |page: Page| LITTLE.write(&[page]);
    let huge = Values::Long(vec![u32::MAX]);
    let large = || Values::Long(vec![1 << 20]);
    refuse(
        "no width",
        &page(gray().with(256, Values::Long(vec![0]))),
        "0 x 8 pixels",
    );
    refuse(
        "2^32 pixels square",
        &page(gray().with(256, huge.clone()).with(257, huge.clone())),
        "4294967295 x 4294967295 pixels",
    );
    refuse(
        "a terabyte",
        &page(gray().with(256, large()).with(257, large()).with(278, large())),
        "claimed",
    );
    refuse(
        "no rows in a strip",
        &page(gray().with(278, Values::Long(vec![0]))),
        "strips or tiles of 8 x 0",
    );
    refuse(
        "too few strips",
        &page(gray().with(278, Values::Long(vec![1]))),
        "1 strips or tiles where 8 are needed",
    );
    refuse("past the end", &page(gray().with(273, huge)), "at offset 4294967295");
    let count = Values::Raw(4, 1 << 28, vec![8, 0, 0, 0]);
    refuse("2^28 strips", &page(gray().with(273, count)), "tag 273");
    let tile = gray()
        .with(322, Values::Long(vec![1 << 31]))
        .with(323, Values::Long(vec![1 << 31]));
    refuse(
        "a tile of 2^62 pixels",
        &page(Page { is_tiled: true, ..tile }),
        "2147483648",
    );
    let samples = gray().with(277, Values::Short(vec![u16::MAX]));
    refuse("65,535 samples", &page(samples), "64 bytes at offset 8");
}

#[test]
fn packed_data_that_cannot_be_so_large() {
    for (code, name) in [(5, "lzw"), (8, "deflate"), (32773, "packbits"), (50000, "zstd")] {
        let side = || Values::Long(vec![1 << 14]);
        let bomb = gray().with(259, Values::Short(vec![code]));
        let bomb = bomb.with(256, side()).with(257, side()).with(278, side());
        refuse(name, &LITTLE.write(&[bomb]), "hold");
        // As large as it may be, and rubbish.
        refuse(
            name,
            &LITTLE.write(&[gray().with(259, Values::Short(vec![code]))]),
            "cannot be unpacked",
        );
    }
    // A thousand pages that share one strip.
    let page = Page::gray(1 << 12, 1 << 12, 8, 1, Vec::new());
    let mut pages = vec![Page {
        chunks: vec![vec![0; 1 << 12]],
        ..page.clone()
    }];
    let shared = page
        .with(273, Values::Long(vec![8]))
        .with(279, Values::Long(vec![1 << 24]));
    pages.extend(vec![shared; 1000]);
    refuse("shared strips", &LITTLE.write(&pages), "bytes of voxels are claimed");
}

/// A file that loops: the link of its last directory is changed to point at its `target`-th.
fn looping(pages: usize, target: usize) -> Vec<u8> {
    let mut bytes = LITTLE.write(&vec![gray(); pages]);
    let number = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let mut directories = vec![number(&bytes, 4)];
    let mut link = 0;
    for i in 0..pages {
        let at = directories[i];
        link = at + 2 + usize::from(u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap())) * 12;
        directories.push(number(&bytes, link));
    }
    bytes[link..link + 4].copy_from_slice(&(directories[target] as u32).to_le_bytes());
    bytes
}

#[test]
fn loops_of_directories_end() {
    for (pages, target) in [(1, 0), (2, 0), (5, 2)] {
        let source = open_bytes(&looping(pages, target)).expect("pages before the loop are read");
        assert_eq!(source.dataset().shape.z, pages as u64);
        assert!(
            source
                .dataset()
                .warnings
                .iter()
                .any(|warning| warning.contains("loops back"))
        );
        read_all(&source).expect("all pages are there");
    }
}

/// A page, and behind it directories of one useless entry each, linked in the order of `order`.
fn useless(order: &[u32]) -> Vec<u8> {
    let mut bytes = LITTLE.write(&[gray()]);
    let first = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
    let link = first + 2 + usize::from(u16::from_le_bytes([bytes[first], bytes[first + 1]])) * 12;
    let base = bytes.len() as u32;
    bytes.resize(bytes.len() + 18 * order.len(), 0);
    let mut at = link;
    for place in order {
        let offset = base + 18 * place;
        bytes[at..at + 4].copy_from_slice(&offset.to_le_bytes());
        bytes[offset as usize] = 1;
        at = offset as usize + 14;
    }
    bytes
}

#[test]
fn long_lists_of_nothing_end() {
    const COUNT: u32 = 200_000;
    let orders: [Vec<u32>; 3] = [
        (0..COUNT).collect(),
        (0..COUNT).rev().collect(),
        (0..COUNT).map(|i| (i * 7919) % COUNT).collect(),
    ];
    for (i, order) in orders.iter().enumerate() {
        let start = Instant::now();
        let source = open_bytes(&useless(order)).expect("the first page is there");
        assert_eq!(source.dataset().shape.z, 1);
        assert!(source.dataset().warnings.len() < 30);
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "{i}: took {:?}",
            start.elapsed()
        );
    }
    // A directory without entries ends the list.
    let mut bytes = LITTLE.write(&[gray(), gray()]);
    let end = bytes.len() as u32;
    let link = bytes.len() - 4;
    bytes[link..].copy_from_slice(&end.to_le_bytes());
    bytes.extend([0; 6]);
    let source = open_bytes(&bytes).expect("two pages are there");
    assert_eq!(source.dataset().shape.z, 2);
    assert!(
        source.dataset().warnings[0].contains("has no entries"),
        "{:?}",
        source.dataset().warnings
    );
}

#[test]
fn tables_that_all_pages_share() {
    // A table of 100,000 strips that are nowhere, for each of 2,000 pages: it is read for few of them.
    let page = Page::gray(4, 100_000, 8, 1, Vec::new()).with(278, Values::Long(vec![1]));
    let first = Page {
        chunks: vec![Vec::new(); 100_000],
        ..page
    };
    let mut bytes = LITTLE.write(std::slice::from_ref(&first));
    let directory = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
    let body = bytes[directory..].to_vec();
    for _ in 1..2_000 {
        let (link, end) = (bytes.len() - 4, bytes.len() as u32);
        bytes[link..].copy_from_slice(&end.to_le_bytes());
        bytes.extend(&body);
    }
    let start = Instant::now();
    let source = open_bytes(&bytes).expect("sparse pages are zeros");
    assert_eq!(source.dataset().shape.z, 2_000);
    source.damage();
    assert!(start.elapsed() < Duration::from_secs(10), "took {:?}", start.elapsed());
}

#[test]
fn zeros_that_are_not_stored() {
    let sparse = |width: u32, rows: u32, strips: usize| {
        let page = Page::gray(width, rows * strips as u32, 8, 1, Vec::new());
        let page = page.with(278, Values::Long(vec![rows]));
        Page {
            chunks: vec![Vec::new(); strips],
            ..page
        }
    };
    let write = |page: Page| LITTLE.write(&[page]);
    refuse("a terabyte", &write(sparse(1 << 20, 1 << 9, 1 << 11)), "not stored");
    refuse("one row of 4 GiB", &write(sparse(u32::MAX, 1, 1)), "not stored");
    let pages = vec![sparse(1 << 14, 1 << 14, 1); 64];
    refuse("16 GiB of planes", &LITTLE.write(&pages), "not stored");
    // However large the file is, no strip that is unpacked at once and no tile is so large.
    let trailing = vec![0; 1 << 14];
    let packed = sparse(1 << 16, 1 << 15, 1).with(259, Values::Short(vec![8]));
    let side = |tag: u16, page: Page| page.with(tag, Values::Long(vec![1 << 16]));
    let tile = side(322, side(323, sparse(1 << 16, 1 << 16, 1)));
    let tile = Page { is_tiled: true, ..tile };
    for (what, page) in [("a packed strip", packed), ("a tile", tile)] {
        let page = Page {
            trailing: trailing.clone(),
            ..page
        };
        refuse(what, &write(page), "not stored");
    }

    // An empty plane, or one of which a strip is stored, is an image; strips are read row by row but for packed ones.
    let empty = sparse(1 << 14, 1 << 14, 1);
    let mut part = sparse(1 << 10, 1 << 4, 1 << 6);
    part.chunks[3] = vec![1; 1 << 14];
    let packed = sparse(1 << 10, 1 << 4, 1 << 6).with(259, Values::Short(vec![8]));
    for (page, unit) in [
        (empty, [1, 1, 1, 1 << 14]),
        (part, [1, 1, 1, 1 << 10]),
        (packed, [1, 1, 1 << 4, 1 << 10]),
    ] {
        let source = open_bytes(&write(page)).expect("it may be so large");
        assert_eq!(source.chunk_shape(0), unit);
    }
}

#[test]
fn tables_of_jpeg() {
    // Of no use without JPEG, so that they may be wrong.
    let page = gray().with(347, Values::Raw(7, 1 << 30, vec![8, 0, 0, 0]));
    let source = open_bytes(&LITTLE.write(&[page])).expect("it is not read");
    read_all(&source).expect("nor needed");
    let page = gray().with(259, Values::Short(vec![7]));
    let page = page.with(347, Values::Bytes(vec![0; 70_000]));
    refuse("tables", &LITTLE.write(&[page]), "JPEG tables of 70000 bytes");
}

#[test]
fn arrays_that_all_pages_share() {
    // The widths of 100,000 samples, which are one array: it is read until the account of the file runs out.
    const PAGES: usize = 20;
    let widths = [8u8, 0].repeat(100_000);
    let mut page = gray().with(258, Values::Raw(3, 100_000, vec![72, 0, 0, 0]));
    let mut pages = vec![page.clone(); PAGES];
    page.chunks.push(widths);
    pages[0] = page.with(273, Values::Long(vec![8])).with(279, Values::Long(vec![64]));
    let source = open_bytes(&LITTLE.write(&pages)).expect("the first pages are read");
    let warnings = source.dataset().warnings.join("; ");
    assert!(
        warnings.contains("left out: directories and their tables hold more than twice"),
        "{warnings}"
    );
    let left_out = PAGES as u64 - source.dataset().shape.z;
    assert!(left_out > 10, "{warnings}");
    assert!(
        warnings.contains(&format!("{left_out} pages in all are left out")),
        "{warnings}"
    );
}

#[test]
fn planes_that_are_told_of_again_and_again() {
    let data = "<TiffData IFD=\"0\" PlaneCount=\"9999999\"/>".repeat(1_000);
    let xml = format!(
        "<OME><Image><Pixels DimensionOrder=\"XYZCT\" SizeX=\"8\" SizeY=\"8\" SizeZ=\"200\" SizeC=\"1\" \
         SizeT=\"1\">{data}</Pixels></Image></OME>"
    );
    let source = open_bytes(&LITTLE.write(&[gray().with_description(&xml)])).expect("the first plane is there");
    assert_eq!(source.dataset().shape.z, 200);
    let warnings = source.dataset().warnings.join("; ");
    assert!(
        warnings.contains("those before them place 4200 planes, the image has 200"),
        "{warnings}"
    );
}

#[test]
fn metadata_that_lie() {
    let described = |text: &str| {
        let page = gray().with_description(text);
        LITTLE.write(&[page, gray(), gray()])
    };
    refuse(
        "ImageJ",
        &described("ImageJ=1.5\nimages=4000000000\nslices=4000000000\n"),
        "4000000000 planes",
    );
    refuse(
        "ImageJ",
        &described(&format!("ImageJ=1.5\nslices={0}\nframes={0}\n", u64::MAX)),
        "ImageJ",
    );
    refuse(
        "tifffile",
        &described("{\"shape\": [4000000000, 4000000000, 4000000000, 8, 8]}"),
        "shape",
    );
    refuse(
        "tifffile",
        &described("{\"shape\": [4000000000, 8, 8]}"),
        "4000000000 planes",
    );
    let xml = |pixels: &str, inside: &str| {
        format!(
            "<OME><Image><Pixels DimensionOrder=\"XYZCT\" SizeX=\"8\" SizeY=\"8\" {pixels}>{inside}</Pixels></Image></OME>"
        )
    };
    let sizes = "SizeZ=\"4000000000\" SizeC=\"4000000000\" SizeT=\"4000000000\"";
    refuse("OME", &described(&xml(sizes, "")), "planes");
    let huge = "<TiffData IFD=\"18446744073709551615\" FirstZ=\"2\" PlaneCount=\"18446744073709551615\"/>";
    let source = open_bytes(&described(&xml("SizeZ=\"3\" SizeC=\"1\" SizeT=\"1\"", huge))).expect("opens as pages");
    assert_eq!(source.dataset().axes_from, "pages");
}

#[test]
fn xml_bombs_are_ignored() {
    let entities: String = (1..30)
        .map(|i| format!("<!ENTITY a{i} \"&a{};&a{};\">", i - 1, i - 1))
        .collect();
    let bomb = format!("<?xml version=\"1.0\"?><!DOCTYPE OME [<!ENTITY a0 \"a\">{entities}]><OME>&a29;</OME>");
    let deep = format!("<OME>{}{}</OME>", "<a>".repeat(1_000_000), "</a>".repeat(1_000_000));
    let attributes: String = (0..500_000).map(|i| format!(" a{i}=''")).collect();
    let attributes = format!("<OME{attributes}></OME>");
    let namespaces: String = (0..60_000).map(|i| format!("<a xmlns:n{i}='u'>")).collect();
    let namespaces = format!("<OME>{namespaces}{}</OME>", "</a>".repeat(60_000));
    let large = format!("<OME>{}</OME>", " ".repeat(33 << 20));
    let texts = [
        ("size", large),
        ("entities", bomb),
        ("depth", deep),
        ("attributes", attributes),
        ("namespaces", namespaces),
    ];
    for (what, text) in texts {
        let start = Instant::now();
        let source = open_bytes(&LITTLE.write(&[gray().with_description(&text)])).expect(what);
        assert_eq!(source.dataset().axes_from, "pages", "{what}");
        let warnings = source.dataset().warnings.join("; ");
        assert!(warnings.contains("ignored"), "{what}: {warnings}");
        assert_eq!(
            warnings.contains("more than 33554432"),
            what == "size",
            "{what}: {warnings}"
        );
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "{what}: took {:?}",
            start.elapsed()
        );
    }
}

#[test]
fn many_planes_that_are_one_page() {
    let data: String = (0..20_000)
        .map(|z| format!("<TiffData IFD=\"0\" FirstZ=\"{z}\"/>"))
        .collect();
    let xml = format!(
        "<OME><Image><Pixels DimensionOrder=\"XYZCT\" SizeX=\"4\" SizeY=\"200000\" SizeZ=\"20000\" SizeC=\"1\" \
         SizeT=\"1\">{data}</Pixels></Image></OME>"
    );
    let mut page = Page::gray(4, 200_000, 8, 1, Vec::new()).with(278, Values::Long(vec![1]));
    page.chunks = vec![vec![1; 4]; 200_000];
    // Not contiguous, so that the strips stay apart.
    page.chunks[0] = vec![1; 5];
    refuse(
        "20,000 planes of 200,000 strips",
        &LITTLE.write(&[page.with_description(&xml)]),
        "are claimed",
    );
}

#[test]
fn a_file_cut_anywhere() {
    let pages: Vec<_> = (0..4).map(|z| Page::gray(9, 7, 16, 1, vec![z; 126])).collect();
    let whole = LITTLE.write(&pages);
    for cut in 0..whole.len() {
        // Whatever comes out, it is no panic.
        if let Ok(source) = open_bytes(&whole[..cut]) {
            let _ = read_all(&source);
        }
    }
}

#[test]
fn every_byte_wrong_once() {
    let mut page = Page::gray(9, 7, 16, 1, Vec::new()).with(278, Values::Long(vec![3]));
    page.chunks = vec![vec![1; 54], vec![2; 54], vec![3; 18]];
    let page = page.with_description("ImageJ=1.54f\nimages=2\nslices=2\n");
    for is_bigtiff in [false, true] {
        let layout = Layout {
            is_big_endian: false,
            is_bigtiff,
        };
        let whole = layout.write(&[page.clone(), page.clone()]);
        for at in 0..whole.len() {
            for value in [0, 1, 0x7f, 0xff, whole[at] ^ 0x10] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                let Ok(source) = open_bytes(&bytes) else { continue };
                // Sparse images may be large.
                if source.dataset().shape.voxels().is_some_and(|voxels| voxels < 1 << 20) {
                    let _ = read_all(&source);
                }
            }
        }
    }
}
