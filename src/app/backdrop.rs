//! What the panels are written on: one colour around the picture.
//!
//! egui would draw it too, but with a shader that samples and blends; on a software driver that took 15 ms a frame.

use super::theme;
use crate::gpu::{DrawingPipeline, Gpu, shaders};
use crate::view::Rect;

/// Fills everything but the picture.
pub(crate) struct Backdrop {
    pipeline: wgpu::RenderPipeline,
}

impl Backdrop {
    /// For targets of a format.
    pub(crate) fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Self {
        let [red, green, blue, _] = theme::PANEL.to_array().map(|byte| f64::from(byte) / 255.0);
        let pipeline = DrawingPipeline {
            label: "backdrop",
            module: &shaders::FILL.module(&gpu.device),
            layout: None,
            vertices: None,
            constants: &[("red", red), ("green", green), ("blue", blue)],
            target: format,
            blend: None,
        };
        let pipeline = pipeline.create(gpu);
        Self { pipeline }
    }

    /// Fills a target of this size around the canvas.
    pub(crate) fn paint(&self, pass: &mut wgpu::RenderPass<'_>, [width, height]: [u32; 2], canvas: Rect) {
        let (right, bottom) = (canvas.x + canvas.width, canvas.y + canvas.height);
        pass.set_pipeline(&self.pipeline);
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
