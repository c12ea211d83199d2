//! A window with the device that draws in it.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use winit::dpi::LogicalSize;
use winit::event_loop::{ActiveEventLoop, EventLoopProxy};
use winit::window::{Fullscreen, Window};

use super::error::AppError;
use super::event_loop::AppEvent;
use super::gui::Gui;
use super::panels::px_from_pt;
use super::preferences::{Look, Preferences};
use super::surface::{Frame, Surface};
use crate::gpu::{AdapterChoice, Gpu};
use crate::session::Viewer;
use crate::view::Rect;

/// Smaller than this the panels do not fit.
const MIN_SIZE_PT: LogicalSize<f64> = LogicalSize::new(560.0, 360.0);

/// Everything that draws.
pub(crate) struct Screen {
    /// The window.
    pub(crate) window: Arc<Window>,
    /// The device.
    pub(crate) gpu: Arc<Gpu>,
    /// The panels.
    pub(crate) gui: Gui,
    surface: Surface,
    /// Where the picture was in the last frame.
    canvas: Option<Rect>,
}

/// What became of a frame.
pub(crate) enum Drawn {
    /// It was handed to the display.
    Presented,
    /// It was not, and should be tried again soon.
    Retry,
    /// It cannot be shown now.
    Skipped,
}

impl Screen {
    /// Opens a window, and the device while the panels get ready. `instance` was begun beforehand, since loading the
    /// drivers takes a while.
    ///
    /// # Errors
    /// If there is no window or no device for it.
    pub(crate) fn open(
        event_loop: &ActiveEventLoop,
        title: &str,
        instance: JoinHandle<wgpu::Instance>,
        choice: &AdapterChoice,
        preferences: &Preferences,
        proxy: EventLoopProxy<AppEvent>,
    ) -> Result<Self, AppError> {
        let [width, height] = preferences.window;
        let attributes = Window::default_attributes()
            .with_title(title)
            .with_inner_size(LogicalSize::new(width.max(1.0), height.max(1.0)))
            .with_min_inner_size(MIN_SIZE_PT)
            // Screen readers are told of a window before it is there.
            .with_visible(false);
        let refused = |error: &dyn std::fmt::Display| AppError::Window(error.to_string());
        let window = Arc::new(event_loop.create_window(attributes).map_err(|error| refused(&error))?);
        let mut gui = Gui::new(&window, preferences.look);
        gui.connect_readers(event_loop, &window, proxy);
        window.set_visible(true);
        let instance = instance
            .join()
            .map_err(|_| refused(&"the graphics drivers cannot be loaded"))?;
        Self::connect(window, gui, instance, choice)
    }

    /// Opens the device anew for the same window, after it was lost.
    ///
    /// # Errors
    /// If there is none any more.
    pub(crate) fn reopen(self, choice: &AdapterChoice, look: Look) -> Result<Self, AppError> {
        let Self {
            window,
            gpu,
            gui,
            surface,
            ..
        } = self;
        // A window has one surface at a time.
        drop((surface, gpu));
        let gui = gui.renewed(&window, look);
        Self::connect(window, gui, Gpu::instance(), choice)
    }

    fn connect(
        window: Arc<Window>,
        mut gui: Gui,
        instance: wgpu::Instance,
        choice: &AdapterChoice,
    ) -> Result<Self, AppError> {
        let surface = instance
            .create_surface(window.clone())
            .map_err(|error| AppError::Window(error.to_string()))?;
        let gpu = pollster::block_on(Gpu::open(instance, choice, Some(&surface)))?;
        let surface = Surface::new(window.clone(), surface, &gpu);
        gui.connect(&gpu, surface.format());
        log::info!("{}, {}", gpu.describe(), surface.describe());
        Ok(Self {
            window,
            gpu: Arc::new(gpu),
            gui,
            surface,
            canvas: None,
        })
    }

    /// Fills the screen, or goes back to a window.
    pub(crate) fn toggle_full_screen(&self) {
        let is_full = self.window.fullscreen().is_some();
        self.window
            .set_fullscreen((!is_full).then_some(Fullscreen::Borderless(None)));
    }

    /// Size of the window in points, unless it fills the screen.
    pub(crate) fn size_pt(&self) -> Option<[f32; 2]> {
        let is_own = !self.window.is_maximized() && self.window.fullscreen().is_none();
        let size = self.window.inner_size().to_logical::<f32>(self.window.scale_factor());
        is_own.then_some([size.width, size.height])
    }

    /// A rectangle of the window in whole physical pixels, from points.
    pub(crate) fn px_from_pt(&self, rect: egui::Rect) -> Rect {
        let size = self.window.inner_size();
        let px = px_from_pt(rect, self.window.scale_factor() as f32);
        cut(px, [size.width, size.height])
    }

    /// Draws the picture and the panels as they were laid out, and presents them. Returns also how long the panels
    /// took. The surface is asked last: until then, nothing has waited for the display.
    pub(crate) fn draw(&mut self, viewer: &mut Viewer, canvas: Rect) -> (Drawn, Duration) {
        let frame = match self.surface.acquire(&self.gpu) {
            Frame::Ready(frame) => frame,
            Frame::Retry => return (Drawn::Retry, Duration::ZERO),
            Frame::Skip => return (Drawn::Skipped, Duration::ZERO),
        };
        let target = frame.texture();
        // The window may have changed its size since the panels were laid out.
        let canvas = cut(canvas, [target.width(), target.height()]);
        let descriptor = wgpu::CommandEncoderDescriptor { label: Some("frame") };
        let mut encoder = self.gpu.device.create_command_encoder(&descriptor);
        let is_kept = self.canvas.replace(canvas) == Some(canvas) && frame.is_kept();
        let is_kept = viewer.draw(&self.gpu, &mut encoder, target, canvas, is_kept);
        let start = Instant::now();
        self.gui.paint(&self.gpu, &mut encoder, target, canvas, is_kept);
        let gui = start.elapsed();
        self.window.pre_present_notify();
        self.surface.present(&self.gpu, encoder, frame);
        (Drawn::Presented, gui)
    }
}

/// What of a rectangle lies in an area of this width and height.
fn cut(rect: Rect, [width, height]: [u32; 2]) -> Rect {
    let (x, y) = (rect.x.min(width), rect.y.min(height));
    Rect {
        x,
        y,
        width: rect.width.min(width - x),
        height: rect.height.min(height - y),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_small_window_leaves_for_the_picture_is_nothing_at_worst() {
        let rect = |left, top, right, bottom| {
            let corners = [egui::pos2(left, top), egui::pos2(right, bottom)];
            cut(
                px_from_pt(
                    egui::Rect {
                        min: corners[0],
                        max: corners[1],
                    },
                    2.0,
                ),
                [100, 50],
            )
        };
        let size = |rect: Rect| [rect.x, rect.y, rect.width, rect.height];
        assert_eq!(size(rect(5.0, 5.0, 20.0, 20.0)), [10, 10, 30, 30]);
        assert_eq!(size(rect(5.0, 5.0, 80.0, 80.0)), [10, 10, 90, 40]);
        // Panels that need more than there is turn what is left inside out.
        assert_eq!(size(rect(20.0, 20.0, 5.0, 5.0)), [40, 40, 0, 0]);
        assert_eq!(size(rect(60.0, 60.0, 80.0, 80.0)), [100, 50, 0, 0]);
    }
}
