//! The program's life: start, events, end.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use egui_winit::accesskit_winit;
use winit::application::ApplicationHandler;
use winit::event::{ElementState, KeyEvent, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop, EventLoopProxy};
use winit::window::WindowId;

use super::actions::{Action, KeymapChoice};
use super::error::AppError;
use super::input::{Press, action_for, is_ctrl};
use super::memory;
use super::program::Program;
use super::screen::Screen;
use super::trace::Trace;
use crate::gpu::{AdapterChoice, Gpu};
use crate::session::{OpenRequest, Wake};

/// How to start, beside what to open.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The adapter to draw with.
    pub choice: AdapterChoice,
    /// When the program started, for measurements.
    pub started: Instant,
    /// Whether to say at the end how many frames were drawn.
    pub is_verbose: bool,
    /// Which keys do what; none for those that were chosen last.
    pub keymap: Option<KeymapChoice>,
}

/// Opens the window and stays until it is closed.
///
/// # Errors
/// [`AppError::NoDisplay`] if there is nothing to show it on; otherwise if there is no window, no device, or
/// nothing in the file.
pub fn run(request: OpenRequest, launch: Launch) -> Result<(), AppError> {
    let is_unix_desktop = cfg!(all(unix, not(target_os = "macos")));
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if is_unix_desktop && !["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(is_set) {
        return Err(AppError::NoDisplay("neither DISPLAY nor WAYLAND_DISPLAY is set".into()));
    }
    memory::share_heaps();
    // What takes longest begins first: reading the file, then loading the drivers. The event loop is there later.
    let is_woken = Arc::new(AtomicBool::new(false));
    let proxy = Arc::new(OnceLock::<EventLoopProxy<AppEvent>>::new());
    let wake: Wake = {
        let (is_woken, proxy) = (is_woken.clone(), proxy.clone());
        Arc::new(move || {
            // One message is enough for any number of calls. It cannot be sent only when the window is gone.
            if !is_woken.swap(true, Ordering::AcqRel)
                && let Some(proxy) = proxy.get()
            {
                let _ = proxy.send_event(AppEvent::Woken);
            }
        })
    };
    let program = Program::new(request, &launch, wake, Trace::new(launch.started));
    let instance = std::thread::spawn(Gpu::instance);
    let event_loop = EventLoop::<AppEvent>::with_user_event()
        .build()
        .map_err(|error| AppError::NoDisplay(error.to_string()))?;
    // Calls that came before there was a proxy.
    let _ = proxy
        .get_or_init(|| event_loop.create_proxy())
        .send_event(AppEvent::Woken);
    let mut shell = Shell {
        program,
        proxy: event_loop.create_proxy(),
        instance: Some(instance),
        is_woken,
        dropped: Vec::new(),
    };
    let ended = event_loop.run_app(&mut shell);
    // The window goes at once, whatever there is to wait for.
    shell.program.screen = None;
    shell.program.end_writing();
    ended.map_err(|error| AppError::Window(error.to_string()))?;
    if launch.is_verbose || shell.program.trace.is_on() {
        eprintln!("frames presented: {}", shell.program.trace.frames());
    }
    shell.program.failure.map_or(Ok(()), Err)
}

/// What comes from outside the window.
#[derive(Debug)]
pub(crate) enum AppEvent {
    /// A worker has something to hand over.
    Woken,
    /// A screen reader.
    Reader(accesskit_winit::Event),
}

impl From<accesskit_winit::Event> for AppEvent {
    fn from(event: accesskit_winit::Event) -> Self {
        AppEvent::Reader(event)
    }
}

struct Shell {
    program: Program,
    proxy: EventLoopProxy<AppEvent>,
    instance: Option<std::thread::JoinHandle<wgpu::Instance>>,
    is_woken: Arc<AtomicBool>,
    /// Files that were dropped together: each is an event of its own.
    dropped: Vec<PathBuf>,
}

impl ApplicationHandler<AppEvent> for Shell {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        let Some(instance) = self.instance.take() else {
            return; // the window is there already
        };
        let program = &mut self.program;
        program.trace.milestone("event loop");
        let title = program.title();
        let (choice, preferences) = (&program.choice, &program.preferences);
        match Screen::open(event_loop, &title, instance, choice, preferences, self.proxy.clone()) {
            Ok(screen) => {
                program.trace.milestone("device");
                screen.window.request_redraw();
                program.screen = Some(screen);
            }
            Err(error) => program.fail(error),
        }
    }

    fn user_event(&mut self, _: &ActiveEventLoop, event: AppEvent) {
        match event {
            AppEvent::Woken => {
                self.is_woken.store(false, Ordering::Release);
                self.program.pump();
            }
            AppEvent::Reader(event) => {
                if let Some(screen) = &mut self.program.screen {
                    screen.gui.reader_event(event.window_event);
                }
                self.program.redraw();
            }
        }
    }

    fn window_event(&mut self, _: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        let program = &mut self.program;
        let Some(screen) = &mut program.screen else {
            return;
        };
        // The wheel is egui's only over its panels, keys only while it is being typed into.
        let is_enter = matches!(&event, WindowEvent::KeyboardInput { event, .. }
            if event.logical_key == winit::keyboard::Key::Named(winit::keyboard::NamedKey::Enter));
        let is_for_sheet = program.sheet.is_some_and(|sheet| sheet.hears(is_enter));
        let is_taken = match event {
            WindowEvent::MouseWheel { .. } | WindowEvent::RedrawRequested => false,
            _ => screen.gui.event(&screen.window, &event, is_for_sheet),
        };
        match event {
            WindowEvent::RedrawRequested => program.frame(),
            WindowEvent::CloseRequested => program.act(Action::Quit),
            WindowEvent::Destroyed => program.quit(),
            WindowEvent::Resized(_) | WindowEvent::ScaleFactorChanged { .. } => program.redraw(),
            WindowEvent::Occluded(is_occluded) => program.set_occluded(is_occluded),
            WindowEvent::DroppedFile(path) => self.dropped.push(path),
            WindowEvent::ModifiersChanged(modifiers) => program.modifiers = modifiers.state(),
            WindowEvent::KeyboardInput {
                event,
                is_synthetic: false,
                ..
            } => program.key(&event, is_taken),
            WindowEvent::CursorMoved { position, .. } => program.mouse_moved([position.x, position.y]),
            WindowEvent::CursorLeft { .. } => program.mouse_left(),
            WindowEvent::MouseInput { state, button, .. } => program.mouse_button(state, button),
            WindowEvent::MouseWheel { delta, .. } => program.wheel(delta, &event),
            WindowEvent::PinchGesture { delta, .. } => program.zoom_at_mouse((delta).exp()),
            _ => {}
        }
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        if self.program.is_over() {
            event_loop.exit();
            return;
        }
        self.program.open_dropped(&std::mem::take(&mut self.dropped));
        let next = self.program.tick(Instant::now());
        event_loop.set_control_flow(next.map_or(ControlFlow::Wait, ControlFlow::WaitUntil));
    }
}

impl Program {
    /// A key that is `is_taken` is for the panels: but Escape closes what is typed into, and the program can be ended, and
    /// sheets be asked for, at any time.
    fn key(&mut self, event: &KeyEvent, is_taken: bool) {
        let press = Press {
            logical: &event.logical_key,
            physical: event.physical_key,
            modifiers: self.modifiers,
            is_repeat: event.repeat,
        };
        let action = action_for(press, self.keymap.keymap());
        let is_for_all = match action {
            Some(Action::Cancel) => self.sheet.is_some(),
            Some(Action::Quit | Action::Show(_)) => is_ctrl(self.modifiers),
            _ => false,
        };
        if is_taken && !is_for_all {
            self.redraw_for_input();
            return;
        }
        if event.state != ElementState::Pressed {
            return;
        }
        if let Some(action) = action {
            self.act(action);
        }
    }
}
