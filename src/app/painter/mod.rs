//! Draws egui's triangles.
//!
//! A third of what egui-wgpu can do, and all that is needed here. Its shader filters textures by hand where that is
//! asked for; a software driver does so always, and took 9 ms a frame where this takes 1.

mod backdrop;
mod triangles;

use std::collections::HashMap;

use egui::epaint::ImageDelta;
use egui::{ClippedPrimitive, ImageData, TextureFilter, TextureId};

use crate::gpu::{DrawingPipeline, Gpu, align_up, shaders};
use crate::view::Rect;
use triangles::{Corner, Triangles};

pub(crate) use backdrop::Backdrop;

/// What egui keeps its letters in.
const FONT: TextureId = TextureId::Managed(0);

struct Texture {
    texture: wgpu::Texture,
    bind_group: wgpu::BindGroup,
}

/// Textures, buffers and the pipeline.
pub(crate) struct Painter {
    pipeline: wgpu::RenderPipeline,
    textures: HashMap<TextureId, Texture>,
    corners: wgpu::Buffer,
    indices: wgpu::Buffer,
    triangles: Triangles,
    /// Where they are others than those before.
    changes: Vec<Rect>,
}

impl Painter {
    /// For targets of a format.
    pub(crate) fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Self {
        let pipeline = DrawingPipeline {
            label: "panels",
            module: &shaders::TRIANGLES.module(&gpu.device),
            layout: None,
            vertices: Some(wgpu::VertexBufferLayout {
                array_stride: size_of::<Corner>() as u64,
                step_mode: wgpu::VertexStepMode::Vertex,
                attributes: &wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Unorm8x4],
            }),
            constants: &[],
            target: format,
            blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
        };
        let pipeline = pipeline.create(gpu);
        Self {
            pipeline,
            textures: HashMap::new(),
            corners: buffer(gpu, wgpu::BufferUsages::VERTEX, 1 << 16),
            indices: buffer(gpu, wgpu::BufferUsages::INDEX, 1 << 15),
            triangles: Triangles::default(),
            changes: Vec::new(),
        }
    }

    /// Makes a texture, or changes a part of it.
    pub(crate) fn set_texture(&mut self, gpu: &Gpu, id: TextureId, delta: &ImageDelta) {
        let ImageData::Color(image) = &delta.image;
        let [width, height] = image.size.map(|side| side as u32);
        if delta.pos.is_none() {
            // Letters lie on whole pixels, and are a quarter of what is drawn: reading one texel for each of theirs, not
            // four, is a good part of a frame on a software driver.
            let filters = match id {
                FONT => [TextureFilter::Nearest; 2],
                _ => [delta.options.magnification, delta.options.minification],
            };
            let texture = self.texture(gpu, [width, height], filters);
            self.textures.insert(id, texture);
        }
        let Some(Texture { texture, .. }) = self.textures.get(&id) else {
            return;
        };
        let [x, y] = delta.pos.unwrap_or([0; 2]).map(|at| at as u32);
        let texels: Vec<[u8; 4]> = image.pixels.iter().map(|color| color.to_array()).collect();
        gpu.queue.write_texture(
            wgpu::TexelCopyTextureInfo {
                origin: wgpu::Origin3d { x, y, z: 0 },
                ..texture.as_image_copy()
            },
            bytemuck::cast_slice(&texels),
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(4 * width),
                rows_per_image: None,
            },
            wgpu::Extent3d {
                width,
                height,
                depth_or_array_layers: 1,
            },
        );
    }

    fn texture(&self, gpu: &Gpu, [width, height]: [u32; 2], filters: [TextureFilter; 2]) -> Texture {
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("panels"),
            size: wgpu::Extent3d {
                width,
                height,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let [mag_filter, min_filter] = filters.map(|filter| match filter {
            TextureFilter::Nearest => wgpu::FilterMode::Nearest,
            TextureFilter::Linear => wgpu::FilterMode::Linear,
        });
        let sampler = gpu.device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("panels"),
            mag_filter,
            min_filter,
            ..Default::default()
        });
        let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("panels"),
            layout: &self.pipeline.get_bind_group_layout(0),
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: wgpu::BindingResource::TextureView(&texture.create_view(&Default::default())),
                },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: wgpu::BindingResource::Sampler(&sampler),
                },
            ],
        });
        Texture { texture, bind_group }
    }

    /// Forgets a texture.
    pub(crate) fn free_texture(&mut self, id: TextureId) {
        self.textures.remove(&id);
    }

    /// Uploads triangles, in points, for a target of this size in pixels.
    pub(crate) fn upload(&mut self, gpu: &Gpu, size_px: [u32; 2], px_per_pt: f32, triangles: &[ClippedPrimitive]) {
        let triangles = Triangles::new(size_px, px_per_pt, triangles);
        let corner_bytes: &[u8] = bytemuck::cast_slice(&triangles.corners);
        let index_bytes: &[u8] = bytemuck::cast_slice(&triangles.indices);
        for (slot, usage, bytes) in [
            (&mut self.corners, wgpu::BufferUsages::VERTEX, corner_bytes),
            (&mut self.indices, wgpu::BufferUsages::INDEX, index_bytes),
        ] {
            if slot.size() < bytes.len() as u64 {
                *slot = buffer(gpu, usage, bytes.len() as u64);
            }
            gpu.queue.write_buffer(slot, 0, bytes);
        }
        self.changes = triangles.changes_since(&self.triangles);
        self.triangles = triangles;
    }

    /// The smallest part of a rectangle outside of which it looks as what was uploaded before, on the same ground and with
    /// the same textures.
    pub(crate) fn changed_within(&self, rect: Rect) -> Option<Rect> {
        let parts = self.changes.iter().filter_map(|change| change.intersection(rect));
        parts.reduce(Rect::union)
    }

    /// Draws what was uploaded, within a rectangle.
    pub(crate) fn paint(&self, pass: &mut wgpu::RenderPass<'_>, rect: Rect) {
        pass.set_pipeline(&self.pipeline);
        pass.set_vertex_buffer(0, self.corners.slice(..));
        pass.set_index_buffer(self.indices.slice(..), wgpu::IndexFormat::Uint32);
        for draw in &self.triangles.draws {
            let (Some(texture), Some(part)) = (self.textures.get(&draw.texture), draw.touched.intersection(rect))
            else {
                continue;
            };
            pass.set_bind_group(0, &texture.bind_group, &[]);
            pass.set_scissor_rect(part.x, part.y, part.width, part.height);
            pass.draw_indexed(draw.indices.clone(), draw.base_vertex, 0..1);
        }
    }
}

/// Twice as large as asked for, so that it seldom has to grow.
fn buffer(gpu: &Gpu, usage: wgpu::BufferUsages, bytes: u64) -> wgpu::Buffer {
    gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("panels"),
        size: align_up(bytes * 2, 256),
        usage: usage | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

#[cfg(test)]
mod tests {
    use egui::{Context, Pos2, RawInput, Ui};

    use super::*;
    use crate::app::testing::{FORMAT, Target, gpu};

    const SIZE_PX: [u32; 2] = [300, 220];

    /// Panels with a picture between them, in several states.
    fn panels(ui: &mut Ui, step: usize) {
        egui::Panel::bottom("bottom").show(ui, |ui| {
            ui.label(format!("plane {step}"));
            ui.add(egui::ProgressBar::new(step as f32 / 8.0));
        });
        egui::Panel::right("right").show(ui, |ui| {
            egui::ScrollArea::vertical().show(ui, |ui| {
                (0..12).for_each(|row| {
                    ui.label(format!("row {}", if row == 3 { step / 2 } else { row }));
                });
            });
        });
        if step == 5 || step == 6 {
            let at = Pos2::new(40.0, 60.0);
            egui::Area::new(egui::Id::unique("over"))
                .fixed_pos(at)
                .show(ui.ctx(), |ui| {
                    egui::Frame::popup(ui.style())
                        .show(ui, |ui| ui.label("over the picture and the panels, in a long line"));
                });
        }
    }

    #[test]
    fn what_has_changed_is_all_that_has_to_be_drawn() {
        let Some(gpu) = gpu() else { return };
        let ctx = Context::default();
        let backdrop = Backdrop::new(&gpu, FORMAT);
        let (mut painter, mut other) = (Painter::new(&gpu, FORMAT), Painter::new(&gpu, FORMAT));
        let kept = Target::new(&gpu, SIZE_PX);
        let mut least = u32::MAX;
        for step in 0..10 {
            let input = RawInput {
                screen_rect: Some(egui::Rect::from_min_size(
                    Pos2::ZERO,
                    SIZE_PX.map(|px| px as f32).into(),
                )),
                time: Some(step as f64),
                ..RawInput::default()
            };
            let mut output = ctx.run_ui(input, |ui| panels(ui, step));
            let triangles = ctx.tessellate(output.shapes, 1.0);
            for painter in [&mut painter, &mut other] {
                for (id, deltas) in &output.textures_delta.set {
                    deltas.iter().for_each(|part| painter.set_texture(&gpu, *id, part));
                }
                painter.upload(&gpu, SIZE_PX, 1.0, &triangles);
            }
            output.textures_delta.clear();
            let new = Target::new(&gpu, SIZE_PX);
            let draw = |target: &Target, painter: &Painter, part: Rect| {
                target.draw(&gpu, None, |pass| {
                    backdrop.paint(pass, part, true);
                    painter.paint(pass, part);
                });
            };
            draw(&new, &other, new.rect());
            let changed = painter.changed_within(kept.rect());
            changed.into_iter().for_each(|part| draw(&kept, &painter, part));
            assert!(
                kept.bytes(&gpu) == new.bytes(&gpu),
                "step {step}: more than {changed:?} has changed"
            );
            least = least.min(changed.map_or(0, |part| part.width * part.height));
        }
        assert!(
            least < SIZE_PX[0] * SIZE_PX[1] / 8,
            "at some steps nearly all is kept, and not {least}"
        );
    }
}
