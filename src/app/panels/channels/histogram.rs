//! A channel's histogram, and the handles on it: both ends of the window, what lies between them, and gamma.

use egui::{Color32, CursorIcon, Id, Pos2, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo};
use egui::{pos2, vec2};

use super::super::{parts, theme};
use super::axis::{Axis, gamma_from_middle, middle_from_gamma};
use super::bars::Bars;
use super::zoom;
use crate::view::{ChannelView, ContrastRule};
use crate::volume::{BinCounts, ChannelStats, Window};

/// Height of all of it, in points.
pub(super) const HEIGHT_PT: f32 = 56.0;
/// Height of the strip of colours below.
const STRIP_PT: f32 = 5.0;
/// Room at the sides, for handles at the ends.
const SIDE_PT: f32 = 6.0;
/// How wide a handle is for the mouse.
const GRIP_PT: f32 = 9.0;
/// Windows narrower than this have no handle of gamma: it would lie upon the others.
const GAMMA_ROOM_PT: f32 = 26.0;

/// What can be dragged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Lo,
    Hi,
    Level,
    Gamma,
}

/// A drag under way. The axis stays as it was, so that it does not run away under the mouse.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drag {
    channel: usize,
    part: Part,
    axis: Axis,
    /// Before it began.
    window: Window,
    /// Where it began, in points.
    start: Pos2,
}

/// What is shown, of which channel.
pub(super) struct Histogram<'a> {
    pub(super) channel: usize,
    pub(super) name: &'a str,
    /// What is known of the data.
    pub(super) stats: Option<&'a ChannelStats>,
    /// Or why there are none.
    pub(super) bins: Result<&'a BinCounts, &'static str>,
    pub(super) is_integer: bool,
    pub(super) is_linear: bool,
}

/// Where things are on the screen.
struct Places {
    axis: Axis,
    plot: Rect,
    /// The handles: at the edge where they are out of sight.
    lo: f32,
    hi: f32,
    /// Both ends of the window, in sight or not.
    ends: [f32; 2],
}

impl Places {
    fn new(axis: Axis, plot: Rect, window: Window) -> Self {
        // Far away is far enough.
        let x = |value: f64| plot.left() + plot.width() * axis.share(value).clamp(-1e4, 1e4) as f32;
        let ends = [x(window.lo), x(window.hi)];
        let [lo, hi] = ends.map(|x| x.clamp(plot.left(), plot.right()));
        Self {
            axis,
            plot,
            lo,
            hi,
            ends,
        }
    }

    /// Whether a place across is in the plot.
    fn is_seen(&self, x: f32) -> bool {
        self.plot.x_range().expand(0.5).contains(x)
    }

    fn gamma(&self, gamma: f64) -> Option<Pos2> {
        let [lo, hi] = self.ends;
        let y = self.plot.bottom() - self.plot.height() * middle_from_gamma(gamma) as f32;
        let x = lo + (hi - lo) / 2.0;
        (hi - lo >= GAMMA_ROOM_PT && self.is_seen(x)).then(|| pos2(x, y))
    }

    /// Where a part is for the mouse. Handles that meet are put side by side.
    fn grip(&self, part: Part, gamma: f64) -> Option<Rect> {
        let middle = (self.lo + self.hi) / 2.0;
        let inner = [
            (self.lo + GRIP_PT / 2.0).min(middle - 1.0),
            (self.hi - GRIP_PT / 2.0).max(middle + 1.0),
        ];
        let full = |from: f32, to: f32| {
            let y = self.plot.top()..=self.plot.bottom() + STRIP_PT + 2.0;
            Rect::from_x_y_ranges(from..=to, y)
        };
        match part {
            Part::Lo => self.is_seen(self.ends[0]).then(|| full(inner[0] - GRIP_PT, inner[0])),
            Part::Hi => self.is_seen(self.ends[1]).then(|| full(inner[1], inner[1] + GRIP_PT)),
            Part::Level => (inner[1] - inner[0] > 4.0).then(|| full(inner[0], inner[1])),
            Part::Gamma => self.gamma(gamma).map(|at| Rect::from_center_size(at, vec2(13.0, 13.0))),
        }
    }
}

impl Histogram<'_> {
    /// Shows it, and makes the edits. `zoom` is the part of the axis that is shown, if not all.
    pub(super) fn show(
        &self,
        ui: &mut Ui,
        rect: Rect,
        view: &mut ChannelView,
        drag: &mut Option<Drag>,
        zoom: &mut Option<Axis>,
    ) {
        let colors = theme::colors(ui.visuals());
        ui.painter().rect_filled(rect, 3.0, colors.well);
        let own_drag = drag.filter(|drag| drag.channel == self.channel);
        let data = self.stats.and_then(ChannelStats::limits);
        let Some(whole) = Axis::of(data, view.window).or(own_drag.map(|drag| drag.axis)) else {
            *zoom = None;
            let text = match (self.stats, data) {
                (None, _) => String::new(),
                (_, Some(data)) => format!("constant: {}", parts::number(data.lo)),
                (_, None) => "no finite voxel".to_owned(),
            };
            let font = egui::FontId::proportional(theme::SMALL_PT);
            ui.painter()
                .text(rect.center(), egui::Align2::CENTER_CENTER, text, font, colors.dim);
            return;
        };
        let plot = Rect::from_min_max(rect.min + vec2(SIDE_PT, 4.0), rect.max - vec2(SIDE_PT, STRIP_PT + 4.0));
        let id = ui.scope_id().with(("histogram", self.channel));
        let background = ui.interact(rect, id, Sense::DRAG);
        let label = || format!("histogram of {}", self.name);
        background.widget_info(|| WidgetInfo::labeled(Role::Group, ui.is_enabled(), label()));
        *zoom = zoom.filter(|zoom| zoom.is_in(whole));
        if own_drag.is_none() {
            let shown = zoom.unwrap_or(whole);
            let shown = zoom::follow(ui, &background, plot, whole, shown, self.is_integer);
            *zoom = (shown != whole).then_some(shown);
        }
        let axis = own_drag.map(|drag| drag.axis).or(*zoom).unwrap_or(whole);
        let places = Places::new(axis, plot, view.window);
        let parts = [Part::Level, Part::Lo, Part::Hi, Part::Gamma];
        let grips = parts.map(|part| {
            // What is being dragged stays, wherever it went.
            let is_dragged = own_drag.is_some_and(|drag| drag.part == part);
            let grip = places.grip(part, view.gamma).or(is_dragged.then_some(plot))?;
            Some(self.grip(ui, id, part, grip, view, &places, drag))
        });
        let is_held = |part: Part| {
            let grip = parts
                .iter()
                .position(|&other| other == part)
                .and_then(|place| grips[place].as_ref());
            let is_other_held = drag.is_some_and(|drag| drag.channel != self.channel || drag.part != part);
            grip.is_some_and(|grip| grip.hovered() || grip.dragged()) && !is_other_held
        };
        let is_known = zoom.is_some() || background.contains_pointer();
        self.paint(ui, &Places::new(axis, plot, view.window), view, is_held);
        if is_known {
            zoom::paint_ends(ui, plot, axis, self.is_integer);
        }
        let is_on_button = zoom::buttons(ui, plot, self.name, view.window, whole, zoom);
        if ui.input(|input| input.pointer.button_double_clicked(egui::PointerButton::Primary)) && !is_on_button {
            let is_on_gamma = grips[3].as_ref().is_some_and(Response::contains_pointer);
            if is_on_gamma {
                view.gamma = 1.0;
            } else if background.contains_pointer() {
                view.contrast = ContrastRule::Volume;
            }
        }
    }

    /// One handle: starts a drag, and goes on with it.
    #[expect(clippy::too_many_arguments, reason = "what a handle is, and what it edits")]
    fn grip(
        &self,
        ui: &Ui,
        id: Id,
        part: Part,
        grip: Rect,
        view: &mut ChannelView,
        places: &Places,
        drag: &mut Option<Drag>,
    ) -> Response {
        let (cursor, what, value) = match part {
            Part::Lo => (CursorIcon::ResizeHorizontal, "lower handle", view.window.lo),
            Part::Hi => (CursorIcon::ResizeHorizontal, "upper handle", view.window.hi),
            Part::Level => {
                let level = view.window.lo * 0.5 + view.window.hi * 0.5;
                (CursorIcon::Grab, "level", level)
            }
            Part::Gamma => (CursorIcon::ResizeVertical, "gamma handle", view.gamma),
        };
        // Numbers can be typed below: the keyboard need not come here.
        let response = ui
            .interact(grip, id.with(part as u8), Sense::DRAG)
            .on_hover_cursor(cursor);
        response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), value, format!("{what} of {}", self.name)));
        let pointer = response.interact_pointer_pos();
        if response.drag_started()
            && let Some(start) = ui.input(|input| input.pointer.press_origin()).or(pointer)
        {
            *drag = Some(Drag {
                channel: self.channel,
                part,
                axis: places.axis,
                window: view.window,
                start,
            });
        }
        let own = drag.filter(|drag| drag.channel == self.channel && drag.part == part);
        if response.dragged()
            && let (Some(drag), Some(pointer)) = (own, pointer)
            && pointer != drag.start
        {
            self.drag_to(pointer, &drag, places.plot, view);
        }
        response
    }

    fn drag_to(&self, pointer: Pos2, drag: &Drag, plot: Rect, view: &mut ChannelView) {
        if drag.part == Part::Gamma {
            view.gamma = gamma_from_middle(f64::from((plot.bottom() - pointer.y) / plot.height()));
            return;
        }
        let moved = f64::from((pointer.x - drag.start.x) / plot.width());
        let axis = drag.axis;
        let Window { lo, hi } = drag.window;
        let to = |value: f64| axis.dragged(value, moved, self.is_integer);
        let least = axis.least_width(self.is_integer);
        let window = match drag.part {
            Part::Lo => Window::new(to(lo).min(hi - least), hi),
            Part::Hi => Window::new(lo, to(hi).max(lo + least)),
            _ => {
                // The width stays: whichever end stops first stops the other.
                let (new_lo, new_hi) = (to(lo), to(hi));
                let shift = if moved < 0.0 { new_lo - lo } else { new_hi - hi };
                let shift = if self.is_integer { shift.round() } else { shift };
                Window::new(lo + shift, hi + shift)
            }
        };
        if window.is_finite() {
            (view.window, view.contrast) = (window, ContrastRule::Given);
        }
    }

    fn paint(&self, ui: &Ui, places: &Places, view: &ChannelView, is_held: impl Fn(Part) -> bool) {
        let colors = theme::colors(ui.visuals());
        let painter = ui.painter();
        let Places { axis, plot, ends, .. } = *places;
        let clipped = painter.with_clip_rect(rect_of(plot).intersect(painter.clip_rect()));
        let color = match view.is_visible {
            true => theme::readable(ui.visuals(), view.lut.top()),
            false => colors.dim,
        };
        match self.bins {
            Ok(bins) => {
                let bars = Bars {
                    bins,
                    axis,
                    is_linear: self.is_linear,
                    window: view.window,
                    colors: [color.gamma_multiply(0.75), color.gamma_multiply(0.3)],
                };
                painter.add(bars.mesh(plot, ui.pixels_per_point()));
            }
            Err(why) => {
                let (at, align) = (plot.right_bottom() - vec2(6.0, 4.0), egui::Align2::RIGHT_BOTTOM);
                let font = egui::FontId::proportional(theme::SMALL_PT);
                painter.text(at, align, why, font, colors.dim);
            }
        }
        let strip = Rect::from_x_y_ranges(plot.x_range(), plot.bottom() + 2.0..=plot.bottom() + 2.0 + STRIP_PT);
        painter.rect_filled(strip, 2.0, colors.field);
        if ends[1] > ends[0] {
            let part = Rect::from_x_y_ranges(ends[0]..=ends[1], strip.y_range());
            parts::paint_lut(&clipped, part, &view.lut);
            let line = if is_held(Part::Level) {
                colors.strong
            } else {
                colors.dim
            };
            clipped.rect_stroke(part, 0.0, Stroke::new(1.0, line), StrokeKind::Outside);
            painter.add(self.curve(places, view.gamma, colors.text));
        }
        for (place, part) in [(0, Part::Lo), (1, Part::Hi)] {
            if !places.is_seen(ends[place]) && !is_held(part) {
                continue;
            }
            let x = [places.lo, places.hi][place];
            let color = if is_held(part) { colors.strong } else { colors.text };
            let width = if is_held(part) { 2.0 } else { 1.0 };
            painter.vline(x, plot.top()..=strip.bottom(), Stroke::new(width, color));
            let grip = Rect::from_center_size(pos2(x, strip.center().y), vec2(5.0, 11.0));
            painter.rect(grip, 2.0, color, Stroke::new(1.0, colors.well), StrokeKind::Outside);
        }
        if let Some(at) = places.gamma(view.gamma) {
            let radius = if is_held(Part::Gamma) { 5.0 } else { 4.0 };
            painter.circle(at, radius, colors.panel, Stroke::new(1.5, colors.text));
        }
    }

    /// Brightness over the axis.
    fn curve(&self, places: &Places, gamma: f64, color: Color32) -> Shape {
        const STEPS: usize = 24;
        let Places { plot, lo, hi, ends, .. } = *places;
        let y = |brightness: f64| plot.bottom() - plot.height() * brightness as f32;
        let mut points = Vec::with_capacity(STEPS + 3);
        if places.is_seen(ends[0]) {
            points.push(pos2(plot.left(), plot.bottom()));
        }
        for step in 0..=STEPS {
            let x = lo + (hi - lo) * step as f32 / STEPS as f32;
            let share = f64::from((x - ends[0]) / (ends[1] - ends[0])).clamp(0.0, 1.0);
            points.push(pos2(x, y(share.powf(gamma))));
        }
        if places.is_seen(ends[1]) {
            points.push(pos2(plot.right(), plot.top()));
        }
        Shape::line(points, Stroke::new(1.0, color.gamma_multiply(0.6)))
    }
}

/// The plot with the strip below it, and the lines at their edges.
fn rect_of(plot: Rect) -> Rect {
    Rect::from_min_max(plot.min - vec2(1.0, 1.0), plot.max + vec2(1.0, STRIP_PT + 3.0))
}
