//! What is opened and how it is shown: the upper part of the side panel.

use egui::{Frame, Margin, RichText, Ui};

use super::{Panels, parts, theme};
use crate::app::actions::Action;
use crate::app::sheets::Request;
use crate::view::{Blend, Filter, Layout};
use crate::volume::{Axis, Damage, Dataset, Orientation};

const LABEL_PT: f32 = 52.0;
/// Lines about damage: more of them are not read.
const MAX_DAMAGE_LINES: usize = 200;

/// Shows it.
pub(crate) fn show(ui: &mut Ui, panels: &mut Panels<'_>) {
    Frame::new()
        .inner_margin(Margin {
            left: 12,
            right: 12,
            top: 10,
            bottom: 8,
        })
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            let name = egui::Label::new(RichText::new(panels.name).size(15.0).strong()).truncate();
            ui.add(name);
            let Some(dataset) = panels.viewer.dataset() else {
                return;
            };
            series(ui, dataset, panels.request.series, &mut panels.requests);
            ui.label(parts::dim(extents(dataset)));
            ui.label(parts::dim(voxel_size(dataset)));
            if dataset.orientation != Orientation::default() {
                ui.label(parts::dim(format!("shown {}", dataset.orientation)));
            }
            damage(ui, panels);
            ui.add_space(6.0);
            view_settings(ui, panels);
        });
    let line = ui.cursor().top();
    ui.painter().hline(
        ui.max_rect().x_range(),
        line,
        egui::Stroke::new(1.0, theme::colors(ui.visuals()).line),
    );
    ui.add_space(1.0);
}

/// Which image of the file is shown, where it has several, to choose another.
fn series(ui: &mut Ui, dataset: &Dataset, shown: usize, requests: &mut Vec<Request>) {
    if dataset.series.len() < 2 {
        return;
    }
    let name = |index: usize| match dataset.series.get(index) {
        Some(info) => format!("{index}: {}", info.label()),
        None => index.to_string(),
    };
    let list = egui::ComboBox::from_id_salt("series")
        .width(ui.available_width())
        .truncate()
        .selected_text(name(shown));
    let list = list.show_ui(ui, |ui| {
        for index in 0..dataset.series.len() {
            if ui.selectable_label(index == shown, name(index)).clicked() {
                requests.push(Request::OpenSeries(index));
            }
        }
    });
    let list = parts::tip(list.response, || {
        format!("{} images in this file", dataset.series.len())
    });
    parts::name(&list, || format!("image of the file: {}", name(shown)));
}

/// What cannot be read: one line, and a list to unfold.
fn damage(ui: &mut Ui, panels: &Panels<'_>) {
    let damage = panels.viewer.damage();
    if damage.is_empty() {
        return;
    }
    let planes: u64 = damage.iter().map(Damage::planes).sum();
    let title = RichText::new(format!("{planes} planes cannot be read")).color(theme::colors(ui.visuals()).error);
    egui::CollapsingHeader::new(title).id_salt("damage").show(ui, |ui| {
        egui::ScrollArea::vertical().max_height(160.0).show(ui, |ui| {
            for part in damage.iter().take(MAX_DAMAGE_LINES) {
                ui.label(parts::dim(part.to_string()).size(theme::SMALL_PT));
            }
            if damage.len() > MAX_DAMAGE_LINES {
                ui.label(parts::dim(format!("and {} more", damage.len() - MAX_DAMAGE_LINES)));
            }
        });
    });
}

fn view_settings(ui: &mut Ui, panels: &mut Panels<'_>) {
    let Some(view) = &mut panels.view else { return };
    let row = |ui: &mut Ui, name: &str, content: &mut dyn FnMut(&mut Ui)| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let left = ui.cursor().left();
            ui.label(parts::dim(name));
            ui.add_space(left + LABEL_PT - ui.cursor().left());
            content(ui);
        });
    };
    if view.channels.len() > 1 {
        row(ui, "layout", &mut |ui| {
            let choices = [(Layout::Composite, "composite"), (Layout::Montage, "montage")];
            let key = parts::with_key(panels.keymap, "", Action::ToggleLayout);
            let what = |layout| match layout {
                Layout::Composite => format!("channels mixed in one picture{key}"),
                Layout::Montage => format!("one panel per channel{key}"),
            };
            if let Some(layout) = parts::choice_told(ui, view.layout, &choices, what) {
                view.layout = layout;
            }
        });
        row(ui, "blend", &mut |ui| {
            let choices = [(Blend::Add, "add"), (Blend::Max, "max"), (Blend::Multiply, "multiply")];
            let what = |blend| match blend {
                Blend::Add => "channels are added, as lights".to_owned(),
                Blend::Max => "the brightest channel of each colour".to_owned(),
                Blend::Multiply => "channels are multiplied on white, as inks".to_owned(),
            };
            if let Some(blend) = parts::choice_told(ui, view.blend, &choices, what) {
                view.blend = blend;
            }
        });
    }
    row(ui, "filter", &mut |ui| {
        let choices = [(Filter::Nearest, "nearest"), (Filter::Linear, "linear")];
        let key = parts::with_key(panels.keymap, "", Action::ToggleFilter);
        let what = |filter| match filter {
            Filter::Nearest => format!("voxels as they are{key}"),
            Filter::Linear => format!("values between voxels are interpolated{key}"),
        };
        if let Some(filter) = parts::choice_told(ui, view.filter, &choices, what) {
            view.filter = filter;
        }
    });
    if view.plane_count() > 1 {
        row(ui, "shows", &mut |ui| {
            let count = view.plane_count();
            let kind = view.slab.clamp(1, count);
            let choices = [(1, "plane"), (count, "maximum")];
            let key = parts::with_key(panels.keymap, "", Action::ToggleProjection);
            let what = |slab| match slab {
                1 => format!("one plane{key}"),
                _ => format!("the maximum of all planes{key}"),
            };
            if let Some(slab) = parts::choice_told(ui, kind, &choices, what) {
                view.slab = slab;
            }
            ui.add_space(8.0);
            ui.label(parts::dim("of"));
            ui.add_space(4.0);
            let mut planes = kind;
            let field = ui.add(egui::DragValue::new(&mut planes).range(1..=count).speed(0.1));
            let field = parts::tip(field, || "planes whose maximum is shown (Alt+wheel)".to_owned());
            parts::name(&field, || "planes of the slab".to_owned());
            ui.add_space(4.0);
            ui.label(parts::dim(if kind == 1 { "plane" } else { "planes" }));
            if planes != kind {
                view.slab = planes;
            }
        });
        if let Some(note) = panels.viewer.slab_note() {
            ui.label(RichText::new(note).color(theme::colors(ui.visuals()).error));
        }
    }
    let is_flat = view.extent.iter().filter(|&&n| n > 1).count() <= 2;
    if !is_flat {
        row(ui, "along", &mut |ui| {
            let choices = [(Axis::Z, "z"), (Axis::Y, "y"), (Axis::X, "x")];
            let keymap = panels.keymap;
            let what = |axis| parts::with_key(keymap, &format!("look along {axis}"), Action::LookAlong(axis));
            if let Some(axis) = parts::choice_told(ui, view.normal, &choices, what) {
                view.set_normal(axis);
            }
        });
    }
}

/// `16 × 512 × 512 · 3 channels · uint16`
fn extents(dataset: &Dataset) -> String {
    let shape = dataset.shape;
    let mut text = format!("{} \u{d7} {} \u{d7} {}", shape.z, shape.y, shape.x);
    for (count, one, many) in [(shape.c, "channel", "channels"), (shape.t, "time", "times")] {
        if count > 1 {
            text += &format!(" \u{b7} {count} {}", if count == 1 { one } else { many });
        }
    }
    format!("{text} \u{b7} {}", dataset.sample_type)
}

/// `voxel 1.25 × 1.24 × 1.24 µm`
fn voxel_size(dataset: &Dataset) -> String {
    let Some(size) = &dataset.voxel_size else {
        return "voxel size not given".to_owned();
    };
    let z = size.z.map_or("?".to_owned(), parts::number);
    let unit = size.unit.as_deref().unwrap_or("");
    format!(
        "voxel {z} \u{d7} {} \u{d7} {} {unit}",
        parts::number(size.y),
        parts::number(size.x)
    )
}
