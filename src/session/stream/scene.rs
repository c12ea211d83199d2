use std::ops::Range;

use crate::gpu::Tile;
use crate::view::{Rect, ViewState, panels};
use crate::volume::{Axis, Box3, Region};

use super::cache::TileKey;

/// The tiles of a plane, in one level, that a view shows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scene {
    pub(super) level: usize,
    pub(super) t: u64,
    pub(super) normal: Axis,
    /// Along the normal, in voxels of the level.
    pub(super) index: u64,
    /// Places in the tiling, and the tiles; those in the middle first.
    pub(super) tiles: Vec<(u64, Tile)>,
    /// Groups of channels that are stored together, and the channels of them that are shown.
    pub(super) groups: Vec<(u64, Range<u64>)>,
}

/// One tile of a scene: its key, its channels, and the tile.
pub(super) type Wanted<'a> = (TileKey, &'a Range<u64>, &'a Tile);

impl Scene {
    /// Every tile, of every group.
    pub(super) fn wanted(&self) -> impl Iterator<Item = Wanted<'_>> {
        self.tiles.iter().flat_map(move |(place, tile)| {
            self.groups.iter().map(move |(group, c)| {
                let key = TileKey {
                    level: self.level,
                    t: self.t,
                    normal: self.normal,
                    index: self.index,
                    place: *place,
                    group: *group,
                };
                (key, c, tile)
            })
        })
    }

    /// Voxels of all channels that are shown.
    pub(super) fn voxels(&self) -> u64 {
        let channels: u64 = self.groups.iter().map(|(_, c)| c.end - c.start).sum();
        let tiles: u64 = self.tiles.iter().map(|(_, tile)| tile.held.voxels()).sum();
        channels.saturating_mul(tiles)
    }
}

/// What is to be read for a tile.
pub(super) fn region((key, c, tile): Wanted<'_>) -> Region {
    Region {
        level: key.level,
        t: key.t,
        c: c.clone(),
        zyx: tile.held.clone(),
    }
}

/// The groups, of `together` channels each, that a view shows channels of.
pub(super) fn groups(view: &ViewState, together: u64) -> Vec<(u64, Range<u64>)> {
    let mut groups: Vec<(u64, Range<u64>)> = Vec::new();
    for channel in view.visible_channels() {
        let channel = channel as u64;
        let group = channel / together;
        match groups.last_mut() {
            Some((last, c)) if *last == group => c.end = channel + 1,
            _ => groups.push((group, channel..channel + 1)),
        }
    }
    groups
}

/// The part of the plane, in voxels of full resolution, (v, u) order, that a canvas shows.
pub(super) fn visible_rect(view: &ViewState, canvas: Rect) -> [Range<f64>; 2] {
    let panel = panels(view, canvas).first().map_or(canvas, |panel| panel.rect);
    let (left, top) = (f64::from(panel.x), f64::from(panel.y));
    let (right, bottom) = (left + f64::from(panel.width), top + f64::from(panel.height));
    let corners = [[left, top], [right, top], [left, bottom], [right, bottom]]
        .map(|px| view.stored_from_uv(view.uv_from_px(panel, px)));
    let range = |i: usize| {
        let along = corners.map(|stored| stored[i]);
        let (lo, hi) = along.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), &at| {
            (lo.min(at), hi.max(at))
        });
        // Interpolation reads the neighbour of what is shown.
        lo - 1.0..hi + 1.0
    };
    [range(1), range(0)]
}

/// The voxels of full resolution of the shown plane that a canvas shows.
pub(in crate::session) fn visible_box(view: &ViewState, canvas: Rect) -> Box3 {
    let (v_axis, u_axis) = view.normal.plane_axes();
    let [v, u] = visible_rect(view, canvas);
    let mut ranges = view.extent.map(|n| 0..n);
    for (axis, range) in [(v_axis, v), (u_axis, u)] {
        let end = view.extent[axis.index()];
        ranges[axis.index()] =
            (range.start.floor().max(0.0) as u64).min(end)..(range.end.ceil().max(0.0) as u64).min(end);
    }
    ranges[view.normal.index()] = view.plane()..view.plane() + 1;
    let [z, y, x] = ranges;
    Box3 { z, y, x }
}
