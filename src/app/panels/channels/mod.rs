//! The channels: a head for all of them, and a row for each.

mod axis;
mod bars;
mod head;
mod histogram;
mod links;
mod memory;
mod menus;
mod number_field;
mod picker;
mod row;
mod zoom;

use egui::{Id, Rect, ScrollArea, Ui, pos2, vec2};

use super::Panels;
use crate::app::actions::Action;
use crate::session::{Picking, Viewer};
use crate::volume::{BinCounts, Dataset};
pub(crate) use links::{follow_links, link_all};
use memory::Memory;
use row::Row;

/// Up to so many channels all show their histograms; of more, the active one and those unfolded.
const MANY: usize = 4;

/// Shows all.
pub(crate) fn show(ui: &mut Ui, panels: &mut Panels<'_>) {
    let viewer = panels.viewer;
    show_with(ui, panels, |channel| viewer.histogram(channel));
}

/// As [`show`], with these histograms.
pub(super) fn show_with<'a>(ui: &mut Ui, panels: &mut Panels<'_>, histogram: impl Fn(usize) -> Option<&'a BinCounts>) {
    let (Some(view), Some(dataset)) = (&mut panels.view, panels.viewer.dataset()) else {
        return;
    };
    let id = Id::unique("channels");
    let mut memory = ui.data(|data| data.get_temp::<Memory>(id)).unwrap_or_else(|| {
        let mut memory = Memory::default();
        memory.is_linear = panels.preferences.has_linear_histograms;
        memory
    });
    let was_linear = memory.is_linear;
    if ui.input(|input| !input.pointer.any_down()) {
        memory.drag = None;
    }
    memory.follow(&dataset.path, panels.request.series);
    ui.spacing_mut().item_spacing.y = 0.0;
    let auto = panels.preferences.auto_contrast();
    head::show(ui, view, dataset, panels.keymap, auto, &mut memory);
    if memory.is_linear != was_linear {
        panels.actions.push(Action::SetLinearHistograms(memory.is_linear));
    }

    let count = view.channels.len();
    let values = match panels.viewer.picking() {
        Picking::Here(picked) | Picking::Soon(Some(picked)) if count > MANY => Some(&picked.values),
        _ => None,
    };
    let why_missing = why_no_histogram(panels.viewer, dataset);
    let is_folding = count > MANY;
    let is_new_active = std::mem::replace(&mut memory.active, view.active_channel) != view.active_channel;
    ScrollArea::vertical().auto_shrink(false).show_viewport(ui, |ui, seen| {
        let origin = ui.max_rect().min;
        let width = ui.max_rect().width();
        let mut y = 0.0;
        for index in 0..count {
            let name = dataset.channel_name(index);
            if !memory.lets_through(&name, count) {
                continue;
            }
            let is_active = index == view.active_channel;
            let is_open = !is_folding || is_active || memory.unfolded.contains(&index);
            let height = if is_open { row::OPEN_PT } else { row::FOLDED_PT };
            let rect = Rect::from_min_size(pos2(origin.x, origin.y + y), vec2(width, height));
            let is_seen = y < seen.bottom() && y + height > seen.top();
            y += height;
            if is_active && is_new_active && !is_seen {
                ui.scroll_to_rect(rect, None);
            }
            if !is_seen {
                continue;
            }
            let row = Row {
                index,
                keymap: panels.keymap,
                name,
                auto,
                is_active: is_active && count > 1,
                is_open,
                is_folding,
                is_alone: count == 1,
                is_integer: !dataset.sample_type.is_float(),
                is_exact: panels.viewer.is_exact(),
                is_damaged: panels.viewer.has_lost_planes(),
                of_file: dataset.channels.get(index).and_then(|info| info.window),
                stats: panels.viewer.channel_stats(index),
                histogram: histogram(index).ok_or(why_missing),
                value: values.and_then(|values| values.get(index).copied()),
            };
            row.show(ui, rect, view, &mut memory, &mut panels.actions);
        }
        ui.allocate_space(vec2(width, y));
    });
    ui.data_mut(|data| data.insert_temp(id, memory));
}

/// Why a channel has no histogram yet, or never will.
fn why_no_histogram(viewer: &Viewer, dataset: &Dataset) -> &'static str {
    if dataset.sample_type.is_wide() {
        "64-bit numbers are not counted"
    } else if !viewer.is_exact() {
        "counted when all has been read"
    } else if viewer.is_busy() {
        "being counted"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests;
