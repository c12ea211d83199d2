//! Where frames go: a window's surface, and what comes of asking it for one.

mod shared_memory;
mod swapchain;

use std::sync::Arc;

use winit::window::Window;

use crate::gpu::Gpu;
use shared_memory::SharedMemory;
use swapchain::Swapchain;

/// What to do, having asked for a frame.
pub(crate) enum Frame {
    /// Draw into this, and present it.
    Ready(Target),
    /// Nothing can be shown now; ask again at the next event.
    Skip,
    /// Ask again soon: the surface was set up anew, or the display is busy.
    Retry,
}

/// What a frame is drawn into.
pub(crate) enum Target {
    /// One of the driver's textures.
    Chained(wgpu::SurfaceTexture),
    /// A texture of our own.
    Own {
        texture: wgpu::Texture,
        /// Whether it holds the frame before.
        is_kept: bool,
    },
}

impl Target {
    /// The texture to draw into.
    pub(crate) fn texture(&self) -> &wgpu::Texture {
        match self {
            Target::Chained(texture) => &texture.texture,
            Target::Own { texture, .. } => texture,
        }
    }

    /// Whether it holds what was drawn into it for the last frame.
    pub(crate) fn is_kept(&self) -> bool {
        matches!(self, Target::Own { is_kept: true, .. })
    }
}

/// The surface of a window.
pub(crate) enum Surface {
    /// Frames are handed to the driver.
    Swapchain(Swapchain),
    /// Frames are copied to memory that the display reads.
    SharedMemory(SharedMemory),
}

impl Surface {
    /// Prepares the surface for display bytes (not sRGB: they are encoded already) and for low latency.
    pub(crate) fn new(window: Arc<Window>, surface: wgpu::Surface<'static>, gpu: &Gpu) -> Self {
        match SharedMemory::new(&window, gpu) {
            Some(shared) => Surface::SharedMemory(shared),
            None => Surface::Swapchain(Swapchain::new(window, surface, gpu)),
        }
    }

    /// The format of its textures.
    pub(crate) fn format(&self) -> wgpu::TextureFormat {
        match self {
            Surface::Swapchain(chain) => chain.format(),
            Surface::SharedMemory(_) => SharedMemory::FORMAT,
        }
    }

    /// How frames get to the screen, for logs.
    pub(crate) fn describe(&self) -> String {
        match self {
            Surface::Swapchain(chain) => format!("{:?}", chain.present_mode()),
            Surface::SharedMemory(_) => "shared memory".to_owned(),
        }
    }

    /// Asks for a frame of the window's present size. Waits for the display only if nothing but Fifo is there.
    pub(crate) fn acquire(&mut self, gpu: &Gpu) -> Frame {
        match self {
            Surface::Swapchain(chain) => chain.acquire(gpu),
            Surface::SharedMemory(shared) => shared.acquire(gpu),
        }
    }

    /// Submits what was drawn into a frame, and shows it.
    pub(crate) fn present(&mut self, gpu: &Gpu, encoder: wgpu::CommandEncoder, target: Target) {
        match (self, target) {
            (Surface::SharedMemory(shared), _) => shared.present(gpu, encoder),
            (Surface::Swapchain(_), target) => {
                gpu.queue.submit([encoder.finish()]);
                if let Target::Chained(texture) = target {
                    gpu.queue.present(texture);
                }
            }
        }
    }
}

/// Width and height of the window, as far as textures go; `None` while it is minimised.
fn size_px(window: &Window, gpu: &Gpu) -> Option<[u32; 2]> {
    let size = window.inner_size();
    let limit = gpu.caps.max_texture_2d as u32;
    (size.width > 0 && size.height > 0).then(|| [size.width.min(limit), size.height.min(limit)])
}
