use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::{Gpu, GpuError};

const PENDING: u8 = 0;
const READY: u8 = 1;
const FAILED: u8 = 2;

/// Bytes on their way from the GPU: asked for while encoding, mapped after the submit, taken when they have come.
pub struct Readback {
    buffer: wgpu::Buffer,
    state: Arc<AtomicU8>,
}

impl Readback {
    /// A buffer of `bytes` (a multiple of 4) that the caller's encoder copies into.
    pub fn new(gpu: &Gpu, bytes: u64) -> Self {
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("readback"),
            size: bytes,
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        Self {
            buffer,
            state: Arc::new(AtomicU8::new(PENDING)),
        }
    }

    /// Encodes a copy of `source` from its start.
    pub fn of_buffer(gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, source: &wgpu::Buffer) -> Self {
        let readback = Self::new(gpu, source.size());
        encoder.copy_buffer_to_buffer(source, 0, &readback.buffer, 0, source.size());
        readback
    }

    /// Where the encoder copies to.
    pub fn buffer(&self) -> &wgpu::Buffer {
        &self.buffer
    }

    /// Asks for the mapping. Call after the submit that fills the buffer.
    pub fn map(&self) {
        let state = self.state.clone();
        self.buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            state.store(if result.is_ok() { READY } else { FAILED }, Ordering::Release);
        });
    }

    /// Whether [`Readback::take`] would give something. Callbacks run in [`Gpu::poll`] or [`Gpu::wait`].
    pub fn is_ready(&self) -> bool {
        self.state.load(Ordering::Acquire) != PENDING
    }

    /// The bytes, waiting for them. Only after [`Readback::map`]; for the edges of the program only, as [`Gpu::wait`].
    ///
    /// # Errors
    /// If the device reported an error, or is lost.
    pub fn wait(&self, gpu: &Gpu) -> Result<Vec<u8>, GpuError> {
        // One poll is not enough where several threads share a device: the callback may be in the hands of another.
        while !self.is_ready() {
            gpu.wait();
            std::thread::yield_now();
        }
        gpu.check()?;
        self.take()
            .ok_or_else(|| GpuError::Lost("a result did not come back".into()))
    }

    /// The bytes; `None` if they have not come yet, or never will because the device is lost.
    pub fn take(&self) -> Option<Vec<u8>> {
        if self.state.load(Ordering::Acquire) != READY {
            return None;
        }
        let bytes = self.buffer.get_mapped_range(..).ok()?.to_vec();
        self.buffer.unmap();
        Some(bytes)
    }
}
