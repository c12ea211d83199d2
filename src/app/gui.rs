//! egui between winit and wgpu: input in, triangles out.

use std::time::{Duration, Instant};

use egui_winit::accesskit_winit::WindowEvent as ReaderEvent;
use winit::event::WindowEvent;
use winit::event_loop::{ActiveEventLoop, EventLoopProxy};
use winit::keyboard::{Key, NamedKey};
use winit::window::Window;

use super::event_loop::AppEvent;
use super::painter::{Backdrop, Painter};
use super::preferences::Look;
use super::theme;
use crate::gpu::Gpu;
use crate::view::Rect;

/// How soon it is drawn again for its own sake, at the earliest: after every event it asks for another frame, which would
/// hold up the one that the next event needs.
const REST: Duration = Duration::from_millis(20);

/// The panels' side of the window.
pub(crate) struct Gui {
    ctx: egui::Context,
    state: egui_winit::State,
    painters: Option<(Backdrop, Painter)>,
    triangles: Vec<egui::ClippedPrimitive>,
    textures: egui::TexturesDelta,
    pixels_per_point: f32,
    /// Which of its two looks was painted last.
    was_dark: Option<bool>,
    repaint_at: Option<Instant>,
    /// Whether Tab is being used to go through buttons and fields: then they have the keys that work them.
    is_touring: bool,
    /// Whether a screen reader listens.
    is_read: bool,
}

impl Gui {
    /// Prepares everything that needs no GPU.
    pub(crate) fn new(window: &Window, look: Look) -> Self {
        let ctx = egui::Context::default();
        theme::apply(&ctx);
        ctx.set_theme(theme_of(look));
        let scale = window.scale_factor() as f32;
        let state = egui_winit::State::new(ctx.clone(), egui::ViewportId::ROOT, window, Some(scale), None, None);
        Self {
            ctx,
            state,
            painters: None,
            triangles: Vec::new(),
            textures: egui::TexturesDelta::default(),
            pixels_per_point: scale,
            was_dark: None,
            repaint_at: None,
            is_touring: false,
            is_read: false,
        }
    }

    /// A new one for the same window, whose textures are no more; screen readers go on with it.
    pub(crate) fn renewed(mut self, window: &Window, look: Look) -> Self {
        let mut new = Self::new(window, look);
        new.state.accesskit = self.state.accesskit.take();
        if self.is_read {
            new.reader_event(ReaderEvent::InitialTreeRequested);
        }
        new
    }

    /// Makes the panels readable for screen readers. Before the window is shown.
    pub(crate) fn connect_readers(
        &mut self,
        event_loop: &ActiveEventLoop,
        window: &Window,
        proxy: EventLoopProxy<AppEvent>,
    ) {
        self.state.init_accesskit(event_loop, window, proxy);
    }

    /// A screen reader came, went, or did something.
    pub(crate) fn reader_event(&mut self, event: ReaderEvent) {
        match event {
            ReaderEvent::InitialTreeRequested => {
                self.is_read = true;
                self.ctx.enable_accesskit();
            }
            ReaderEvent::ActionRequested(request) => self.state.on_accesskit_action_request(request),
            ReaderEvent::AccessibilityDeactivated => {
                self.is_read = false;
                self.ctx.disable_accesskit();
            }
        }
    }

    /// Dark or light.
    pub(crate) fn set_look(&self, look: Look) {
        self.ctx.set_theme(theme_of(look));
    }

    /// Compiles what draws the triangles.
    pub(crate) fn connect(&mut self, gpu: &Gpu, format: wgpu::TextureFormat) {
        self.painters = Some((Backdrop::new(gpu, format), Painter::new(gpu, format)));
        self.state.set_max_texture_side(gpu.caps.max_texture_2d as usize);
    }

    /// Hands an event on. Keys are for texts that are being edited, for a sheet that hears them (`is_for_sheet`), or for what
    /// Tab has gone to. Returns whether it is a key that is for nothing else.
    pub(crate) fn event(&mut self, window: &Window, event: &WindowEvent, is_for_sheet: bool) -> bool {
        let mut is_taken = false;
        match event {
            WindowEvent::KeyboardInput { event: key, .. } => {
                let is_editing = is_for_sheet || self.is_editing();
                let tour = tour_key(&key.logical_key);
                if tour == Some(TourKey::Go) && !is_editing {
                    self.is_touring = true;
                }
                if tour == Some(TourKey::End) && self.is_touring && key.state.is_pressed() {
                    self.end_tour();
                    is_taken = true;
                }
                let is_wanted = is_editing || (self.is_touring && tour.is_some());
                if !is_wanted {
                    return is_taken;
                }
                is_taken = true;
            }
            WindowEvent::MouseInput { .. } => self.is_touring = false,
            _ => {}
        }
        let _ = self.state.on_window_event(window, event);
        // Between two frames, only the last place of the mouse matters.
        let events = &mut self.state.egui_input_mut().events;
        if let [.., egui::Event::PointerMoved(_), egui::Event::PointerMoved(_)] = events[..] {
            events.swap_remove(events.len() - 2);
        }
        is_taken
    }

    fn end_tour(&mut self) {
        self.is_touring = false;
        self.close_menus();
        self.end_typing();
    }

    /// Takes the keyboard away from what has it.
    pub(crate) fn end_typing(&self) {
        self.ctx.memory_mut(|memory| {
            if let Some(id) = memory.focused() {
                memory.surrender_focus(id);
            }
        });
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
        let mut input = self.state.take_egui_input(window);
        let later = after_pause(&mut input.events);
        let is_in_parts = !later.is_empty();
        self.state.egui_input_mut().events = later;
        let mut result = None;
        let output = self.ctx.run_ui(input, |ui| result = Some(show(ui)));
        self.state.handle_platform_output(window, output.platform_output);
        // Keys act on the picture whatever was clicked last.
        if !self.ctx.text_edit_focused() && !self.is_touring {
            self.end_typing();
        }
        let delay = output
            .viewport_output
            .get(&egui::ViewportId::ROOT)
            .map(|viewport| viewport.repaint_delay);
        self.repaint_at = delay
            .map(|delay| if is_in_parts { Duration::ZERO } else { delay })
            .filter(|&delay| delay < Duration::from_secs(3600))
            .map(|delay| Instant::now() + delay.max(REST));
        self.pixels_per_point = output.pixels_per_point;
        self.triangles = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        self.textures.append(output.textures_delta);
        result
    }

    /// Draws them around the canvas, and over what is in it. `is_kept`: the target still holds those of the last frame,
    /// around the same canvas; then only what has changed is drawn there.
    pub(crate) fn paint(
        &mut self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        target: &wgpu::Texture,
        canvas: Rect,
        is_kept: bool,
    ) {
        let Some((backdrop, painter)) = &mut self.painters else {
            return;
        };
        let is_dark = self.ctx.global_style().visuals.dark_mode;
        let is_new_look = self.was_dark.replace(is_dark) != Some(is_dark);
        // Texels that were drawn stay what they were only where parts are added to a texture.
        let mut deltas = self.textures.set.values().flatten();
        let is_texture_new = deltas.any(|delta| delta.pos.is_none()) || !self.textures.free.is_empty();
        let is_kept = is_kept && !is_new_look && !is_texture_new;
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
        let mut parts = rects_around(canvas, size_px);
        if is_kept {
            parts = parts
                .into_iter()
                .filter_map(|part| painter.changed_within(part))
                .collect();
        }
        parts.iter().for_each(|part| backdrop.paint(&mut pass, *part, is_dark));
        if is_kept {
            parts.push(canvas);
        } else {
            parts = vec![whole(size_px)];
        }
        parts.iter().for_each(|part| painter.paint(&mut pass, *part));
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

fn whole([width, height]: [u32; 2]) -> Rect {
    Rect {
        x: 0,
        y: 0,
        width,
        height,
    }
}

/// What is above, below, to the left and to the right of a canvas in a target of this size, as far as there is any.
fn rects_around(canvas: Rect, [width, height]: [u32; 2]) -> Vec<Rect> {
    let (right, bottom) = (canvas.x + canvas.width, canvas.y + canvas.height);
    let rects = [
        [0, 0, width, canvas.y],
        [0, bottom, width, height.saturating_sub(bottom)],
        [0, canvas.y, canvas.x, canvas.height],
        [right, canvas.y, width.saturating_sub(right), canvas.height],
    ];
    let rects = rects.map(|[x, y, width, height]| Rect { x, y, width, height });
    rects
        .into_iter()
        .filter(|rect| rect.width > 0 && rect.height > 0)
        .collect()
}

/// Takes out what has to wait for another frame: moves of the mouse after a press, since egui would look for what was
/// pressed where the mouse is by then; and the end of a drag after its moves, since egui would not hear of them.
fn after_pause(events: &mut Vec<egui::Event>) -> Vec<egui::Event> {
    let (mut has_press, mut has_move) = (false, false);
    let pause = events.iter().position(|event| match event {
        egui::Event::PointerMoved(_) => {
            has_move = true;
            has_press
        }
        egui::Event::PointerButton { pressed: true, .. } => {
            has_press = true;
            false
        }
        egui::Event::PointerButton { pressed: false, .. } => has_move && !has_press,
        _ => false,
    });
    events.split_off(pause.unwrap_or(events.len()))
}

/// Keys that go through buttons and fields.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TourKey {
    /// To the next or the previous one.
    Go,
    /// Works the one that was gone to.
    Work,
    End,
}

fn tour_key(key: &Key) -> Option<TourKey> {
    match key {
        Key::Named(NamedKey::Tab) => Some(TourKey::Go),
        Key::Named(NamedKey::Escape) => Some(TourKey::End),
        Key::Named(
            NamedKey::Enter
            | NamedKey::Space
            | NamedKey::ArrowLeft
            | NamedKey::ArrowRight
            | NamedKey::ArrowUp
            | NamedKey::ArrowDown
            | NamedKey::PageUp
            | NamedKey::PageDown
            | NamedKey::Home
            | NamedKey::End,
        ) => Some(TourKey::Work),
        _ => None,
    }
}

fn theme_of(look: Look) -> egui::Theme {
    match look {
        Look::Dark => egui::Theme::Dark,
        Look::Light => egui::Theme::Light,
    }
}

#[cfg(test)]
mod tests {
    use egui::{Event, Modifiers, PointerButton, pos2};

    use super::after_pause;

    #[test]
    fn a_quick_drag_is_felt_where_it_begins_and_ends() {
        let moved = |x: f32| Event::PointerMoved(pos2(x, 0.0));
        let button = |x: f32, pressed: bool| Event::PointerButton {
            pos: pos2(x, 0.0),
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        let mut events = vec![
            moved(1.0),
            button(1.0, true),
            moved(5.0),
            moved(9.0),
            button(9.0, false),
        ];
        let mut later = after_pause(&mut events);
        assert_eq!(events, [moved(1.0), button(1.0, true)]);
        let last = after_pause(&mut later);
        assert_eq!(later, [moved(5.0), moved(9.0)]);
        assert_eq!(last, [button(9.0, false)]);
        for whole in [
            vec![moved(1.0), moved(2.0)],
            vec![moved(1.0), button(1.0, true), button(1.0, false)],
            vec![button(1.0, false), moved(2.0)],
            Vec::new(),
        ] {
            let mut events = whole.clone();
            assert!(after_pause(&mut events).is_empty());
            assert_eq!(events, whole);
        }
    }
}
