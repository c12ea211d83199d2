use std::num::NonZeroU32;
use std::sync::Arc;

use bytemuck::cast_slice;
use winit::raw_window_handle::{HasWindowHandle, RawWindowHandle};
use winit::window::Window;

use super::{Frame, Target, size_px};
use crate::gpu::{Gpu, align_up};

/// Puts the driver's own way to the window in its place, for tests: both are to show the same.
const VARIABLE: &str = "MICROTOME_SWAPCHAIN";

/// Frames of a software driver on X11: they are in main memory anyway, and the display reads them from there.
///
/// Mesa's software driver (22.3) shares memory only with displays that have DRI3, and sends frames to others through a
/// socket, 200 kB at a time.
pub(crate) struct SharedMemory {
    window: Arc<Window>,
    screen: softbuffer::Surface<Arc<Window>, Arc<Window>>,
    frame: Option<OwnFrame>,
}

/// What a frame is drawn into, and read from.
struct OwnFrame {
    texture: wgpu::Texture,
    bytes: wgpu::Buffer,
}

impl SharedMemory {
    /// The format of its textures: as an integer, a pixel has red above green above blue.
    pub(super) const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Bgra8Unorm;

    /// For a software driver's window on X11; `None` for others.
    pub(super) fn new(window: &Arc<Window>, gpu: &Gpu) -> Option<Self> {
        let is_software = gpu.info.device_type == wgpu::DeviceType::Cpu;
        let is_x11 = window
            .window_handle()
            .is_ok_and(|handle| matches!(handle.as_raw(), RawWindowHandle::Xlib(_) | RawWindowHandle::Xcb(_)));
        if !is_software || !is_x11 || std::env::var_os(VARIABLE).is_some_and(|value| value == "1") {
            return None;
        }
        let context = softbuffer::Context::new(window.clone()).ok()?;
        let screen = softbuffer::Surface::new(&context, window.clone()).ok()?;
        Some(Self {
            window: window.clone(),
            screen,
            frame: None,
        })
    }

    /// A texture of the window's present size.
    pub(super) fn acquire(&mut self, gpu: &Gpu) -> Frame {
        let Some(size) = size_px(&self.window, gpu) else {
            return Frame::Skip;
        };
        let is_kept = self
            .frame
            .as_ref()
            .is_some_and(|frame| [frame.texture.width(), frame.texture.height()] == size);
        if !is_kept {
            self.frame = None;
        }
        let frame = self.frame.get_or_insert_with(|| OwnFrame::new(gpu, size));
        Frame::Ready(Target::Own {
            texture: frame.texture.clone(),
            is_kept,
        })
    }

    /// Shows what was drawn, as soon as it is. Waits for the driver, which draws with this machine's processors.
    pub(super) fn present(&mut self, gpu: &Gpu, mut encoder: wgpu::CommandEncoder) {
        let Some(frame) = &self.frame else { return };
        frame.encode_copy(&mut encoder);
        gpu.queue.submit([encoder.finish()]);
        frame.bytes.map_async(wgpu::MapMode::Read, .., |_| {});
        gpu.wait();
        // Where the device is lost, it was not mapped; that is told elsewhere.
        if let Ok(bytes) = frame.bytes.get_mapped_range(..)
            && let Err(error) = show(&mut self.screen, &frame.texture, &bytes)
        {
            log::warn!("a frame could not be shown: {error}");
        }
        frame.bytes.unmap();
    }
}

impl OwnFrame {
    fn new(gpu: &Gpu, [width, height]: [u32; 2]) -> Self {
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("window"),
            size: wgpu::Extent3d {
                width,
                height,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: SharedMemory::FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let bytes = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("window"),
            size: u64::from(row_bytes(&texture)) * u64::from(height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        Self { texture, bytes }
    }

    fn encode_copy(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.copy_texture_to_buffer(
            self.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &self.bytes,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(row_bytes(&self.texture)),
                    rows_per_image: None,
                },
            },
            self.texture.size(),
        );
    }
}

/// Bytes from one row to the next where a texture is copied to a buffer.
fn row_bytes(texture: &wgpu::Texture) -> u32 {
    align_up(
        u64::from(4 * texture.width()),
        u64::from(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT),
    ) as u32
}

fn show(
    screen: &mut softbuffer::Surface<Arc<Window>, Arc<Window>>,
    texture: &wgpu::Texture,
    bytes: &[u8],
) -> Result<(), softbuffer::SoftBufferError> {
    let (Some(width), Some(height)) = (NonZeroU32::new(texture.width()), NonZeroU32::new(texture.height())) else {
        return Ok(());
    };
    screen.resize(width, height)?;
    let mut pixels = screen.buffer_mut()?;
    let rows = bytes.chunks_exact(row_bytes(texture) as usize);
    for (to, from) in pixels.chunks_exact_mut(width.get() as usize).zip(rows) {
        for (to, from) in to.iter_mut().zip(cast_slice::<u8, [u8; 4]>(from)) {
            *to = u32::from_le_bytes(*from);
        }
    }
    pixels.present()
}
