//! The sliders through planes and times, below the picture, and how they are played.

use egui::{Align, Button, DragValue, Label, Layout, Popup, RichText, Sense, Ui, UiBuilder, vec2};

use super::{Panels, parts, slide, theme};
use crate::app::actions::Action;
use crate::app::playback::{Along, Pace, Playback, RATES, Repeat};
use crate::view::ViewState;
use crate::volume::{Axis, Dataset};
use parts::Sign;

/// Height of a row, in points.
const ROW_PT: f32 = 26.0;

/// Width of a number that can be typed.
const FIELD_PT: f32 = 48.0;

/// Width of an end of what is played.
const RANGE_PT: f32 = 36.0;

/// What comes after the last plane, with what it is called.
const REPEATS: [(Repeat, &str); 3] = [
    (Repeat::Loop, "loop"),
    (Repeat::PingPong, "back and forth"),
    (Repeat::Once, "once"),
];

/// What happens to planes that are late.
const PACES: [(Pace, &str, &str); 2] = [
    (
        Pace::EveryPlane,
        "every plane",
        "never skips a plane: late ones are shown late",
    ),
    (
        Pace::KeepRate,
        "keep the rate",
        "skips planes that cannot be shown in time",
    ),
];

/// Height of all of it, in points: a row for what has more than one plane, and one for playback.
pub(crate) fn height(view: &ViewState) -> f32 {
    let sliders = usize::from(view.plane_count() > 1) + usize::from(view.t_count > 1);
    match sliders {
        0 => 0.0,
        _ => ROW_PT * (sliders + 1) as f32 + 9.0,
    }
}

/// Shows them.
pub(crate) fn show(ui: &mut Ui, panels: &mut Panels<'_>) {
    let (Some(view), Some(dataset)) = (&mut panels.view, panels.viewer.dataset()) else {
        return;
    };
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut plays = None;
    for along in [Along::Planes, Along::Times] {
        if along.count(view) > 1 {
            let size = vec2(ui.available_width(), ROW_PT);
            let key = || parts::with_key(panels.keymap, "", Action::TogglePlay);
            ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
                if slider(ui, along, view, dataset, panels.playback, key) {
                    plays = Some(along);
                }
            });
        }
    }
    let size = vec2(ui.available_width(), ROW_PT);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        settings(ui, view, panels.playback);
    });
    if let Some(along) = plays {
        let was_played = panels.playback.playable(view);
        panels.playback.along = along;
        // The other one's button goes over to it without a pause.
        if !(panels.playback.is_playing() && was_played != Some(along)) {
            panels.actions.push(Action::TogglePlay);
        }
    }
}

/// What is gone through, in words, and what its slider is marked with.
fn names(along: Along, view: &ViewState) -> (&'static str, char) {
    match along {
        Along::Planes => ("plane", view.normal.letter()),
        Along::Times => ("time", 't'),
    }
}

/// One slider with its numbers. Returns whether its button was clicked.
fn slider(
    ui: &mut Ui,
    along: Along,
    view: &mut ViewState,
    dataset: &Dataset,
    playback: &mut Playback,
    key: impl Fn() -> String,
) -> bool {
    let (name, letter) = names(along, view);
    let (at, last) = (along.at(view), along.count(view) - 1);
    let is_playing = playback.is_playing() && playback.playable(view) == Some(along);
    let button = parts::play_button(ui, is_playing);
    let what = || format!("{} {name}s", if is_playing { "pause" } else { "play" });
    parts::name(&button, what);
    let is_clicked = parts::tip(button, || format!("{}{}", what(), key())).clicked();
    ui.label(parts::mono(letter.to_string()).color(theme::colors(ui.visuals()).dim));
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        position(ui, along, view, dataset);
        let digits = (view.plane_count().max(view.t_count) - 1).to_string().len();
        let count = parts::mono(format!("/ {last:>digits$}"));
        ui.label(count.color(theme::colors(ui.visuals()).dim));
        let mut number = at;
        let field = DragValue::new(&mut number).range(0..=last).speed(0.1);
        let field = ui.add_sized([FIELD_PT, 20.0], field.update_while_editing(false));
        parts::name(&field, || format!("{name} number"));
        parts::tip(field, || format!("{name} shown, from 0: drag, or click to type"));
        let mut range = playback.range(view, along);
        let to = slide::range_slider(ui, name, at, last, &mut range);
        if range != playback.range(view, along) {
            playback.set_range(view, along, range);
        }
        if number != at {
            along.go(view, number);
        } else if let Some(to) = to {
            along.go(view, to);
        }
    });
    is_clicked
}

/// Where the plane lies, and when the time point was, as far as the file says.
fn position(ui: &mut Ui, along: Along, view: &ViewState, dataset: &Dataset) {
    const POSITION_PT: f32 = 84.0;
    // Sliders are as long as each other.
    if dataset.voxel_size.is_none() && (dataset.time_step_s.is_none() || view.t_count < 2) {
        return;
    }
    let text = match (along, &dataset.voxel_size) {
        (Along::Planes, Some(size)) => {
            let is_known = view.normal != Axis::Z || size.z.is_some();
            let spacing = dataset.spacing()[view.normal.index()];
            let unit = size.unit.as_deref().unwrap_or("");
            is_known.then(|| format!("{:.2} {unit}", view.plane() as f64 * spacing))
        }
        (Along::Times, _) => dataset.time_step_s.map(|step_s| seconds(view.t, step_s)),
        _ => None,
    };
    let (rect, _) = ui.allocate_exact_size(vec2(POSITION_PT, 20.0), Sense::hover());
    if let Some(text) = text {
        let layout = Layout::right_to_left(Align::Center);
        let mut ui = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
        ui.add(Label::new(parts::dim(text)).truncate());
    }
}

/// A time in seconds, with as many decimals as every time needs, or as three digits of a step take.
fn seconds(t: u64, step_s: f64) -> String {
    let is_whole = |&decimals: &usize| {
        let scaled = step_s * 10f64.powi(decimals as i32);
        (scaled - scaled.round()).abs() < 1e-6 * scaled
    };
    let three_digits = (2.0 - step_s.log10().floor()).max(0.0) as usize;
    let decimals = (0..three_digits).find(is_whole).unwrap_or(three_digits);
    match decimals {
        0..=6 => format!("{:.decimals$} s", t as f64 * step_s),
        _ => format!("{:.2e} s", t as f64 * step_s),
    }
}

/// How it is played, and how that goes.
fn settings(ui: &mut Ui, view: &ViewState, playback: &mut Playback) {
    let Some(along) = playback.playable(view) else { return };
    let (name, _) = names(along, view);
    ui.spacing_mut().item_spacing.x = 6.0;
    let sign = if playback.is_backward {
        Sign::Backward
    } else {
        Sign::Forward
    };
    let direction = |is_backward: bool| if is_backward { "backwards" } else { "forwards" };
    let button = parts::sign_button(ui, sign, false, || "direction of playback".to_owned());
    let tip = || {
        let [now, other] = [playback.is_backward, !playback.is_backward].map(direction);
        format!("plays {now}; click for {other}")
    };
    if parts::tip(button, tip).clicked() {
        playback.is_backward = !playback.is_backward;
    }
    let rate = DragValue::new(&mut playback.rate)
        .range(RATES)
        .speed(0.1)
        .max_decimals(1)
        .update_while_editing(false);
    let rate = ui.add_sized([FIELD_PT, 20.0], rate);
    parts::name(&rate, || "rate of playback".to_owned());
    parts::tip(rate, || format!("{name}s per second"));
    ui.label(parts::dim(format!("{name}s/s")));
    ui.add_space(4.0);

    let repeat = REPEATS.iter().find(|(repeat, _)| *repeat == playback.repeat);
    let tag = menu(
        ui,
        repeat.map_or("", |(_, name)| name),
        "what comes after the last plane",
    );
    Popup::menu(&tag).show(|ui| {
        for (repeat, name) in REPEATS {
            if ui.selectable_label(playback.repeat == repeat, name).clicked() {
                playback.repeat = repeat;
            }
        }
    });
    let pace = PACES.iter().find(|(pace, ..)| *pace == playback.pace);
    let tag = menu(
        ui,
        pace.map_or("", |(_, name, _)| name),
        "what is done about planes that are late",
    );
    Popup::menu(&tag).show(|ui| {
        for (pace, name, what) in PACES {
            let label = ui.selectable_label(playback.pace == pace, format!("{name}: {what}"));
            if label.clicked() {
                playback.pace = pace;
            }
        }
    });
    let [first, last] = playback.range(view, along);
    if last - first + 1 < along.count(view) {
        ui.spacing_mut().item_spacing.x = 3.0;
        let mut typed = [first, last];
        let rooms = [0..=last, first..=along.count(view) - 1];
        for (place, (number, room)) in typed.iter_mut().zip(rooms).enumerate() {
            let end = ["first", "last"][place];
            if place > 0 {
                ui.label(parts::dim("\u{2013}"));
            }
            let field = DragValue::new(number)
                .range(room)
                .speed(0.1)
                .update_while_editing(false);
            let field = ui.add_sized([RANGE_PT, 20.0], field);
            parts::name(&field, || format!("{end} {name} of the range"));
            parts::tip(field, || format!("the {end} {name} that is played"));
        }
        if typed != [first, last] {
            playback.set_range(view, along, typed);
        }
        let button = ui.add(Button::new("all").fill(egui::Color32::TRANSPARENT));
        parts::name(&button, || "range of playback".to_owned());
        if parts::tip(button, || format!("only these {name}s are played; click to play all")).clicked() {
            playback.set_range(view, along, [0, u64::MAX]);
        }
    }
    outcome(ui, name, playback);
}

/// A word that opens a menu.
fn menu(ui: &mut Ui, text: &str, what: &str) -> egui::Response {
    let button = ui.add(Button::new(format!("{text} \u{25be}")));
    parts::name(&button, || what.to_owned());
    parts::tip(button, || what.to_owned())
}

/// How it went: the measured rate, and what was dropped.
fn outcome(ui: &mut Ui, name: &str, playback: &Playback) {
    let Some(report) = playback.report() else { return };
    let Some(measured) = report.measured() else { return };
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let colors = theme::colors(ui.visuals());
        let dropped = format!("{} dropped", report.dropped);
        let color = if report.dropped > 0 { colors.error } else { colors.dim };
        let label = ui.label(parts::mono(dropped).color(color));
        parts::tip(label, || {
            format!("{name}s that were due and not shown; {} were shown", report.shown)
        });
        // A rate that is not kept stands out.
        let is_slow = measured < 0.95 * report.rate;
        let color = if is_slow { colors.error } else { colors.text };
        let measured = RichText::new(format!("{measured:>5.1}/s")).font(theme::mono());
        let label = ui.label(measured.color(color));
        parts::tip(label, || format!("{name}s shown per second, over the last second"));
        ui.label(parts::dim("measured"));
    });
}

#[cfg(test)]
mod tests;
