//! The sheet with all keys, made from the table that the keys are looked up in.

use egui::{Align, Align2, Context, Frame, Layout, Margin, RichText, ScrollArea, Stroke, Ui, vec2};

use super::{Panels, lay, title};
use crate::app::actions::Sheet;
use crate::app::commands::{COMMANDS, Group};
use crate::app::keymap::{Chord, Keymap};
use crate::app::panels::parts;
use crate::app::theme;

const COLUMN_PT: f32 = 288.0;
const GAP_PT: f32 = 22.0;
/// Height of a row, and how low it may become before the sheet is scrolled.
const ROW_PT: f32 = 19.0;
const LEAST_ROW_PT: f32 = 17.0;
/// Height of a group's title with what is above it.
const TITLE_PT: f32 = 25.0;
/// Between the edge of the sheet and what is in it.
const MARGIN_PT: f32 = 19.0;

/// Shows it over the picture.
pub(super) fn show(ctx: &Context, panels: &mut Panels<'_>, canvas: egui::Rect) {
    let room = ctx.content_rect().shrink(12.0);
    let columns = ((room.width() - 40.0) / (COLUMN_PT + GAP_PT)).floor().clamp(1.0, 3.0);
    let width = columns * COLUMN_PT + (columns - 1.0) * GAP_PT;
    // Over the picture, as far as that is wide enough.
    let least = room.left() + width / 2.0 + MARGIN_PT;
    let center = egui::pos2(
        canvas.center().x.max(least).min(room.center().x.max(least)),
        room.center().y,
    );
    lay(ctx, "help", Align2::CENTER_CENTER, center, |ui| {
        ui.set_width(width);
        let name = format!("Keys and mouse \u{b7} {} keymap", panels.keymap.name);
        title(ui, &name, Sheet::Help, &mut panels.actions);
        let height = room.height() - 70.0;
        let spread = spread(panels.keymap, columns as usize);
        let row_pt = spread.iter().map(|groups| {
            let rows: usize = groups.iter().map(|group| rows(*group, panels.keymap).len()).sum();
            (height - TITLE_PT * groups.len() as f32) / rows.max(1) as f32
        });
        let row_pt = row_pt.fold(ROW_PT, f32::min).max(LEAST_ROW_PT);
        ScrollArea::vertical()
            .max_height(height)
            .min_scrolled_height(height)
            .show(ui, |ui| {
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = GAP_PT;
                    for groups in spread {
                        ui.allocate_ui_with_layout(vec2(COLUMN_PT, 0.0), Layout::top_down(Align::Min), |ui| {
                            ui.set_width(COLUMN_PT);
                            ui.spacing_mut().item_spacing = vec2(3.0, 0.0);
                            groups
                                .iter()
                                .for_each(|&group| column(ui, group, panels.keymap, row_pt));
                        });
                    }
                });
            });
    });
}

/// What a row says: what it does, with which keys, or with which gesture.
type Row = (&'static str, Vec<Chord>, &'static str);

/// The rows of a group: commands that have a key, and gestures.
fn rows(group: Group, keymap: &Keymap) -> Vec<Row> {
    let commands = COMMANDS.iter().filter(|command| command.group == group);
    let keys = commands.map(|command| (command.name, keymap.chords(command.action), ""));
    let gestures = keymap.gestures().filter(|gesture| gesture.group == group);
    keys.filter(|(_, chords, _)| !chords.is_empty())
        .chain(gestures.map(|gesture| (gesture.what, Vec::new(), gesture.how)))
        .collect()
}

/// The groups, in columns of about the same height: one by one, the largest first, into the shortest column.
fn spread(keymap: &Keymap, columns: usize) -> Vec<Vec<Group>> {
    let height = |group: &Group| rows(*group, keymap).len() + 2;
    let mut groups = Group::ALL;
    groups.sort_by_key(|group| std::cmp::Reverse(height(group)));
    let mut spread = vec![Vec::new(); columns];
    for group in groups {
        let height_of = |column: &&mut Vec<Group>| column.iter().map(height).sum::<usize>();
        let shortest = spread.iter_mut().min_by_key(height_of);
        shortest.into_iter().for_each(|column| column.push(group));
    }
    spread
}

fn column(ui: &mut Ui, group: Group, keymap: &Keymap, row_pt: f32) {
    ui.add_space(6.0);
    ui.label(RichText::new(group.title()).color(theme::colors(ui.visuals()).accent));
    for (what, chords, gesture) in rows(group, keymap) {
        ui.allocate_ui_with_layout(vec2(COLUMN_PT, row_pt), Layout::left_to_right(Align::Center), |ui| {
            ui.label(what);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if chords.is_empty() {
                    ui.label(parts::dim(gesture).size(theme::SMALL_PT));
                }
                keys(ui, &chords);
            });
        });
    }
}

/// Keys, from the right.
fn keys(ui: &mut Ui, chords: &[Chord]) {
    let colors = theme::colors(ui.visuals());
    for (place, chord) in chords.iter().enumerate().rev() {
        for (held, cap) in chord.caps().iter().rev().enumerate() {
            if held > 0 {
                ui.label(parts::dim("+").size(theme::SMALL_PT));
            }
            let frame = Frame::new()
                .fill(colors.field)
                .stroke(Stroke::new(1.0, colors.line))
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
