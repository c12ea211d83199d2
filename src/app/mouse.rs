//! What the mouse does to the view.

use std::time::Instant;

use winit::event::{ElementState, MouseButton, MouseScrollDelta, WindowEvent};

use super::actions::Action;
use super::drawing::Tool;
use super::input::{is_ctrl, scrolled};
use super::keymap::Wheel;
use super::pointer::Drag;
use super::program::{PUMP_PERIOD, Program};
use super::window_edit::Scale;
use crate::session::Picking;
use crate::view::{self, Rect, ViewState};
use crate::volume::{ChannelStats, Dataset};

/// How much closer one line of the wheel comes.
const ZOOM_PER_LINE: f64 = 1.15;
/// How much closer a double click comes.
const ZOOM_PER_DOUBLE_CLICK: f64 = 2.0;

impl Program {
    pub(super) fn mouse_moved(&mut self, at_px: [f64; 2]) {
        let was_over_picture = self.is_mouse_over_picture();
        match self.pointer.move_to(at_px) {
            Some((Drag::Picture, by_px)) => self.edit(|view, panel| view.pan(panel, by_px)),
            Some((Drag::Drawing, _)) => self.go_on_drawing(at_px),
            Some((Drag::Window, _)) => self.drag_window(at_px),
            None => {
                let is_over_picture = self.is_mouse_over_picture();
                let has_crosshair = self.preferences.has_crosshair;
                if !(was_over_picture && is_over_picture) || has_crosshair {
                    self.redraw_for_input();
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
            ElementState::Pressed => self.history.press(),
            ElementState::Released => self.history.release(),
        }
        match state {
            ElementState::Released => {
                if self.pointer.release(button) {
                    self.end_drawing();
                }
            }
            ElementState::Pressed if self.is_mouse_over_picture() => self.press(button),
            ElementState::Pressed => {}
        }
    }

    fn press(&mut self, button: MouseButton) {
        let (is_ctrl, is_shift) = (is_ctrl(self.modifiers), self.modifiers.shift_key());
        let tool = match (is_ctrl, is_shift) {
            (true, true) => Some(Tool::Line),
            (true, false) => Some(Tool::Box),
            (false, true) => Some(Tool::Zoom),
            (false, false) => self.profile.is_armed.then_some(Tool::Line),
        };
        match (button, tool) {
            (MouseButton::Right, _) => self.begin_window(button),
            (MouseButton::Left, _) if self.modifiers.alt_key() => self.begin_window(button),
            (MouseButton::Left, tool) => {
                let is_double = !is_ctrl && self.pointer.click(Instant::now());
                let drag = tool.map_or(Drag::Picture, |_| Drag::Drawing);
                if self.pointer.press(button, drag)
                    && let Some(tool) = tool
                {
                    self.begin_drawing(tool);
                }
                if is_double {
                    self.zoom_at_mouse(ZOOM_PER_DOUBLE_CLICK.powi(if is_shift { -1 } else { 1 }));
                }
            }
            (MouseButton::Middle, _) => {
                self.pointer.press(button, Drag::Picture);
            }
            _ => {}
        }
    }

    /// The mouse goes down to set window and level: in a montage, of the channel of the panel it is in.
    fn begin_window(&mut self, button: MouseButton) {
        let (Some(mut view), Some(at_px)) = (self.viewer.view().cloned(), self.pointer.at_px) else {
            return;
        };
        if !self.pointer.press(button, Drag::Window) {
            return;
        }
        let rect = self.panel_under_mouse(&view);
        let panels = view::panels(&view, self.canvas);
        if let Some(panel) = panels.iter().find(|panel| panel.rect == rect)
            && let [only] = panel.channels[..]
        {
            view.active_channel = only;
        }
        self.window_from = view
            .channels
            .get(view.active_channel)
            .map(|active| (active.window, at_px));
        self.set_view(view);
    }

    fn drag_window(&mut self, to_px: [f64; 2]) {
        let Some((from, from_px)) = self.window_from else {
            return;
        };
        let canvas = [self.canvas.width, self.canvas.height].map(|side| f64::from(side.max(1)));
        let shares = [0, 1].map(|i| (to_px[i] - from_px[i]) / canvas[i]);
        let is_float = |dataset: &Dataset| dataset.sample_type.is_float();
        let is_integer = !self.viewer.dataset().is_some_and(is_float);
        let active = self.viewer.view().map_or(0, |view| view.active_channel);
        let data = self.viewer.channel_stats(active).and_then(ChannelStats::limits);
        let window = Scale::new(data, from, is_integer).dragged(from, shares);
        self.edit(|view, _| {
            view.set_window(view.active_channel, window);
        });
    }

    pub(super) fn wheel(&mut self, delta: MouseScrollDelta, event: &WindowEvent) {
        let [columns, lines] = scrolled(delta);
        let is_over_picture = self.is_mouse_over_picture();
        let (is_ctrl, is_shift, is_alt) = (
            self.modifiers.control_key(),
            self.modifiers.shift_key(),
            self.modifiers.alt_key(),
        );
        // With Shift, some systems scroll sideways.
        let lines = if is_shift && lines == 0.0 { columns } else { lines };
        let is_step = match self.keymap.keymap().wheel {
            Wheel::Zooms => is_ctrl,
            Wheel::Steps => is_over_picture && !is_ctrl && !is_shift,
        };
        // Up is back, as lists scroll.
        if is_alt && is_over_picture {
            let planes = self.pointer.slab.add(lines);
            if planes != 0 {
                self.act(Action::ThickenSlab(planes));
            }
        } else if is_step {
            let planes = self.pointer.planes.add(-lines);
            if planes != 0 {
                self.act(Action::Step(planes));
            }
        } else if is_over_picture {
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
            screen.gui.event(&screen.window, event, false);
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
        if self.pointer.drag().is_some() {
            return;
        }
        let at_px = self.pointer.at_px.filter(|_| self.is_mouse_over_picture());
        let view = self.viewer.view();
        let hover = at_px
            .zip(view)
            .and_then(|(at_px, view)| view.voxel_from_px(self.panel_under_mouse(view), at_px));
        let Some(screen) = &self.screen else { return };
        self.viewer.pick(&screen.gpu, hover);
        let is_new = std::mem::replace(&mut self.hover, hover) != hover;
        self.is_voxel_wanted &= !is_new;
        if matches!(self.viewer.picking(), Picking::Soon(_)) {
            self.pump_at.get_or_insert_with(|| Instant::now() + PUMP_PERIOD);
        } else if is_new {
            self.redraw();
        }
    }
}

fn contains(rect: Rect, at_px: [f64; 2]) -> bool {
    let inside = |at: f64, start: u32, length: u32| at >= f64::from(start) && at < f64::from(start) + f64::from(length);
    inside(at_px[0], rect.x, rect.width) && inside(at_px[1], rect.y, rect.height)
}
