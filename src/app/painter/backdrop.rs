//! What the panels are written on: one colour around the picture.
//!
//! egui would draw it too, but with a shader that samples and blends; on a software driver that took 15 ms a frame.

use super::super::theme;
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

    /// Fills a rectangle.
    pub(crate) fn paint(&self, pass: &mut wgpu::RenderPass<'_>, rect: Rect, is_dark: bool) {
        pass.set_pipeline(if is_dark { &self.dark } else { &self.light });
        pass.set_scissor_rect(rect.x, rect.y, rect.width, rect.height);
        pass.draw(0..3, 0..1);
    }
}
