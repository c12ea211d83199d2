//! The sheet with all keys, made from the table that the keys are looked up in.

use egui::{Align, Area, Context, Frame, Id, Layout, Margin, Order, RichText, Stroke, Ui, vec2};

use super::{Panels, parts, theme};
use crate::app::actions::Action;
use crate::app::bindings::{BINDINGS, Binding, Group};

const COLUMN_PT: f32 = 330.0;
const ROW_PT: f32 = 20.0;

/// Shows it over the picture.
pub(crate) fn show(ctx: &Context, panels: &mut Panels<'_>, canvas: egui::Rect) {
    let area = Area::new(Id::unique("help"))
        .order(Order::Foreground)
        .pivot(egui::Align2::CENTER_CENTER);
    area.fixed_pos(canvas.center())
        .constrain_to(ctx.content_rect())
        .show(ctx, |ui| {
            let frame = Frame::new()
                .fill(theme::colors(ui.visuals()).sheet)
                .stroke(Stroke::new(1.0, theme::colors(ui.visuals()).line))
                .corner_radius(8.0);
            frame.inner_margin(Margin::symmetric(20, 16)).show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.set_width(2.0 * COLUMN_PT + 36.0);
                    ui.label(RichText::new("Keys and mouse").size(16.0).strong());
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        if parts::close_button(ui).clicked() {
                            panels.actions.push(Action::ToggleHelp);
                        }
                    });
                });
                ui.add_space(4.0);
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = 36.0;
                    let (left, right) = Group::ALL.split_at(2);
                    for groups in [left, right] {
                        ui.allocate_ui_with_layout(vec2(COLUMN_PT, 0.0), Layout::top_down(Align::Min), |ui| {
                            ui.set_width(COLUMN_PT);
                            ui.spacing_mut().item_spacing = vec2(3.0, 2.0);
                            groups.iter().for_each(|&group| column(ui, group));
                        });
                    }
                });
            });
        });
}

fn column(ui: &mut Ui, group: Group) {
    ui.add_space(6.0);
    ui.label(RichText::new(group.title()).color(theme::colors(ui.visuals()).accent));
    for binding in BINDINGS.iter().filter(|binding| binding.group == group) {
        ui.allocate_ui_with_layout(vec2(COLUMN_PT, ROW_PT), Layout::left_to_right(Align::Center), |ui| {
            ui.label(binding.what);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| keys(ui, binding));
        });
    }
}

/// The keys of a row, from the right.
fn keys(ui: &mut Ui, binding: &Binding) {
    if !binding.mouse.is_empty() {
        ui.label(
            RichText::new(binding.mouse)
                .size(theme::SMALL_PT)
                .color(theme::colors(ui.visuals()).dim),
        );
        if !binding.chords.is_empty() {
            ui.label(parts::dim("\u{b7}"));
        }
    }
    for (place, chord) in binding.chords.iter().enumerate().rev() {
        for (held, cap) in chord.caps().iter().rev().enumerate() {
            if held > 0 {
                ui.label(
                    RichText::new("+")
                        .size(theme::SMALL_PT)
                        .color(theme::colors(ui.visuals()).dim),
                );
            }
            let frame = Frame::new()
                .fill(theme::colors(ui.visuals()).field)
                .stroke(Stroke::new(1.0, theme::colors(ui.visuals()).line))
                .corner_radius(3.0);
            frame.inner_margin(Margin::symmetric(5, 0)).show(ui, |ui| {
                ui.label(RichText::new(cap).size(theme::SMALL_PT));
            });
        }
        if place > 0 {
            ui.add_space(6.0);
        }
    }
}
