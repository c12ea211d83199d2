use std::ops::Range;

use crate::gpu::{Tile, VolumeTextures};
use crate::view::{Camera, Rect, ViewState};
use crate::volume::Box3;

/// A tile to be drawn: where its voxels lie, and the textures that hold them.
#[derive(Clone, Debug)]
pub struct Patch<'a> {
    /// Where its voxels lie, in voxels of its level.
    pub tile: &'a Tile,
    /// Extents (z, y, x) of the whole level; those of the view for full resolution.
    pub level_extent: [u64; 3],
    /// One per channel of the dataset; `None` for those that are not drawn.
    pub channels: Vec<Option<&'a wgpu::TextureView>>,
}

/// Voxels that are missing, to be hatched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hatched {
    /// Of which channels.
    pub c: Range<u64>,
    /// Which, in voxels of the view.
    pub part: Box3,
}

impl<'a> Patch<'a> {
    /// All tiles of a volume in full resolution.
    pub fn of_volume(volume: &'a VolumeTextures, extent: [u64; 3]) -> Vec<Self> {
        let of_tile = |(index, tile): (usize, &'a Tile)| Self {
            tile,
            level_extent: extent,
            channels: (0..volume.channel_count())
                .map(|channel| Some(volume.view(channel, index)))
                .collect(),
        };
        volume.grid.tiles.iter().enumerate().map(of_tile).collect()
    }
}

/// The view of the same place through a panel, in voxels of a level of these extents (z, y, x).
///
/// Levels cover the same volume: position (u, v) in one is that in the other times the ratio of their extents.
pub(super) fn view_at_level(view: &ViewState, level_extent: [u64; 3], panel: Rect) -> ViewState {
    let ratio = [0, 1, 2].map(|i| view.extent[i] as f64 / level_extent[i].max(1) as f64);
    let [u, v] = view.shown_axes().map(|shown| shown.axis);
    let (center, scale) = view.resolve_camera(panel);
    let mut level = view.clone();
    level.extent = level_extent;
    for i in 0..3 {
        let index = (view.index[i] as f64 + 0.5) / ratio[i];
        level.index[i] = (index as u64).min(level_extent[i].saturating_sub(1));
        level.spacing[i] *= ratio[i];
    }
    // The aspect of a camera that is not square follows from the spacing: here, it is the ratio of the two scales.
    let zoom = [scale[0] * ratio[u.index()], scale[1] * ratio[v.index()]];
    level.spacing[v.index()] = level.spacing[u.index()] * zoom[1] / zoom[0];
    level.camera = Camera::At {
        center: [center[0] / ratio[u.index()], center[1] / ratio[v.index()]],
        zoom: zoom[0],
        is_square: false,
    };
    level
}
