//! The drawing rules once more, in the plainest Rust: what tests compare the shaders with.

use crate::gpu::VoxelFormat;
use crate::volume::Lut;

use super::color::limits_to_mark;
use super::{Blend, ChannelView, Filter, Rect, ViewState, panels};

/// Draws a view into a picture of `size` (width, height): rows of RGB bytes, top to bottom.
///
/// `stored(channel, [z, y, x])` gives the stored integer of a voxel of the shown time point.
pub fn render(
    view: &ViewState,
    size: [u32; 2],
    format: VoxelFormat,
    stored: &dyn Fn(usize, [u64; 3]) -> u32,
) -> Vec<[u8; 3]> {
    let canvas = Rect {
        x: 0,
        y: 0,
        width: size[0],
        height: size[1],
    };
    let mut picture = vec![[0; 3]; size[0] as usize * size[1] as usize];
    for panel in panels(view, canvas) {
        for y in panel.rect.y..panel.rect.y + panel.rect.height {
            for x in panel.rect.x..panel.rect.x + panel.rect.width {
                let uv = view.uv_from_px(panel.rect, [f64::from(x) + 0.5, f64::from(y) + 0.5]);
                let inside = (0..2).all(|i| uv[i] >= 0.0 && uv[i] < view.plane_size()[i] as f64);
                if !inside {
                    continue;
                }
                let is_paper = view.blend == Blend::Multiply && !panel.channels.is_empty();
                let (mut is_high, mut is_low) = (false, false);
                let mut sum = [if is_paper { 1.0f64 } else { 0.0 }; 3];
                for &channel in &panel.channels {
                    let (level, is_known) = level_at(view, channel, uv, format, stored);
                    let color = color_of(level, &view.channels[channel]);
                    if view.channels[channel].marks() && is_known {
                        is_high |= level >= 1.0;
                        is_low |= level <= 0.0;
                    }
                    for i in 0..3 {
                        sum[i] = match view.blend {
                            Blend::Add => sum[i] + color[i],
                            Blend::Max => sum[i].max(color[i]),
                            Blend::Multiply => sum[i] * color[i],
                        };
                    }
                }
                picture[y as usize * size[0] as usize + x as usize] = match (is_high, is_low) {
                    (true, _) => [255, 0, 0],
                    (false, true) => [0, 0, 255],
                    (false, false) => sum.map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8),
                };
            }
        }
    }
    picture
}

/// Place in the window of what a channel shows at a place, and whether no voxel of it is NaN.
fn level_at(
    view: &ViewState,
    channel: usize,
    uv: [f64; 2],
    format: VoxelFormat,
    stored: &dyn Fn(usize, [u64; 3]) -> u32,
) -> (f64, bool) {
    let settings = &view.channels[channel];
    let size = view.plane_size();
    let is_known = std::cell::Cell::new(true);
    let level_at = |u: f64, v: f64| {
        let place = [
            (u.max(0.0) as u64).min(size[0] - 1),
            (v.max(0.0) as u64).min(size[1] - 1),
        ];
        let voxel = view.voxel_from_uv(place);
        let value = largest_of_slab(view, voxel, &|voxel| {
            format.value_from_stored(stored(channel, voxel)).as_f64()
        });
        is_known.set(is_known.get() && !value.is_nan());
        level(value, settings, format)
    };
    let level = match view.filter {
        Filter::Nearest => level_at(uv[0].floor(), uv[1].floor()),
        Filter::Linear => {
            let (u, v) = ((uv[0] - 0.5).floor(), (uv[1] - 0.5).floor());
            let (s, t) = (uv[0] - 0.5 - u, uv[1] - 0.5 - v);
            let top = level_at(u, v) * (1.0 - s) + level_at(u + 1.0, v) * s;
            let bottom = level_at(u, v + 1.0) * (1.0 - s) + level_at(u + 1.0, v + 1.0) * s;
            top * (1.0 - t) + bottom * t
        }
    };
    (level, is_known.get())
}

/// The largest value along the normal, of the planes whose maximum is shown; NaN only where there is nothing else.
fn largest_of_slab(view: &ViewState, mut voxel: [u64; 3], value: &dyn Fn([u64; 3]) -> f64) -> f64 {
    let planes = view.slab_range().map(|plane| {
        voxel[view.normal.index()] = plane;
        value(voxel)
    });
    planes.fold(f64::NAN, f64::max)
}

fn color_of(level: f64, settings: &ChannelView) -> [f64; 3] {
    let brightness = level.clamp(0.0, 1.0).powf(settings.gamma);
    match &settings.lut {
        Lut::Solid(color) => color.map(|byte| f64::from(byte) / 255.0 * brightness),
        Lut::Table(table) => table[(brightness * 255.0).round() as usize].map(|byte| f64::from(byte) / 255.0),
    }
}

/// Place of a value in a window: 0 at lo, 1 at hi. NaN is drawn as lo, infinities lie far outside.
fn level(value: f64, channel: &ChannelView, format: VoxelFormat) -> f64 {
    let window = channel.window;
    if window.is_empty() || value.is_nan() {
        return 0.0;
    }
    // Halves, because the difference of two 64-bit floats may be beyond the largest.
    let level = ((value / 2.0 - window.lo / 2.0) / (window.hi / 2.0 - window.lo / 2.0)).clamp(-1e30, 1e30);
    // A limit is reached by what reaches it in the voxels' own type.
    let [lo, hi] = limits_to_mark(window, format);
    match channel.marks() {
        true if value >= hi => level.max(1.0),
        true if value <= lo => level.min(0.0),
        _ => level,
    }
}
