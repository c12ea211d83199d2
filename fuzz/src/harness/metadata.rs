//! A sound file of several small pages, and any text where writers put what the pages are.

use crate::source::tiff::OpenOptions;
use crate::tiff_writer::{Layout, Page, Values};

use super::{MAX_INPUT, check_damage, open_checked, regions, write};

/// Opens and reads a file with this text; the first byte says what its pages are, the second where the text is.
pub fn run(input: &[u8]) {
    let [pages, place, text @ ..] = input else {
        return;
    };
    if input.len() > MAX_INPUT {
        return;
    }
    let has = |flag: u8| pages & flag != 0;
    let layout = Layout {
        is_big_endian: has(0x40),
        is_bigtiff: has(0x80),
    };
    let samples = if has(0x20) { 3 } else { 1 };
    let bits = if has(0x10) { 16 } else { 8 };
    let page = Page::gray(5, 4, bits, 1, vec![7; 20 * samples * usize::from(bits / 8)])
        .with(258, Values::Short(vec![bits; samples]))
        .with(277, Values::Short(vec![samples as u16]));
    let mut pages = vec![page; usize::from(pages & 0x0f) + 1];
    let mut options = OpenOptions::default();
    let first = &mut pages[0];
    let bytes = Values::Bytes(text.to_vec());
    match place % 10 {
        // ImageJ's binary metadata: a header that says how long its one part is, then the part.
        1 => {
            let (header, part) = text.split_at(text.len().min(12));
            let counts = [header.len(), part.len()].map(|len| len as u32);
            *first = first
                .clone()
                .with_description("ImageJ=1.54f\nimages=6\nchannels=3\nslices=2\nhyperstack=true\nmode=composite\n")
                .with(50838, Values::Long(counts.to_vec()))
                .with(50839, bytes);
        }
        // LSM.
        2 => *first = first.clone().with(34412, bytes),
        // STK: the length of UIC2 is the number of planes.
        3 => *first = first.clone().with(33629, Values::Rational(3, 2)).with(33628, bytes),
        4 => *first = first.clone().with_description("").with(33629, bytes),
        // MicroManager, beside a summary for its index.
        5 => *first = first.clone().with(51123, bytes),
        // The text of a companion file that the first page refers to.
        6 => {
            write("image.companion.ome", text);
            *first = first
                .clone()
                .with_description("<OME><BinaryOnly MetadataFile=\"image.companion.ome\" UUID=\"urn:uuid:1\"/></OME>");
        }
        // Axes that the user gives, then a description.
        7 => {
            let axes: Vec<u8> = text.iter().copied().take_while(|&byte| byte != b'\n').collect();
            let letters = axes.iter().filter(|byte| byte.is_ascii_graphic()).take(99);
            options.axes = Some(letters.map(|&byte| char::from(byte)).collect());
            let rest = text.get(axes.len() + 1..).unwrap_or_default();
            *first = first.clone().with(270, description(rest));
        }
        // Software, which decides what some descriptions mean.
        8 => {
            let software: Vec<u8> = text.iter().copied().take_while(|&byte| byte != b'\n').collect();
            let rest = text.get(software.len() + 1..).unwrap_or_default();
            *first = first
                .clone()
                .with(305, description(&software))
                .with(270, description(rest));
        }
        // Which image of several, then a description.
        9 => {
            let (series, rest) = text.split_first().unwrap_or((&0, &[]));
            options.series = usize::from(*series);
            *first = first.clone().with(270, description(rest));
        }
        _ => *first = first.clone().with(270, description(text)),
    }
    let path = write("image.tif", &layout.write(&pages));
    if let Some(source) = open_checked(&path, &options) {
        regions::read(&source);
        check_damage(&source);
    }
}

/// Text that need not be UTF-8, with the NUL that ends it.
fn description(text: &[u8]) -> Values {
    Values::Text(match std::str::from_utf8(text) {
        Ok(text) => text.to_owned(),
        Err(_) => text.iter().map(|&byte| char::from(byte)).collect(),
    })
}
