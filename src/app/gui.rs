//! egui between winit and wgpu: input in, triangles out.

use std::time::{Duration, Instant};

use winit::event::WindowEvent;
use winit::window::Window;

use super::backdrop::Backdrop;
use super::painter::Painter;
use super::theme;
use crate::gpu::Gpu;
use crate::view::Rect;

/// The panels' side of the window.
pub(crate) struct Gui {
    ctx: egui::Context,
    state: egui_winit::State,
    painters: Option<(Backdrop, Painter)>,
    triangles: Vec<egui::ClippedPrimitive>,
    textures: egui::TexturesDelta,
    pixels_per_point: f32,
    repaint_at: Option<Instant>,
}

impl Gui {
    /// Prepares everything that needs no GPU.
    pub(crate) fn new(window: &Window) -> Self {
        let ctx = egui::Context::default();
        theme::apply(&ctx);
        let scale = window.scale_factor() as f32;
        let state = egui_winit::State::new(ctx.clone(), egui::ViewportId::ROOT, window, Some(scale), None, None);
        Self {
            ctx,
            state,
            painters: None,
            triangles: Vec::new(),
            textures: egui::TexturesDelta::default(),
            pixels_per_point: scale,
            repaint_at: None,
        }
    }

    /// Compiles what draws the triangles.
    pub(crate) fn connect(&mut self, gpu: &Gpu, format: wgpu::TextureFormat) {
        self.painters = Some((Backdrop::new(gpu, format), Painter::new(gpu, format)));
        self.state.set_max_texture_side(gpu.caps.max_texture_2d as usize);
    }

    /// Hands an event on. Keys are for texts that are being edited, and only for them.
    pub(crate) fn event(&mut self, window: &Window, event: &WindowEvent) {
        if let WindowEvent::KeyboardInput { event, .. } = event {
            let is_tab = event.logical_key == winit::keyboard::Key::Named(winit::keyboard::NamedKey::Tab);
            if !self.is_editing() || is_tab {
                return;
            }
        }
        let _ = self.state.on_window_event(window, event);
        // Between two frames, only the last place of the mouse matters.
        let events = &mut self.state.egui_input_mut().events;
        if let [.., egui::Event::PointerMoved(_), egui::Event::PointerMoved(_)] = events[..] {
            events.swap_remove(events.len() - 2);
        }
    }

    /// Whether a text or number is being typed.
    pub(crate) fn is_editing(&self) -> bool {
        self.ctx.text_edit_focused()
    }

    /// Whether a place in the window, in physical pixels, belongs to something that lies over the picture.
    pub(crate) fn is_covered(&self, at_px: [f64; 2]) -> bool {
        let at = egui::pos2(at_px[0] as f32, at_px[1] as f32) / self.pixels_per_point;
        let layer = self.ctx.layer_id_at(at);
        layer.is_some_and(|layer| layer.order != egui::Order::Background)
    }

    /// Whether a widget has hold of the mouse.
    pub(crate) fn has_pointer(&self) -> bool {
        self.ctx.egui_is_using_pointer()
    }

    /// Closes open menus. Returns whether there were any.
    pub(crate) fn close_menus(&self) -> bool {
        let is_open = egui::Popup::is_any_open(&self.ctx);
        egui::Popup::close_all(&self.ctx);
        is_open
    }

    /// When it wants to be drawn again although nothing happens.
    pub(crate) fn repaint_at(&self) -> Option<Instant> {
        self.repaint_at
    }

    /// Lays the panels out. `show` is given the whole window.
    pub(crate) fn run<R>(&mut self, window: &Window, mut show: impl FnMut(&mut egui::Ui) -> R) -> Option<R> {
        let input = self.state.take_egui_input(window);
        let mut result = None;
        let output = self.ctx.run_ui(input, |ui| result = Some(show(ui)));
        self.state.handle_platform_output(window, output.platform_output);
        // Keys act on the picture whatever was clicked last.
        if !self.ctx.text_edit_focused() {
            self.ctx.memory_mut(|memory| {
                if let Some(id) = memory.focused() {
                    memory.surrender_focus(id);
                }
            });
        }
        let delay = output
            .viewport_output
            .get(&egui::ViewportId::ROOT)
            .map(|viewport| viewport.repaint_delay);
        self.repaint_at = delay
            .filter(|&delay| delay < Duration::from_secs(3600))
            .map(|delay| Instant::now() + delay);
        self.pixels_per_point = output.pixels_per_point;
        self.triangles = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        self.textures.append(output.textures_delta);
        result
    }

    /// Draws them around the canvas, and over what is in it.
    pub(crate) fn paint(
        &mut self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        target: &wgpu::Texture,
        canvas: Rect,
    ) {
        let Some((backdrop, painter)) = &mut self.painters else {
            return;
        };
        for (id, deltas) in &self.textures.set {
            deltas.iter().for_each(|delta| painter.set_texture(gpu, *id, delta));
        }
        let size_px = [target.width(), target.height()];
        painter.upload(gpu, size_px, self.pixels_per_point, &self.triangles);
        let view = target.create_view(&Default::default());
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("panels"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Load,
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        backdrop.paint(&mut pass, size_px, canvas, &self.ctx.global_style().visuals);
        painter.paint(&mut pass);
        drop(pass);
        for id in &self.textures.free {
            painter.free_texture(*id);
        }
        self.textures.clear();
    }
}

impl Drop for Gui {
    fn drop(&mut self) {
        // A window may be closed before its textures were uploaded; epaint wants to be told.
        self.textures.clear();
    }
}
