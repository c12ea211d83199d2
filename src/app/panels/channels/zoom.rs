//! Which part of a histogram's axis is shown: the wheel, a drag beside the window and two buttons say.

use egui::{Align, Align2, CursorIcon, FontId, Layout, Rect, Response, Ui, UiBuilder, Vec2, vec2};

use super::super::{parts, theme};
use super::axis::Axis;
use crate::volume::Window;

/// How much closer a point of the wheel comes, as a power of e.
const PER_POINT: f32 = 0.006;
/// Height of the numbers at the ends, in points.
const DIGITS_PT: f32 = 9.0;

/// The axis after what the mouse did over it: the wheel zooms at the mouse, or scrolls sideways, and drags move it.
pub(super) fn follow(ui: &Ui, background: &Response, plot: Rect, whole: Axis, shown: Axis, is_integer: bool) -> Axis {
    let is_zoomed = shown != whole;
    if is_zoomed {
        let cursor = if background.dragged() {
            CursorIcon::Grabbing
        } else {
            CursorIcon::Grab
        };
        background.clone().on_hover_cursor(cursor);
    }
    if background.dragged() {
        return shown.panned(whole, f64::from(-background.drag_delta().x / plot.width()));
    }
    let pointer = ui.input(|input| input.pointer.hover_pos());
    let Some(pointer) = pointer.filter(|_| background.contains_pointer()) else {
        return shown;
    };
    let by = ui.input(|input| input.smooth_scroll_delta);
    // All of it is shown: scrolling goes on in the list.
    if by == Vec2::ZERO || (!is_zoomed && by.y <= 0.0) {
        return shown;
    }
    ui.input_mut(|input| input.smooth_scroll_delta = Vec2::ZERO);
    let share = f64::from((pointer.x - plot.left()) / plot.width()).clamp(0.0, 1.0);
    let factor = f64::from((by.y * PER_POINT).clamp(-1.0, 1.0).exp());
    let moved = shown.panned(whole, f64::from(-by.x / plot.width()));
    match by.y == 0.0 {
        true => moved,
        false => moved.zoomed(whole, share, factor, is_integer),
    }
}

/// The values at both ends; of integers, the whole numbers there, unless they are one.
pub(super) fn paint_ends(ui: &Ui, plot: Rect, axis: Axis, is_integer: bool) {
    let colors = theme::colors(ui.visuals());
    let corners = [
        (plot.left_top(), Align2::LEFT_TOP),
        (plot.right_top(), Align2::RIGHT_TOP),
    ];
    let mut ends = axis.ends();
    if is_integer && ends[0].round() < ends[1].round() {
        ends = ends.map(f64::round);
    }
    for (value, (corner, align)) in ends.into_iter().zip(corners) {
        let text = parts::number(value);
        let galley = ui
            .painter()
            .layout_no_wrap(text, FontId::monospace(DIGITS_PT), colors.text);
        let rect = align.anchor_size(corner, galley.size());
        ui.painter()
            .rect_filled(rect.expand(1.0), 2.0, colors.well.gamma_multiply(0.8));
        ui.painter().galley(rect.min, galley, colors.text);
    }
}

/// What brings the window close, where it is narrow, and what shows the whole axis again. Returns whether the mouse is
/// on one of them.
pub(super) fn buttons(
    ui: &mut Ui,
    plot: Rect,
    name: &str,
    window: Window,
    whole: Axis,
    zoom: &mut Option<Axis>,
) -> bool {
    let shown = zoom.unwrap_or(whole);
    let has_fit = !window.is_empty() && shown.hides(window);
    if !has_fit && zoom.is_none() {
        return false;
    }
    // Away from the window, and below the numbers.
    let is_at_right = shown.share(window.lo * 0.5 + window.hi * 0.5) > 0.5;
    let layout = match is_at_right {
        true => Layout::left_to_right(Align::Min),
        false => Layout::right_to_left(Align::Min),
    };
    let place = Rect::from_min_max(plot.min + vec2(2.0, DIGITS_PT + 4.0), plot.max - vec2(2.0, 0.0));
    let mut place = ui.new_child(UiBuilder::new().id_salt("zoom").max_rect(place).layout(layout));
    place.spacing_mut().item_spacing.x = 2.0;
    let mut is_on_button = false;
    let mut button = |text: &str, what: &str| {
        let button = parts::toggle(&mut place, text, false);
        parts::name(&button, || format!("{what}: {name}"));
        let button = parts::tip(button, || format!("{what} (the wheel zooms, a drag beside it moves)"));
        is_on_button |= button.contains_pointer();
        button.clicked()
    };
    if has_fit && button("fit", "zoom to the window") {
        *zoom = Some(Axis::around(window, whole)).filter(|&axis| axis != whole);
    }
    if shown != whole && button("whole", "show the whole axis") {
        *zoom = None;
    }
    is_on_button
}
