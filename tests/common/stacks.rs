//! Small image files to be opened one after another.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::tiff_files::{LITTLE, noise};
use super::tiff_writer::{Page, Values};

/// Planes of a stack.
pub(crate) const PLANES: u64 = 5;
// Larger voxels on the screen would have lines between them. Both are prime: no voxel ends in the middle of a pixel.
const WIDTH: u32 = 397;
const HEIGHT: u32 = 307;
/// Where the first strip of a file is written: behind the header.
const STRIPS_START: u32 = 8;

/// The file of a stack of 16-bit planes that looks like noise, another one for each seed.
pub(crate) fn stack(seed: u64) -> Vec<u8> {
    LITTLE.write(&planes(seed))
}

/// Writes a [`stack`].
pub(crate) fn write_stack(folder: &Path, name: &str, seed: u64) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, stack(seed)).expect("a file can be written");
    path
}

/// Writes the planes of a [`stack`] into files of their own.
pub(crate) fn write_planes(folder: &Path, seed: u64) {
    for (z, plane) in planes(seed).into_iter().enumerate() {
        std::fs::write(folder.join(format!("z{z}.tif")), LITTLE.write(&[plane])).expect("a file can be written");
    }
}

/// A stack whose header is whole, and whose voxels are not in the file.
pub(crate) fn hollow_stack() -> Vec<u8> {
    let nowhere = |page: Page| page.with(273, Values::Long(vec![0x7000_0000]));
    let pages: Vec<Page> = planes(1).into_iter().map(nowhere).collect();
    LITTLE.write(&pages)
}

/// A stack of so many planes of 1 MiB that takes long to read for the size of its file: they are one and the same strip.
pub(crate) fn slow_stack(planes: usize) -> Vec<u8> {
    const SIDE: u32 = 724;
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed
        .write_all(&noise((2 * SIDE * SIDE) as usize, 1))
        .expect("memory can be written");
    let packed = packed.finish().expect("memory can be written");
    let count = packed.len() as u32;
    let gray = |strip| Page {
        chunks: strip,
        ..Page::gray(SIDE, SIDE, 16, 1, Vec::new()).with(259, Values::Short(vec![8]))
    };
    let again = gray(Vec::new())
        .with(273, Values::Long(vec![STRIPS_START]))
        .with(279, Values::Long(vec![count]));
    let mut pages = vec![gray(vec![packed])];
    pages.resize(planes, again);
    LITTLE.write(&pages)
}

fn planes(seed: u64) -> Vec<Page> {
    let plane = |z| {
        Page::gray(
            WIDTH,
            HEIGHT,
            16,
            1,
            noise((2 * WIDTH * HEIGHT) as usize, seed * PLANES + z),
        )
    };
    (0..PLANES).map(plane).collect()
}

/// For command lines.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("in UTF-8")
}
