//! What the panels are written on: one colour around the picture.
//!
//! egui would draw it too, but with a shader that samples and blends; on a software driver that took 15 ms a frame.

use super::theme;
use crate::gpu::{DrawingPipeline, Gpu, shaders};
use crate::view::Rect;

/// Fills everything but the picture.
pub(crate) struct Backdrop {
    dark: wgpu::RenderPipeline,
    light: wgpu::RenderPipeline,
}

impl Backdrop {
    /// For targets of a format.
    pub(crate) fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Self {
        let module = shaders::FILL.module(&gpu.device);
        let of_theme = |visuals: &egui::Visuals| {
            let [red, green, blue, _] = theme::colors(visuals)
                .panel
                .to_array()
                .map(|byte| f64::from(byte) / 255.0);
            let pipeline = DrawingPipeline {
                label: "backdrop",
                module: &module,
                layout: None,
                vertices: None,
                constants: &[("red", red), ("green", green), ("blue", blue)],
                target: format,
                blend: None,
            };
            pipeline.create(gpu)
        };
        Self {
            dark: of_theme(&egui::Visuals::dark()),
            light: of_theme(&egui::Visuals::light()),
        }
    }

    /// Fills a target of this size around the canvas.
    pub(crate) fn paint(
        &self,
        pass: &mut wgpu::RenderPass<'_>,
        [width, height]: [u32; 2],
        canvas: Rect,
        visuals: &egui::Visuals,
    ) {
        let (right, bottom) = (canvas.x + canvas.width, canvas.y + canvas.height);
        pass.set_pipeline(if visuals.dark_mode { &self.dark } else { &self.light });
        for (x, y, width, height) in [
            (0, 0, width, canvas.y),
            (0, bottom, width, height.saturating_sub(bottom)),
            (0, canvas.y, canvas.x, canvas.height),
            (right, canvas.y, width.saturating_sub(right), canvas.height),
        ] {
            if width > 0 && height > 0 {
                pass.set_scissor_rect(x, y, width, height);
                pass.draw(0..3, 0..1);
            }
        }
    }
}
