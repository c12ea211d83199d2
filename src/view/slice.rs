use bytemuck::{Pod, Zeroable};
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use wgpu::util::DeviceExt;

use crate::gpu::{Gpu, Tile, UniformBatch, VolumeTextures, VoxelFormat, shaders};
use crate::volume::{Axis, Lut, LutTable};

use super::{Blend, ChannelUniform, Filter, Panel, Rect, ViewState, channel_uniform, panels};

/// Channels mixed in registers by one pass; more are joined by blending in a float target.
pub const BATCH: usize = 8;

const MIX_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba16Float;

/// One draw of one tile, as `shaders/view/slice.wgsl` reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[allow(missing_docs)] // explained in the shader
pub struct DrawUniform {
    pub uv_at_origin: [f32; 2],
    pub uv_per_px: [f32; 2],
    pub core_lo: [i32; 2],
    pub core_hi: [i32; 2],
    pub held_lo: [i32; 2],
    pub held_hi: [i32; 2],
    pub u_axis: [i32; 4],
    pub v_axis: [i32; 4],
    pub base: [i32; 4],
    pub blend: u32,
    pub _pad0: u32,
    pub _pad1: u32,
    pub _pad2: u32,
}

/// The channels of a batch, as the shader reads them.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct ChannelsUniform {
    /// Unused places are zero.
    pub channels: [ChannelUniform; BATCH],
}

/// A picture to be drawn: a snapshot of the view, the voxels, and the part of the target it fills.
#[derive(Clone, Copy)]
pub struct SliceRequest<'a> {
    /// What to show.
    pub view: &'a ViewState,
    /// Voxels of the view's time point; they hold at least the shown plane.
    pub volume: &'a VolumeTextures,
    /// Where in the target.
    pub canvas: Rect,
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
    mix_target: Option<wgpu::Texture>,
    unused: wgpu::TextureView,
    luts: LutTexture,
}

struct LutTexture {
    tables: Vec<LutTable>,
    view: wgpu::TextureView,
}

/// What is fixed in a pipeline: see the overrides in `shaders/view/slice.wgsl`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Variant {
    channel_count: u32,
    is_linear: bool,
    is_plain: bool,
    /// For a float target; none for display bytes.
    mix: Option<Blend>,
}

impl Variant {
    fn of(view: &ViewState, batch: &[usize], mix: Option<Blend>) -> Self {
        let is_plain = |&channel: &usize| {
            let channel = &view.channels[channel];
            channel.gamma == 1.0 && matches!(channel.lut, Lut::Solid(_))
        };
        Self {
            // A pipeline takes a while to compile: not one for every number of channels.
            channel_count: if batch.len() > 4 {
                BATCH as u32
            } else {
                batch.len() as u32
            },
            is_linear: view.filter == Filter::Linear,
            is_plain: batch.iter().all(is_plain),
            mix,
        }
    }
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
            UniformBatch::<DrawUniform>::layout_entry(0, wgpu::ShaderStages::FRAGMENT),
            UniformBatch::<ChannelsUniform>::layout_entry(1, wgpu::ShaderStages::FRAGMENT),
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
            mix_target: None,
            unused,
            luts,
        }
    }

    /// The voxel format it was made for.
    pub fn format(&self) -> VoxelFormat {
        self.format
    }

    /// Clears the whole target to black and draws the picture into its canvas.
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
        let calls = self.calls(gpu, &panels, request, is_mixed.then_some(view.blend));

        let target_view = target.create_view(&Default::default());
        if !is_mixed {
            draw_calls(encoder, &target_view, &calls, "slice");
            return;
        }
        let mix_view = self.mix_target(gpu, target.size()).create_view(&Default::default());
        draw_calls(encoder, &mix_view, &calls, "slice batches");
        let present = self.present.get_or_init(|| present_pipeline(gpu, self.target_format));
        let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("present"),
            layout: &present.get_bind_group_layout(0),
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(&mix_view),
            }],
        });
        draw_plain(encoder, &target_view, present, &bind_group, request.canvas);
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

    fn calls(&self, gpu: &Gpu, panels: &[Panel], request: SliceRequest<'_>, mix: Option<Blend>) -> Vec<Call> {
        let SliceRequest { view, volume, .. } = request;
        let mut draws = UniformBatch::<DrawUniform>::new(&gpu.device);
        let mut mixes = UniformBatch::<ChannelsUniform>::new(&gpu.device);
        let mut planned = Vec::new();
        for panel in panels {
            for batch in panel.channels.chunks(BATCH) {
                let mix = mixes.push(&self.channels_uniform(view, batch));
                for (index, tile) in volume.grid.tiles.iter().enumerate() {
                    if let Some((uniform, scissor)) = tile_draw(view, panel.rect, tile) {
                        planned.push((batch, index, [draws.push(&uniform), mix], scissor));
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
            .map(|(batch, tile, offsets, scissor)| {
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
                entries.extend((0..BATCH).map(|place| wgpu::BindGroupEntry {
                    binding: 3 + place as u32,
                    resource: wgpu::BindingResource::TextureView(match batch.get(place) {
                        Some(&channel) => volume.view(channel, tile),
                        None => &self.unused,
                    }),
                }));
                let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                    label: Some("slice"),
                    layout: &self.layout,
                    entries: &entries,
                });
                Call {
                    pipeline: self.pipeline(gpu, Variant::of(view, batch, mix)),
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

/// The channels that have a LUT table, in the order of rows in the LUT texture.
fn lut_tables(view: &ViewState) -> impl Iterator<Item = (usize, &LutTable)> {
    view.channels
        .iter()
        .enumerate()
        .filter_map(|(index, channel)| match &channel.lut {
            Lut::Table(table) => Some((index, table.as_ref())),
            Lut::Solid(_) => None,
        })
}

impl LutTexture {
    fn new(gpu: &Gpu, tables: Vec<LutTable>) -> Self {
        let mut texels: Vec<u8> = tables
            .iter()
            .flatten()
            .flat_map(|&[red, green, blue]| [red, green, blue, 255])
            .collect();
        if texels.is_empty() {
            texels.resize(256 * 4, 0);
        }
        let descriptor = wgpu::TextureDescriptor {
            label: Some("LUTs"),
            size: wgpu::Extent3d {
                width: 256,
                height: tables.len().max(1) as u32,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        };
        let order = wgpu::util::TextureDataOrder::LayerMajor;
        let texture = gpu
            .device
            .create_texture_with_data(&gpu.queue, &descriptor, order, &texels);
        Self {
            tables,
            view: texture.create_view(&Default::default()),
        }
    }
}

/// Uniform and scissor rectangle of a tile in a panel; `None` if no pixel of it is shown.
fn tile_draw(view: &ViewState, panel: Rect, tile: &Tile) -> Option<(DrawUniform, Rect)> {
    let (v_axis, u_axis) = view.normal.plane_axes();
    let plane = view.plane();
    if !tile.core.along(view.normal).contains(&plane) {
        return None;
    }
    let (center, scale) = view.resolve_camera(panel);
    let middle = [
        f64::from(panel.x) + f64::from(panel.width) / 2.0,
        f64::from(panel.y) + f64::from(panel.height) / 2.0,
    ];
    let axes = [u_axis, v_axis];
    let core = axes.map(|axis| tile.core.along(axis));
    let held = axes.map(|axis| tile.held.along(axis));

    // Pixels that may show the core, one more on each side against rounding; the shader decides.
    let mut bounds = [[0u32; 2]; 2];
    let limits = [(panel.x, panel.width), (panel.y, panel.height)];
    for i in 0..2 {
        let px = |uv: u64| middle[i] + (uv as f64 - center[i]) * scale[i];
        let (first, length) = limits[i];
        let range = f64::from(first)..=f64::from(first + length);
        let start = (px(core[i].start).floor() - 1.0).clamp(*range.start(), *range.end());
        let end = (px(core[i].end).ceil() + 1.0).clamp(*range.start(), *range.end());
        bounds[i] = [start as u32, end as u32];
    }
    let [[left, right], [top, bottom]] = bounds;
    if right <= left || bottom <= top {
        return None;
    }

    // f32 in the shader counts from a voxel near the middle, so that large volumes do not lose precision; from one of
    // the plane's, wherever one looks, so that the differences below are small.
    let plane_size = view.plane_size();
    let anchor = [0, 1].map(|i| center[i].floor().clamp(0.0, plane_size[i] as f64) as i64);
    let from_anchor = |ranges: [&std::ops::Range<u64>; 2], end: bool| {
        [0, 1].map(|i| (if end { ranges[i].end } else { ranges[i].start } as i64 - anchor[i]) as i32)
    };
    let texture_axis = |axis: Axis| match axis {
        Axis::X => [1, 0, 0, 0],
        Axis::Y => [0, 1, 0, 0],
        Axis::Z => [0, 0, 1, 0],
    };
    let mut base = [0i32; 4];
    base[2 - view.normal.index()] = (plane - tile.held.along(view.normal).start) as i32;
    for i in 0..2 {
        base[2 - axes[i].index()] = (anchor[i] - held[i].start as i64) as i32;
    }
    let uniform = DrawUniform {
        uv_at_origin: [0, 1].map(|i| (center[i] - anchor[i] as f64 - middle[i] / scale[i]) as f32),
        uv_per_px: scale.map(|s| (1.0 / s) as f32),
        core_lo: from_anchor(core, false),
        core_hi: from_anchor(core, true),
        held_lo: from_anchor(held, false),
        held_hi: from_anchor(held, true),
        u_axis: texture_axis(u_axis),
        v_axis: texture_axis(v_axis),
        base,
        blend: u32::from(view.blend == Blend::Max),
        _pad0: 0,
        _pad1: 0,
        _pad2: 0,
    };
    Some((
        uniform,
        Rect {
            x: left,
            y: top,
            width: right - left,
            height: bottom - top,
        },
    ))
}

fn color_attachment(view: &wgpu::TextureView) -> Option<wgpu::RenderPassColorAttachment<'_>> {
    Some(wgpu::RenderPassColorAttachment {
        view,
        depth_slice: None,
        resolve_target: None,
        ops: wgpu::Operations {
            load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
            store: wgpu::StoreOp::Store,
        },
    })
}

fn draw_calls(encoder: &mut wgpu::CommandEncoder, target: &wgpu::TextureView, calls: &[Call], label: &str) {
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some(label),
        color_attachments: &[color_attachment(target)],
        ..Default::default()
    });
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
    pipeline: &wgpu::RenderPipeline,
    bind_group: &wgpu::BindGroup,
    scissor: Rect,
) {
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("present"),
        color_attachments: &[color_attachment(target)],
        ..Default::default()
    });
    pass.set_pipeline(pipeline);
    pass.set_bind_group(0, bind_group, &[]);
    pass.set_scissor_rect(scissor.x, scissor.y, scissor.width, scissor.height);
    pass.draw(0..3, 0..1);
}

fn pipeline(
    gpu: &Gpu,
    module: &wgpu::ShaderModule,
    layout: &wgpu::BindGroupLayout,
    format: VoxelFormat,
    target: wgpu::TextureFormat,
    variant: Variant,
) -> wgpu::RenderPipeline {
    let label = Some(if variant.mix.is_some() {
        "slice to mix"
    } else {
        "slice to display bytes"
    });
    let target = if variant.mix.is_some() { MIX_FORMAT } else { target };
    let blend = variant.mix.map(|blend| match blend {
        Blend::Add => wgpu::BlendOperation::Add,
        Blend::Max => wgpu::BlendOperation::Max,
    });
    let layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label,
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    let flag = |value: bool| f64::from(u8::from(value));
    let mut constants = format.shader_constants().to_vec();
    constants.push(("channel_count", variant.channel_count.into()));
    constants.push(("is_linear", flag(variant.is_linear)));
    constants.push(("is_plain", flag(variant.is_plain)));
    let options = wgpu::PipelineCompilationOptions {
        constants: &constants,
        ..Default::default()
    };
    let component = |operation| wgpu::BlendComponent {
        src_factor: wgpu::BlendFactor::One,
        dst_factor: wgpu::BlendFactor::One,
        operation,
    };
    gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label,
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some("vs_main"),
            compilation_options: options.clone(),
            buffers: &[],
        },
        primitive: Default::default(),
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some("fs_main"),
            compilation_options: options,
            targets: &[Some(wgpu::ColorTargetState {
                format: target,
                blend: blend.map(|operation| wgpu::BlendState {
                    color: component(operation),
                    alpha: component(operation),
                }),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}

fn present_pipeline(gpu: &Gpu, target: wgpu::TextureFormat) -> wgpu::RenderPipeline {
    let module = shaders::PRESENT.module(&gpu.device);
    gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("present"),
        layout: None,
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("vs_main"),
            compilation_options: Default::default(),
            buffers: &[],
        },
        primitive: Default::default(),
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("fs_main"),
            compilation_options: Default::default(),
            targets: &[Some(target.into())],
        }),
        multiview_mask: None,
        cache: None,
    })
}
