//! What the mouse does to the view.

use std::time::Instant;

use winit::event::{ElementState, MouseButton, MouseScrollDelta, WindowEvent};

use super::actions::Action;
use super::input::{is_ctrl, scrolled_lines};
use super::pointer::Drag;
use super::program::{PUMP_PERIOD, Program};
use crate::view::{self, Rect, ViewState};

/// How much closer one line of the wheel comes.
const ZOOM_PER_LINE: f64 = 1.15;
/// How much closer a double click comes.
const ZOOM_PER_DOUBLE_CLICK: f64 = 2.0;

impl Program {
    pub(super) fn mouse_moved(&mut self, at_px: [f64; 2]) {
        let was_over_picture = self.is_mouse_over_picture();
        match self.pointer.move_to(at_px) {
            Some((Drag::Picture, by_px)) => self.edit(|view, panel| view.pan(panel, by_px)),
            Some((Drag::Corner, _)) => self.stretch_box(at_px),
            None => {
                let is_over_picture = self.is_mouse_over_picture();
                if !(was_over_picture && is_over_picture) {
                    self.redraw();
                }
                self.follow_mouse();
            }
        }
    }

    pub(super) fn mouse_left(&mut self) {
        self.pointer.at_px = None;
        self.follow_mouse();
        self.redraw();
    }

    pub(super) fn mouse_button(&mut self, state: ElementState, button: MouseButton) {
        // Pressing anywhere ends the typing of a number and closes menus.
        self.redraw_for_input();
        match state {
            ElementState::Released => {
                if self.pointer.release(button) {
                    self.end_box();
                }
            }
            ElementState::Pressed
                if self.is_mouse_over_picture() && button == MouseButton::Left && is_ctrl(self.modifiers) =>
            {
                if self.pointer.press_corner() {
                    self.begin_box();
                }
            }
            ElementState::Pressed if self.is_mouse_over_picture() => {
                if self.pointer.press(button, Instant::now()) {
                    let is_out = self.modifiers.shift_key();
                    let factor = ZOOM_PER_DOUBLE_CLICK.powi(if is_out { -1 } else { 1 });
                    self.zoom_at_mouse(factor);
                }
            }
            ElementState::Pressed => {}
        }
    }

    pub(super) fn wheel(&mut self, delta: MouseScrollDelta, event: &WindowEvent) {
        let lines = scrolled_lines(delta);
        if self.modifiers.control_key() {
            // Up is back, as lists scroll.
            let planes = self.pointer.planes.add(-lines);
            if planes != 0 {
                self.act(Action::Step(planes));
            }
        } else if self.is_mouse_over_picture() {
            self.zoom_at_mouse(ZOOM_PER_LINE.powf(lines));
        } else {
            self.scroll_panels(event);
        }
    }

    /// Whether the mouse is over the picture, and over nothing that lies on it.
    pub(crate) fn is_mouse_over_picture(&self) -> bool {
        let (Some(screen), Some(at_px)) = (&self.screen, self.pointer.at_px) else {
            return false;
        };
        contains(self.canvas, at_px) && !screen.gui.is_covered(at_px) && !screen.gui.has_pointer()
    }

    /// Comes closer to what is under the mouse.
    pub(crate) fn zoom_at_mouse(&mut self, factor: f64) {
        if let Some(at_px) = self.pointer.at_px {
            self.edit(|view, panel| view.zoom_at(panel, at_px, factor));
        }
    }

    /// Hands the wheel to the panels.
    pub(crate) fn scroll_panels(&mut self, event: &WindowEvent) {
        if let Some(screen) = &mut self.screen {
            screen.gui.event(&screen.window, event);
        }
        self.redraw_for_input();
    }

    pub(super) fn panel_under_mouse(&self, view: &ViewState) -> Rect {
        let panels = view::panels(view, self.canvas);
        let under = |panel: &&view::Panel| self.pointer.at_px.is_some_and(|at_px| contains(panel.rect, at_px));
        panels
            .iter()
            .find(under)
            .or(panels.first())
            .map_or(self.canvas, |panel| panel.rect)
    }

    /// Finds the voxel under the mouse and asks for its values. Nothing is drawn before they are there, unless none
    /// will come.
    pub(crate) fn follow_mouse(&mut self) {
        if self.pointer.is_dragging() {
            return;
        }
        let at_px = self.pointer.at_px.filter(|_| self.is_mouse_over_picture());
        let view = self.viewer.view();
        let hover = at_px
            .zip(view)
            .and_then(|(at_px, view)| view.voxel_from_px(self.panel_under_mouse(view), at_px));
        let is_ready = self.viewer.is_plane_ready();
        let asked = hover.zip(view).map(|(voxel, view)| (voxel, view.t, is_ready));
        if (hover, asked) == (self.hover, self.asked) {
            return;
        }
        (self.hover, self.asked) = (hover, asked);
        let Some(screen) = &self.screen else { return };
        self.viewer.pick(&screen.gpu, hover);
        if self.viewer.is_busy() && hover.is_some() {
            self.pump_at.get_or_insert_with(|| Instant::now() + PUMP_PERIOD);
        } else {
            self.redraw();
        }
    }
}

fn contains(rect: Rect, at_px: [f64; 2]) -> bool {
    let inside = |at: f64, start: u32, length: u32| at >= f64::from(start) && at < f64::from(start) + f64::from(length);
    inside(at_px[0], rect.x, rect.width) && inside(at_px[1], rect.y, rect.height)
}
