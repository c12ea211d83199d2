use crate::volume::{Axis, Box3};

use super::{Caps, GpuError};

/// Voxels that neighbouring tiles share on every side, so that interpolation never needs a second tile.
const HALO: u64 = 1;

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
        // One allocation may be capped: halve the longest side until every tile fits.
        loop {
            let side = |axis: usize| {
                if counts[axis] == 1 {
                    size[axis]
                } else {
                    size[axis].div_ceil(counts[axis]) + 2 * HALO
                }
            };
            let bytes = (0..3).map(side).product::<u64>().saturating_mul(bytes_per_voxel);
            let Some(longest) = (0..3)
                .filter(|&axis| size[axis] > counts[axis])
                .max_by_key(|&axis| side(axis))
            else {
                break;
            };
            if bytes <= caps.max_texture_bytes {
                break;
            }
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
