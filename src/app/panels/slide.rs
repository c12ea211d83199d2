//! The slider through planes or times, with the two ends of what is played.

use egui::accesskit::{Action, ActionData};
use egui::{EventFilter, Key, Pos2, Rect, Response, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{parts, theme};

/// How far Page Up and Page Down go.
const PAGE: i64 = 10;

/// Where keys, while it has the focus, or a screen reader move a number that may be anything from `first` to `last`.
fn keyed(ui: &Ui, response: &Response, at: u64, [first, last]: [u64; 2]) -> Option<u64> {
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_numeric_value(at as f64);
        node.set_min_numeric_value(first as f64);
        node.set_max_numeric_value(last as f64);
        node.set_numeric_value_step(1.0);
        [Action::SetValue, Action::Increment, Action::Decrement]
            .into_iter()
            .for_each(|action| node.add_action(action));
    });
    let has_focus = response.has_focus();
    if has_focus {
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    }
    ui.input(|input| {
        let asked = |action| input.num_accesskit_action_requests(response.id, action) as i64;
        let told = input.accesskit_action_requests(response.id, Action::SetValue);
        let told = told.filter_map(|request| match request.data {
            Some(ActionData::NumericValue(value)) => Some(value.round().max(0.0) as u64),
            _ => None,
        });
        let pressed = |key| match has_focus {
            true => input.num_presses(key) as i64,
            false => 0,
        };
        let steps = asked(Action::Increment) - asked(Action::Decrement)
            + (pressed(Key::ArrowRight) + pressed(Key::ArrowDown) - pressed(Key::ArrowLeft) - pressed(Key::ArrowUp))
            + PAGE * (pressed(Key::PageDown) - pressed(Key::PageUp));
        let start = match (pressed(Key::Home), pressed(Key::End)) {
            (0, 0) => told.last().unwrap_or(at),
            (_, 0) => first,
            _ => last,
        };
        let to = start.saturating_add_signed(steps).clamp(first, last);
        (to != at).then_some(to)
    })
}

/// A slider over whole numbers from 0, that fills the width there is, with a handle below each end of a part of them.
/// Returns where it was put.
///
/// Unlike egui's it also hears a click that comes and goes within one frame.
pub(crate) fn range_slider(ui: &mut Ui, what: &str, at: u64, last: u64, range: &mut [u64; 2]) -> Option<u64> {
    const KNOB: f32 = 6.0;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), at as f64, format!("{what} slider")));
    let moved = keyed(ui, &response, at, [0, last]);
    let colors = theme::colors(ui.visuals());
    let rail = Rect::from_center_size(rect.center() - vec2(0.0, 2.0), vec2(rect.width() - 2.0 * KNOB, 5.0));
    let x = |number: u64| rail.left() + rail.width() * (number as f64 / last.max(1) as f64) as f32;
    let number = |pointer: Pos2| {
        let share = f64::from((pointer.x - rail.left()) / rail.width()).clamp(0.0, 1.0);
        (share * last as f64).round() as u64
    };
    let pointer = response
        .interact_pointer_pos()
        .filter(|_| response.dragged() || response.clicked());
    let to = pointer.map(number).or(moved);
    ui.painter().rect_filled(rail, 2.5, colors.field);

    // Each handle is a flag that points away from what is played.
    let [from, until] = *range;
    for (end, name) in [(0, "first"), (1, "last")] {
        let side = if end == 0 { -1.0 } else { 1.0 };
        let foot = pos2(x(range[end]), rail.bottom() + 1.0);
        let flag = [foot, foot + vec2(6.0 * side, 8.0), foot + vec2(0.0, 8.0)];
        let grip = Rect::from_points(&flag).expand2(vec2(2.0, 1.0));
        let handle = ui.interact(grip, response.id.with(name), Sense::drag());
        handle.widget_info(|| {
            let label = format!("{name} {what} played");
            WidgetInfo::slider(ui.is_enabled(), range[end] as f64, label)
        });
        let handle = handle.on_hover_cursor(egui::CursorIcon::ResizeHorizontal);
        let handle = parts::tip(handle, || format!("the {name} {what} that is played"));
        let room = if end == 0 { [0, until] } else { [from, last] };
        let pointer = handle.interact_pointer_pos().filter(|_| handle.dragged());
        if let Some(to) = pointer.map(number).or_else(|| keyed(ui, &handle, range[end], room)) {
            range[end] = to.clamp(room[0], room[1]);
        }
        let is_held = handle.hovered() || handle.dragged() || handle.has_focus();
        let color = if is_held { colors.strong } else { colors.dim };
        let shape = egui::Shape::convex_polygon(flag.to_vec(), color, egui::Stroke::NONE);
        ui.painter().add(shape);
    }
    let played = Rect::from_x_y_ranges(x(range[0])..=x(range[1]), rail.y_range());
    ui.painter()
        .rect_filled(played, 2.5, colors.accent.gamma_multiply(0.35));
    let knob = pos2(x(to.unwrap_or(at)), rail.center().y);
    let done = Rect::from_min_max(rail.min, pos2(knob.x, rail.bottom())).intersect(played);
    if done.is_positive() {
        ui.painter().rect_filled(done, 2.5, colors.accent.gamma_multiply(0.8));
    }
    parts::focus_ring(ui, &response);
    let is_held = response.hovered() || response.dragged() || response.has_focus();
    let (radius, color) = match is_held {
        true => (KNOB + 0.5, colors.strong),
        false => (KNOB, colors.text),
    };
    ui.painter().circle_filled(knob, radius, color);
    to.filter(|&to| to != at)
}
