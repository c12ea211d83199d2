//! One row per channel.

use egui::{Align, Color32, DragValue, Layout, Popup, Rect, RichText, ScrollArea, Sense, Ui, UiBuilder, pos2, vec2};

use super::{Panels, parts, theme};
use crate::view::{ChannelView, ContrastRule, LUT_NAMES, lut_by_name};
use crate::volume::{ChannelStats, Value, Window};

/// Height of a row, in points: all are alike, so that only those in sight need to be laid out.
const ROW_PT: f32 = 66.0;

/// Beyond so many channels their values no longer fit in the status line.
const MANY: usize = 5;

/// What a row shows beside the channel's view.
struct Row<'a> {
    index: usize,
    name: String,
    is_active: bool,
    is_integer: bool,
    is_exact: bool,
    is_damaged: bool,
    /// The window that the file gives.
    of_file: Option<Window>,
    stats: Option<&'a ChannelStats>,
    value: Option<Value>,
}

/// Shows all.
pub(crate) fn show(ui: &mut Ui, panels: &mut Panels<'_>) {
    let viewer = panels.viewer;
    let (Some(view), Some(dataset)) = (&mut panels.view, viewer.dataset()) else {
        return;
    };
    let values = viewer
        .picked()
        .filter(|_| panels.hover.is_some() && view.channels.len() > MANY);
    let (count, active) = (view.channels.len(), view.active_channel);
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical()
        .auto_shrink(false)
        .show_rows(ui, ROW_PT, count, |ui, shown| {
            for index in shown {
                let row = Row {
                    index,
                    name: dataset.channel_name(index),
                    is_active: index == active && count > 1,
                    is_integer: !dataset.sample_type.is_float(),
                    is_exact: viewer.is_exact(),
                    is_damaged: viewer.has_lost_planes(),
                    of_file: dataset.channels.get(index).and_then(|info| info.window),
                    stats: viewer.channel_stats(index),
                    value: values.as_ref().and_then(|(_, values)| values.get(index).copied()),
                };
                let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_PT), Sense::click());
                if response.clicked() {
                    view.active_channel = index;
                }
                row.show(ui, rect, &mut view.channels[index], &mut view.active_channel);
            }
        });
}

impl Row<'_> {
    fn show(&self, ui: &mut Ui, rect: Rect, channel: &mut ChannelView, active: &mut usize) {
        let before = channel.clone();
        if self.is_active {
            let bar = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
            ui.painter().rect_filled(bar, 0.0, theme::colors(ui.visuals()).accent);
        }
        ui.painter().hline(
            rect.x_range(),
            rect.bottom() - 0.5,
            egui::Stroke::new(1.0, theme::colors(ui.visuals()).line),
        );
        let inner = rect.shrink2(vec2(12.0, 6.0));
        let mut ui = ui.new_child(UiBuilder::new().id_salt(self.index).max_rect(inner));
        ui.spacing_mut().item_spacing = vec2(6.0, 4.0);
        ui.allocate_ui(vec2(inner.width(), 20.0), |ui| self.title(ui, channel));
        self.range_bar(&mut ui, channel);
        ui.allocate_ui(vec2(inner.width(), 20.0), |ui| self.numbers(ui, channel));
        if *channel != before {
            *active = self.index;
        }
    }

    fn title(&self, ui: &mut Ui, channel: &mut ChannelView) {
        ui.horizontal_centered(|ui| {
            ui.checkbox(&mut channel.is_visible, "");
            ui.add_space(-4.0);
            let swatch = parts::swatch(ui, &channel.lut, channel.is_visible).on_hover_text("choose colours");
            lut_menu(&swatch, channel);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let tag = RichText::new(self.rule(channel))
                    .size(theme::SMALL_PT)
                    .color(theme::colors(ui.visuals()).dim);
                let tag = ui
                    .add(egui::Button::new(tag).fill(Color32::TRANSPARENT))
                    .on_hover_text("contrast");
                rule_menu(&tag, channel, self.of_file);
                if let Some(value) = self.value {
                    ui.label(parts::mono(parts::number(value.as_f64())));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let color = if channel.is_visible {
                        theme::colors(ui.visuals()).text
                    } else {
                        theme::colors(ui.visuals()).dim
                    };
                    let mut name = RichText::new(&self.name).color(color);
                    if self.is_active {
                        name = name.strong();
                    }
                    let label = egui::Label::new(name).truncate().sense(Sense::hover());
                    ui.add(label);
                });
            });
        });
    }

    /// The whole range of the data, and the part of it between `lo` and `hi` in the channel's colours.
    fn range_bar(&self, ui: &mut Ui, channel: &ChannelView) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 4.0), Sense::hover());
        ui.painter().rect_filled(rect, 2.0, theme::colors(ui.visuals()).field);
        let Some(data) = self.stats.map(ChannelStats::window).filter(|data| !data.is_empty()) else {
            return;
        };
        let x = |value: f64| {
            let share = ((value - data.lo) / (data.hi - data.lo)).clamp(0.0, 1.0) as f32;
            rect.left() + rect.width() * share
        };
        let Window { lo, hi } = channel.window;
        if lo < hi && channel.is_visible {
            let part = Rect::from_min_max(pos2(x(lo), rect.top()), pos2(x(hi), rect.bottom()));
            parts::paint_lut(ui, part, &channel.lut);
        }
    }

    fn numbers(&self, ui: &mut Ui, channel: &mut ChannelView) {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            // What the labels and gamma leave, for two.
            let field_pt = (ui.available_width() - 104.0) / 2.0;
            let mut window = channel.window;
            let data = self.stats.map_or(channel.window, ChannelStats::window);
            let width = [data.hi - data.lo, window.hi - window.lo]
                .into_iter()
                .find(|&width| width > 0.0);
            let speed = width.filter(|width| width.is_finite()).unwrap_or(1.0) / 300.0;
            let limit = |ui: &mut Ui, value: &mut f64| {
                let field = DragValue::from_get_set(|new| {
                    if let Some(new) = new {
                        *value = if self.is_integer { new.round() } else { new };
                    }
                    *value
                });
                let shown = |value: f64, _| parts::number(value);
                let field = field.speed(speed).custom_formatter(shown).update_while_editing(false);
                ui.add_sized([field_pt, 20.0], field);
            };
            ui.label(parts::dim("lo"));
            limit(ui, &mut window.lo);
            ui.label(parts::dim("hi"));
            limit(ui, &mut window.hi);
            if window != channel.window {
                channel.window = window;
                channel.contrast = ContrastRule::Given;
            }
            ui.label(parts::dim("\u{3b3}"));
            let gamma = DragValue::new(&mut channel.gamma)
                .speed(0.005)
                .range(0.05..=20.0)
                .update_while_editing(false);
            ui.add_sized([48.0, 20.0], gamma.fixed_decimals(2))
                .on_hover_text("gamma: below 1 brightens");
        });
    }

    fn rule(&self, channel: &ChannelView) -> String {
        match channel.contrast {
            ContrastRule::Volume if !self.is_exact => "range so far".to_owned(),
            ContrastRule::Volume if self.is_damaged => "range of what is there".to_owned(),
            ContrastRule::Volume => "exact range".to_owned(),
            ContrastRule::Percentile(lo, hi) => {
                format!("{}\u{2013}{} %", parts::number(lo), parts::number(hi))
            }
            ContrastRule::Plane => "this plane".to_owned(),
            ContrastRule::PlaneShared => "plane, shared".to_owned(),
            ContrastRule::Given if self.of_file == Some(channel.window) => "as in the file".to_owned(),
            ContrastRule::Given => "by hand".to_owned(),
        }
    }
}

fn rule_menu(tag: &egui::Response, channel: &mut ChannelView, of_file: Option<Window>) {
    Popup::menu(tag).show(|ui| {
        for (rule, name) in [
            (ContrastRule::Volume, "exact range of the volume"),
            (ContrastRule::DEFAULT_PERCENTILE, "0.1\u{2013}99.9 % of the volume"),
            (ContrastRule::Percentile(1.0, 99.0), "1\u{2013}99 % of the volume"),
            (ContrastRule::Plane, "range of this plane"),
            (ContrastRule::PlaneShared, "range of this plane, all channels"),
        ] {
            if ui.selectable_label(channel.contrast == rule, name).clicked() {
                channel.contrast = rule;
            }
        }
        if let Some(window) = of_file {
            let is_shown = channel.contrast == ContrastRule::Given && channel.window == window;
            if ui.selectable_label(is_shown, "as in the file").clicked() {
                channel.contrast = ContrastRule::Given;
                channel.window = window;
            }
        }
    });
}

fn lut_menu(swatch: &egui::Response, channel: &mut ChannelView) {
    Popup::menu(swatch).show(|ui| {
        egui::Grid::new("luts")
            .num_columns(2)
            .spacing([10.0, 3.0])
            .show(ui, |ui| {
                for (place, name) in LUT_NAMES.iter().enumerate() {
                    let Some(lut) = lut_by_name(name) else { continue };
                    ui.horizontal(|ui| {
                        let (rect, _) = ui.allocate_exact_size(vec2(44.0, 12.0), Sense::hover());
                        parts::paint_lut(ui, rect, &lut);
                        if ui.selectable_label(channel.lut == lut, *name).clicked() {
                            channel.lut = lut;
                        }
                    });
                    if place % 2 == 1 {
                        ui.end_row();
                    }
                }
            });
    });
}
