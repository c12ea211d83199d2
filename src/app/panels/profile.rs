//! The values along a line: one curve per channel, in the lower part of the side panel; and the line over the picture.

use egui::{
    Align, Align2, Color32, Context, FontId, Frame, Layout, Margin, Panel, Pos2, Rect, RichText, Sense, Stroke, Ui,
    pos2, vec2,
};

use super::{Panels, parts, theme};
use crate::app::actions::Action;
use crate::session::Profile;
use crate::view;
use crate::volume::Dataset;

const HEIGHT_PT: f32 = 208.0;
const PLOT_PT: f32 = 132.0;
/// How much is seen of curves that are of another plane or time.
const OLD_OPACITY: f32 = 0.4;
/// Room above and below the curves for the largest and smallest value.
const NUMBERS_PT: f32 = 16.0;

/// Shows the curves, if there is a line or one is to be drawn.
pub(super) fn show(ui: &mut Ui, panels: &mut Panels<'_>) {
    let Some(dataset) = panels.viewer.dataset().filter(|_| panels.profile.is_open()) else {
        return;
    };
    let frame = Frame::new().inner_margin(Margin::symmetric(12, 6));
    Panel::bottom("profile")
        .exact_size(HEIGHT_PT)
        .frame(frame)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(6.0, 3.0);
            title(ui, panels);
            match panels.viewer.profiled().filter(|_| panels.profile.line.is_some()) {
                Some(profile) => plot(ui, panels, profile, dataset),
                None if panels.profile.is_armed => {
                    ui.label(parts::dim("draw a line over the picture"));
                }
                None => {
                    ui.label(parts::dim("to come with the plane"));
                }
            }
        });
}

fn title(ui: &mut Ui, panels: &mut Panels<'_>) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Profile").strong());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if parts::close_button(ui).on_hover_text("take the line away").clicked() {
                panels.actions.push(Action::ToggleProfile);
            }
            if panels.viewer.profiled().is_some() {
                let text = RichText::new("copy").size(theme::SMALL_PT);
                if ui.button(text).on_hover_text("copy the values as a table").clicked() {
                    panels.actions.push(Action::CopyProfile);
                }
            }
        });
    });
}

/// Where distances and values are on the screen.
struct Scales {
    rect: Rect,
    distance: f64,
    lo: f64,
    hi: f64,
}

impl Scales {
    fn of(profile: &Profile, rect: Rect) -> Self {
        let values = profile.values.iter().flatten().flatten().map(|value| value.as_f64());
        let (lo, hi) = values
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), value| {
                (lo.min(value), hi.max(value))
            });
        let (lo, hi) = match lo < hi {
            true => (lo, hi),
            false if lo.is_finite() => (lo - 1.0, lo + 1.0),
            false => (0.0, 1.0),
        };
        let distance = profile.samples.last().map_or(0.0, |sample| sample.distance);
        Self {
            rect,
            distance: if distance > 0.0 { distance } else { 1.0 },
            lo,
            hi,
        }
    }

    fn at(&self, distance: f64, value: f64) -> Pos2 {
        let x = (distance / self.distance) as f32;
        let y = ((value - self.lo) / (self.hi - self.lo)) as f32;
        pos2(
            self.rect.left() + x * self.rect.width(),
            self.rect.bottom() - y * self.rect.height(),
        )
    }
}

fn plot(ui: &mut Ui, panels: &mut Panels<'_>, profile: &Profile, dataset: &Dataset) {
    let colors = theme::colors(ui.visuals());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), PLOT_PT), Sense::hover());
    ui.painter().rect_filled(rect, 3.0, colors.well);
    if !panels.viewer.is_profile_current() {
        // Those of what was shown before, until its own come.
        ui.set_opacity(OLD_OPACITY);
    }
    let scales = Scales::of(profile, rect.shrink2(vec2(4.0, NUMBERS_PT)));
    let painter = ui.painter().with_clip_rect(rect);
    let channels = panels.view.iter().flat_map(|view| &view.channels);
    let tops: Vec<Color32> = channels
        .map(|channel| theme::readable(ui.visuals(), channel.lut.top()))
        .collect();
    let color_of = |channel: usize| tops.get(channel).copied().unwrap_or(colors.text);
    for (&channel, values) in profile.channels.iter().zip(&profile.values) {
        let stroke = Stroke::new(1.3, color_of(channel));
        // What cannot be read is a gap.
        let mut run = Vec::new();
        for (sample, value) in profile.samples.iter().zip(values) {
            match value.map(|value| value.as_f64()).filter(|value| value.is_finite()) {
                Some(value) => run.push(scales.at(sample.distance, value)),
                None => {
                    painter.line(std::mem::take(&mut run), stroke);
                }
            }
        }
        painter.line(run, stroke);
    }
    let small = FontId::monospace(10.5);
    let corner = |at: Pos2, anchor: Align2, value: f64| {
        painter.text(at, anchor, parts::number(value), small.clone(), colors.dim);
    };
    corner(rect.left_top() + vec2(3.0, 2.0), Align2::LEFT_TOP, scales.hi);
    corner(rect.left_bottom() + vec2(3.0, -2.0), Align2::LEFT_BOTTOM, scales.lo);

    let unit = dataset.voxel_size.as_ref().and_then(|size| size.unit.as_deref());
    let hovered = response.hover_pos().and_then(|pointer| {
        let distance = f64::from((pointer.x - scales.rect.left()) / scales.rect.width()) * scales.distance;
        let off = |sample: &view::ProfileSample| (sample.distance - distance).abs();
        let samples = profile.samples.iter().enumerate();
        samples
            .min_by(|(_, a), (_, b)| off(a).total_cmp(&off(b)))
            .map(|(place, _)| place)
    });
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let distance = hovered.map_or(scales.distance, |place| profile.samples[place].distance);
        let text = format!("{} {}", parts::number(distance), unit.unwrap_or("voxels"));
        ui.label(parts::mono(text).size(theme::SMALL_PT));
        for (&channel, values) in profile.channels.iter().zip(&profile.values) {
            let value = hovered.map(|place| match values[place] {
                Some(value) => parts::number(value.as_f64()),
                None => "\u{2013}".to_owned(),
            });
            let text = format!("{} {}", dataset.channel_name(channel), value.unwrap_or_default());
            ui.label(RichText::new(text).size(theme::SMALL_PT).color(color_of(channel)));
        }
    });
    if let Some(place) = hovered {
        let x = scales.at(profile.samples[place].distance, scales.lo).x;
        painter.vline(x, rect.y_range(), Stroke::new(1.0, colors.dim));
        panels.marked_voxel = Some(profile.samples[place].voxel);
    }
}

/// Draws the line over every panel of the picture.
pub(super) fn show_line(ctx: &Context, panels: &Panels<'_>, canvas: Rect) {
    let Some(view) = &panels.view else { return };
    let Some(line) = panels.profile.line_on(view.normal) else {
        return;
    };
    let px_per_pt = ctx.pixels_per_point();
    for panel in view::panels(view, super::px_from_pt(canvas, px_per_pt)) {
        let pt = |uv: [f64; 2]| {
            let [x, y] = view.px_from_uv(panel.rect, uv);
            pos2(x as f32, y as f32) / px_per_pt
        };
        let view::Rect { x, y, width, height } = panel.rect;
        let corner = pos2(x as f32, y as f32) / px_per_pt;
        let clip = Rect::from_min_size(corner, vec2(width as f32, height as f32) / px_per_pt);
        let painter = ctx.layer_painter(egui::LayerId::background()).with_clip_rect(clip);
        let ends = [pt(line.from_uv), pt(line.to_uv)];
        for (width, color) in [(3.0, Color32::from_black_alpha(150)), (1.0, Color32::WHITE)] {
            painter.line_segment(ends, Stroke::new(width, color));
        }
        let marked = panels.marked_voxel.map(|voxel| {
            let uv = view
                .shown_axes()
                .map(|shown| shown.flip(voxel[shown.axis.index()]) as f64 + 0.5);
            (pt(uv), 5.0)
        });
        for (center, radius) in ends.map(|end| (end, 3.0)).into_iter().chain(marked) {
            painter.circle(center, radius, Color32::WHITE, Stroke::new(1.0, Color32::BLACK));
        }
    }
}
