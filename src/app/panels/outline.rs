//! The outline of the box that statistics are of.

use egui::{Align2, Color32, Context, Painter, Rect, Stroke, StrokeKind, pos2, vec2};

use super::{Panels, theme};
use crate::view;

/// Draws it over every panel of the picture, and its size over the first.
pub(crate) fn show(ctx: &Context, panels: &Panels<'_>, canvas: Rect) {
    let (Some(view), Some(area)) = (&panels.view, &panels.statistics.area) else {
        return;
    };
    let px_per_pt = ctx.pixels_per_point();
    let canvas_px = super::px_from_pt(canvas, px_per_pt);
    for (place, panel) in view::panels(view, canvas_px).iter().enumerate() {
        let Some([left, top, right, bottom]) = view.px_from_box(panel.rect, area) else {
            continue;
        };
        let pt = |x: f64, y: f64| pos2(x as f32, y as f32) / px_per_pt;
        let rect = Rect::from_min_max(pt(left, top), pt(right, bottom));
        let view::Rect { x, y, width, height } = panel.rect;
        let (x, y) = (f64::from(x), f64::from(y));
        let clip = Rect::from_min_max(pt(x, y), pt(x + f64::from(width), y + f64::from(height)));
        let painter = ctx.layer_painter(egui::LayerId::background()).with_clip_rect(clip);
        // White on black is seen on any picture.
        painter.rect_stroke(
            rect,
            0.0,
            Stroke::new(3.0, Color32::from_black_alpha(150)),
            StrokeKind::Middle,
        );
        painter.rect_stroke(rect, 0.0, Stroke::new(1.0, Color32::WHITE), StrokeKind::Middle);
        if place == 0 {
            let [across, down] = view.size_of_box(area);
            size(&painter, rect, clip, format!("{across} \u{d7} {down}"));
        }
    }
}

/// Writes the size above the box, or where there is room.
fn size(painter: &Painter, rect: Rect, clip: Rect, text: String) {
    let galley = painter.layout_no_wrap(text, theme::mono(), theme::colors_of(painter.ctx()).text);
    let sheet = galley.size() + vec2(8.0, 4.0);
    let above = rect.top() - 4.0 - sheet.y;
    let below = rect.bottom() + 4.0;
    let y = match (above >= clip.top(), below + sheet.y <= clip.bottom()) {
        (true, _) => above,
        (false, true) => below,
        (false, false) => clip.top() + 4.0,
    };
    let x = rect
        .left()
        .clamp(clip.left(), (clip.right() - sheet.x).max(clip.left()));
    let place = Align2::LEFT_TOP.anchor_size(pos2(x, y), sheet);
    painter.rect_filled(place, 3.0, theme::colors_of(painter.ctx()).sheet);
    painter.galley(place.min + vec2(4.0, 2.0), galley, theme::colors_of(painter.ctx()).text);
}
