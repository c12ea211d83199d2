use std::sync::Arc;

use crate::gpu::{Gpu, GpuError, Readback, VoxelFormat, VoxelKind, shaders};

use super::reduction::Reduction;
use super::{BoxJob, GroupSums};

/// Sums of `low`, `low`² (its halves) and `high` · `low` (its halves) that the shader keeps per group, in two words each.
const WORDS: usize = 2 * 5;

/// Sums over the lower halves of 32-bit voxels of every channel, accumulated over boxes: with the counts of the upper
/// halves, what exact means and standard deviations need.
pub struct DigitSums {
    reduction: Arc<Reduction>,
    groups: usize,
    words: wgpu::Buffer,
}

impl DigitSums {
    /// Starts with nothing seen; `None` for 8- and 16-bit voxels, whose counts say everything.
    ///
    /// # Errors
    /// If there is no memory for the sums.
    pub fn new(gpu: &Gpu, format: VoxelFormat, channel_count: usize) -> Result<Option<Self>, GpuError> {
        if format.bits < 32 {
            return Ok(None);
        }
        let groups = if format.kind == VoxelKind::Float { 512 } else { 1 };
        let [texture, packed] = &shaders::SUMS;
        Ok(Some(Self {
            reduction: Arc::new(Reduction::new([texture, packed], format, gpu.tuning.histogram_lanes)),
            groups,
            words: words(gpu, groups, channel_count)?,
        }))
    }

    /// The same for another number of channels, with the same pipeline.
    ///
    /// # Errors
    /// If there is no memory for the sums.
    pub fn with_channels(&self, gpu: &Gpu, channel_count: usize) -> Result<Self, GpuError> {
        Ok(Self {
            reduction: self.reduction.clone(),
            groups: self.groups,
            words: words(gpu, self.groups, channel_count)?,
        })
    }

    /// Encodes the summing of boxes. Read back and clear before more than 2³¹ voxels of a channel.
    ///
    /// # Errors
    /// If a row of packed voxels is larger than a shader can be given.
    pub fn encode(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, jobs: &[BoxJob<'_>]) -> Result<(), GpuError> {
        self.reduction.encode(gpu, encoder, jobs, |job, uniform| {
            uniform.results = [(job.channel * self.groups * WORDS) as u32, 0, 0, 0];
            &self.words
        })
    }

    /// Encodes a copy of the sums, then clears them; call [`Readback::map`] after the submit.
    pub fn read_back_and_clear(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder) -> Readback {
        let readback = Readback::of_buffer(gpu, encoder, &self.words);
        encoder.clear_buffer(&self.words, 0, None);
        readback
    }

    /// Sums per group, of every channel, from the bytes read back.
    pub fn decode(&self, bytes: &[u8]) -> Vec<Vec<GroupSums>> {
        let words = bytemuck::pod_collect_to_vec::<u8, u32>(bytes);
        let sums_of_group = |words: &[u32]| {
            let sum = |i: usize| u128::from(words[2 * i]) | u128::from(words[2 * i + 1]) << 32;
            GroupSums {
                low: sum(0),
                low_squared: sum(1) + (sum(2) << 16),
                high_low: sum(3) + (sum(4) << 16),
            }
        };
        words
            .chunks_exact(self.groups * WORDS)
            .map(|channel| channel.chunks_exact(WORDS).map(sums_of_group).collect())
            .collect()
    }
}

/// Room for the sums of so many groups of channels.
fn words(gpu: &Gpu, groups: usize, channel_count: usize) -> Result<wgpu::Buffer, GpuError> {
    let bytes = (channel_count * groups * WORDS * size_of::<u32>()) as u64;
    gpu.allocate("sums", bytes, || {
        gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("sums"),
            size: bytes,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    })
}
