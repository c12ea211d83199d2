//! Opening and reading files that a test has just written.

use microtome::source::tiff::{OpenOptions, TiffSource, open};
use microtome::source::{Source, SourceError};
use microtome::volume::{Region, Shape};

use super::tiff_writer::{Layout, Page};

pub(crate) const LITTLE: Layout = Layout {
    is_big_endian: false,
    is_bigtiff: false,
};
pub(crate) const BIG: Layout = Layout {
    is_big_endian: true,
    is_bigtiff: false,
};

/// Writes a file into a folder of its own and opens it.
pub(crate) fn open_bytes(bytes: &[u8], axes: Option<&str>) -> Result<TiffSource, SourceError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.tif");
    std::fs::write(&path, bytes).expect("the file is written");
    open(
        &path,
        &OpenOptions {
            axes: axes.map(str::to_owned),
            ..OpenOptions::default()
        },
    )
}

pub(crate) fn open_pages(layout: Layout, pages: &[Page]) -> TiffSource {
    open_bytes(&layout.write(pages), None).expect("the file opens")
}

pub(crate) fn whole(source: &TiffSource, level: usize, t: u64) -> Region {
    let shape = source.dataset().levels[level];
    Region {
        level,
        t,
        c: 0..shape.c,
        zyx: shape.volume_box(),
    }
}

pub(crate) fn read(source: &TiffSource, region: &Region) -> Result<Vec<u8>, SourceError> {
    let mut out = vec![0xa5; region.voxels() as usize * source.dataset().sample_type.bytes()];
    source.read(region, &mut out)?;
    Ok(out)
}

pub(crate) fn read_whole(source: &TiffSource) -> Vec<u8> {
    read(source, &whole(source, 0, 0)).expect("the volume is read")
}

/// `n` bytes that look like noise, the same for the same seed.
pub(crate) fn noise(n: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..n)
        .map(|_| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 56) as u8
        })
        .collect()
}

/// Samples of `width` bytes in the other byte order.
pub(crate) fn swapped(bytes: &[u8], width: usize) -> Vec<u8> {
    bytes
        .chunks(width)
        .flat_map(|sample| sample.iter().rev().copied())
        .collect()
}

/// (t, c, z, y, x).
pub(crate) fn shape(t: u64, c: u64, z: u64, y: u64, x: u64) -> Shape {
    Shape { t, c, z, y, x }
}

pub(crate) fn expect_error(result: Result<TiffSource, SourceError>, part: &str) {
    match result {
        Ok(source) => panic!("opened as {:?}, not refused with {part:?}", source.dataset().shape),
        Err(error) => {
            let message = error.to_string();
            assert!(message.contains(part), "{message:?} does not say {part:?}");
            assert!(!message.contains('\n'), "{message:?} has several lines");
        }
    }
}

/// Pixel-interleaved samples as planes.
pub(crate) fn planes_of(pixels: &[u8], samples: usize, width: usize) -> Vec<u8> {
    let sample = |s: usize| {
        pixels
            .chunks(samples * width)
            .flat_map(move |pixel| pixel[s * width..][..width].to_vec())
    };
    (0..samples).flat_map(sample).collect()
}
