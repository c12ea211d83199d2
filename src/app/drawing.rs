//! What is drawn over the picture with the mouse: boxes and lines.

use super::program::Program;
use crate::view::{self, ViewState};

/// What the mouse moves at least before a press is the beginning of a drawing and not a click.
const LEAST_DRAG_PX: f64 = 3.0;

/// What a drawing is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// A box to be measured.
    Box,
    /// A box to be looked at.
    Zoom,
    /// A line to be measured along.
    Line,
}

/// What is being drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drawing {
    /// What for.
    pub(crate) tool: Tool,
    /// Place of the panel of a montage.
    panel: usize,
    from_px: [f64; 2],
    /// Where it begins and where it is now, as positions in the plane; not before the mouse has moved.
    pub(crate) from_uv: [f64; 2],
    pub(crate) to_uv: Option<[f64; 2]>,
}

impl Program {
    /// Two corners of what is seen of the plane, in voxels (u, v) of the picture; none where nothing is.
    pub(super) fn seen_uv(&self, view: &ViewState) -> Option<[[f64; 2]; 2]> {
        let panel = self.panel_under_mouse(view);
        let size = view.plane_size().map(|n| n as f64);
        let (left, top) = (f64::from(panel.x), f64::from(panel.y));
        let corners = [
            [left, top],
            [left + f64::from(panel.width), top + f64::from(panel.height)],
        ];
        let [from, to] = corners.map(|px| {
            let uv = view.uv_from_px(panel, px);
            [0, 1].map(|i| uv[i].clamp(0.0, size[i]))
        });
        (from[0] < to[0] && from[1] < to[1]).then_some([from, to])
    }

    /// The mouse goes down to draw.
    pub(super) fn begin_drawing(&mut self, tool: Tool) {
        let (Some(view), Some(px)) = (self.viewer.view(), self.pointer.at_px) else {
            return;
        };
        let rect = self.panel_under_mouse(view);
        let panels = view::panels(view, self.canvas);
        self.drawing = Some(Drawing {
            tool,
            panel: panels.iter().position(|panel| panel.rect == rect).unwrap_or(0),
            from_px: px,
            from_uv: view.uv_from_px(rect, px),
            to_uv: None,
        });
    }

    /// The mouse moves while it draws.
    pub(super) fn go_on_drawing(&mut self, to_px: [f64; 2]) {
        let (Some(view), Some(drawing)) = (self.viewer.view(), &mut self.drawing) else {
            return;
        };
        let moved = (to_px[0] - drawing.from_px[0]).hypot(to_px[1] - drawing.from_px[1]);
        let panels = view::panels(view, self.canvas);
        let Some(panel) = panels.get(drawing.panel) else { return };
        if drawing.to_uv.is_none() && moved < LEAST_DRAG_PX {
            return;
        }
        drawing.to_uv = Some(view.uv_from_px(panel.rect, to_px));
        let drawing = *drawing;
        match drawing.tool {
            Tool::Box => self.stretch_box(&drawing),
            Tool::Zoom => self.redraw_for_input(),
            Tool::Line => self.stretch_line(drawing.from_uv, drawing.to_uv.unwrap_or(drawing.from_uv)),
        }
    }

    /// The mouse goes up.
    pub(super) fn end_drawing(&mut self) {
        let Some(drawing) = self.drawing.take() else { return };
        match (drawing.tool, drawing.to_uv) {
            (Tool::Box | Tool::Line, Some(_)) => {}
            // A click takes the last one away.
            (Tool::Box, None) => {
                self.clear_box();
            }
            (Tool::Zoom, Some(to_uv)) => self.edit(|view, panel| view.zoom_to(panel, drawing.from_uv, to_uv)),
            (Tool::Zoom | Tool::Line, None) => {}
        }
    }
}
