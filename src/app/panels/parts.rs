//! Small things that several panels use.

use egui::{
    Button, Color32, Mesh, Painter, Pos2, Rect, Response, RichText, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::theme;
use crate::app::actions::Action;
use crate::app::keymap::Keymap;
use crate::volume::Lut;

/// A number as short as it stays true to six digits: integers whole, the rest without trailing zeros.
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        return format!("{value}");
    }
    if value == value.trunc() && value.abs() < 1e15 {
        return format!("{value:.0}");
    }
    let magnitude = value.abs().log10().floor();
    if !(-4.0..9.0).contains(&magnitude) {
        return format!("{value:.4e}");
    }
    let decimals = (5.0 - magnitude).clamp(0.0, 9.0) as usize;
    let text = format!("{value:.decimals$}");
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Text that matters less.
pub(crate) fn dim(text: impl Into<String>) -> RichText {
    RichText::new(text).weak()
}

/// Digits of equal width.
pub(crate) fn mono(text: impl Into<String>) -> RichText {
    RichText::new(text).font(theme::mono())
}

/// What a screen reader calls a widget.
pub(crate) fn name(response: &Response, name: impl FnOnce() -> String) {
    response
        .ctx
        .accesskit_node_builder(response.id, |node| node.set_label(name()));
}

/// Tells a screen reader whether a button is down.
fn set_on(response: &Response, is_on: bool) {
    response
        .ctx
        .accesskit_node_builder(response.id, |node| node.set_toggled(is_on.into()));
}

/// Explains a widget to those who point at it. The text is made only when it is read.
pub(crate) fn tip(response: Response, text: impl Fn() -> String) -> Response {
    response
        .ctx
        .accesskit_node_builder(response.id, |node| node.set_description(text()));
    response.on_hover_ui(|ui| {
        ui.set_max_width(ui.spacing().tooltip_width);
        ui.label(text());
    })
}

/// A text with the key that does the same, if there is one: `play (Space)`.
pub(crate) fn with_key(keymap: &Keymap, text: &str, action: Action) -> String {
    match keymap.shortcut_of(action) {
        Some(keys) => format!("{text} ({keys})"),
        None => text.to_owned(),
    }
}

/// A small button with a word, lit while it is on.
pub(crate) fn toggle(ui: &mut Ui, text: &str, is_on: bool) -> Response {
    let colors = theme::colors(ui.visuals());
    let (fill, color) = match is_on {
        true => (colors.accent.gamma_multiply(0.5), colors.strong),
        false => (colors.field, colors.text),
    };
    let text = RichText::new(text).size(theme::SMALL_PT).color(color);
    let button = ui.scope(|ui| {
        ui.spacing_mut().button_padding.x = 4.0;
        ui.add(Button::new(text).fill(fill))
    });
    let button = button.inner;
    set_on(&button, is_on);
    focus_ring(ui, &button);
    button
}

/// What is drawn on a small button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Only this one.
    Solo,
    /// Two links of a chain.
    Link,
    /// A line that is cut off at its ends.
    Clipping,
    /// A triangle, downwards where the row is open.
    Fold,
    /// An arrow to the left.
    Backward,
    /// An arrow to the right.
    Forward,
}

/// A small square button with a sign, lit while it is on.
pub(crate) fn sign_button(ui: &mut Ui, sign: Sign, is_on: bool, text: impl Fn() -> String) -> Response {
    let width = if sign == Sign::Fold { 14.0 } else { 20.0 };
    let (rect, response) = ui.allocate_exact_size(vec2(width, 20.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), is_on, text()));
    let colors = theme::colors(ui.visuals());
    let (fill, color) = match (is_on, response.hovered()) {
        _ if sign == Sign::Fold => (Color32::TRANSPARENT, colors.dim),
        (true, _) => (colors.accent.gamma_multiply(0.5), colors.strong),
        (false, true) => (colors.hovered, colors.strong),
        (false, false) => (colors.field, colors.dim),
    };
    ui.painter().rect_filled(rect, 4.0, fill);
    paint_sign(ui, rect.center(), sign, is_on, color);
    focus_ring(ui, &response);
    response
}

/// Shows which widget the keyboard is at, as egui's own do.
pub(crate) fn focus_ring(ui: &Ui, response: &Response) {
    if response.has_focus() {
        let stroke = ui.visuals().selection.stroke;
        ui.painter()
            .rect_stroke(response.rect, 4.0, stroke, egui::StrokeKind::Inside);
    }
}

fn paint_sign(ui: &Ui, center: Pos2, sign: Sign, is_on: bool, color: Color32) {
    let painter = ui.painter();
    let stroke = egui::Stroke::new(1.5, color);
    let fill = |points: [Vec2; 3]| {
        let points = points.map(|at| center + at).to_vec();
        painter.add(egui::Shape::convex_polygon(points, color, egui::Stroke::NONE));
    };
    match sign {
        Sign::Solo => {
            let font = egui::FontId::proportional(theme::SMALL_PT);
            painter.text(center, egui::Align2::CENTER_CENTER, "S", font, color);
        }
        Sign::Link => {
            for x in [-2.8, 2.8] {
                let link = Rect::from_center_size(center + vec2(x, 0.0), vec2(8.4, 6.0));
                painter.rect_stroke(link, 3.0, stroke, egui::StrokeKind::Middle);
            }
        }
        Sign::Clipping => {
            let points = [vec2(-6.5, 4.0), vec2(-3.0, 4.0), vec2(3.0, -4.0), vec2(6.5, -4.0)];
            painter.add(egui::Shape::line(points.map(|at| center + at).to_vec(), stroke));
        }
        Sign::Fold if is_on => fill([vec2(-4.0, -2.0), vec2(4.0, -2.0), vec2(0.0, 3.0)]),
        Sign::Fold => fill([vec2(-2.0, -4.0), vec2(3.0, 0.0), vec2(-2.0, 4.0)]),
        Sign::Backward | Sign::Forward => {
            let side = if sign == Sign::Forward { 1.0 } else { -1.0 };
            let head = [vec2(1.5, -4.0), vec2(5.5, 0.0), vec2(1.5, 4.0)];
            let head = head.map(|at| center + vec2(at.x * side, at.y)).to_vec();
            painter.add(egui::Shape::line(head, stroke));
            let shaft = [vec2(-5.5 * side, 0.0), vec2(5.0 * side, 0.0)].map(|at| center + at);
            painter.line_segment(shaft, stroke);
        }
    }
}

/// Buttons side by side, of which one is down. Returns the one that was clicked.
pub(crate) fn choice<T: Copy + PartialEq>(ui: &mut Ui, current: T, choices: &[(T, &str)]) -> Option<T> {
    choice_with(ui, current, choices, |_, button| button)
}

/// As [`choice`], with an explanation of each.
pub(crate) fn choice_told<T: Copy + PartialEq>(
    ui: &mut Ui,
    current: T,
    choices: &[(T, &str)],
    what: impl Fn(T) -> String,
) -> Option<T> {
    choice_with(ui, current, choices, |value, button| tip(button, || what(value)))
}

fn choice_with<T: Copy + PartialEq>(
    ui: &mut Ui,
    current: T,
    choices: &[(T, &str)],
    told: impl Fn(T, Response) -> Response,
) -> Option<T> {
    let mut clicked = None;
    ui.spacing_mut().item_spacing.x = 2.0;
    let colors = theme::colors(ui.visuals());
    for &(value, name) in choices {
        let is_current = value == current;
        let (fill, color) = match is_current {
            true => (colors.accent.gamma_multiply(0.5), colors.strong),
            false => (colors.field, colors.dim),
        };
        let button = ui.add(Button::new(RichText::new(name).color(color)).fill(fill));
        set_on(&button, is_current);
        focus_ring(ui, &button);
        if told(value, button).clicked() && !is_current {
            clicked = Some(value);
        }
    }
    clicked
}

/// Fills a rectangle with the colours of a LUT, dark to bright from left to right.
pub(crate) fn paint_lut(painter: &Painter, rect: Rect, lut: &Lut) {
    let stops: Vec<[u8; 3]> = match lut {
        Lut::Solid(color) => vec![[0; 3], *color],
        Lut::Table(table) => (0..=8).map(|i| table[(i * 255) / 8]).collect(),
    };
    let mut mesh = Mesh::default();
    for (i, [r, g, b]) in stops.iter().copied().enumerate() {
        let x = rect.left() + rect.width() * i as f32 / (stops.len() - 1) as f32;
        let color = Color32::from_rgb(r, g, b);
        mesh.colored_vertex(pos2(x, rect.top()), color);
        mesh.colored_vertex(pos2(x, rect.bottom()), color);
        if i > 0 {
            let n = 2 * i as u32;
            mesh.add_triangle(n - 2, n - 1, n);
            mesh.add_triangle(n - 1, n, n + 1);
        }
    }
    painter.add(mesh);
}

/// A small square of a channel's colours, to click on.
pub(crate) fn swatch(ui: &mut Ui, lut: &Lut, is_visible: bool, text: impl Fn() -> String) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(14.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), text()));
    match lut {
        Lut::Solid([r, g, b]) => {
            let color = Color32::from_rgb(*r, *g, *b);
            ui.painter()
                .rect_filled(rect, 3.0, color.gamma_multiply(if is_visible { 1.0 } else { 0.35 }));
        }
        Lut::Table(_) => paint_lut(ui.painter(), rect, lut),
    }
    let line = if response.hovered() {
        theme::colors(ui.visuals()).text
    } else {
        theme::colors(ui.visuals()).line
    };
    ui.painter()
        .rect_stroke(rect, 3.0, egui::Stroke::new(1.0, line), egui::StrokeKind::Outside);
    focus_ring(ui, &response);
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A play or a pause sign, to click on.
pub(crate) fn play_button(ui: &mut Ui, is_playing: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(28.0, 20.0), Sense::click());
    let visuals = ui.style().interact(&response);
    ui.painter()
        .rect_filled(rect, visuals.corner_radius, visuals.weak_bg_fill);
    let (center, color) = (rect.center(), visuals.fg_stroke.color);
    if is_playing {
        for x in [-3.5, 3.5] {
            let bar = Rect::from_center_size(center + vec2(x, 0.0), vec2(3.0, 10.0));
            ui.painter().rect_filled(bar, 0.0, color);
        }
    } else {
        let points = [vec2(-3.5, -5.5), vec2(5.5, 0.0), vec2(-3.5, 5.5)].map(|at| center + at);
        ui.painter()
            .add(egui::Shape::convex_polygon(points.to_vec(), color, egui::Stroke::NONE));
    }
    focus_ring(ui, &response);
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), is_playing, "play"));
    response
}

/// A cross, to click on.
pub(crate) fn close_button(ui: &mut Ui) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(18.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), "close"));
    let color = if response.hovered() {
        theme::colors(ui.visuals()).text
    } else {
        theme::colors(ui.visuals()).dim
    };
    let center = rect.center();
    for [from, to] in [[vec2(-4.0, -4.0), vec2(4.0, 4.0)], [vec2(-4.0, 4.0), vec2(4.0, -4.0)]] {
        ui.painter()
            .line_segment([center + from, center + to], egui::Stroke::new(1.5, color));
    }
    focus_ring(ui, &response);
    response
}
