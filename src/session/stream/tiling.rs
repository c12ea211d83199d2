use std::ops::Range;

use crate::gpu::{StagingRing, Tile};
use crate::source::Source;
use crate::volume::{Axis, Box3};

/// Staging bytes of a tile, all channels that are stored together: a plane of a camera is one or two.
const TILE_BYTES: u64 = 4 << 20;
/// Columns of a tile, about, where the file is tiled itself.
const TILE_COLUMNS: u64 = 1024;
/// Voxels that neighbouring tiles share, so that interpolation never needs a second tile.
const HALO: u64 = 1;

/// How the planes along an axis of a level are cut into tiles that are loaded one by one.
///
/// A tile follows the strips or tiles of the file: reading a part of one costs all of it.
#[derive(Debug)]
pub(super) struct Tiling {
    normal: Axis,
    /// Extents (v, u) of the plane.
    size: [u64; 2],
    /// Extents (v, u) of a tile.
    step: [u64; 2],
}

impl Tiling {
    /// Tiles for planes along `normal`, of `voxel_bytes` per voxel on the GPU and at most `max_side` voxels a side.
    pub(super) fn new(source: &dyn Source, level: usize, normal: Axis, voxel_bytes: u64, max_side: u64) -> Self {
        let shape = source.dataset().levels[level];
        let [chunk_c, chunk_z, chunk_y, chunk_x] = source.chunk_shape(level).map(|n| n.max(1));
        let chunk = [chunk_z, chunk_y, chunk_x];
        let (v_axis, u_axis) = normal.plane_axes();
        let size = [shape.along(v_axis), shape.along(u_axis)];
        let chunk = [chunk[v_axis.index()], chunk[u_axis.index()]];
        let together = chunk_c.min(shape.c).max(1);
        // A row in staging memory is one along x, padded: where that is the normal, each voxel is a row.
        let pixel_bytes = match normal {
            Axis::X => StagingRing::block_bytes(voxel_bytes, 1),
            _ => voxel_bytes,
        };
        let step = tile_size(size, chunk, pixel_bytes.saturating_mul(together), max_side);
        Self { normal, size, step }
    }

    fn across(&self) -> u64 {
        self.size[1].div_ceil(self.step[1])
    }

    /// A tile of the plane at `index` along the normal; places count along u first.
    pub(super) fn tile(&self, place: u64, index: u64) -> Tile {
        let at = [place / self.across(), place % self.across()];
        let core = [0, 1].map(|i| at[i] * self.step[i]..((at[i] + 1) * self.step[i]).min(self.size[i]));
        let held = [0, 1].map(|i| core[i].start.saturating_sub(HALO)..(core[i].end + HALO).min(self.size[i]));
        Tile {
            core: self.layer(core, index),
            held: self.layer(held, index),
        }
    }

    fn layer(&self, [v, u]: [Range<u64>; 2], index: u64) -> Box3 {
        let (v_axis, u_axis) = self.normal.plane_axes();
        let mut ranges = [index..index + 1, index..index + 1, index..index + 1];
        ranges[v_axis.index()] = v;
        ranges[u_axis.index()] = u;
        let [z, y, x] = ranges;
        Box3 { z, y, x }
    }

    /// Places of the tiles that show a part of a rectangle of the plane, in voxels, (v, u) order; those in its middle
    /// first.
    pub(super) fn within(&self, rect: &[Range<f64>; 2]) -> Vec<u64> {
        let [rows, columns] = [0, 1].map(|i| {
            let first = rect[i].start.floor().max(0.0) as u64 / self.step[i];
            let end = (rect[i].end.ceil().max(0.0) as u64)
                .min(self.size[i])
                .div_ceil(self.step[i]);
            first..end
        });
        let distance = |[row, column]: [u64; 2]| {
            let of = |i: usize, at: u64| {
                let middle = (rect[i].start + rect[i].end) / 2.0;
                ((at as f64 + 0.5) * self.step[i] as f64 - middle).abs()
            };
            of(0, row).hypot(of(1, column)) as u64
        };
        let mut places: Vec<[u64; 2]> = rows
            .flat_map(|row| columns.clone().map(move |column| [row, column]))
            .collect();
        places.sort_by_key(|&place| distance(place));
        places
            .into_iter()
            .map(|[row, column]| row * self.across() + column)
            .collect()
    }
}

/// Rows and columns of a tile.
fn tile_size(size: [u64; 2], chunk: [u64; 2], pixel_bytes: u64, max_side: u64) -> [u64; 2] {
    let most = max_side.saturating_sub(2 * HALO).max(1);
    // Strips are as wide as the image.
    let mut columns = match chunk[1] >= size[1] {
        true => size[1],
        false => (TILE_COLUMNS / chunk[1]).max(1) * chunk[1],
    };
    columns = columns.min(most).min(size[1]).max(1);
    while columns > 1 && columns.saturating_mul(pixel_bytes) > TILE_BYTES {
        columns = columns.div_ceil(2);
    }
    let row_bytes = columns.saturating_mul(pixel_bytes).max(1);
    let fitting = (TILE_BYTES / row_bytes).max(1);
    let rows = match fitting / chunk[0] {
        // A strip that is not much larger is taken whole; others are cut.
        0 if chunk[0] <= 4 * fitting => chunk[0],
        0 => fitting,
        chunks => chunks * chunk[0],
    };
    [rows.min(most).min(size[0]).max(1), columns]
}

#[cfg(test)]
mod tests {
    use super::tile_size;

    #[test]
    fn tiles_follow_the_chunks_of_the_file() {
        // Strips of one row: whole rows, four MiB of them.
        assert_eq!(tile_size([2048, 2048], [1, 2048], 2, 16384), [1024, 2048]);
        // One strip per page is cut where it is large, and kept where it is not much larger.
        assert_eq!(tile_size([20_000, 20_000], [20_000, 20_000], 2, 2048), [1025, 2046]);
        assert_eq!(tile_size([1500, 2048], [1500, 2048], 2, 16384), [1500, 2048]);
        // Tiles: several of the file's.
        assert_eq!(tile_size([9000, 9000], [256, 256], 1, 16384), [4096, 1024]);
        assert_eq!(tile_size([9000, 9000], [256, 256], 6, 16384), [512, 1024]);
        // Nothing is ever empty.
        assert_eq!(tile_size([1, 1], [1, 1], 8, 3), [1, 1]);
        assert_eq!(tile_size([10, 10], [10, 10], 1 << 40, 3), [1, 1]);
    }
}
