mod draw;
mod luts;
mod patch;
mod pipelines;

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use bytemuck::{Pod, Zeroable};

use crate::gpu::{Gpu, UniformBatch, VoxelFormat, shaders};
use crate::volume::LutTable;

use super::{Blend, ChannelUniform, Panel, Rect, ViewState, channel_uniform, panels};
use draw::{box_rect, tile_draw};
use luts::{LutTexture, lut_tables};
use patch::view_at_level;
use pipelines::{Mix, Variant, black_pipeline, hatch_pipeline, pipeline, present_pipeline};

pub use draw::DrawUniform;
pub use patch::{Hatched, Patch};

/// Channels mixed in registers by one pass; more are joined by blending in a float target.
pub const BATCH: usize = 8;

const MIX_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba16Float;

/// The channels of a batch, as the shader reads them.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct ChannelsUniform {
    /// Unused places are zero.
    pub channels: [ChannelUniform; BATCH],
}

/// A picture to be drawn: a snapshot of the view, the voxels, and the part of the target it fills.
#[derive(Clone)]
pub struct SliceRequest<'a> {
    /// What to show.
    pub view: &'a ViewState,
    /// Voxels of the view's time point, as far as they are there; the later ones lie over the earlier ones.
    pub patches: Vec<Patch<'a>>,
    /// What is missing of it.
    pub hatched: &'a [Hatched],
    /// Where it lies: in the target, or in a picture that the target is a part of.
    pub canvas: Rect,
    /// Whether what the target holds around the canvas stays; else it becomes black.
    pub keeps_rest: bool,
    /// What the target shows of that: as large as the target.
    pub part: Rect,
}

/// Draws planes of one voxel format into targets of one texture format (not sRGB: display bytes are written as they
/// are).
pub struct SliceRenderer {
    format: VoxelFormat,
    target_format: wgpu::TextureFormat,
    module: wgpu::ShaderModule,
    layout: wgpu::BindGroupLayout,
    pipelines: RefCell<HashMap<Variant, wgpu::RenderPipeline>>,
    present: OnceCell<wgpu::RenderPipeline>,
    hatch: OnceCell<wgpu::RenderPipeline>,
    black: OnceCell<wgpu::RenderPipeline>,
    mix_target: Option<wgpu::Texture>,
    unused: wgpu::TextureView,
    luts: LutTexture,
}

/// A draw call that was worked out: its bind group, offsets and the pixels it may touch.
struct Call {
    pipeline: wgpu::RenderPipeline,
    bind_group: wgpu::BindGroup,
    offsets: [u32; 2],
    scissor: Rect,
}

impl SliceRenderer {
    /// Prepares everything; pipelines are compiled when first used.
    pub fn new(gpu: &Gpu, format: VoxelFormat, target_format: wgpu::TextureFormat) -> Self {
        let device = &gpu.device;
        let module = shaders::SLICE.module(device);
        let texture_entry = |binding, sample_type, view_dimension| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::FRAGMENT,
            ty: wgpu::BindingType::Texture {
                sample_type,
                view_dimension,
                multisampled: false,
            },
            count: None,
        };
        let mut entries = vec![
            UniformBatch::<DrawUniform>::layout_entry(0, wgpu::ShaderStages::VERTEX_FRAGMENT),
            UniformBatch::<ChannelsUniform>::layout_entry(1, wgpu::ShaderStages::VERTEX_FRAGMENT),
            texture_entry(
                2,
                wgpu::TextureSampleType::Float { filterable: false },
                wgpu::TextureViewDimension::D2,
            ),
        ];
        entries.extend(
            (0..BATCH as u32)
                .map(|place| texture_entry(3 + place, wgpu::TextureSampleType::Uint, wgpu::TextureViewDimension::D3)),
        );
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("slice"),
            entries: &entries,
        });
        let unused = device
            .create_texture(&wgpu::TextureDescriptor {
                label: Some("unused channel"),
                size: wgpu::Extent3d::default(),
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D3,
                format: format.texture_format(),
                usage: wgpu::TextureUsages::TEXTURE_BINDING,
                view_formats: &[],
            })
            .create_view(&Default::default());
        let luts = LutTexture::new(gpu, Vec::new());
        Self {
            format,
            target_format,
            module,
            layout,
            pipelines: RefCell::default(),
            present: OnceCell::new(),
            hatch: OnceCell::new(),
            black: OnceCell::new(),
            mix_target: None,
            unused,
            luts,
        }
    }

    /// The voxel format it was made for.
    pub fn format(&self) -> VoxelFormat {
        self.format
    }

    /// Draws what of the picture lies in the target, on black, and clears what is around it or leaves it as it is. A part of
    /// a picture is the same, to the last bit, as it is in the whole, but that stripes over what is missing are counted
    /// from the target's corner.
    pub fn draw(
        &mut self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        target: &wgpu::Texture,
        request: SliceRequest<'_>,
    ) {
        let view = request.view;
        self.update_luts(gpu, view);
        let panels = panels(view, request.canvas);
        let is_mixed = panels.iter().any(|panel| panel.channels.len() > BATCH);
        let calls = self.calls(gpu, &panels, &request, is_mixed);

        let target_view = target.create_view(&Default::default());
        let canvas = request.canvas.in_part(request.part);
        match canvas {
            Some(canvas) if is_mixed => {
                let load = match request.keeps_rest {
                    true => wgpu::LoadOp::Load,
                    false => wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                };
                self.draw_mixed(gpu, encoder, (target, &target_view), load, &calls, canvas);
            }
            _ => {
                let fill = request.keeps_rest.then(|| {
                    let black = self.black.get_or_init(|| black_pipeline(gpu, self.target_format));
                    Ground::Filled(black, canvas)
                });
                draw_calls(encoder, &target_view, &calls, fill.unwrap_or(Ground::Black), "slice");
            }
        }
        self.draw_hatched(gpu, encoder, &target_view, &panels, &request);
    }

    fn draw_mixed(
        &mut self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        (target, target_view): (&wgpu::Texture, &wgpu::TextureView),
        load: wgpu::LoadOp<wgpu::Color>,
        calls: &[Call],
        canvas: Rect,
    ) {
        let mix_view = self.mix_target(gpu, target.size()).create_view(&Default::default());
        draw_calls(encoder, &mix_view, calls, Ground::Transparent, "slice batches");
        let present = self.present.get_or_init(|| present_pipeline(gpu, self.target_format));
        let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("present"),
            layout: &present.get_bind_group_layout(0),
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(&mix_view),
            }],
        });
        // It writes every pixel of the canvas.
        draw_plain(encoder, target_view, load, present, &bind_group, canvas);
    }

    /// Draws stripes over what is missing.
    fn draw_hatched(
        &self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        target: &wgpu::TextureView,
        panels: &[Panel],
        request: &SliceRequest<'_>,
    ) {
        let of_panel = |panel: &Panel| {
            let (rect, channels) = (panel.rect, panel.channels.clone());
            let is_shown = move |missing: &&Hatched| channels.iter().any(|&c| missing.c.contains(&(c as u64)));
            let boxes = request.hatched.iter().filter(is_shown);
            boxes.filter_map(move |missing| box_rect(request.view, rect, &missing.part)?.in_part(request.part))
        };
        let places: Vec<Rect> = panels.iter().flat_map(of_panel).collect();
        if places.is_empty() {
            return;
        }
        let pipeline = self.hatch.get_or_init(|| hatch_pipeline(gpu, self.target_format));
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("hatch"),
            color_attachments: &[color_attachment(target, wgpu::LoadOp::Load)],
            ..Default::default()
        });
        pass.set_pipeline(pipeline);
        for place in places {
            pass.set_scissor_rect(place.x, place.y, place.width, place.height);
            pass.draw(0..3, 0..1);
        }
    }

    fn update_luts(&mut self, gpu: &Gpu, view: &ViewState) {
        let tables: Vec<LutTable> = lut_tables(view).map(|(_, table)| *table).collect();
        if tables != self.luts.tables {
            self.luts = LutTexture::new(gpu, tables);
        }
    }

    fn mix_target(&mut self, gpu: &Gpu, size: wgpu::Extent3d) -> &wgpu::Texture {
        if self.mix_target.as_ref().is_none_or(|texture| texture.size() != size) {
            self.mix_target = Some(gpu.device.create_texture(&wgpu::TextureDescriptor {
                label: Some("mix"),
                size,
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: MIX_FORMAT,
                usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::TEXTURE_BINDING,
                view_formats: &[],
            }));
        }
        self.mix_target.as_ref().expect("just made")
    }

    fn calls(&self, gpu: &Gpu, panels: &[Panel], request: &SliceRequest<'_>, is_mixed: bool) -> Vec<Call> {
        let SliceRequest {
            view, patches, part, ..
        } = request;
        let mut draws = UniformBatch::<DrawUniform>::new(&gpu.device);
        let mut mixes = UniformBatch::<ChannelsUniform>::new(&gpu.device);
        let mut planned = Vec::new();
        for panel in panels {
            for (place, batch) in panel.channels.chunks(BATCH).enumerate() {
                let channels = mixes.push(&self.channels_uniform(view, batch));
                let mix = is_mixed.then_some(Mix {
                    is_first: place == 0 && view.blend == Blend::Multiply,
                });
                let variant = Variant::of(view, batch, mix);
                for patch in patches {
                    let drawn = match patch.level_extent == view.extent {
                        true => tile_draw(view, panel.rect, patch.tile),
                        false => tile_draw(
                            &view_at_level(view, patch.level_extent, panel.rect),
                            panel.rect,
                            patch.tile,
                        ),
                    };
                    let seen = drawn.and_then(|(uniform, scissor)| Some((uniform, scissor.in_part(*part)?)));
                    if let Some((mut uniform, scissor)) = seen {
                        uniform.origin_px[0] -= part.x as f32;
                        uniform.origin_px[1] -= part.y as f32;
                        planned.push((batch, patch, variant, [draws.push(&uniform), channels], scissor));
                    }
                }
            }
        }
        let (Some(draws), Some(mixes)) = (
            draws.finish(&gpu.device, "slice draws"),
            mixes.finish(&gpu.device, "slice channels"),
        ) else {
            return Vec::new();
        };
        planned
            .into_iter()
            .map(|(batch, patch, variant, offsets, scissor)| {
                let mut entries = vec![
                    wgpu::BindGroupEntry {
                        binding: 0,
                        resource: UniformBatch::<DrawUniform>::binding(&draws),
                    },
                    wgpu::BindGroupEntry {
                        binding: 1,
                        resource: UniformBatch::<ChannelsUniform>::binding(&mixes),
                    },
                    wgpu::BindGroupEntry {
                        binding: 2,
                        resource: wgpu::BindingResource::TextureView(&self.luts.view),
                    },
                ];
                entries.extend((0..BATCH).map(|place| {
                    wgpu::BindGroupEntry {
                        binding: 3 + place as u32,
                        resource: wgpu::BindingResource::TextureView(
                            batch
                                .get(place)
                                .and_then(|&channel| *patch.channels.get(channel)?)
                                .unwrap_or(&self.unused),
                        ),
                    }
                }));
                let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                    label: Some("slice"),
                    layout: &self.layout,
                    entries: &entries,
                });
                Call {
                    pipeline: self.pipeline(gpu, variant),
                    bind_group,
                    offsets,
                    scissor,
                }
            })
            .collect()
    }

    fn pipeline(&self, gpu: &Gpu, variant: Variant) -> wgpu::RenderPipeline {
        let mut pipelines = self.pipelines.borrow_mut();
        let compile = || {
            pipeline(
                gpu,
                &self.module,
                &self.layout,
                self.format,
                self.target_format,
                variant,
            )
        };
        pipelines.entry(variant).or_insert_with(compile).clone()
    }

    fn channels_uniform(&self, view: &ViewState, batch: &[usize]) -> ChannelsUniform {
        let mut uniform = ChannelsUniform::zeroed();
        for (place, &channel) in batch.iter().enumerate() {
            let row = lut_tables(view).position(|(owner, _)| owner == channel);
            uniform.channels[place] = channel_uniform(&view.channels[channel], self.format, row);
        }
        uniform
    }
}

fn color_attachment(
    view: &wgpu::TextureView,
    load: wgpu::LoadOp<wgpu::Color>,
) -> Option<wgpu::RenderPassColorAttachment<'_>> {
    Some(wgpu::RenderPassColorAttachment {
        view,
        depth_slice: None,
        resolve_target: None,
        ops: wgpu::Operations {
            load,
            store: wgpu::StoreOp::Store,
        },
    })
}

/// What is drawn on.
enum Ground<'a> {
    Transparent,
    /// All of the target is made black.
    Black,
    /// A rectangle is made black by this pipeline; the rest stays.
    Filled(&'a wgpu::RenderPipeline, Option<Rect>),
}

fn draw_calls(
    encoder: &mut wgpu::CommandEncoder,
    target: &wgpu::TextureView,
    calls: &[Call],
    ground: Ground<'_>,
    label: &str,
) {
    let load = match ground {
        Ground::Transparent => wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
        Ground::Black => wgpu::LoadOp::Clear(wgpu::Color::BLACK),
        Ground::Filled(..) => wgpu::LoadOp::Load,
    };
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some(label),
        color_attachments: &[color_attachment(target, load)],
        ..Default::default()
    });
    if let Ground::Filled(pipeline, Some(rect)) = ground {
        pass.set_pipeline(pipeline);
        pass.set_scissor_rect(rect.x, rect.y, rect.width, rect.height);
        pass.draw(0..3, 0..1);
    }
    for call in calls {
        pass.set_pipeline(&call.pipeline);
        pass.set_bind_group(0, &call.bind_group, &call.offsets);
        pass.set_scissor_rect(call.scissor.x, call.scissor.y, call.scissor.width, call.scissor.height);
        pass.draw(0..3, 0..1);
    }
}

fn draw_plain(
    encoder: &mut wgpu::CommandEncoder,
    target: &wgpu::TextureView,
    load: wgpu::LoadOp<wgpu::Color>,
    pipeline: &wgpu::RenderPipeline,
    bind_group: &wgpu::BindGroup,
    scissor: Rect,
) {
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("present"),
        color_attachments: &[color_attachment(target, load)],
        ..Default::default()
    });
    pass.set_pipeline(pipeline);
    pass.set_bind_group(0, bind_group, &[]);
    pass.set_scissor_rect(scissor.x, scissor.y, scissor.width, scissor.height);
    pass.draw(0..3, 0..1);
}
