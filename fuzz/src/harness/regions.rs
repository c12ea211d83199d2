//! Reads regions of an opened file, a bounded number of bytes, and compares what must be equal.

use std::ops::Range;

use crate::source::Source;
use crate::source::tiff::TiffSource;
use crate::volume::{Box3, Region};

use super::check_error;

/// Bytes that one file may make us unpack: its shape may be anything, and an input takes milliseconds.
const MAX_TOTAL: u64 = 1 << 20;
const MAX_LEVELS: usize = 6;

/// Reads parts and wholes of the first, the middle and the last planes of every level.
pub(super) fn read(source: &TiffSource) {
    let mut left = MAX_TOTAL;
    for (level, shape) in source.dataset().levels.iter().enumerate().take(MAX_LEVELS) {
        let mut places = vec![(0, 0), (shape.t - 1, shape.z - 1), (shape.t / 2, shape.z / 2)];
        places.dedup();
        for (t, z) in places {
            let region = Region {
                level,
                t,
                c: 0..shape.c.min(5),
                zyx: Box3 {
                    z: z..shape.z.min(z + 3),
                    y: 0..shape.y.min(300),
                    x: 0..shape.x.min(300),
                },
            };
            let Some(region) = affordable(source, region, &mut left) else {
                break;
            };
            compare(source, &region);
        }
    }
}

/// The region, or its first voxel, if what must be unpacked for it is not more than what is `left`.
fn affordable(source: &TiffSource, mut region: Region, left: &mut u64) -> Option<Region> {
    let chunk = source.chunk_shape(region.level);
    for _ in 0..2 {
        let ranges = [&region.c, &region.zyx.z, &region.zyx.y, &region.zyx.x];
        let touched = |(range, chunk): (&Range<u64>, u64)| {
            let chunks = range.end.div_ceil(chunk) - range.start / chunk;
            chunks.checked_mul(chunk)
        };
        let cost = ranges
            .into_iter()
            .zip(chunk)
            .map(touched)
            .try_fold(source.dataset().sample_type.bytes() as u64, |product, len| {
                product.checked_mul(len?)
            });
        if let Some(rest) = cost.and_then(|cost| left.checked_sub(cost)) {
            *left = rest;
            return Some(region);
        }
        let first = |range: &Range<u64>| range.start..range.start + 1;
        region.c = first(&region.c);
        region.zyx = Box3 {
            z: first(&region.zyx.z),
            y: first(&region.zyx.y),
            x: first(&region.zyx.x),
        };
    }
    None
}

/// Reads the inner part of a region, then all of it: voxels must not depend on what else is read, nor on what was in
/// memory before.
fn compare(source: &TiffSource, region: &Region) {
    let inner = |range: &Range<u64>| {
        let third = (range.end - range.start) / 3;
        range.start + third..range.end - third
    };
    let part = Region {
        c: inner(&region.c),
        zyx: Box3 {
            z: inner(&region.zyx.z),
            y: inner(&region.zyx.y),
            x: inner(&region.zyx.x),
        },
        ..region.clone()
    };
    let (part_voxels, whole_voxels) = (voxels(source, &part, 0x5a), voxels(source, region, 0xa5));
    let Some(whole_voxels) = whole_voxels else {
        return;
    };
    let part_voxels = part_voxels.expect("a part of what can be read can be read");
    let bytes = source.dataset().sample_type.bytes();
    let extents =
        [&region.c, &region.zyx.z, &region.zyx.y, &region.zyx.x].map(|range| (range.end - range.start) as usize);
    let row = (part.zyx.x.end - part.zyx.x.start) as usize * bytes;
    let mut rows = part_voxels.chunks_exact(row);
    for c in part.c.clone() {
        for z in part.zyx.z.clone() {
            for y in part.zyx.y.clone() {
                let at = [
                    c - region.c.start,
                    z - region.zyx.z.start,
                    y - region.zyx.y.start,
                    part.zyx.x.start - region.zyx.x.start,
                ];
                let first = at
                    .iter()
                    .zip(extents)
                    .fold(0, |sum, (&at, len)| sum * len + at as usize)
                    * bytes;
                assert!(
                    rows.next() == Some(&whole_voxels[first..first + row]),
                    "row {y} of {part:?} differs from that of {region:?}"
                );
            }
        }
    }
}

/// The bytes of a region, in memory that held `before`.
fn voxels(source: &TiffSource, region: &Region, before: u8) -> Option<Vec<u8>> {
    let mut out = vec![before; region.voxels() as usize * source.dataset().sample_type.bytes()];
    match source.read(region, &mut out) {
        Ok(()) => Some(out),
        Err(error) => {
            check_error(&error);
            None
        }
    }
}
