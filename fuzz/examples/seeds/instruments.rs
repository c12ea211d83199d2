//! Whole files as instruments write them: numbers that point at blocks beside the pixels.

use super::tiff_writer::{Layout, Page, Values};

const LITTLE: Layout = Layout {
    is_big_endian: false,
    is_bigtiff: false,
};

fn longs(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn flat(value: u8) -> Page {
    Page::gray(6, 4, 8, 1, vec![value; 24])
}

/// A page whose first strip stands behind a block, which begins at offset 8.
fn behind(block: Vec<u8>, page: Page) -> Page {
    let offset = 8 + block.len() as u32;
    let mut page = page
        .with(273, Values::Long(vec![offset]))
        .with(279, Values::Long(vec![24]));
    page.chunks.insert(0, block);
    page
}

/// STK: five planes behind each other, with a distance for each, and lengths of pixels.
fn metamorph() -> Vec<u8> {
    let planes = 5 * 24;
    let distances = [3, 2, 0, 0, 0, 0].repeat(5);
    let uic2 = 8 + planes as u32;
    let uic1 = uic2 + 4 * distances.len() as u32;
    let lengths = uic1 + 24;
    let pairs = [4, lengths, 5, lengths, 6, lengths + 8];
    let data = [
        &vec![1; planes][..],
        &longs(&distances),
        &longs(&pairs),
        &longs(&[1, 4, 3]),
        b"um\0",
    ];
    let page = Page::gray(6, 4, 8, 1, data.concat())
        .with(273, Values::Long(vec![8]))
        .with(279, Values::Long(vec![24]))
        .with(33628, Values::Raw(4, 3, longs(&[uic1])))
        .with(33629, Values::Raw(5, 5, longs(&[uic2])));
    LITTLE.write(&[page])
}

/// LSM: two channels with names and colours, a small copy behind each page.
fn zeiss() -> Vec<u8> {
    let mut info = longs(&[0x0400_494c, 512, 6, 4, 3, 2, 1, 0, 0, 0]);
    info.extend([2e-7f64, 3e-7, 1e-6].iter().flat_map(|metres| metres.to_le_bytes()));
    info.resize(512, 0);
    info[108..112].copy_from_slice(&8u32.to_le_bytes());
    let block = [
        &longs(&[50, 2, 2, 24, 32, 0])[..],
        &[0, 255, 0, 0, 255, 0, 0, 0],
        &longs(&[4]),
        b"GFP\0",
        &longs(&[6]),
        b"Cy5.5\0",
    ];
    let mut pages = Vec::new();
    for i in 0..6 {
        let page = flat(i);
        pages.push(match i {
            0 => behind(block.concat(), page).with(34412, Values::Bytes(info.clone())),
            _ => page,
        });
        pages.push(Page::gray(3, 2, 8, 1, vec![99; 6]).with(254, Values::Long(vec![1])));
    }
    LITTLE.write(&pages)
}

/// MicroManager: an index of directories at the end, a summary at the beginning; two channels, three slices.
fn micro_manager() -> Vec<u8> {
    let summary = br#"{"ChNames":["DAPI","GFP"],"PixelSize_um":0.5,"z-step_um":-2.0}"#;
    let head = longs(&[54_773_648, 0, 0, 0, 0, 0, 2_355_492, summary.len() as u32]);
    let mut pages: Vec<_> = (0..6).map(flat).collect();
    pages[0] = behind([&head[..], summary].concat(), flat(0)).with(51123, Values::Text("{}".into()));
    let mut bytes = LITTLE.write(&pages);
    let number = |bytes: &[u8], at: usize, len: usize| {
        bytes[at..at + len]
            .iter()
            .rev()
            .fold(0, |value, &byte| value << 8 | u32::from(byte))
    };
    let mut index = longs(&[3_453_623, 6]);
    let mut at = number(&bytes, 4, 4);
    for i in 0..6 {
        index.extend(longs(&[i % 2, i / 2, 0, 0, at]));
        let entries = number(&bytes, at as usize, 2);
        at = number(&bytes, (at + 2 + 12 * entries) as usize, 4);
    }
    let end = bytes.len() as u32;
    bytes[12..16].copy_from_slice(&end.to_le_bytes());
    bytes.extend(index);
    bytes
}

/// Pages enough for their directories to be taken as evenly spaced.
fn long_stack(layout: Layout) -> Vec<u8> {
    layout.write(&vec![Page::gray(3, 2, 8, 1, vec![5; 6]); 30])
}

pub(super) fn all() -> Vec<Vec<u8>> {
    let bigtiff = Layout {
        is_bigtiff: true,
        ..LITTLE
    };
    vec![
        metamorph(),
        zeiss(),
        micro_manager(),
        long_stack(LITTLE),
        long_stack(bigtiff),
    ]
}
