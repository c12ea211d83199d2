//! What guides the eye over the picture and is no part of it: crosshair, pixel grid, axes, the box to zoom to.

use egui::{Align2, Color32, Context, FontId, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, pos2, vec2};

use super::Panels;
use crate::app::drawing::Tool;
use crate::view::{self, ViewState};

/// Voxels that are drawn smaller than this, in pixels, get no grid.
const LEAST_VOXEL_PX: f64 = 14.0;
const ARROW_PT: f32 = 30.0;

/// What lies in the picture in whole pixels, and on the screen in points.
struct Place {
    px: view::Rect,
    pt: Rect,
    px_per_pt: f32,
}

impl Place {
    fn pt_from_px(&self, [x, y]: [f64; 2]) -> Pos2 {
        pos2(x as f32, y as f32) / self.px_per_pt
    }
}

/// Draws those that are wanted.
pub(super) fn show(ctx: &Context, panels: &Panels<'_>, canvas: Rect) {
    let Some(view) = &panels.view else { return };
    let px_per_pt = ctx.pixels_per_point();
    let canvas_px = super::px_from_pt(canvas, px_per_pt);
    let background = ctx.layer_painter(egui::LayerId::background());
    let panels_px = view::panels(view, canvas_px);
    let first_row = panels_px.iter().take_while(|panel| panel.rect.y == canvas_px.y).count();
    for (place, panel) in panels_px.iter().enumerate() {
        let view::Rect { x, y, width, height } = panel.rect;
        let corner = pos2(x as f32, y as f32) / px_per_pt;
        let at = Place {
            px: panel.rect,
            pt: Rect::from_min_size(corner, vec2(width as f32, height as f32) / px_per_pt),
            px_per_pt,
        };
        let painter = background.with_clip_rect(at.pt);
        if panels.preferences.has_pixel_grid {
            pixel_grid(&painter, view, &at);
        }
        if panels.preferences.has_crosshair {
            crosshair(&painter, view, &at, panels);
        }
        if let Some(drawing) = panels.drawing.filter(|drawing| drawing.tool == Tool::Zoom)
            && let Some(to_uv) = drawing.to_uv
        {
            let corners = [drawing.from_uv, to_uv].map(|uv| at.pt_from_px(view.px_from_uv(at.px, uv)));
            let rect = Rect::from_two_pos(corners[0], corners[1]);
            painter.rect_stroke(
                rect,
                0.0,
                Stroke::new(3.0, Color32::from_black_alpha(150)),
                StrokeKind::Middle,
            );
            painter.rect_stroke(rect, 0.0, Stroke::new(1.0, Color32::WHITE), StrokeKind::Middle);
        }
        if place + 1 == first_row && panels.preferences.has_axes {
            axes(&painter, view, &at);
        }
    }
}

/// Thin lines between voxels, where there is room for them.
fn pixel_grid(painter: &Painter, view: &ViewState, at: &Place) {
    let (_, scale) = view.resolve_camera(at.px);
    if scale.iter().any(|&px| px < LEAST_VOXEL_PX) {
        return;
    }
    let stroke = Stroke::new(1.0 / at.px_per_pt, Color32::from_rgba_unmultiplied(160, 160, 160, 90));
    let [left, top] = [f64::from(at.px.x), f64::from(at.px.y)];
    let (right, bottom) = (left + f64::from(at.px.width), top + f64::from(at.px.height));
    let [from, to] = [[left, top], [right, bottom]].map(|px| view.uv_from_px(at.px, px));
    let size = view.plane_size();
    let between = |i: usize| {
        let first = from[i].min(to[i]).floor().max(0.0) as u64;
        let last = (from[i].max(to[i]).ceil().max(0.0) as u64).min(size[i]);
        first..=last
    };
    let low = at.pt_from_px(view.px_from_uv(at.px, [0.0, 0.0]));
    let high = at.pt_from_px(view.px_from_uv(at.px, size.map(|n| n as f64)));
    // In the middle of a pixel a line is one pixel wide and not two half ones.
    let crisp = |pt: f32| ((pt * at.px_per_pt).round() + 0.5) / at.px_per_pt;
    for u in between(0) {
        let x = crisp(at.pt_from_px(view.px_from_uv(at.px, [u as f64, 0.0])).x);
        painter.vline(x, low.y..=high.y, stroke);
    }
    for v in between(1) {
        let y = crisp(at.pt_from_px(view.px_from_uv(at.px, [0.0, v as f64])).y);
        painter.hline(low.x..=high.x, y, stroke);
    }
}

/// Lines through the voxel under the mouse, in every panel.
fn crosshair(painter: &Painter, view: &ViewState, at: &Place, panels: &Panels<'_>) {
    let Some(voxel) = panels.hover else { return };
    let uv = view
        .shown_axes()
        .map(|shown| shown.flip(voxel[shown.axis.index()]) as f64 + 0.5);
    let place = at.pt_from_px(view.px_from_uv(at.px, uv));
    for (width, color) in [
        (3.0, Color32::from_black_alpha(110)),
        (1.0, Color32::from_white_alpha(200)),
    ] {
        let stroke = Stroke::new(width, color);
        painter.vline(place.x, at.pt.y_range(), stroke);
        painter.hline(at.pt.x_range(), place.y, stroke);
    }
}

/// Arrows in the upper right, along the axes across and down the picture, the way that indices grow.
fn axes(painter: &Painter, view: &ViewState, at: &Place) {
    let origin = at.pt.right_top() + vec2(-ARROW_PT - 30.0, ARROW_PT + 30.0);
    for (place, shown) in view.shown_axes().into_iter().enumerate() {
        let sign = if shown.is_reversed { -1.0 } else { 1.0 };
        let along = if place == 0 { vec2(sign, 0.0) } else { vec2(0.0, sign) };
        let tip = origin + along * ARROW_PT;
        let across = along.rot90();
        for (width, color) in [(4.0, Color32::from_black_alpha(160)), (1.5, Color32::WHITE)] {
            painter.line_segment([origin, tip], Stroke::new(width, color));
        }
        let head = [tip + along * 5.0, tip + across * 4.0, tip - across * 4.0];
        painter.add(Shape::convex_polygon(
            head.to_vec(),
            Color32::WHITE,
            Stroke::new(1.0, Color32::BLACK),
        ));
        let text = shown.axis.letter().to_string();
        let label = tip + along * 13.0;
        for by in [vec2(1.0, 1.0), vec2(-1.0, -1.0), vec2(1.0, -1.0), vec2(-1.0, 1.0)] {
            painter.text(
                label + by,
                Align2::CENTER_CENTER,
                &text,
                FontId::proportional(14.0),
                Color32::BLACK,
            );
        }
        painter.text(
            label,
            Align2::CENTER_CENTER,
            &text,
            FontId::proportional(14.0),
            Color32::WHITE,
        );
    }
}
