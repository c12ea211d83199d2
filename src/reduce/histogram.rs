use std::sync::Arc;

use crate::gpu::{Counting, Gpu, GpuError, Lanes, Readback, VoxelFormat, shaders};

use super::reduction::Reduction;
use super::{BoxJob, DIGIT_BINS};

/// Prefixes that one pass can tell apart.
pub const MAX_PREFIXES: usize = 16;

/// Counts of keys of every channel, accumulated over boxes: by the upper 16 bits of the key (or the whole of an 8- or
/// 16-bit one), or by the lower 16 bits below given upper ones.
pub struct Histogram {
    reduction: Arc<Reduction>,
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
        Self::in_shape(
            gpu,
            format,
            channel_count,
            gpu.tuning.counting,
            gpu.tuning.histogram_lanes,
        )
    }

    /// The first pass in a shape of one's own choice: for measuring which is the fastest.
    ///
    /// # Errors
    /// If there is no memory for the bins.
    pub fn in_shape(
        gpu: &Gpu,
        format: VoxelFormat,
        channel_count: usize,
        counting: Counting,
        lanes: Lanes,
    ) -> Result<Self, GpuError> {
        Self::new(gpu, format, vec![Vec::new(); channel_count], counting, lanes)
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
        Self::new(gpu, format, prefixes, gpu.tuning.counting, gpu.tuning.histogram_lanes)
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
        Ok(Self {
            reduction: self.reduction.clone(),
            shift: self.shift,
            channels: bins(gpu, prefixes)?,
        })
    }

    fn new(
        gpu: &Gpu,
        format: VoxelFormat,
        prefixes: Vec<Vec<u32>>,
        counting: Counting,
        lanes: Lanes,
    ) -> Result<Self, GpuError> {
        let shaders = [0, 1].map(|load| &shaders::HISTOGRAM[load][counting as usize]);
        Ok(Self {
            reduction: Arc::new(Reduction::new(shaders, format, lanes)),
            shift: format.bits.saturating_sub(16),
            channels: bins(gpu, prefixes)?,
        })
    }

    /// Encodes the counting of boxes. A bin holds up to 2³² − 1: read back and clear before more voxels than that.
    ///
    /// # Errors
    /// If a row of packed voxels is larger than a shader can be given.
    pub fn encode(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, jobs: &[BoxJob<'_>]) -> Result<(), GpuError> {
        self.reduction.encode(gpu, encoder, jobs, |job, uniform| {
            let channel = &self.channels[job.channel];
            uniform.shift = self.shift;
            uniform.prefix_count = channel.prefixes.len() as u32;
            uniform.prefixes = [u32::MAX; MAX_PREFIXES];
            uniform.prefixes[..channel.prefixes.len()].copy_from_slice(&channel.prefixes);
            &channel.bins
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

/// Bins for channels with these prefixes.
fn bins(gpu: &Gpu, prefixes: Vec<Vec<u32>>) -> Result<Vec<ChannelBins>, GpuError> {
    let bytes_of = |list: &Vec<u32>| (DIGIT_BINS * list.len().max(1) * size_of::<u32>()) as u64;
    let bytes = prefixes.iter().map(bytes_of).sum();
    gpu.allocate("histogram bins", bytes, || {
        prefixes
            .into_iter()
            .map(|prefixes| ChannelBins {
                bins: gpu.device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some("histogram bins"),
                    size: bytes_of(&prefixes),
                    usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
                    mapped_at_creation: false,
                }),
                prefixes,
            })
            .collect()
    })
}
