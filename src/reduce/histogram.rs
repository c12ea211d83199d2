use bytemuck::{Pod, Zeroable};

use crate::gpu::{Gpu, GpuError, Readback, VoxelFormat, shaders};

use super::minmax::{encode_reduction, padded, reduction_layout, reduction_pipeline};
use super::{BoxJob, DIGIT_BINS};

/// Prefixes that one pass can tell apart.
pub const MAX_PREFIXES: usize = 16;

/// A box, which keys to count, and where, as `shaders/reduce/histogram.wgsl` reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[allow(missing_docs)] // explained in the shader
pub struct HistogramUniform {
    pub origin: [u32; 4],
    pub size: [u32; 4],
    pub first_bin: u32,
    pub shift: u32,
    pub prefix_count: u32,
    pub _pad: u32,
    pub prefixes: [u32; MAX_PREFIXES],
}

/// Counts of keys of every channel, accumulated over boxes: by the upper 16 bits of the key (or the whole of an 8- or
/// 16-bit one), or by the lower 16 bits below given upper ones.
pub struct Histogram {
    pipeline: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
    shift: u32,
    channels: Vec<ChannelBins>,
}

struct ChannelBins {
    bins: wgpu::Buffer,
    prefixes: Vec<u32>,
}

impl Histogram {
    /// The first pass: one digit of 16 bits per channel.
    ///
    /// # Errors
    /// If there is no memory for the bins.
    pub fn first_digit(gpu: &Gpu, format: VoxelFormat, channel_count: usize) -> Result<Self, GpuError> {
        Self::new(gpu, format, vec![Vec::new(); channel_count])
    }

    /// The second pass of 32-bit keys: the lower digit of keys that begin with one of a channel's prefixes.
    ///
    /// # Errors
    /// If there is no memory for the bins.
    ///
    /// # Panics
    /// If a channel has no prefix or more than [`MAX_PREFIXES`]: a bug of the caller.
    pub fn second_digit(gpu: &Gpu, format: VoxelFormat, prefixes: Vec<Vec<u32>>) -> Result<Self, GpuError> {
        assert!(prefixes.iter().all(|list| (1..=MAX_PREFIXES).contains(&list.len())));
        Self::new(gpu, format, prefixes)
    }

    /// Other bins with the same pipeline, so that nothing is compiled again: for a second pass with a channel's
    /// prefixes, for a first one with none.
    ///
    /// # Errors
    /// If there is no memory for the bins.
    ///
    /// # Panics
    /// If a channel has more than [`MAX_PREFIXES`]: a bug of the caller.
    pub fn with_prefixes(&self, gpu: &Gpu, prefixes: Vec<Vec<u32>>) -> Result<Self, GpuError> {
        assert!(prefixes.iter().all(|list| list.len() <= MAX_PREFIXES));
        Self::with_pipeline(gpu, self.pipeline.clone(), self.layout.clone(), self.shift, prefixes)
    }

    fn new(gpu: &Gpu, format: VoxelFormat, prefixes: Vec<Vec<u32>>) -> Result<Self, GpuError> {
        let layout = reduction_layout::<HistogramUniform>(gpu, 4);
        let pipeline = reduction_pipeline(gpu, &shaders::HISTOGRAM, &layout, format);
        Self::with_pipeline(gpu, pipeline, layout, format.bits.saturating_sub(16), prefixes)
    }

    fn with_pipeline(
        gpu: &Gpu,
        pipeline: wgpu::ComputePipeline,
        layout: wgpu::BindGroupLayout,
        shift: u32,
        prefixes: Vec<Vec<u32>>,
    ) -> Result<Self, GpuError> {
        let bytes_of = |list: &Vec<u32>| (DIGIT_BINS * list.len().max(1) * size_of::<u32>()) as u64;
        let bytes = prefixes.iter().map(bytes_of).sum();
        let channels = gpu.allocate("histogram bins", bytes, || {
            prefixes
                .into_iter()
                .map(|prefixes| ChannelBins {
                    bins: gpu.device.create_buffer(&wgpu::BufferDescriptor {
                        label: Some("histogram bins"),
                        size: bytes_of(&prefixes),
                        usage: wgpu::BufferUsages::STORAGE
                            | wgpu::BufferUsages::COPY_SRC
                            | wgpu::BufferUsages::COPY_DST,
                        mapped_at_creation: false,
                    }),
                    prefixes,
                })
                .collect()
        })?;
        Ok(Self {
            pipeline,
            layout,
            shift,
            channels,
        })
    }

    /// Encodes the counting of boxes. A bin holds up to 2³² − 1: read back and clear before more voxels than that.
    ///
    /// # Errors
    /// If a box needs more workgroups than the adapter allows.
    pub fn encode(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, jobs: &[BoxJob<'_>]) -> Result<(), GpuError> {
        encode_reduction(gpu, encoder, &self.pipeline, &self.layout, jobs, |job| {
            let channel = &self.channels[job.channel];
            let mut prefixes = [0; MAX_PREFIXES];
            prefixes[..channel.prefixes.len()].copy_from_slice(&channel.prefixes);
            let uniform = HistogramUniform {
                origin: padded(job.origin),
                size: padded(job.size),
                first_bin: 0,
                shift: self.shift,
                prefix_count: channel.prefixes.len() as u32,
                _pad: 0,
                prefixes,
            };
            (uniform, &channel.bins)
        })
    }

    /// Encodes a copy of every channel's bins, then clears them; call [`Readback::map`] after the submit.
    pub fn read_back_and_clear(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder) -> Vec<Readback> {
        self.channels
            .iter()
            .map(|channel| {
                let readback = Readback::of_buffer(gpu, encoder, &channel.bins);
                encoder.clear_buffer(&channel.bins, 0, None);
                readback
            })
            .collect()
    }

    /// Counts per prefix (one list in a first pass), from a channel's bytes read back.
    pub fn decode(bytes: &[u8]) -> Vec<Vec<u32>> {
        bytemuck::pod_collect_to_vec::<u8, u32>(bytes)
            .chunks(DIGIT_BINS)
            .map(<[u32]>::to_vec)
            .collect()
    }
}
