//! Pages that are found as they are asked for, and what a file says it lacks.

mod common;

use std::ops::Range;

use common::tiff_files::*;
use common::tiff_writer::{Layout, Page, Values};
use microtome::source::Source;
use microtome::source::tiff::TiffSource;
use microtome::volume::{Box3, Damage, Region};

const BIGTIFF: Layout = Layout {
    is_big_endian: false,
    is_bigtiff: true,
};

/// A 4 x 3 page of which every voxel is the page's number.
fn page(index: usize) -> Page {
    Page::gray(4, 3, 16, 1, (index as u16).to_le_bytes().repeat(12))
}

fn plane(source: &TiffSource, z: u64) -> Result<u16, String> {
    let shape = source.dataset().shape;
    let region = Region {
        level: 0,
        t: 0,
        c: 0..1,
        zyx: Box3 {
            z: z..z + 1,
            ..shape.volume_box()
        },
    };
    let voxels = read(source, &region).map_err(|error| error.to_string())?;
    let first = u16::from_le_bytes([voxels[0], voxels[1]]);
    assert!(voxels.chunks(2).all(|voxel| voxel == first.to_le_bytes()));
    Ok(first)
}

/// Where the directories are, and where in each the link to the next is.
fn directories(bytes: &[u8]) -> Vec<(usize, usize)> {
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let mut found = Vec::new();
    let mut at = number(4);
    while at != 0 {
        let link = at + 2 + usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]])) * 12;
        found.push((at, link));
        at = number(link);
    }
    found
}

#[test]
fn pages_at_a_constant_distance() {
    for layout in [LITTLE, BIGTIFF] {
        for count in [1, 4, 5, 6, 13, 14, 15, 16, 2000] {
            let pages: Vec<_> = (0..count).map(page).collect();
            let bytes = layout.write(&pages);
            let source = open_bytes(&bytes, None).expect("the file opens");
            assert_eq!(source.dataset().shape, shape(1, 1, count as u64, 3, 4));
            assert!(source.dataset().warnings.is_empty(), "{:?}", source.dataset().warnings);
        }
    }
    // Some of them, not in order.
    let pages: Vec<_> = (0..2000).map(page).collect();
    let source = open_pages(LITTLE, &pages);
    for z in [1999, 0, 1, 4, 5, 6, 1000, 1998, 1001] {
        assert_eq!(plane(&source, z), Ok(z as u16));
    }
    assert_eq!(source.damage(), []);
}

#[test]
fn pages_at_any_distance() {
    let mut pages: Vec<_> = (0..300).map(page).collect();
    for (i, page) in pages.iter_mut().enumerate() {
        page.trailing = vec![0; i * 37 % 101];
    }
    let source = open_pages(LITTLE, &pages);
    assert_eq!(source.dataset().shape.z, 300);
    for z in [299, 0, 17, 150] {
        assert_eq!(plane(&source, z), Ok(z as u16));
    }
}

#[test]
fn a_page_that_was_unlinked_is_not_counted() {
    let pages: Vec<_> = (0..400).map(page).collect();
    let mut bytes = LITTLE.write(&pages);
    let places = directories(&bytes);
    let (_, link) = places[100];
    bytes[link..link + 4].copy_from_slice(&(places[102].0 as u32).to_le_bytes());
    let source = open_bytes(&bytes, None).expect("the file opens");
    assert_eq!(source.dataset().shape.z, 399);
    for z in 0..399 {
        assert_eq!(plane(&source, z), Ok(if z <= 100 { z } else { z + 1 } as u16));
    }
}

#[test]
fn a_page_that_breaks_the_rule_is_found_when_it_is_read() {
    // ImageJ's description tells the number: nothing is counted.
    let mut pages: Vec<_> = (0..400).map(page).collect();
    pages[0] = pages[0]
        .clone()
        .with_description("ImageJ=1.54f\nimages=400\nslices=400\n");
    pages[100] = Page::gray(3, 4, 16, 1, vec![0; 24]);
    let source = open_pages(LITTLE, &pages);
    assert_eq!(source.dataset().shape.z, 400);
    std::thread::scope(|scope| {
        for thread in 0..4u64 {
            let source = &source;
            scope.spawn(move || {
                for z in (0..400).map(|z| (z * 7 + thread * 50) % 400) {
                    match plane(source, z) {
                        Ok(found) => assert_eq!(u64::from(found), z),
                        Err(error) => assert!(z == 100 && error.contains("3 x 4 pixels"), "{z}: {error}"),
                    }
                }
            });
        }
    });
    let damage = source.damage();
    assert_eq!(ranges(&damage), [(0..1, 0..1, 100..101)]);
    assert!(damage[0].reason.contains("page 100 is of 3 x 4 pixels"), "{damage:?}");
}

fn ranges(damage: &[Damage]) -> Vec<(Range<u64>, Range<u64>, Range<u64>)> {
    let ranges = damage
        .iter()
        .map(|damage| (damage.t.clone(), damage.c.clone(), damage.z.clone()));
    ranges.collect()
}

#[test]
fn a_hyperstack_whose_tail_is_missing() {
    // t 3, z 4, c 2 in one directory; the file ends within plane 14: t 1, z 3, c 0.
    let planes: Vec<u8> = (0..24u16).flat_map(|i| i.to_le_bytes().repeat(12)).collect();
    let mut page = Page::gray(4, 3, 16, 1, planes[..24].to_vec());
    page = page.with_description("ImageJ=1.54f\nimages=24\nchannels=2\nslices=4\nframes=3\nhyperstack=true\n");
    // The directory first, as ImageJ writes it.
    let directory = LITTLE.write(&[page
        .with(273, Values::Long(vec![1000]))
        .with(279, Values::Long(vec![24]))]);
    let mut bytes = directory.clone();
    bytes.resize(1000, 0);
    bytes.extend(&planes[..14 * 24 + 5]);
    let length = bytes.len();
    let source = open_bytes(&bytes, None).expect("the file opens");
    assert_eq!(source.dataset().shape, shape(3, 2, 4, 3, 4));
    let first = read(&source, &whole(&source, 0, 0)).expect("the first time point is whole");
    assert_eq!((first[0], first[24], first[96]), (0, 2, 1));
    let error = read(&source, &whole(&source, 0, 2))
        .expect_err("it is missing")
        .to_string();
    assert!(
        error.contains("plane 16") && error.contains(&format!("{length} bytes")),
        "{error}"
    );
    let damage = source.damage();
    assert_eq!(
        ranges(&damage),
        [(1..2, 0..2, 3..4), (2..3, 0..2, 0..4)],
        "joined along z, then c, then t"
    );
    assert!(
        damage[0]
            .reason
            .contains("wants 24 bytes at offset 1336, the file has 1341 bytes"),
        "{damage:?}"
    );
    assert!(damage[0].reason.contains("(and 1 more planes like it)"), "{damage:?}");

    // Less than one plane is left.
    expect_error(
        open_bytes(&bytes[..1010], None),
        "no plane is complete: page 0 wants 24 bytes at offset 1000",
    );
}

#[test]
fn pages_whose_data_or_directories_are_lost() {
    let mut pages: Vec<_> = (0..40).map(page).collect();
    pages[0] = pages[0]
        .clone()
        .with_description("ImageJ=1.54f\nimages=40\nslices=40\n");
    // The first page is lost, another one too.
    for lost in [0, 7] {
        pages[lost] = pages[lost].clone().with(273, Values::Long(vec![1 << 30]));
    }
    let bytes = LITTLE.write(&pages);
    let cut = directories(&bytes)[30].0 + 5;
    let source = open_bytes(&bytes[..cut], None).expect("the file opens");
    assert_eq!(source.dataset().shape.z, 40);
    assert_eq!((plane(&source, 1), plane(&source, 29)), (Ok(1), Ok(29)));
    for (z, says) in [
        (0, "offset 1073741824"),
        (7, "offset 1073741824"),
        (30, "page 30"),
        (39, "has 30 pages"),
    ] {
        let error = plane(&source, z).expect_err("it is lost");
        assert!(error.contains(says) && !error.contains('\n'), "{z}: {error}");
    }
    let damage = source.damage();
    assert_eq!(
        ranges(&damage),
        [(0..1, 0..1, 0..1), (0..1, 0..1, 7..8), (0..1, 0..1, 30..40)]
    );
    assert!(damage[2].reason.contains("the list of pages breaks off"), "{damage:?}");

    let lost: Vec<_> = pages
        .iter()
        .map(|page| page.clone().with(273, Values::Long(vec![1 << 30])))
        .collect();
    expect_error(open_bytes(&LITTLE.write(&lost), None), "no plane is complete");
}

#[test]
fn a_cut_file_whose_directories_stood_behind_all_voxels() {
    // As tifffile writes it: the first directory, all voxels, then the other directories.
    let voxels: Vec<u8> = (0..20u16).flat_map(|i| i.to_le_bytes().repeat(12)).collect();
    let first = page(0)
        .with(273, Values::Long(vec![500]))
        .with(279, Values::Long(vec![24]));
    let mut bytes = LITTLE.write(&[first]);
    let (_, link) = directories(&bytes)[0];
    bytes.resize(500, 0);
    bytes.extend(&voxels);
    // The second directory would stand here, aligned.
    let second = (bytes.len() as u32).next_multiple_of(16);
    bytes[link..link + 4].copy_from_slice(&second.to_le_bytes());
    bytes.truncate(500 + 15 * 24 + 7);
    let source = open_bytes(&bytes, None).expect("the file opens");
    assert_eq!(source.dataset().shape, shape(1, 1, 20, 3, 4));
    let warnings = source.dataset().warnings.join("; ");
    assert!(
        warnings.contains("20 planes are taken to stand behind each other"),
        "{warnings}"
    );
    assert_eq!((plane(&source, 0), plane(&source, 14)), (Ok(0), Ok(14)));
    assert!(plane(&source, 15).is_err());
    assert_eq!(ranges(&source.damage()), [(0..1, 0..1, 15..20)]);

    // A link to anywhere else tells nothing.
    bytes[link..link + 4].copy_from_slice(&(500 + 20 * 24 + 20u32).to_le_bytes());
    let source = open_bytes(&bytes, None).expect("the file opens");
    assert_eq!(source.dataset().shape.z, 1);
}

#[test]
fn planes_that_take_turns_with_two_pages() {
    // The tables of their strips, read for each plane, would be many times the file.
    const STRIPS: usize = 500;
    let mut page = Page::gray(4, STRIPS as u32, 8, 1, Vec::new()).with(278, Values::Long(vec![1]));
    page.chunks = vec![vec![1; 4]; STRIPS];
    // Not contiguous, so that the strips stay apart.
    page.chunks[0] = vec![1; 5];
    let data: String = (0..200)
        .map(|z| format!("<TiffData IFD=\"{}\" FirstZ=\"{z}\"/>", z % 2))
        .collect();
    let xml = format!(
        "<OME><Image><Pixels DimensionOrder=\"XYZCT\" SizeX=\"4\" SizeY=\"{STRIPS}\" SizeZ=\"200\" SizeC=\"1\" \
         SizeT=\"1\">{data}</Pixels></Image></OME>"
    );
    let source = open_pages(LITTLE, &[page.clone().with_description(&xml), page]);
    assert_eq!(source.dataset().shape.z, 200);
    assert_eq!(source.damage(), []);
}

#[test]
fn damage_is_told_in_bounds() {
    // Every second of 5000 planes is lost.
    let pages: Vec<_> = (0..5000)
        .map(|i| match i % 2 {
            0 => page(i),
            _ => page(i).with(273, Values::Long(vec![1 << 30])),
        })
        .collect();
    let source = open_pages(LITTLE, &pages);
    let damage = source.damage();
    assert_eq!(damage.len(), 1001);
    assert_eq!(damage[999].z, 1999..2000);
    assert_eq!(damage[1000].z, 2001..5000);
    assert!(
        damage[1000].reason.starts_with("1500 more planes"),
        "{:?}",
        damage[1000]
    );
}
