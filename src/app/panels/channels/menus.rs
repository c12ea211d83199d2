//! What opens from a row: contrast rules and colours.

use egui::{Color32, Popup, PopupCloseBehavior, Response, Role, Sense, Ui, WidgetInfo, vec2};

use super::super::{parts, theme};
use super::picker;
use crate::view::{ChannelView, ContrastRule, LUT_NAMES, lut_by_name};
use crate::volume::{Lut, Window};

/// Where a window may come from.
pub(super) fn rules(tag: &Response, channel: &mut ChannelView, of_file: Option<Window>) {
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

/// Colours: solid ones, maps, and any other.
pub(super) fn colors(swatch: &Response, channel: &mut ChannelView) {
    // The picker below is dragged and clicked in.
    let popup = Popup::menu(swatch).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    popup.show(|ui| {
        ui.set_width(2.0 * MAP_PT + 8.0);
        let (solid, maps): (Vec<_>, Vec<_>) = LUT_NAMES
            .iter()
            .filter_map(|&name| Some((name, lut_by_name(name)?)))
            .partition(|(_, lut)| matches!(lut, Lut::Solid(_)));
        ui.spacing_mut().item_spacing = vec2(8.0, 4.0);
        let mut is_chosen = false;
        ui.horizontal(|ui| {
            for (name, lut) in solid {
                is_chosen |= choice(ui, name, lut, 16.0, channel);
            }
        });
        ui.add_space(2.0);
        for pair in maps.chunks(2) {
            ui.horizontal(|ui| {
                for (name, lut) in pair {
                    is_chosen |= choice(ui, name, lut.clone(), MAP_PT, channel);
                }
            });
        }
        ui.add_space(2.0);
        ui.label(parts::dim("any other colour"));
        if let Some(color) = picker::show(ui, channel.lut.top(), 2.0 * MAP_PT + 8.0) {
            channel.lut = Lut::Solid(color);
        }
        if is_chosen {
            ui.close();
        }
    });
}

/// Width of a colour map with its name, in points.
const MAP_PT: f32 = 116.0;

/// One of them to click on, with its name where there is room. Returns whether it was.
fn choice(ui: &mut Ui, name: &str, lut: Lut, width: f32, channel: &mut ChannelView) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(width, 18.0), Sense::click());
    let is_current = channel.lut == lut;
    response.widget_info(|| WidgetInfo::selected(Role::MenuItemRadio, true, is_current, format!("colours {name}")));
    let colors = theme::colors(ui.visuals());
    if response.hovered() || is_current {
        let fill = if is_current { colors.pressed } else { colors.hovered };
        ui.painter().rect_filled(rect.expand(2.0), 3.0, fill);
    }
    let is_wide = width > 40.0;
    let sample = if is_wide {
        egui::Rect::from_min_size(rect.min + vec2(2.0, 3.0), vec2(44.0, 12.0))
    } else {
        egui::Rect::from_center_size(rect.center(), vec2(14.0, 14.0))
    };
    match &lut {
        Lut::Solid([r, g, b]) => {
            ui.painter().rect_filled(sample, 3.0, Color32::from_rgb(*r, *g, *b));
        }
        Lut::Table(_) => parts::paint_lut(ui.painter(), sample, &lut),
    }
    if is_wide {
        let font = egui::FontId::proportional(theme::TEXT_PT);
        let at = egui::pos2(sample.right() + 6.0, rect.center().y);
        let align = egui::Align2::LEFT_CENTER;
        ui.painter().text(at, align, name, font, colors.text);
    } else {
        let stroke = egui::Stroke::new(1.0, colors.line);
        ui.painter().rect_stroke(sample, 3.0, stroke, egui::StrokeKind::Outside);
    }
    let response = parts::tip(response, || name.to_owned());
    if response.clicked() {
        channel.lut = lut;
    }
    response.clicked()
}
