//! What is done to all channels at once.

use egui::{Align, Layout, TextEdit, Ui, vec2};

use super::super::{parts, theme};
use super::links::link_all;
use super::memory::{FILTERED, Memory};
use crate::app::actions::Action;
use crate::app::keymap::Keymap;
use crate::view::{ContrastRule, Palette, ViewState};
use crate::volume::Dataset;

/// Palettes with what their names do not say.
const PALETTES: [(Palette, &str); 4] = [
    (
        Palette::Auto,
        "the file's colours, or red, green, blue for three channels",
    ),
    (Palette::Safe, "colours that colour-blind people can tell apart"),
    (
        Palette::Rgb,
        "green and magenta for two channels, red, green, blue for three",
    ),
    (Palette::Gray, "every channel grey"),
];

/// Shows it.
pub(super) fn show(
    ui: &mut Ui,
    view: &mut ViewState,
    dataset: &Dataset,
    keymap: &Keymap,
    auto: ContrastRule,
    memory: &mut Memory,
) {
    let frame = egui::Frame::new().inner_margin(egui::Margin {
        left: 12,
        right: 12,
        top: 6,
        bottom: 5,
    });
    frame.show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        let count = view.channels.len();
        let line = |ui: &mut Ui, content: &mut dyn FnMut(&mut Ui)| {
            let size = vec2(ui.available_width(), 20.0);
            ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| content(ui));
        };
        line(ui, &mut |ui| {
            palette(ui, view, dataset, keymap);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| counting(ui, memory));
        });
        if count > 1 {
            line(ui, &mut |ui| for_all(ui, view, keymap, auto));
        }
        if count >= FILTERED {
            let field = TextEdit::singleline(&mut memory.filter)
                .hint_text("filter by name")
                .desired_width(f32::INFINITY);
            let field = ui.add(field);
            parts::name(&field, || "filter channels by name".to_owned());
            let listed = |name: &String| memory.lets_through(name, count);
            if !(0..count)
                .map(|index| dataset.channel_name(index))
                .any(|name| listed(&name))
            {
                ui.label(parts::dim("no channel has this in its name"));
            }
        }
    });
    let line = ui.cursor().top();
    let stroke = egui::Stroke::new(1.0, theme::colors(ui.visuals()).line);
    ui.painter().hline(ui.max_rect().x_range(), line, stroke);
    ui.add_space(1.0);
}

fn palette(ui: &mut Ui, view: &mut ViewState, dataset: &Dataset, keymap: &Keymap) {
    ui.label(parts::dim("palette"));
    for (palette, what) in PALETTES {
        let button = parts::toggle(ui, palette.name(), view.palette == palette);
        parts::name(&button, || format!("palette {}", palette.name()));
        let next = || parts::with_key(keymap, "next palette", Action::NextPalette);
        let button = parts::tip(button, || format!("{what}; {}", next()));
        if button.clicked() {
            view.set_palette(palette, dataset);
        }
    }
}

fn counting(ui: &mut Ui, memory: &mut Memory) {
    for (is_linear, name, what) in [
        (true, "lin", "heights in proportion to the number of voxels"),
        (
            false,
            "log",
            "heights as the logarithm of the number of voxels: rare values are seen too",
        ),
    ] {
        let button = parts::toggle(ui, name, memory.is_linear == is_linear);
        parts::name(&button, || format!("{name} histograms"));
        if parts::tip(button, || what.to_owned()).clicked() {
            memory.is_linear = is_linear;
        }
    }
}

/// What a rule of percentiles leaves out, in words.
pub(super) fn percentiles(rule: ContrastRule) -> String {
    match rule {
        ContrastRule::Percentile(lo, hi) => {
            let [lo, hi] = [lo, hi].map(parts::number);
            format!("{lo} to {hi} % of the voxels")
        }
        rule => rule.to_string(),
    }
}

fn for_all(ui: &mut Ui, view: &mut ViewState, keymap: &Keymap, auto: ContrastRule) {
    ui.label(parts::dim("all"));
    let button = |ui: &mut Ui, text: &str, is_on: bool, name: &str, what: &dyn Fn() -> String| {
        let button = parts::toggle(ui, text, is_on);
        parts::name(&button, || name.to_owned());
        parts::tip(button, what).clicked()
    };
    let visible = view.visible_channels().len();
    let is_all = visible == view.channels.len();
    let shows_all = || parts::with_key(keymap, "show all channels", Action::ShowAll);
    if button(ui, "show", is_all, "show all channels", &shows_all) {
        view.show_all();
    }
    if button(ui, "hide", visible == 0, "hide all channels", &|| {
        "hide all channels".to_owned()
    }) {
        view.channels.iter_mut().for_each(|channel| channel.is_visible = false);
    }
    ui.add_space(4.0);
    let has_rule = |view: &ViewState, rule| view.channels.iter().all(|channel| channel.contrast == rule);
    let tip = || {
        let action = Action::ContrastPercentile { is_for_all: true };
        parts::with_key(keymap, &format!("{} of each channel", percentiles(auto)), action)
    };
    if button(ui, "auto", has_rule(view, auto), "auto contrast, all channels", &tip) {
        view.set_contrast(None, auto);
    }
    let exact = ContrastRule::Volume;
    let tip = || {
        parts::with_key(
            keymap,
            "exact range of each channel",
            Action::ContrastVolume { is_for_all: true },
        )
    };
    if button(ui, "exact", has_rule(view, exact), "exact contrast, all channels", &tip) {
        view.set_contrast(None, exact);
    }
    ui.add_space(4.0);
    let is_linked = view.channels.iter().all(|channel| channel.is_linked);
    let tip = || "link all channels: they share one window, gamma and contrast rule".to_owned();
    if button(ui, "link", is_linked, "link all channels", &tip) {
        link_all(view, !is_linked);
    }
    let marks = view.channels.iter().all(|channel| channel.marks_clipping);
    let tip = || "mark voxels at or beyond the windows".to_owned();
    if button(ui, "clipping", marks, "mark clipping in all channels", &tip) {
        view.channels
            .iter_mut()
            .for_each(|channel| channel.marks_clipping = !marks);
    }
}
