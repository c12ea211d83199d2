//! What opens from a row: contrast rules and colours.

use egui::{Color32, Popup, PopupCloseBehavior, Response, Role, Sense, Ui, WidgetInfo, vec2};

use super::super::{parts, theme};
use super::number_field::NumberField;
use super::picker;
use crate::view::{ChannelView, ContrastRule, LUT_NAMES, lut_by_name, rises_evenly};
use crate::volume::{Lut, Window};

/// Where a window may come from. Returns percentiles that were typed.
pub(super) fn rules(
    tag: &Response,
    channel: &mut ChannelView,
    auto: ContrastRule,
    of_file: Option<Window>,
) -> Option<[f64; 2]> {
    // Numbers are typed in it.
    let popup = Popup::menu(tag).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let shown = popup.show(|ui| {
        let mut is_chosen = false;
        let usual = [ContrastRule::DEFAULT_PERCENTILE, ContrastRule::Percentile(1.0, 99.0)];
        let own = Some(auto).filter(|auto| !usual.contains(auto));
        for rule in [ContrastRule::Volume].into_iter().chain(own).chain(usual).chain(PLANES) {
            if ui.selectable_label(channel.contrast == rule, name(rule)).clicked() {
                channel.contrast = rule;
                is_chosen = true;
            }
        }
        if let Some(window) = of_file {
            let is_shown = channel.contrast == ContrastRule::Given && channel.window == window;
            if ui.selectable_label(is_shown, "as in the file").clicked() {
                channel.contrast = ContrastRule::Given;
                channel.window = window;
                is_chosen = true;
            }
        }
        ui.separator();
        let typed = typed_percentiles(ui, channel, auto);
        if is_chosen {
            ui.close();
        }
        typed
    });
    shown.and_then(|shown| shown.inner)
}

/// Rules about the shown plane.
const PLANES: [ContrastRule; 2] = [ContrastRule::Plane, ContrastRule::PlaneShared];

/// What a rule is called in the menu.
fn name(rule: ContrastRule) -> String {
    match rule {
        ContrastRule::Volume => "exact range of the volume".to_owned(),
        ContrastRule::Percentile(lo, hi) => {
            let [lo, hi] = [lo, hi].map(parts::number);
            format!("{lo}\u{2013}{hi} % of the volume")
        }
        ContrastRule::Plane => "range of this plane".to_owned(),
        ContrastRule::PlaneShared => "range of this plane, all channels".to_owned(),
        ContrastRule::Given => "by hand".to_owned(),
    }
}

/// Two fields for the percentiles of a channel. Returns them once they are to be those of automatic contrast: at the end
/// of a drag, or when they were typed.
fn typed_percentiles(ui: &mut Ui, channel: &mut ChannelView, auto: ContrastRule) -> Option<[f64; 2]> {
    let is_of = |rule: ContrastRule| match rule {
        ContrastRule::Percentile(lo, hi) => Some([lo, hi]),
        _ => None,
    };
    let [lo, hi] = is_of(channel.contrast).or(is_of(auto))?;
    let mut limits = [lo, hi];
    let mut is_settled = false;
    ui.horizontal(|ui| {
        // Fields of a menu would look like words.
        ui.visuals_mut().widgets.inactive.weak_bg_fill = theme::colors(ui.visuals()).field;
        for (place, what, range) in [
            (0, "lower percentile", 0.0..=hi - LEAST_PERCENT),
            (1, "upper percentile", lo + LEAST_PERCENT..=100.0),
        ] {
            let field = NumberField {
                value: limits[place],
                speed: 0.05,
                range,
                shown: parts::number,
            };
            let (field, typed) = field.show(ui, [PERCENT_PT, 20.0]);
            parts::name(&field, || what.to_owned());
            limits[place] = typed.unwrap_or(limits[place]);
            is_settled |= field.drag_stopped() || (typed.is_some() && !field.dragged());
            if place == 0 {
                ui.label(parts::dim("to"));
            }
        }
        ui.label(parts::dim("%, also for auto"));
    });
    let [new_lo, new_hi] = limits;
    let rule = ContrastRule::percentile(new_lo, new_hi)?;
    if limits != [lo, hi] {
        channel.contrast = rule;
    }
    is_settled.then_some(limits)
}

/// Percentiles are at least so far apart, in percent.
const LEAST_PERCENT: f64 = 0.001;
/// Width of a field for one, in points.
const PERCENT_PT: f32 = 52.0;

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
        let (even, uneven): (Vec<_>, Vec<_>) = maps.into_iter().partition(|(name, _)| rises_evenly(name));
        for (title, maps) in [("lighter is always more", even), ("lighter is not always more", uneven)] {
            ui.label(parts::dim(title));
            for pair in maps.chunks(2) {
                ui.horizontal(|ui| {
                    for (name, lut) in pair {
                        is_chosen |= choice(ui, name, lut.clone(), MAP_PT, channel);
                    }
                });
            }
            ui.add_space(2.0);
        }
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
    parts::focus_ring(ui, &response);
    let response = parts::tip(response, || name.to_owned());
    if response.clicked() {
        channel.lut = lut;
    }
    response.clicked()
}
