//! Whole files: every layout, some metadata.

use super::packed::{CODES, ramp};
use super::texts;
use super::tiff_writer::{Layout, Page, Values};

fn short(value: u16) -> Values {
    Values::Short(vec![value])
}

fn tiled(mut page: Page, side: u32, tiles: usize, bytes: usize) -> Page {
    page.chunks = (0..tiles).map(|_| ramp(bytes)).collect();
    page.is_tiled = true;
    page.with(322, Values::Long(vec![side]))
        .with(323, Values::Long(vec![side]))
}

fn strips(mut page: Page, rows: u32, bytes: &[usize]) -> Page {
    page.chunks = bytes.iter().map(|&bytes| ramp(bytes)).collect();
    page.with(278, Values::Long(vec![rows]))
}

pub(super) fn all() -> Vec<Vec<u8>> {
    let gray = |bits: u16, format: u16| Page::gray(9, 7, bits, format, ramp(63 * usize::from(bits).div_ceil(8)));
    let color = |planar: u16| {
        gray(8, 1)
            .with(258, Values::Short(vec![8; 3]))
            .with(262, short(2))
            .with(277, short(3))
            .with(284, short(planar))
    };
    let mut pages = vec![
        vec![gray(16, 1); 3],
        vec![gray(8, 2).with(262, short(0))],
        vec![gray(32, 3), gray(32, 3).with(256, Values::Long(vec![4]))],
        vec![gray(64, 3)],
        vec![gray(12, 1)],
        vec![gray(1, 1).with(266, short(2))],
        vec![strips(gray(8, 1), 3, &[27, 27, 9])],
        vec![strips(color(1), 4, &[108, 81])],
        vec![strips(color(2), 7, &[63, 63, 63])],
        vec![tiled(gray(16, 1), 16, 1, 512)],
        vec![tiled(gray(8, 1).with(256, Values::Long(vec![20])), 16, 2, 256)],
        vec![
            gray(8, 1)
                .with(262, short(3))
                .with(320, Values::Short(vec![0x1234; 768])),
        ],
        vec![gray(8, 1).with(274, short(6)).with(282, Values::Rational(3, 7))],
    ];
    let mut pyramid = gray(8, 1);
    pyramid.sub_pages = vec![Page::gray(4, 3, 8, 1, ramp(12)), Page::gray(2, 1, 8, 1, ramp(2))];
    pages.push(vec![pyramid.clone(), pyramid]);
    // Levels in the list of pages, as whole-slide scanners write them.
    let level = |side: u32, tiles: usize| tiled(Page::gray(side, side, 8, 1, Vec::new()), 16, tiles, 256);
    pages.push(vec![
        level(40, 9),
        level(20, 4).with(254, Values::Long(vec![1])),
        level(10, 1),
    ]);
    // A sparse tile.
    let mut sparse = level(20, 4);
    sparse.chunks[2].clear();
    pages.push(vec![sparse]);
    for text in texts::DESCRIPTIONS {
        let mut stack = vec![gray(16, 1); 6];
        stack[0] = gray(16, 1).with_description(text);
        pages.push(stack);
    }
    // The planes of ImageJ that no directory lists.
    let mut raw = gray(8, 1).with_description("ImageJ=1.54f\nimages=4\nslices=4\n");
    raw.trailing = ramp(3 * 63);
    pages.push(vec![raw]);
    for (code, predictor, packed) in CODES
        .iter()
        .flat_map(|&code| [1, 2, 3].map(|predictor| (code, predictor, super::packed::pack(code, &ramp(252)))))
    {
        let page = Page::gray(9, 7, 32, 3, packed);
        pages.push(vec![page.with(259, short(code)).with(317, short(predictor))]);
    }
    let layouts = [(false, false), (true, false), (false, true), (true, true)];
    layouts
        .into_iter()
        .flat_map(|(is_big_endian, is_bigtiff)| {
            let layout = Layout {
                is_big_endian,
                is_bigtiff,
            };
            pages.iter().map(move |pages| layout.write(pages)).collect::<Vec<_>>()
        })
        .collect()
}
