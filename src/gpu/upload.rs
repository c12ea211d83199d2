use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::{Gpu, GpuError, align_up};

/// Staging memory that is written while earlier parts of it are being copied: a fixed number of buffers, reused.
///
/// Its size bounds what an upload takes besides the textures, whatever the size of the file.
pub struct StagingRing {
    slots: Vec<Slot>,
    filling: usize,
    slot_bytes: u64,
}

/// The GPU copies from it.
const COPYING: u8 = 0;
/// It can be written.
const MAPPED: u8 = 1;
/// The device was lost.
const FAILED: u8 = 2;

struct Slot {
    buffer: wgpu::Buffer,
    /// Where shaders read what was staged; none if it is only copied, or if they can read `buffer` itself.
    landing: Option<wgpu::Buffer>,
    used: u64,
    state: Arc<AtomicU8>,
    copied_by: Option<wgpu::SubmissionIndex>,
}

/// A block of rows in staging memory.
pub struct Staged {
    /// The buffer it lies in.
    pub buffer: wgpu::Buffer,
    /// First byte.
    pub offset: u64,
    /// Bytes from one row to the next.
    pub row_pitch: u32,
}

impl StagingRing {
    /// `count` buffers of at least `bytes` each, to be copied from.
    ///
    /// # Errors
    /// If such a buffer is over the adapter's limit or there is no memory.
    pub fn new(gpu: &Gpu, count: usize, bytes: u64) -> Result<Self, GpuError> {
        Self::build(gpu, count, bytes, false)
    }

    /// The same, for shaders to read too: call [`StagingRing::land`] before they do.
    ///
    /// # Errors
    /// As [`StagingRing::new`].
    pub fn readable(gpu: &Gpu, count: usize, bytes: u64) -> Result<Self, GpuError> {
        Self::build(gpu, count, bytes, true)
    }

    fn build(gpu: &Gpu, count: usize, bytes: u64, is_readable: bool) -> Result<Self, GpuError> {
        let slot_bytes = align_up(bytes.max(1), 256);
        if slot_bytes > gpu.caps.max_buffer_bytes {
            return Err(GpuError::Limit {
                what: "a staging buffer, in bytes,".into(),
                needed: slot_bytes,
                limit: gpu.caps.max_buffer_bytes,
            });
        }
        let is_read_here = is_readable && gpu.caps.shares_memory;
        let has_landing = is_readable && !gpu.caps.shares_memory;
        let buffer = |label: String, usage, is_mapped| {
            gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(&label),
                size: slot_bytes,
                usage,
                mapped_at_creation: is_mapped,
            })
        };
        let mut staging = wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC;
        if is_read_here {
            staging |= wgpu::BufferUsages::STORAGE;
        }
        let landing = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        let total = slot_bytes * count as u64 * (1 + u64::from(has_landing));
        let slots = gpu.allocate("staging memory", total, || {
            (0..count)
                .map(|index| Slot {
                    buffer: buffer(format!("staging {index}"), staging, true),
                    landing: has_landing.then(|| buffer(format!("landing {index}"), landing, false)),
                    used: 0,
                    state: Arc::new(AtomicU8::new(MAPPED)),
                    copied_by: None,
                })
                .collect()
        })?;
        Ok(Self {
            slots,
            filling: 0,
            slot_bytes,
        })
    }

    /// Bytes of one of the buffers.
    pub fn slot_bytes(&self) -> u64 {
        self.slot_bytes
    }

    /// Staging bytes that a block takes.
    pub fn block_bytes(row_bytes: u64, rows: u64) -> u64 {
        align_up(row_bytes, wgpu::COPY_BYTES_PER_ROW_ALIGNMENT.into()) * rows
    }

    /// Whether a block would fit now; if not, submit what is staged and wait for callbacks.
    pub fn has_room(&self, bytes: u64) -> bool {
        let slot = &self.slots[self.filling];
        slot.state.load(Ordering::Acquire) == MAPPED && slot.used + bytes <= self.slot_bytes
    }

    /// Copies tightly packed rows of voxels into staging memory; `None` if there is no room now. What a row leaves of
    /// its last 16 bytes repeats its last voxel, for kernels that load so many at once.
    pub fn stage(&mut self, rows: &[u8], row_bytes: u64, voxel_bytes: u64) -> Option<Staged> {
        let count = rows.len() as u64 / row_bytes;
        let pitch = align_up(row_bytes, wgpu::COPY_BYTES_PER_ROW_ALIGNMENT.into());
        let bytes = pitch * count;
        if !self.has_room(bytes) {
            return None;
        }
        let slot = &mut self.slots[self.filling];
        let offset = slot.used;
        let mut view = slot.buffer.get_mapped_range_mut(offset..offset + bytes).ok()?;
        if pitch == row_bytes {
            view.copy_from_slice(rows);
        } else {
            let fill = (align_up(row_bytes, 16) - row_bytes) as usize;
            for (index, row) in rows.chunks_exact(row_bytes as usize).enumerate() {
                let start = index * pitch as usize;
                let end = start + row.len();
                view.slice(start..end).copy_from_slice(row);
                if fill > 0 {
                    let last = &row[row.len() - voxel_bytes as usize..];
                    let mut repeated = [0; 16];
                    repeated
                        .iter_mut()
                        .zip(last.iter().cycle())
                        .for_each(|(to, from)| *to = *from);
                    view.slice(end..end + fill).copy_from_slice(&repeated[..fill]);
                }
            }
        }
        slot.used += bytes;
        Some(Staged {
            buffer: slot.landing.as_ref().unwrap_or(&slot.buffer).clone(),
            offset,
            row_pitch: pitch as u32,
        })
    }

    /// Whether anything was staged since the last submit.
    pub fn is_dirty(&self) -> bool {
        self.slots[self.filling].used > 0
    }

    /// Encodes what must come before anything that reads what was staged.
    pub fn land(&self, encoder: &mut wgpu::CommandEncoder) {
        let slot = &self.slots[self.filling];
        if let Some(landing) = &slot.landing {
            encoder.copy_buffer_to_buffer(&slot.buffer, 0, landing, 0, slot.used);
        }
    }

    /// Gives the filled buffer to the GPU. Call it before submitting the copies out of it; then call
    /// [`StagingRing::after_submit`] with what it returns.
    #[must_use]
    pub fn before_submit(&mut self) -> usize {
        let index = self.filling;
        self.slots[index].buffer.unmap();
        self.slots[index].state.store(COPYING, Ordering::Release);
        self.filling = (index + 1) % self.slots.len();
        index
    }

    /// Asks for the buffer back once its copies are done.
    pub fn after_submit(&mut self, index: usize, submission: wgpu::SubmissionIndex) {
        let slot = &mut self.slots[index];
        slot.used = 0;
        slot.copied_by = Some(submission);
        let state = slot.state.clone();
        slot.buffer.map_async(wgpu::MapMode::Write, .., move |result| {
            state.store(if result.is_ok() { MAPPED } else { FAILED }, Ordering::Release);
        });
    }

    /// Waits until the buffer that is filled next has come back. For the command line, tests and benches only.
    pub fn wait(&self, gpu: &Gpu) {
        let slot = &self.slots[self.filling];
        // One poll is not enough where several threads share a device: the callback may be in the hands of another.
        while slot.state.load(Ordering::Acquire) == COPYING {
            // An error here is a lost device, which its own callback reports.
            let _ = gpu.device.poll(wgpu::PollType::Wait {
                submission_index: slot.copied_by.clone(),
                timeout: None,
            });
            std::thread::yield_now();
        }
    }
}
