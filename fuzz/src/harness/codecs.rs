//! A sound directory, and one strip or tile of any bytes: the first bytes of the input say how it is packed.

use crate::source::tiff::OpenOptions;
use crate::tiff_writer::{Layout, Page, Values};

use super::{MAX_INPUT, open_checked, regions, write};

/// Codes of the Compression tag.
const COMPRESSIONS: [u16; 22] = [
    1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 33003, 33004, 33005, 34712, 34887, 34925, 34927, 34933, 50000, 50001, 50002,
    52546,
];
const PHOTOMETRICS: [u16; 8] = [0, 1, 2, 3, 5, 6, 8, 32803];

/// Bytes of the input that say how the rest is packed.
const SETTINGS: usize = 11;

/// Opens and reads a file of these bytes.
pub fn run(input: &[u8]) {
    let Some((settings, data)) = input.split_first_chunk::<SETTINGS>() else {
        return;
    };
    if input.len() > MAX_INPUT {
        return;
    }
    let path = write("image.tif", &file(settings, data));
    if let Some(source) = open_checked(&path, &OpenOptions::default()) {
        regions::read(&source);
    }
}

fn file(settings: &[u8; SETTINGS], data: &[u8]) -> Vec<u8> {
    let [
        compression,
        flags,
        bits,
        kinds,
        samples,
        width,
        height,
        rows,
        t4,
        tables @ ..,
    ] = *settings;
    let has = |flag: u8| flags & flag != 0;
    let (is_big_endian, is_tiled, is_planar) = (has(0x20), has(0x40), has(0x80));
    let samples_per_pixel = u16::from(samples & 7).max(1);
    let (width, height) = (u32::from(width) + 1, u32::from(height) + 1);
    // All strips or tiles are the same bytes, and there are few of them.
    let rows = (u32::from(rows) + 1).max(height.div_ceil(3));
    let planes = if is_planar { u32::from(samples_per_pixel) } else { 1 };
    let chunks = (height.div_ceil(rows) * planes) as usize;
    let (tables, data) = data.split_at(usize::from(u16::from_le_bytes(tables)).min(data.len()));

    let short = |value: u16| Values::Short(vec![value]);
    let mut page = Page::gray(width, height, 0, u16::from(kinds & 7).max(1), data.to_vec())
        .with(
            258,
            Values::Short(vec![u16::from(bits); usize::from(samples_per_pixel)]),
        )
        .with(259, short(COMPRESSIONS[usize::from(compression) % COMPRESSIONS.len()]))
        .with(262, short(PHOTOMETRICS[usize::from(kinds >> 4) % PHOTOMETRICS.len()]))
        .with(266, short(if has(0x10) { 2 } else { 1 }))
        .with(277, short(samples_per_pixel))
        .with(284, short(if is_planar { 2 } else { 1 }))
        .with(292, Values::Long(vec![t4.into()]))
        .with(317, short(u16::from(flags & 3).max(1)));
    let subsampling = u16::from(samples >> 3);
    if subsampling != 0 {
        page = page.with(
            530,
            Values::Short(vec![1 << (subsampling & 3), 1 << (subsampling >> 2 & 3)]),
        );
    }
    if !tables.is_empty() {
        page = page.with(347, Values::Bytes(tables.to_vec()));
    }
    page.is_tiled = is_tiled;
    page = if is_tiled {
        page.tags.retain(|(tag, _)| *tag != 278);
        page.with(322, Values::Long(vec![width]))
            .with(323, Values::Long(vec![rows]))
    } else {
        page.with(278, Values::Long(vec![rows]))
    };
    let (offsets, counts) = if is_tiled { (324, 325) } else { (273, 279) };
    // Behind the header of eight bytes.
    page = page
        .with(offsets, Values::Long(vec![8; chunks]))
        .with(counts, Values::Long(vec![data.len() as u32; chunks]));
    let layout = Layout {
        is_big_endian,
        is_bigtiff: false,
    };
    layout.write(&[page])
}
