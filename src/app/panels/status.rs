//! The status line: what is under the mouse, and how far loading has come.

use std::time::Duration;

use bytesize::ByteSize;
use egui::{Align, Color32, Label, Layout, Rect, Sense, Ui, UiBuilder, Visuals, text::LayoutJob, vec2};

use super::{Panels, parts, theme};
use crate::app::forecast::about;
use crate::app::sheets::Request;
use crate::session::{Phase, Picked, Picking, Spot};
use crate::volume::{Axis, Dataset, Value};

/// Shows it.
pub(crate) fn show(ui: &mut Ui, panels: &mut Panels<'_>) {
    // Of one height whatever it says, since the picture would jump.
    let rect = ui.available_rect_before_wrap();
    ui.advance_cursor_after_rect(rect);
    let line = UiBuilder::new()
        .max_rect(rect)
        .layout(Layout::right_to_left(Align::Center));
    let ui = &mut ui.new_child(line);
    ui.spacing_mut().item_spacing.x = 14.0;
    ui.label(parts::dim(panels.adapter).size(theme::SMALL_PT));
    if let Some(zoom) = panels.zoom {
        ui.label(parts::mono(percent(zoom)).color(theme::colors(ui.visuals()).dim));
    }
    if phase(ui, panels) {
        panels.requests.push(Request::StopLoading);
    }
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        match under_mouse(panels, ui.visuals()) {
            Some(job) => ui.add(Label::new(job).truncate()),
            None => ui.label(parts::dim("H or ? shows all keys")),
        }
    });
}

fn percent(zoom: f64) -> String {
    let percent = zoom * 100.0;
    if percent < 10.0 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

/// How far loading has come. Returns whether it is to be stopped.
fn phase(ui: &mut Ui, panels: &Panels<'_>) -> bool {
    let phase = panels.viewer.phase();
    let plan = |ui: &mut Ui, count: String| {
        let bytes = panels.viewer.dataset().and_then(Dataset::volume_bytes).unwrap_or(0);
        let plan = plan(phase, bytes, panels.budget_bytes, panels.left);
        progress(ui, phase.progress().unwrap_or_default(), count, plan)
    };
    match *phase {
        Phase::Opening | Phase::Loading { .. } | Phase::Measuring { .. } if !panels.is_slow => {}
        Phase::Opening => {
            ui.label(parts::dim("opening"));
        }
        Phase::Loading { done, total } => return plan(ui, format!("{done} / {total} planes")),
        Phase::Measuring { done, total } => return plan(ui, format!("{} %", 100 * done / total.max(1))),
        Phase::Cancelled { done, total } => {
            ui.label(parts::dim(format!("stopped after {done} of {total}")).color(theme::colors(ui.visuals()).error));
        }
        Phase::Failed(_) => {
            ui.label(parts::dim("loading failed").color(theme::colors(ui.visuals()).error));
        }
        Phase::Ready => {}
    }
    false
}

/// What is done with the `bytes` of a time point, and how long it takes.
fn plan(phase: &Phase, bytes: u64, budget_bytes: u64, left: Option<Duration>) -> String {
    let (bytes, budget) = (ByteSize(bytes), ByteSize(budget_bytes));
    let left = left.map_or_else(String::new, |left| format!(", {} left", about(left)));
    match phase {
        Phase::Measuring { .. } => {
            format!("{bytes} streamed within {budget}: contrast is an estimate{left}")
        }
        _ => format!("loading {bytes} as a whole{left}"),
    }
}

fn progress(ui: &mut Ui, (done, total): (u64, u64), count: String, plan: String) -> bool {
    let button = egui::Button::new(egui::RichText::new("stop").size(theme::SMALL_PT));
    let is_stopped = parts::tip(ui.add(button), || "stop; what is there stays (Esc)".to_owned()).clicked();
    ui.label(parts::mono(count));
    let (rect, _) = ui.allocate_exact_size(vec2(110.0, 6.0), Sense::hover());
    ui.painter().rect_filled(rect, 3.0, theme::colors(ui.visuals()).field);
    let share = done as f32 / total.max(1) as f32;
    let part = Rect::from_min_size(rect.min, vec2(rect.width() * share.min(1.0), rect.height()));
    ui.painter().rect_filled(part, 3.0, theme::colors(ui.visuals()).accent);
    ui.add(Label::new(parts::dim(plan)).truncate());
    is_stopped
}

/// Where the mouse is and what the channels have there. A place is shown with its own values or with none: for the
/// moment that those of a new place take, the last ones stay.
fn under_mouse(panels: &Panels<'_>, visuals: &Visuals) -> Option<LayoutJob> {
    let (hover, dataset) = (panels.hover?, panels.viewer.dataset()?);
    let view = panels.view.as_ref()?;
    let mut line = Line {
        job: LayoutJob::default(),
        colors: theme::colors(visuals),
    };
    match panels.viewer.picking() {
        Picking::Here(Picked { spot, values }) | Picking::Soon(Some(Picked { spot, values })) => {
            line.place(dataset, spot);
            for (index, value) in values.iter().enumerate() {
                let top = view.channels.get(index).map_or([255; 3], |channel| channel.lut.top());
                line.value(&dataset.channel_name(index), theme::readable(visuals, top), *value);
            }
        }
        other => {
            let (voxel, t, slab) = (hover, view.t, None);
            line.place(dataset, &Spot { voxel, t, slab });
            if other == Picking::Awaited {
                line.add(16.0, "\u{2026}", theme::mono(), line.colors.dim);
            }
        }
    }
    Some(line.job)
}

struct Line {
    job: LayoutJob,
    colors: &'static theme::Colors,
}

impl Line {
    fn add(&mut self, space: f32, text: &str, font: egui::FontId, color: Color32) {
        let format = egui::TextFormat {
            font_id: font,
            color,
            valign: Align::Center,
            ..Default::default()
        };
        self.job.append(text, space, format);
    }

    fn place(&mut self, dataset: &Dataset, Spot { voxel, t, slab }: &Spot) {
        let label = egui::FontId::proportional(theme::TEXT_PT);
        let mut space = 0.0;
        let mut number = |line: &mut Self, letter: char, count: u64, text: String| {
            let digits = count.saturating_sub(1).to_string().len();
            line.add(space, &letter.to_string(), label.clone(), line.colors.dim);
            line.add(4.0, &format!("{text:>digits$}"), theme::mono(), line.colors.text);
            space = 8.0;
        };
        if dataset.shape.t > 1 {
            number(self, 't', dataset.shape.t, t.to_string());
        }
        for axis in Axis::ALL {
            let text = match slab {
                Some((normal, planes)) if *normal == axis => format!("{}\u{2013}{}", planes.start, planes.end - 1),
                _ => voxel[axis.index()].to_string(),
            };
            number(self, axis.letter(), dataset.shape.along(axis), text);
        }
        if let Some(size) = &dataset.voxel_size {
            let spacing = dataset.spacing();
            let um = [0, 1, 2].map(|i| voxel[i] as f64 * spacing[i]);
            let text = format!("{:.2}, {:.2}, {:.2}", um[0], um[1], um[2]);
            self.add(16.0, &text, theme::mono(), self.colors.text);
            self.add(4.0, size.unit.as_deref().unwrap_or(""), label, self.colors.dim);
        }
    }

    fn value(&mut self, name: &str, color: Color32, value: Value) {
        self.add(16.0, name, egui::FontId::proportional(theme::TEXT_PT), color);
        let text = parts::number(value.as_f64());
        self.add(4.0, &format!("{text:<4}"), theme::mono(), self.colors.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_of_what_is_slow_is_stated() {
        let (loading, measuring) = (
            Phase::Loading { done: 3, total: 512 },
            Phase::Measuring { done: 3, total: 512 },
        );
        let left = Some(Duration::from_secs(14));
        assert_eq!(plan(&loading, 3 << 30, 8 << 30, None), "loading 3.0 GiB as a whole");
        assert_eq!(
            plan(&loading, 512 << 20, 8 << 30, left),
            "loading 512.0 MiB as a whole, about 15 s left"
        );
        assert_eq!(
            plan(&measuring, 34 << 30, 2 << 30, left),
            "34.0 GiB streamed within 2.0 GiB: contrast is an estimate, about 15 s left"
        );
    }
}
