use std::sync::Arc;

use winit::window::Window;

use super::{Frame, Target, size_px};
use crate::gpu::Gpu;

/// The driver's own way to a window: textures in turn, kept at its size.
pub(crate) struct Swapchain {
    window: Arc<Window>,
    surface: wgpu::Surface<'static>,
    config: wgpu::SurfaceConfiguration,
    is_outdated: bool,
}

impl Swapchain {
    /// Prepares the surface for display bytes (not sRGB: they are encoded already) and for low latency.
    pub(super) fn new(window: Arc<Window>, surface: wgpu::Surface<'static>, gpu: &Gpu) -> Self {
        let caps = surface.get_capabilities(&gpu.adapter);
        let format = [wgpu::TextureFormat::Bgra8Unorm, wgpu::TextureFormat::Rgba8Unorm]
            .into_iter()
            .find(|format| caps.formats.contains(format))
            // WebGPU guarantees the first one.
            .unwrap_or(wgpu::TextureFormat::Bgra8Unorm);
        let present_mode = [wgpu::PresentMode::Mailbox, wgpu::PresentMode::Immediate]
            .into_iter()
            .find(|mode| caps.present_modes.contains(mode))
            .unwrap_or(wgpu::PresentMode::Fifo);
        let alpha_mode = if caps.alpha_modes.contains(&wgpu::CompositeAlphaMode::Opaque) {
            wgpu::CompositeAlphaMode::Opaque
        } else {
            wgpu::CompositeAlphaMode::Auto
        };
        let config = wgpu::SurfaceConfiguration {
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
            format,
            color_space: Default::default(),
            width: 0,
            height: 0,
            present_mode,
            desired_maximum_frame_latency: 1,
            alpha_mode,
            view_formats: Vec::new(),
        };
        Self {
            window,
            surface,
            config,
            is_outdated: true,
        }
    }

    /// The format of its textures.
    pub(super) fn format(&self) -> wgpu::TextureFormat {
        self.config.format
    }

    /// How frames get to the screen.
    pub(super) fn present_mode(&self) -> wgpu::PresentMode {
        self.config.present_mode
    }

    /// Asks for a frame of the window's present size. Waits for the display only if nothing but Fifo is there.
    pub(super) fn acquire(&mut self, gpu: &Gpu) -> Frame {
        let Some([width, height]) = size_px(&self.window, gpu) else {
            return Frame::Skip;
        };
        if self.is_outdated || (self.config.width, self.config.height) != (width, height) {
            (self.config.width, self.config.height) = (width, height);
            self.surface.configure(&gpu.device, &self.config);
            self.is_outdated = false;
        }
        match self.surface.get_current_texture() {
            wgpu::CurrentSurfaceTexture::Success(texture) => Frame::Ready(Target::Chained(texture)),
            wgpu::CurrentSurfaceTexture::Suboptimal(texture) => {
                self.is_outdated = true;
                Frame::Ready(Target::Chained(texture))
            }
            wgpu::CurrentSurfaceTexture::Outdated => {
                self.is_outdated = true;
                Frame::Retry
            }
            wgpu::CurrentSurfaceTexture::Lost => match gpu.instance.create_surface(self.window.clone()) {
                Ok(surface) => {
                    self.surface = surface;
                    self.is_outdated = true;
                    Frame::Retry
                }
                // The window is going, or the device is, which it reports itself.
                Err(error) => {
                    log::warn!("the window's surface was lost: {error}");
                    Frame::Skip
                }
            },
            wgpu::CurrentSurfaceTexture::Timeout => Frame::Retry,
            // winit tells when it can be seen again. A validation error is in `Gpu::check`.
            wgpu::CurrentSurfaceTexture::Occluded | wgpu::CurrentSurfaceTexture::Validation => Frame::Skip,
        }
    }
}
