//! Statistics of the shown plane, or of a box of it: the lower part of the side panel.

use egui::{
    Align, Align2, Color32, FontId, Frame, Layout, Margin, Panel, Rect, RichText, ScrollArea, Sense, Ui, Visuals, pos2,
    vec2,
};

use super::{Panels, parts, theme};
use crate::app::actions::Action;
use crate::app::statistics::{command, coverage, named_numbers};
use crate::session::{FileStats, FullStats, Measured};
use crate::volume::{Dataset, Value};

/// Width of the table, and of the names of the numbers, in points.
const WIDTH_PT: f32 = super::SIDE_PT - 24.0;
const NAMES_PT: f32 = 58.0;
/// Size of digits and width of one, and the space between columns, in points.
const DIGITS_PT: f32 = 11.0;
const DIGIT_PT: f32 = 6.63;
const GAP_PT: f32 = 8.0;
/// The widest that a column becomes.
const MOST_COLUMN_PT: f32 = 100.0;
/// Height of what is above the table, and of the margins.
const HEAD_PT: f32 = 74.0;
/// The most channels beside each other; the others come below.
const MOST_COLUMNS: usize = 3;
const ROW_PT: f32 = 16.0;
const GROUP_GAP_PT: f32 = 6.0;
/// Height that is left to the channels at least, in points: their head and one of them.
const CHANNELS_PT: f32 = 180.0;
/// The most of what is left of the side panel that is taken: the channels need the rest.
const MOST_SHARE: f32 = 0.7;

/// Shows them, if they are wanted.
pub(crate) fn show(ui: &mut Ui, panels: &mut Panels<'_>) {
    let viewer = panels.viewer;
    let Some(dataset) = viewer.dataset().filter(|_| panels.statistics.is_open) else {
        return;
    };
    let channels = panels.view.iter().flat_map(|view| &view.channels);
    let tops: Vec<[u8; 3]> = channels.map(|channel| channel.lut.top()).collect();
    let table = viewer
        .measured()
        .and_then(|measured| Table::new(measured, dataset, &tops, ui.visuals()));
    let body_pt = table.as_ref().map_or(ROW_PT, Table::height_pt);
    let available = ui.available_height();
    let height = (body_pt + HEAD_PT)
        .min(available * MOST_SHARE)
        .min((available - CHANNELS_PT).max(HEAD_PT));
    let margin = Margin::symmetric(12, 6);
    Panel::bottom("statistics")
        .exact_size(height)
        .frame(Frame::new().inner_margin(margin))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(6.0, 3.0);
            title(ui, panels, dataset);
            let Some(measured) = viewer.measured() else {
                ui.label(parts::dim(waiting(panels)));
                return;
            };
            let is_old = panels.statistics.asked.as_ref() != Some(&measured.scope);
            let color = if is_old {
                theme::colors(ui.visuals()).dim
            } else {
                theme::colors(ui.visuals()).text
            };
            ui.label(RichText::new(coverage(&measured.scope, dataset)).color(color));
            ui.label(parts::dim(quality(panels, measured, is_old)).size(theme::SMALL_PT));
            if let Some(table) = &table {
                ScrollArea::vertical()
                    .auto_shrink(false)
                    .show(ui, |ui| table.show(ui, color));
            }
        });
}

fn title(ui: &mut Ui, panels: &mut Panels<'_>, dataset: &Dataset) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Statistics").strong());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let hide = parts::with_key(panels.keymap, "hide", Action::ToggleStatistics);
            if parts::close_button(ui).on_hover_text(hide).clicked() {
                panels.actions.push(Action::ToggleStatistics);
            }
            let Some(measured) = panels.viewer.measured() else {
                return;
            };
            let line = command(panels.request, dataset, &measured.scope);
            for (name, what, action) in [
                (
                    "command",
                    format!("copy the command:\n{line}"),
                    Action::CopyStatisticsCommand,
                ),
                ("copy", "copy the numbers".to_owned(), Action::CopyStatistics),
            ] {
                let text = RichText::new(name).size(theme::SMALL_PT);
                if ui.button(text).on_hover_text(what).clicked() {
                    panels.actions.push(action);
                }
            }
        });
    });
}

/// What to say where there are no numbers yet.
fn waiting(panels: &Panels<'_>) -> String {
    match (&panels.statistics.asked, panels.viewer.measured_share()) {
        (None, _) => "no channel is shown".to_owned(),
        (_, Some(share)) => format!("measuring: {:.0} %", 100.0 * share),
        (Some(_), None) => "to come with the plane".to_owned(),
    }
}

/// Of how many voxels the numbers are, and how far they can be trusted: always, where there are any.
fn quality(panels: &Panels<'_>, measured: &Measured, is_old: bool) -> String {
    let voxels = measured.scope.zyx.voxels();
    let mut text = match &measured.numbers {
        Err(reason) => reason.clone(),
        Ok(FileStats { lost, .. }) if lost.is_empty() => format!("{voxels} voxels \u{b7} exact"),
        Ok(_) => format!("{voxels} voxels \u{b7} exact, of those that can be read"),
    };
    if let Some(share) = panels.viewer.measured_share().filter(|_| is_old) {
        text += &format!(" \u{b7} next: {:.0} %", 100.0 * share);
    }
    text
}

/// Numbers as texts: channels beside each other, as many as there is room for.
struct Table {
    /// Names of the numbers.
    names: Vec<String>,
    /// Name, colour and numbers of each channel.
    channels: Vec<(String, Color32, Vec<String>)>,
    /// Channels beside each other.
    columns: usize,
}

impl Table {
    fn new(measured: &Measured, dataset: &Dataset, tops: &[[u8; 3]], visuals: &Visuals) -> Option<Self> {
        let numbers = measured.numbers.as_ref().ok()?;
        let sample_type = dataset.sample_type;
        let named = |numbers: &FullStats| named_numbers(numbers, sample_type, false);
        let channel = |(&index, numbers): (&usize, &FullStats)| {
            let text =
                |value: Option<Value>| value.map_or("\u{2013}".to_owned(), |value| parts::number(value.as_f64()));
            let color = theme::readable(visuals, tops.get(index).copied().unwrap_or([255; 3]));
            let texts = named(numbers).into_iter().map(|(_, value)| text(value)).collect();
            (dataset.channel_name(index), color, texts)
        };
        let channels: Vec<(String, Color32, Vec<String>)> = measured
            .scope
            .channels
            .iter()
            .zip(&numbers.channels)
            .map(channel)
            .collect();
        let widest = channels
            .iter()
            .flat_map(|(_, _, texts)| texts)
            .map(|text| text.chars().count())
            .max();
        let widest_pt = widest.unwrap_or(0) as f32 * DIGIT_PT + GAP_PT;
        let columns = ((WIDTH_PT - NAMES_PT) / widest_pt) as usize;
        Some(Self {
            names: named(numbers.channels.first()?)
                .into_iter()
                .map(|(name, _)| name)
                .collect(),
            columns: columns.clamp(1, MOST_COLUMNS).min(channels.len().max(1)),
            channels,
        })
    }

    fn height_pt(&self) -> f32 {
        let groups = self.channels.len().div_ceil(self.columns);
        groups as f32 * (ROW_PT * (self.names.len() + 1) as f32 + GROUP_GAP_PT)
    }

    /// Draws the texts where they belong: nothing here is to be clicked.
    fn show(&self, ui: &mut Ui, color: Color32) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), self.height_pt()), Sense::hover());
        let painter = ui.painter().with_clip_rect(ui.clip_rect().intersect(rect));
        let small = FontId::proportional(theme::SMALL_PT);
        let column_pt = ((rect.width() - NAMES_PT) / self.columns as f32).min(MOST_COLUMN_PT);
        let mut top = rect.top();
        for group in self.channels.chunks(self.columns) {
            for (place, name) in self.names.iter().enumerate() {
                let at = pos2(rect.left(), top + ROW_PT * (place as f32 + 1.5));
                painter.text(
                    at,
                    Align2::LEFT_CENTER,
                    name,
                    small.clone(),
                    theme::colors(ui.visuals()).dim,
                );
            }
            for (column, (name, name_color, texts)) in group.iter().enumerate() {
                let left = rect.left() + NAMES_PT + column_pt * column as f32;
                let right = left + column_pt;
                let cell = Rect::from_min_max(pos2(left + GAP_PT / 2.0, top), pos2(right, top + ROW_PT));
                let galley = painter.layout_no_wrap(name.clone(), small.clone(), *name_color);
                // A long name shows its beginning.
                let x = (cell.right() - galley.size().x).max(cell.left());
                let y = cell.center().y - galley.size().y / 2.0;
                painter
                    .with_clip_rect(cell.intersect(painter.clip_rect()))
                    .galley(pos2(x, y), galley, *name_color);
                for (place, text) in texts.iter().enumerate() {
                    let at = pos2(right, top + ROW_PT * (place as f32 + 1.5));
                    painter.text(at, Align2::RIGHT_CENTER, text, FontId::monospace(DIGITS_PT), color);
                }
            }
            top += ROW_PT * (self.names.len() + 1) as f32 + GROUP_GAP_PT;
        }
    }
}
