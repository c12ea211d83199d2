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
    /// Something that is drawn over it, from corner to corner or from end to end.
    Drawing,
    /// The window and the level of the active channel.
    Window,
}

/// The mouse, between events. Positions are in physical pixels of the window.
#[derive(Debug, Default)]
pub(crate) struct Pointer {
    /// Where it is, while it is over the window.
    pub(crate) at_px: Option<[f64; 2]>,
    /// Planes that the wheel steps through.
    pub(crate) planes: Steps,
    /// Planes that it makes a slab thicker by.
    pub(crate) slab: Steps,
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

    /// A button goes down over the picture, to drag this. Returns whether nothing else is being dragged.
    pub(crate) fn press(&mut self, button: MouseButton, drag: Drag) -> bool {
        let is_free = self.drag.is_none();
        self.drag.get_or_insert((button, drag));
        is_free
    }

    /// The left button goes down over the picture. Returns whether that is the second time of a double click.
    pub(crate) fn click(&mut self, now: Instant) -> bool {
        let Some(at_px) = self.at_px else { return false };
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

    /// What is being dragged.
    pub(crate) fn drag(&self) -> Option<Drag> {
        self.drag.map(|(_, drag)| drag)
    }
}
