use crate::volume::{Axis, Box3};

use super::{Caps, GpuError};

/// Voxels that neighbouring tiles share on every side, so that interpolation never needs a second tile.
const HALO: u64 = 1;

/// Fewer planes a stack is not cut into for handiness: the borders would take more than an eighth of its memory.
const LEAST_PLANES: u64 = 16;

/// One 3D texture's place in a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// The voxels this tile is responsible for; the cores of all tiles partition the volume.
    pub core: Box3,
    /// The voxels it holds: the core and a border of one voxel where there is a neighbour.
    pub held: Box3,
}

/// How a box of voxels is cut into tiles that the adapter can hold. The same for every channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileGrid {
    /// The box that is covered.
    pub extent: Box3,
    /// The tiles, z slowest.
    pub tiles: Vec<Tile>,
}

impl TileGrid {
    /// The fewest tiles that keep within the adapter's limits.
    ///
    /// # Errors
    /// If the limits are so small that a tile could not hold a voxel and its border.
    pub fn new(extent: &Box3, bytes_per_voxel: u64, caps: &Caps) -> Result<Self, GpuError> {
        let size = extent.size();
        let limit = caps.max_tile;
        if limit < 2 * HALO + 1 && size.iter().any(|&n| n > limit) {
            return Err(GpuError::Limit {
                what: "the side of a tile".into(),
                needed: 2 * HALO + 1,
                limit,
            });
        }
        let mut counts = size.map(|n| if n <= limit { 1 } else { n.div_ceil(limit - 2 * HALO) });
        let side = |counts: &[u64; 3], axis: usize| match counts[axis] {
            1 => size[axis],
            count => size[axis].div_ceil(count) + 2 * HALO,
        };
        let bytes = |counts: &[u64; 3]| {
            let voxels = (0..3).map(|axis| side(counts, axis)).product::<u64>();
            voxels.saturating_mul(bytes_per_voxel)
        };
        while bytes(&counts) > caps.handy_texture_bytes && size[0] / (2 * counts[0]) >= LEAST_PLANES {
            counts[0] *= 2;
        }
        // One allocation may be capped: halve the longest side until every tile fits.
        while bytes(&counts) > caps.max_texture_bytes {
            let can_be_cut = (0..3).filter(|&axis| size[axis] > counts[axis]);
            let Some(longest) = can_be_cut.max_by_key(|&axis| side(&counts, axis)) else {
                break;
            };
            counts[longest] *= 2;
        }

        let cuts = |axis: Axis| {
            let range = extent.along(axis).clone();
            let step = size[axis.index()].div_ceil(counts[axis.index()]).max(1);
            let starts: Vec<u64> = (range.start..range.end).step_by(step as usize).collect();
            starts.into_iter().map(move |start| {
                let core = start..(start + step).min(range.end);
                let held = core.start.saturating_sub(HALO).max(range.start)..(core.end + HALO).min(range.end);
                (core, held)
            })
        };
        let (ys, xs): (Vec<_>, Vec<_>) = (cuts(Axis::Y).collect(), cuts(Axis::X).collect());
        let mut tiles = Vec::new();
        for (z_core, z_held) in cuts(Axis::Z) {
            for (y_core, y_held) in &ys {
                for (x_core, x_held) in &xs {
                    tiles.push(Tile {
                        core: Box3 {
                            z: z_core.clone(),
                            y: y_core.clone(),
                            x: x_core.clone(),
                        },
                        held: Box3 {
                            z: z_held.clone(),
                            y: y_held.clone(),
                            x: x_held.clone(),
                        },
                    });
                }
            }
        }
        Ok(Self {
            extent: extent.clone(),
            tiles,
        })
    }

    /// Voxels of all tiles, borders included.
    pub fn held_voxels(&self) -> u64 {
        self.tiles.iter().map(|tile| tile.held.voxels()).sum()
    }
}
