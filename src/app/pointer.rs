//! What the mouse does to the picture: drags, double clicks, the wheel.

use std::time::{Duration, Instant};

use winit::event::MouseButton;

use super::input::Steps;

const DOUBLE_CLICK: Duration = Duration::from_millis(400);
const DOUBLE_CLICK_PX: f64 = 5.0;

/// What is dragged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Drag {
    /// The picture.
    Picture,
    /// A corner of a box over it.
    Corner,
}

/// The mouse, between events. Positions are in physical pixels of the window.
#[derive(Debug, Default)]
pub(crate) struct Pointer {
    /// Where it is, while it is over the window.
    pub(crate) at_px: Option<[f64; 2]>,
    /// Planes that Ctrl and the wheel step through.
    pub(crate) planes: Steps,
    drag: Option<(MouseButton, Drag)>,
    last_press: Option<(Instant, [f64; 2])>,
}

impl Pointer {
    /// Moves it. Returns what is being dragged, and how far.
    pub(crate) fn move_to(&mut self, to_px: [f64; 2]) -> Option<(Drag, [f64; 2])> {
        let from_px = self.at_px.replace(to_px)?;
        let (_, drag) = self.drag?;
        Some((drag, [to_px[0] - from_px[0], to_px[1] - from_px[1]]))
    }

    /// The left button goes down over the picture to draw a box. Returns whether nothing else is being dragged.
    pub(crate) fn press_corner(&mut self) -> bool {
        let is_free = self.drag.is_none();
        self.drag.get_or_insert((MouseButton::Left, Drag::Corner));
        is_free
    }

    /// A button goes down over the picture. Returns whether that is a double click.
    pub(crate) fn press(&mut self, button: MouseButton, now: Instant) -> bool {
        if !matches!(button, MouseButton::Left | MouseButton::Middle) {
            return false;
        }
        self.drag.get_or_insert((button, Drag::Picture));
        let Some(at_px) = self.at_px.filter(|_| button == MouseButton::Left) else {
            return false;
        };
        let is_double = self.last_press.is_some_and(|(then, there_px)| {
            now.duration_since(then) < DOUBLE_CLICK
                && (at_px[0] - there_px[0]).hypot(at_px[1] - there_px[1]) < DOUBLE_CLICK_PX
        });
        // The third click is the first of another pair.
        self.last_press = (!is_double).then_some((now, at_px));
        is_double
    }

    /// A button goes up, wherever. Returns whether that ended a drag.
    pub(crate) fn release(&mut self, button: MouseButton) -> bool {
        let was_dragging = self.drag.is_some_and(|(held, _)| held == button);
        if was_dragging {
            self.drag = None;
        }
        was_dragging
    }

    /// Whether anything is being dragged.
    pub(crate) fn is_dragging(&self) -> bool {
        self.drag.is_some()
    }
}
