//! Draws egui's triangles.
//!
//! A third of what egui-wgpu can do, and all that is needed here. Its shader filters textures by hand where that is
//! asked for; a software driver does so always, and took 9 ms a frame where this takes 1.

use std::collections::HashMap;

use bytemuck::{Pod, Zeroable};
use egui::epaint::{ImageDelta, Primitive};
use egui::{ClippedPrimitive, ImageData, TextureFilter, TextureId};

use crate::gpu::{DrawingPipeline, Gpu, align_up, shaders};

/// What egui keeps its letters in.
const FONT: TextureId = TextureId::Managed(0);

/// A corner of a triangle, as `shaders/view/triangles.wgsl` reads it.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Corner {
    /// In clip space.
    at: [f32; 2],
    uv: [f32; 2],
    color: [u8; 4],
}

struct Texture {
    texture: wgpu::Texture,
    bind_group: wgpu::BindGroup,
}

struct Draw {
    texture: TextureId,
    /// x, y, width, height, in pixels.
    scissor: [u32; 4],
    indices: std::ops::Range<u32>,
    base_vertex: i32,
}

/// Textures, buffers and the pipeline.
pub(crate) struct Painter {
    pipeline: wgpu::RenderPipeline,
    textures: HashMap<TextureId, Texture>,
    corners: wgpu::Buffer,
    indices: wgpu::Buffer,
    draws: Vec<Draw>,
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
            draws: Vec::new(),
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
        let mut corners: Vec<Corner> = Vec::new();
        let mut indices: Vec<u32> = Vec::new();
        self.draws.clear();
        let [width, height] = size_px.map(|px| px as f32 / px_per_pt);
        for ClippedPrimitive { clip_rect, primitive } in triangles {
            let Primitive::Mesh(mesh) = primitive else { continue };
            let px = |pt: f32, limit: u32| ((pt * px_per_pt).round().max(0.0) as u32).min(limit);
            let [left, right] = [clip_rect.left(), clip_rect.right()].map(|pt| px(pt, size_px[0]));
            let [top, bottom] = [clip_rect.top(), clip_rect.bottom()].map(|pt| px(pt, size_px[1]));
            if right <= left || bottom <= top || mesh.indices.is_empty() {
                continue;
            }
            let start = indices.len() as u32;
            indices.extend_from_slice(&mesh.indices);
            self.draws.push(Draw {
                texture: mesh.texture_id,
                scissor: [left, top, right - left, bottom - top],
                indices: start..indices.len() as u32,
                base_vertex: corners.len() as i32,
            });
            corners.extend(mesh.vertices.iter().map(|vertex| Corner {
                at: [2.0 * vertex.pos.x / width - 1.0, 1.0 - 2.0 * vertex.pos.y / height],
                uv: [vertex.uv.x, vertex.uv.y],
                color: vertex.color.to_array(),
            }));
        }
        let corner_bytes: &[u8] = bytemuck::cast_slice(&corners);
        let index_bytes: &[u8] = bytemuck::cast_slice(&indices);
        for (slot, usage, bytes) in [
            (&mut self.corners, wgpu::BufferUsages::VERTEX, corner_bytes),
            (&mut self.indices, wgpu::BufferUsages::INDEX, index_bytes),
        ] {
            if slot.size() < bytes.len() as u64 {
                *slot = buffer(gpu, usage, bytes.len() as u64);
            }
            gpu.queue.write_buffer(slot, 0, bytes);
        }
    }

    /// Draws what was uploaded.
    pub(crate) fn paint(&self, pass: &mut wgpu::RenderPass<'_>) {
        pass.set_pipeline(&self.pipeline);
        pass.set_vertex_buffer(0, self.corners.slice(..));
        pass.set_index_buffer(self.indices.slice(..), wgpu::IndexFormat::Uint32);
        for draw in &self.draws {
            let Some(texture) = self.textures.get(&draw.texture) else {
                continue;
            };
            let [x, y, width, height] = draw.scissor;
            pass.set_bind_group(0, &texture.bind_group, &[]);
            pass.set_scissor_rect(x, y, width, height);
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
