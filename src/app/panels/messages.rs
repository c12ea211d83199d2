//! Messages, in the upper left corner of the picture; and what to say where there is no picture.

use egui::{Align, Area, Context, Frame, Id, Label, Layout, Margin, Order, Stroke, vec2};

use super::{Panels, parts, theme};
use crate::session::Phase;

/// Shows them.
pub(crate) fn show(ctx: &Context, panels: &mut Panels<'_>, canvas: egui::Rect) {
    if !panels.viewer.is_plane_ready() {
        waiting(ctx, panels, canvas);
    }
    if panels.notices.is_empty() {
        return;
    }
    let mut closed = None;
    let width = (canvas.width() - 32.0 - 22.0).clamp(120.0, 460.0);
    let area = Area::new(Id::unique("notices")).order(Order::Foreground);
    area.fixed_pos(canvas.min + vec2(16.0, 16.0)).show(ctx, |ui| {
        for (index, notice) in panels.notices.iter().enumerate() {
            let edge = if notice.is_error { theme::ERROR } else { theme::ACCENT };
            let frame = Frame::new()
                .fill(theme::SHEET)
                .stroke(Stroke::new(1.0, edge))
                .corner_radius(5.0);
            frame.inner_margin(Margin::symmetric(10, 7)).show(ui, |ui| {
                ui.set_width(width);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    if parts::close_button(ui).clicked() {
                        closed = Some(index);
                    }
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        ui.add(Label::new(&notice.text).wrap());
                    });
                });
            });
        }
    });
    if let Some(index) = closed {
        panels.notices.close(index);
    }
}

fn waiting(ctx: &Context, panels: &Panels<'_>, canvas: egui::Rect) {
    let text = match panels.viewer.phase() {
        Phase::Opening | Phase::Loading { .. } if !panels.is_slow => return,
        Phase::Opening => format!("opening {}", panels.name),
        Phase::Loading { .. } => "this plane is still to come".to_owned(),
        Phase::Cancelled { .. } => "this plane was not loaded".to_owned(),
        Phase::Failed(_) => "nothing to show: drop another file here".to_owned(),
        Phase::Ready => return,
    };
    let painter = ctx.layer_painter(egui::LayerId::background());
    let font = egui::FontId::proportional(15.0);
    painter.text(canvas.center(), egui::Align2::CENTER_CENTER, text, font, theme::DIM);
}
