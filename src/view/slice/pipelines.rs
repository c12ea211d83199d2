use crate::gpu::{DrawingPipeline, Gpu, Shader, VoxelFormat, shaders};
use crate::view::{Blend, Filter, ViewState};
use crate::volume::Lut;

use super::{BATCH, MIX_FORMAT};

/// How a batch is joined with those before it in a float target.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Mix {
    /// What is multiplied needs a first factor other than the black that the target was cleared to.
    pub(super) is_first: bool,
}

/// What is fixed in a pipeline: see the overrides in `shaders/view/slice.wgsl`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Variant {
    channel_count: u32,
    blend: Blend,
    is_linear: bool,
    is_plain: bool,
    is_marking: bool,
    /// For a float target; none for display bytes.
    pub(super) mix: Option<Mix>,
}

impl Variant {
    pub(super) fn of(view: &ViewState, batch: &[usize], mix: Option<Mix>) -> Self {
        let is_plain = |&channel: &usize| {
            let channel = &view.channels[channel];
            channel.gamma == 1.0 && matches!(channel.lut, Lut::Solid(_))
        };
        Self {
            // A pipeline takes a while to compile: not one for every number of channels, unless those that are not
            // there, which are black, would be multiplied with.
            channel_count: if batch.len() > 4 && view.blend != Blend::Multiply {
                BATCH as u32
            } else {
                batch.len() as u32
            },
            blend: view.blend,
            is_linear: view.filter == Filter::Linear,
            is_plain: batch.iter().all(is_plain),
            is_marking: batch.iter().any(|&channel| view.channels[channel].marks()),
            mix,
        }
    }
}

pub(super) fn pipeline(
    gpu: &Gpu,
    module: &wgpu::ShaderModule,
    layout: &wgpu::BindGroupLayout,
    format: VoxelFormat,
    target: wgpu::TextureFormat,
    variant: Variant,
) -> wgpu::RenderPipeline {
    let label = if variant.mix.is_some() {
        "slice to mix"
    } else {
        "slice to display bytes"
    };
    let layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(label),
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    let flag = |value: bool| f64::from(u8::from(value));
    let mut constants = format.shader_constants().to_vec();
    constants.push(("channel_count", variant.channel_count.into()));
    let blend = match variant.blend {
        Blend::Add => 0.0,
        Blend::Max => 1.0,
        Blend::Multiply => 2.0,
    };
    constants.push(("blend", blend));
    constants.push(("is_linear", flag(variant.is_linear)));
    constants.push(("is_plain", flag(variant.is_plain)));
    constants.push(("is_marking", flag(variant.is_marking)));
    constants.push(("is_mixed", flag(variant.mix.is_some())));
    let pipeline = DrawingPipeline {
        label,
        module,
        layout: Some(&layout),
        vertices: None,
        constants: &constants,
        target: if variant.mix.is_some() { MIX_FORMAT } else { target },
        blend: variant.mix.map(|mix| wgpu::BlendState {
            color: blend_component(variant.blend, mix),
            alpha: STRONGEST_MARK,
        }),
    };
    pipeline.create(gpu)
}

/// Of the marks that batches carry in alpha.
const STRONGEST_MARK: wgpu::BlendComponent = wgpu::BlendComponent {
    src_factor: wgpu::BlendFactor::One,
    dst_factor: wgpu::BlendFactor::One,
    operation: wgpu::BlendOperation::Max,
};

fn blend_component(blend: Blend, mix: Mix) -> wgpu::BlendComponent {
    use wgpu::{BlendFactor, BlendOperation};
    let (src_factor, dst_factor, operation) = match blend {
        Blend::Add => (BlendFactor::One, BlendFactor::One, BlendOperation::Add),
        Blend::Max => (BlendFactor::One, BlendFactor::One, BlendOperation::Max),
        Blend::Multiply if mix.is_first => (BlendFactor::One, BlendFactor::Zero, BlendOperation::Add),
        Blend::Multiply => (BlendFactor::Dst, BlendFactor::Zero, BlendOperation::Add),
    };
    wgpu::BlendComponent {
        src_factor,
        dst_factor,
        operation,
    }
}

pub(super) fn present_pipeline(gpu: &Gpu, target: wgpu::TextureFormat) -> wgpu::RenderPipeline {
    plain_pipeline(gpu, &shaders::PRESENT, target)
}

pub(super) fn hatch_pipeline(gpu: &Gpu, target: wgpu::TextureFormat) -> wgpu::RenderPipeline {
    plain_pipeline(gpu, &shaders::HATCH, target)
}

pub(super) fn black_pipeline(gpu: &Gpu, target: wgpu::TextureFormat) -> wgpu::RenderPipeline {
    plain_pipeline(gpu, &shaders::FILL, target)
}

/// Of a shader that has nothing to choose.
fn plain_pipeline(gpu: &Gpu, shader: &Shader, target: wgpu::TextureFormat) -> wgpu::RenderPipeline {
    let pipeline = DrawingPipeline {
        label: shader.name,
        module: &shader.module(&gpu.device),
        layout: None,
        vertices: None,
        constants: &[],
        target,
        blend: None,
    };
    pipeline.create(gpu)
}
