//! Messages, in the upper left corner of the picture; and what to say where there is no picture.

use egui::{Align, Area, Context, Frame, Id, Label, Layout, Margin, Order, Stroke, Ui, vec2};

use bytesize::ByteSize;

use super::{Panels, parts, theme};
use crate::app::made::Made;
use crate::app::sheets::Request;
use crate::session::Phase;

/// Room for the cross that closes a message, in points.
const CLOSE_PT: f32 = 26.0;

/// Shows them.
pub(crate) fn show(ctx: &Context, panels: &mut Panels<'_>, canvas: egui::Rect) {
    if let Some((needed, room)) = panels.viewer.shortage() {
        let (needed, room) = (ByteSize(needed), ByteSize(room));
        let text = format!(
            "this part of the plane takes {needed}, and there is room for {room}: zoom in, or give more (--memory)"
        );
        centered(ctx, canvas, text);
    } else if let Some(damage) = panels.viewer.plane_damage() {
        centered(ctx, canvas, format!("this plane cannot be read\n{}", damage.reason));
    } else if !panels.viewer.is_plane_ready() {
        waiting(ctx, panels, canvas);
    }
    let coming = panels.coming.filter(|_| panels.is_slow);
    if panels.notices.is_empty() && panels.exports.is_empty() && coming.is_none() {
        return;
    }
    let mut closed = None;
    let mut requests = Vec::new();
    let width = (canvas.width() - 32.0 - 22.0).clamp(120.0, 460.0);
    let area = Area::new(Id::unique("notices")).order(Order::Foreground);
    area.fixed_pos(canvas.min + vec2(16.0, 16.0)).show(ctx, |ui| {
        if let Some(coming) = coming {
            let size = coming
                .bytes()
                .map_or_else(String::new, |bytes| format!(", {}", ByteSize(bytes)));
            let progress = coming.phase().progress();
            let progress = progress.map(|(done, total)| Made::Frames(done, total));
            if under_way(ui, width, format!("opening {}{size}", coming.name()), progress) {
                requests.push(Request::CancelOpening);
            }
        }
        for (index, running) in panels.exports.iter().enumerate() {
            let progress = running.job.progress();
            if under_way(ui, width, format!("making {}", running.name), Some(progress)) {
                requests.push(Request::CancelExport(index));
            }
        }
        for (index, notice) in panels.notices.iter().enumerate() {
            let edge = if notice.is_error {
                theme::colors_of(ctx).error
            } else {
                theme::colors_of(ctx).accent
            };
            let frame = Frame::new()
                .fill(theme::colors_of(ctx).sheet)
                .stroke(Stroke::new(1.0, edge))
                .corner_radius(5.0);
            frame.inner_margin(Margin::symmetric(10, 7)).show(ui, |ui| {
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    ui.vertical(|ui| {
                        ui.set_width(width - CLOSE_PT);
                        ui.add(Label::new(&notice.text).wrap());
                    });
                    ui.add_space(CLOSE_PT - 18.0);
                    if parts::close_button(ui).clicked() {
                        closed = Some(index);
                    }
                });
            });
        }
        if panels.notices.hidden() > 0 {
            // On a sheet, since the picture may be of any brightness.
            let frame = Frame::new().fill(theme::colors_of(ctx).sheet).corner_radius(5.0);
            frame.inner_margin(Margin::symmetric(10, 4)).show(ui, |ui| {
                ui.label(parts::dim(format!("and {} more", panels.notices.hidden())));
            });
        }
    });
    panels.requests.extend(requests);
    if let Some(index) = closed {
        panels.notices.close(index);
    }
}

/// Something that takes a while, and how far it is. Returns whether it is to be cancelled.
fn under_way(ui: &mut Ui, width: f32, text: String, progress: Option<Made>) -> bool {
    let colors = theme::colors(ui.visuals());
    let frame = Frame::new()
        .fill(colors.sheet)
        .stroke(Stroke::new(1.0, colors.line))
        .corner_radius(5.0);
    let mut is_cancelled = false;
    frame.inner_margin(Margin::symmetric(10, 7)).show(ui, |ui| {
        ui.set_width(width);
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                is_cancelled = ui.button("cancel").clicked();
                if let Some(made) = progress {
                    ui.label(parts::mono(made.to_string()));
                    let bar = egui::ProgressBar::new(made.share());
                    ui.add(bar.desired_width(90.0).desired_height(6.0));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(text).truncate());
                });
            });
        });
    });
    is_cancelled
}

fn waiting(ctx: &Context, panels: &Panels<'_>, canvas: egui::Rect) {
    let text = match panels.viewer.phase() {
        Phase::Opening | Phase::Loading { .. } if !panels.is_slow => return,
        Phase::Opening => format!("opening {}", panels.name),
        Phase::Loading { .. } | Phase::Measuring { .. } => "this plane is still to come".to_owned(),
        Phase::Cancelled { .. } => "this plane was not loaded".to_owned(),
        Phase::Failed(_) => "nothing to show: drop another file here".to_owned(),
        Phase::Ready => return,
    };
    centered(ctx, canvas, text);
}

/// Words in the middle of the picture, on a sheet of their own.
fn centered(ctx: &Context, canvas: egui::Rect, text: String) {
    let painter = ctx.layer_painter(egui::LayerId::background());
    let font = egui::FontId::proportional(15.0);
    let galley = painter.layout(
        text,
        font,
        theme::colors_of(ctx).text,
        (canvas.width() - 60.0).max(100.0),
    );
    let place = egui::Rect::from_center_size(canvas.center(), galley.size());
    painter.rect_filled(place.expand2(vec2(14.0, 9.0)), 5.0, theme::colors_of(ctx).sheet);
    painter.galley(place.min, galley, theme::colors_of(ctx).text);
}
