//! Scale bar and labels over the picture: the same pixels as in a saved one.

use std::ops::Range;

use egui::{Color32, ColorImage, Context, Rect, TextureHandle, TextureOptions, pos2, vec2};

use super::Panels;
use crate::view::{self, Camera, Overlay, ViewState, overlay_layer};
use crate::volume::{Dataset, Window};

/// Rows without anything that are not worth a texture of their own.
const GAP_ROWS: usize = 8;

/// What was drawn last, and of what.
#[derive(Default)]
pub(crate) struct OverlayCache {
    key: Option<Key>,
    /// Parts of the canvas that are not empty: their left upper corners in its pixels, and their own pixels.
    parts: Vec<([usize; 2], TextureHandle)>,
}

#[derive(PartialEq)]
struct Key {
    view: ViewState,
    size: [u32; 2],
    overlay: Overlay,
    path: String,
}

/// A view without what neither a scale bar nor a label tells of.
fn without_contrast(view: &ViewState, canvas: view::Rect) -> ViewState {
    let mut plain = view.clone();
    let (_, scale) = view.resolve_camera(view::panels(view, canvas).first().map_or(canvas, |panel| panel.rect));
    plain.camera = Camera::At {
        center: [0.0; 2],
        zoom: scale[0],
        is_square: false,
    };
    for channel in &mut plain.channels {
        (channel.window, channel.gamma) = (Window::new(0.0, 0.0), 1.0);
    }
    plain
}

/// Draws them where they are wanted.
pub(super) fn show(ctx: &Context, panels: &mut Panels<'_>, canvas: Rect) {
    let (Some(view), Some(dataset)) = (&panels.view, panels.viewer.dataset()) else {
        return;
    };
    let cache = &mut *panels.overlay_cache;
    if panels.overlay == Overlay::default() {
        *cache = OverlayCache::default();
        return;
    }
    let px_per_pt = ctx.pixels_per_point();
    let canvas_px = super::px_from_pt(canvas, px_per_pt);
    let size = [canvas_px.width, canvas_px.height];
    let key = Key {
        view: without_contrast(view, canvas_px),
        size,
        overlay: panels.overlay,
        path: dataset.path.clone(),
    };
    if cache.key.as_ref() != Some(&key) {
        cache.parts = parts(ctx, view, dataset, size, panels.overlay);
        cache.key = Some(key);
    }
    let painter = ctx.layer_painter(egui::LayerId::background());
    for ([x, y], texture) in &cache.parts {
        let corner = pos2(canvas_px.x as f32 + *x as f32, canvas_px.y as f32 + *y as f32) / px_per_pt;
        let [width, height] = texture.size();
        let rect = Rect::from_min_size(corner, vec2(width as f32, height as f32) / px_per_pt);
        let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        painter.image(texture.id(), rect, uv, Color32::WHITE);
    }
}

fn parts(
    ctx: &Context,
    view: &ViewState,
    dataset: &Dataset,
    size: [u32; 2],
    overlay: Overlay,
) -> Vec<([usize; 2], TextureHandle)> {
    let names: Vec<String> = (0..view.channels.len())
        .map(|channel| dataset.channel_name(channel))
        .collect();
    let unit = dataset.voxel_size.as_ref().and_then(|size| size.unit.as_deref());
    let layer = overlay_layer(size, view, &names, unit, overlay);
    let width = size[0] as usize;
    if width == 0 {
        return Vec::new();
    }
    let row_of = |y: usize| &layer[4 * width * y..4 * width * (y + 1)];
    let part = |rows: Range<usize>| {
        let is_there = |x: usize| rows.clone().any(|y| row_of(y)[4 * x + 3] > 0);
        let left = (0..width).find(|&x| is_there(x))?;
        let right = (0..width).rfind(|&x| is_there(x))? + 1;
        let pixels = rows
            .clone()
            .flat_map(|y| row_of(y)[4 * left..4 * right].chunks_exact(4));
        let pixels = pixels.map(|c| Color32::from_rgba_premultiplied(c[0], c[1], c[2], c[3]));
        let image = ColorImage::new([right - left, rows.len()], pixels.collect());
        let texture = ctx.load_texture("overlay", image, TextureOptions::NEAREST);
        Some(([left, rows.start], texture))
    };
    bands((0..size[1] as usize).map(|y| row_of(y).iter().any(|&byte| byte > 0)))
        .into_iter()
        .filter_map(part)
        .collect()
}

/// Ranges of rows that are not empty, with no more than a few empty ones between them.
fn bands(is_there: impl Iterator<Item = bool>) -> Vec<Range<usize>> {
    let mut bands: Vec<Range<usize>> = Vec::new();
    for (y, _) in is_there.enumerate().filter(|(_, is_there)| *is_there) {
        match bands.last_mut() {
            Some(band) if y <= band.end + GAP_ROWS => band.end = y + 1,
            _ => bands.push(y..y + 1),
        }
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::bands;

    #[test]
    fn rows_near_each_other_are_one_band() {
        let rows = |there: &[usize]| bands((0..100).map(|y| there.contains(&y)));
        assert_eq!(rows(&[]), []);
        assert_eq!(rows(&[3, 4, 9]).first(), Some(&(3..10)));
        assert_eq!(rows(&[0, 50, 99]), [0..1, 50..51, 99..100]);
    }
}
