//! What fuzzing found: one test per finding, with the smallest file that shows it.

mod common;

use common::tiff_files::{LITTLE, open_bytes, whole};
use common::tiff_writer::{Page, Values};
use microtome::source::Source;

/// The voxels of a file of one volume, read into memory that held `before`.
fn voxels(file: &[u8], before: u8) -> Option<Vec<u8>> {
    let source = open_bytes(file, None).ok()?;
    let region = whole(&source, 0, 0);
    let mut out = vec![before; region.voxels() as usize * source.dataset().sample_type.bytes()];
    source.read(&region, &mut out).ok()?;
    Some(out)
}

/// A grey JPEG of 8 x 64 pixels, of which every block is two bits; `data` is what the scan holds.
fn jpeg(data: &[u8]) -> Vec<u8> {
    let table = |class: u8| [&[0xff, 0xc4, 0, 20, class, 1][..], &[0; 15], &[0]].concat();
    [
        &[0xff, 0xd8, 0xff, 0xdb, 0, 67, 0],
        &[1; 64][..],
        &[0xff, 0xc0, 0, 11, 8, 0, 64, 0, 8, 1, 1, 0x11, 0],
        &table(0x00),
        &table(0x10),
        &[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0],
        data,
        &[0xff, 0xd9],
    ]
    .concat()
}

#[test]
fn a_jpeg_scan_that_is_followed_by_another_leaves_nothing_from_before() {
    let file = |data: &[u8]| {
        let page = Page::gray(8, 64, 8, 1, jpeg(data)).with(259, Values::Short(vec![7]));
        LITTLE.write(&[page])
    };
    assert_eq!(voxels(&file(&[0, 0]), 0xa5), Some(vec![128; 512]), "a sound scan");
    let broken = file(&[0, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]);
    assert_eq!(voxels(&broken, 0xa5), voxels(&broken, 0x5a));
}
