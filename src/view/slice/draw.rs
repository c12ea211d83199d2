use std::ops::Range;

use bytemuck::{Pod, Zeroable};

use crate::gpu::Tile;
use crate::view::{Rect, ShownAxis, ViewState};
use crate::volume::Box3;

/// One draw of one tile, as `shaders/view/slice.wgsl` reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[allow(missing_docs)] // explained in the shader
pub struct DrawUniform {
    pub uv_at_origin: [f32; 2],
    pub uv_per_px: [f32; 2],
    pub core_lo: [i32; 2],
    pub core_hi: [i32; 2],
    pub held_lo: [i32; 2],
    pub held_hi: [i32; 2],
    pub u_axis: [i32; 4],
    pub v_axis: [i32; 4],
    pub base: [i32; 4],
    pub origin_px: [f32; 2],
    pub _pad0: [u32; 2],
}

/// Uniform and scissor rectangle of a tile in a panel; `None` if no pixel of it is shown.
pub(super) fn tile_draw(view: &ViewState, panel: Rect, tile: &Tile) -> Option<(DrawUniform, Rect)> {
    let plane = view.plane();
    if !tile.core.along(view.normal).contains(&plane) {
        return None;
    }
    let (center, scale) = view.resolve_camera(panel);
    // Counted from the panel: the same picture elsewhere in a target is the same to the last bit.
    let middle = [panel.width, panel.height].map(|side| f64::from(side) / 2.0);
    let axes = view.shown_axes();
    // In voxels of the picture, as everything here but `base`.
    let core = axes.map(|shown| shown_range(shown, &tile.core));
    let held = axes.map(|shown| shown_range(shown, &tile.held));

    // Pixels that may show the core, one more on each side against rounding; the shader decides.
    let around = edges_px(view, panel, &tile.core).map(|[start, end]| [start.floor() - 1.0, end.ceil() + 1.0]);
    let scissor = rect_within(panel, around)?;

    // f32 in the shader counts from a voxel near the middle, so that large volumes do not lose precision; from one of
    // the plane's, wherever one looks, so that the differences below are small.
    let plane_size = view.plane_size();
    let anchor = [0, 1].map(|i| center[i].floor().clamp(0.0, plane_size[i] as f64) as i64);
    let from_anchor = |ranges: &[Range<u64>; 2], end: bool| {
        [0, 1].map(|i| (if end { ranges[i].end } else { ranges[i].start } as i64 - anchor[i]) as i32)
    };
    let mut base = [0i32; 4];
    base[2 - view.normal.index()] = (plane - tile.held.along(view.normal).start) as i32;
    let mut steps = [[0i32; 4]; 2];
    for i in 0..2 {
        let place = 2 - axes[i].axis.index();
        // A reversed axis is counted down from the last voxel that the texture holds.
        (base[place], steps[i][place]) = if axes[i].is_reversed {
            ((held[i].end as i64 - 1 - anchor[i]) as i32, -1)
        } else {
            ((anchor[i] - held[i].start as i64) as i32, 1)
        };
    }
    let uniform = DrawUniform {
        uv_at_origin: [0, 1].map(|i| (center[i] - anchor[i] as f64 - middle[i] / scale[i]) as f32),
        uv_per_px: scale.map(|s| (1.0 / s) as f32),
        core_lo: from_anchor(&core, false),
        core_hi: from_anchor(&core, true),
        held_lo: from_anchor(&held, false),
        held_hi: from_anchor(&held, true),
        u_axis: steps[0],
        v_axis: steps[1],
        base,
        origin_px: [panel.x as f32, panel.y as f32],
        _pad0: [0; 2],
    };
    Some((uniform, scissor))
}

/// The pixels of a panel whose middle shows a voxel of a box; `None` if the shown plane has none of it.
pub(super) fn box_rect(view: &ViewState, panel: Rect, part: &Box3) -> Option<Rect> {
    part.along(view.normal).contains(&view.plane()).then_some(())?;
    // A middle that lies on the edge belongs to what begins there.
    let edges = edges_px(view, panel, part).map(|edges| edges.map(|px| (px - 0.5).ceil()));
    rect_within(panel, edges)
}

/// Where a box begins and ends across and down the picture, in pixels.
fn edges_px(view: &ViewState, panel: Rect, part: &Box3) -> [[f64; 2]; 2] {
    let (center, scale) = view.resolve_camera(panel);
    let (middle, axes) = (panel.middle(), view.shown_axes());
    [0, 1].map(|i| {
        let range = shown_range(axes[i], part);
        [range.start, range.end].map(|uv| middle[i] + (uv as f64 - center[i]) * scale[i])
    })
}

/// The part of a rectangle that is in a panel, if there is any.
fn rect_within(panel: Rect, edges: [[f64; 2]; 2]) -> Option<Rect> {
    let limits = [(panel.x, panel.width), (panel.y, panel.height)];
    let [[left, right], [top, bottom]] = [0, 1].map(|i| {
        let (first, length) = limits[i];
        edges[i].map(|px| px.clamp(f64::from(first), f64::from(first + length)) as u32)
    });
    (right > left && bottom > top).then(|| Rect {
        x: left,
        y: top,
        width: right - left,
        height: bottom - top,
    })
}

/// The part of a box along an axis, counted as the picture shows it.
fn shown_range(shown: ShownAxis, part: &Box3) -> Range<u64> {
    let range = part.along(shown.axis);
    if shown.is_reversed {
        shown.extent - range.end..shown.extent - range.start
    } else {
        range.clone()
    }
}
