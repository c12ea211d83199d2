//! What the window is in the middle of: the viewer, the mouse, what lies over the picture; and how a frame is made.

use std::mem::Discriminant;
use std::path::Path;
use std::time::{Duration, Instant};

use winit::keyboard::ModifiersState;

use super::actions::Action;
use super::clipboard::Clipboard;
use super::error::AppError;
use super::notices::Notices;
use super::panels::{self, Panels, follow_links};
use super::patience::Patience;
use super::playback::Playback;
use super::pointer::Pointer;
use super::save::Saver;
use super::screen::{Drawn, Screen};
use super::statistics::Statistics;
use super::trace::Trace;
use crate::gpu::AdapterChoice;
use crate::session::{OpenRequest, Phase, Viewer, Wake};
use crate::view::{self, Rect, ViewState};

/// How long to rest between two looks for what the GPU has finished.
pub(super) const PUMP_PERIOD: Duration = Duration::from_millis(2);
/// How long to wait for a display that is not ready for another frame.
const RETRY_PERIOD: Duration = Duration::from_millis(10);
/// How often a lost device is opened anew before giving up.
const MAX_REOPENS: u32 = 3;

/// The program while its window is open.
pub(crate) struct Program {
    /// The window and the device, once they are there.
    pub(crate) screen: Option<Screen>,
    /// Which adapter to use.
    pub(crate) choice: AdapterChoice,
    /// Measurements.
    pub(crate) trace: Trace,
    /// The mouse.
    pub(crate) pointer: Pointer,
    /// Shift, Ctrl and so on, held now.
    pub(crate) modifiers: ModifiersState,
    /// Why the program ends, if it is not because someone wants it to.
    pub(crate) failure: Option<AppError>,
    pub(super) viewer: Viewer,
    pub(super) request: OpenRequest,
    wake: Wake,
    pub(super) playback: Playback,
    notices: Notices,
    saver: Saver,
    clipboard: Clipboard,
    pub(super) statistics: Statistics,
    pub(super) canvas: Rect,
    is_help_open: bool,
    pub(super) is_occluded: bool,
    is_quitting: bool,
    /// The voxel (z, y, x) under the mouse.
    pub(super) hover: Option<[u64; 3]>,
    /// What was last asked for: the voxel, the time, and whether its plane was there.
    pub(super) asked: Option<([u64; 3], u64, bool)>,
    pub(super) pump_at: Option<Instant>,
    patience: Patience,
    retry_at: Option<Instant>,
    phase: Option<Discriminant<Phase>>,
    /// Whether a file was open before: then one that cannot be opened is no reason to end.
    has_opened: bool,
    /// The view to go on with, once a file that is opened again is there.
    kept_view: Option<ViewState>,
    reopens: u32,
}

impl Program {
    /// Begins to open the file; the window comes later.
    pub(crate) fn new(request: OpenRequest, choice: AdapterChoice, wake: Wake, trace: Trace) -> Self {
        Self {
            viewer: Viewer::open(request.clone(), wake.clone()),
            saver: Saver::new(wake.clone()),
            clipboard: Clipboard::default(),
            statistics: Statistics::default(),
            request,
            choice,
            wake,
            trace,
            screen: None,
            playback: Playback::default(),
            notices: Notices::default(),
            pointer: Pointer::default(),
            modifiers: ModifiersState::empty(),
            canvas: Rect {
                x: 0,
                y: 0,
                width: 0,
                height: 0,
            },
            is_help_open: false,
            is_occluded: false,
            is_quitting: false,
            hover: None,
            asked: None,
            pump_at: None,
            patience: Patience::default(),
            retry_at: None,
            phase: None,
            has_opened: false,
            kept_view: None,
            reopens: 0,
            failure: None,
        }
    }

    /// What the window is called.
    pub(crate) fn title(&self) -> String {
        format!("{} \u{2013} microtome", file_name(&self.request.path))
    }

    /// Ends the program with an error.
    pub(crate) fn fail(&mut self, error: AppError) {
        self.failure.get_or_insert(error);
    }

    /// Whether it is time to close the window.
    pub(crate) fn is_over(&self) -> bool {
        self.is_quitting || self.failure.is_some()
    }

    /// Opens another file in place of the present one.
    pub(crate) fn open(&mut self, path: &Path) {
        self.request = OpenRequest {
            path: path.to_string_lossy().into_owned(),
            axes: None,
            series: 0,
            options: Default::default(),
            ..self.request
        };
        self.playback.forget();
        self.notices.clear();
        self.statistics.forget();
        self.reload();
        if let Some(screen) = &self.screen {
            screen.window.set_title(&self.title());
        }
    }

    fn reload(&mut self) {
        self.viewer = Viewer::open(self.request.clone(), self.wake.clone());
        (self.hover, self.asked, self.phase) = (None, None, None);
        self.statistics.asked = None;
        self.redraw();
    }

    // ------------------------------------------------------------ redraw on demand

    /// Asks for a frame.
    pub(crate) fn redraw(&self) {
        if let Some(screen) = &self.screen {
            screen.window.request_redraw();
        }
    }

    /// Asks for a frame because of what a person just did.
    pub(crate) fn redraw_for_input(&mut self) {
        self.trace.input();
        self.redraw();
    }

    /// The window was covered, or can be seen again.
    pub(crate) fn set_occluded(&mut self, is_occluded: bool) {
        self.is_occluded = is_occluded;
        if !is_occluded {
            self.playback.rest(Instant::now());
            self.redraw();
        }
    }

    /// Does what is due, and tells when to be called again.
    pub(crate) fn tick(&mut self, now: Instant) -> Option<Instant> {
        if self.pump_at.is_some_and(|at| at <= now) {
            self.pump();
        }
        if self.retry_at.is_some_and(|at| at <= now) {
            self.retry_at = None;
            self.redraw();
        }
        if self.notices.expire(now) {
            self.redraw();
        }
        let play_at = self.play(now);
        let gui_at = self.screen.as_ref().and_then(|screen| screen.gui.repaint_at());
        if gui_at.is_some_and(|at| at <= now) {
            self.redraw();
        }
        let is_waiting = matches!(
            self.viewer.phase(),
            Phase::Opening | Phase::Loading { .. } | Phase::Measuring { .. }
        );
        if self.patience.follow(is_waiting, now) {
            self.redraw();
        }
        let timers = [
            self.pump_at,
            self.retry_at,
            self.notices.due(),
            self.patience.due(),
            play_at,
            gui_at.filter(|&at| at > now),
        ];
        timers.into_iter().flatten().min()
    }

    /// Takes what the workers and the GPU have finished.
    pub(crate) fn pump(&mut self) {
        let Some(screen) = &self.screen else { return };
        let mut is_changed = self.viewer.pump(&screen.gpu);
        for result in self.saver.finished() {
            match result {
                Ok(path) => {
                    let text = format!("saved {}", path.display());
                    self.trace.milestone(&text);
                    self.notices.news(text, Instant::now());
                }
                Err(reason) => self.notices.error(reason),
            }
            is_changed = true;
        }
        self.pump_at = self.viewer.is_busy().then(|| Instant::now() + PUMP_PERIOD);
        self.follow_phase();
        if is_changed {
            self.redraw();
        }
    }

    fn follow_phase(&mut self) {
        if let Some(kept) = self.kept_view.take_if(|_| self.viewer.dataset().is_some())
            && let Some(view) = self.viewer.view_mut()
            && view.extent == kept.extent
            && view.channels.len() == kept.channels.len()
        {
            *view = kept;
        }
        self.has_opened |= self.viewer.dataset().is_some();
        let phase = self.viewer.phase();
        if self.phase.replace(std::mem::discriminant(phase)) == Some(std::mem::discriminant(phase)) {
            return;
        }
        if let Phase::Failed(reason) = phase {
            let reason = reason.clone();
            if self.has_opened {
                self.notices.error(reason);
            } else {
                self.fail(AppError::Open(reason));
            }
        }
        self.redraw();
    }

    // ------------------------------------------------------------ edits

    /// Edits the view, given the panel that the camera looks through: the one under the mouse, else the first. Asks
    /// for a frame if that changed anything.
    pub(crate) fn edit(&mut self, edit: impl FnOnce(&mut ViewState, Rect)) {
        let Some(mut view) = self.viewer.view().cloned() else {
            return;
        };
        let panel = self.panel_under_mouse(&view);
        edit(&mut view, panel);
        if self.set_view(view) {
            self.redraw_for_input();
        }
    }

    fn set_view(&mut self, mut view: ViewState) -> bool {
        if let Some(before) = self.viewer.view() {
            if *before == view {
                return false;
            }
            follow_links(before, &mut view);
        }
        if let Some(current) = self.viewer.view_mut() {
            *current = view;
        }
        self.follow_mouse();
        self.follow_statistics();
        true
    }

    /// Does what a key or a button asks for.
    pub(crate) fn act(&mut self, action: Action) {
        match action {
            Action::TogglePlay => self.toggle_playback(),
            Action::Save => self.save(),
            Action::ToggleHelp => self.is_help_open = !self.is_help_open,
            Action::Cancel => self.cancel(),
            Action::ToggleStatistics => {
                self.statistics.is_open = !self.statistics.is_open;
                self.follow_statistics();
            }
            Action::CopyStatistics => self.copy_statistics(),
            Action::CopyCommand => self.copy_command(),
            Action::Quit => self.is_quitting = true,
            Action::Nothing => return,
            _ => {
                let Some(dataset) = self.viewer.dataset().cloned() else {
                    return;
                };
                self.edit(|view, panel| {
                    action.edit(view, &dataset, panel);
                });
                return;
            }
        }
        self.redraw_for_input();
    }

    fn cancel(&mut self) {
        let is_menu_closed = self.screen.as_ref().is_some_and(|screen| screen.gui.close_menus());
        if is_menu_closed {
        } else if self.is_help_open {
            self.is_help_open = false;
        } else if !self.notices.is_empty() {
            self.notices.clear();
        } else if !self.clear_box() {
            self.viewer.cancel();
        }
    }

    fn save(&mut self) {
        let Some(screen) = &self.screen else { return };
        let picture = self
            .viewer
            .picture(&screen.gpu, [self.canvas.width, self.canvas.height]);
        match (picture, self.viewer.dataset()) {
            (Ok((picture, view)), Some(dataset)) => self.saver.save(dataset, &view, picture),
            (Err(error), _) => self.notices.error(format!("cannot save: {error}")),
            (Ok(_), None) => {}
        }
    }

    /// Hands a text to other programs, and says so.
    pub(super) fn copy(&mut self, text: String, what: &str) {
        match self.clipboard.set(text) {
            Ok(()) => {
                let text = format!("copied {what}");
                self.trace.milestone(&text);
                self.notices.news(text, Instant::now());
            }
            Err(reason) => self.notices.error(format!("cannot copy {what}: {reason}")),
        }
    }

    /// Whether a text or number is being typed.
    pub(crate) fn is_editing(&self) -> bool {
        self.screen.as_ref().is_some_and(|screen| screen.gui.is_editing())
    }

    // ------------------------------------------------------------ a frame

    /// Lays out the panels, applies what they ask for, and draws everything.
    pub(crate) fn frame(&mut self) {
        self.pump();
        self.follow_statistics();
        let shown = self.viewer.measured().map(|measured| measured.scope.clone());
        let Some(screen) = &mut self.screen else { return };
        let start = Instant::now();
        let view = self.viewer.view().cloned();
        let name = file_name(&self.request.path);
        let mut panels = Panels {
            zoom: view.as_ref().map(|view| {
                let panels = view::panels(view, self.canvas);
                view.resolve_camera(panels.first().map_or(self.canvas, |panel| panel.rect))
                    .1[0]
            }),
            viewer: &self.viewer,
            view,
            name: &name,
            hover: self.hover,
            adapter: short_name(&screen.gpu.info.name),
            playback: &mut self.playback,
            notices: &mut self.notices,
            is_help_open: self.is_help_open,
            request: &self.request,
            statistics: &self.statistics,
            is_slow: self.patience.is_over(),
            actions: Vec::new(),
        };
        let canvas = screen.gui.run(&screen.window, |ui| panels::show(ui, &mut panels));
        let Panels { view, actions, .. } = panels;
        self.canvas = canvas.map_or(self.canvas, |canvas| screen.px_from_pt(canvas));
        if view.is_some_and(|view| self.set_view(view)) {
            self.pump(); // a new contrast rule may have its window at once
        }
        actions.into_iter().for_each(|action| self.act(action));
        self.follow_mouse();
        let gui = start.elapsed();

        let Some(screen) = &mut self.screen else { return };
        let (drawn, painted) = screen.draw(&mut self.viewer, self.canvas);
        match drawn {
            Drawn::Presented => {
                let is_complete = matches!(self.viewer.phase(), Phase::Ready) && self.viewer.is_plane_ready();
                self.trace
                    .presented(self.canvas, self.viewer.is_plane_ready(), is_complete, gui + painted);
                self.trace_statistics(shown);
                self.follow_playback();
            }
            Drawn::Retry => self.retry_at = Some(Instant::now() + RETRY_PERIOD),
            Drawn::Skipped => {}
        }
        if self.viewer.is_busy() {
            self.pump_at.get_or_insert_with(|| Instant::now() + PUMP_PERIOD);
        }
        self.recover();
    }

    /// Opens the device anew if it was lost, and the file with it, at the same view.
    fn recover(&mut self) {
        let Some(Err(error)) = self.screen.as_ref().map(|screen| screen.gpu.check()) else {
            return;
        };
        self.reopens += 1;
        let Some(screen) = self.screen.take().filter(|_| self.reopens <= MAX_REOPENS) else {
            return self.fail(error.into());
        };
        self.kept_view = self.viewer.view().cloned().or(self.kept_view.take());
        self.reload();
        match screen.reopen(&self.choice) {
            Ok(screen) => self.screen = Some(screen),
            Err(error) => self.fail(error),
        }
        self.notices.error(format!("{error}; it was opened again"));
        self.redraw();
    }
}

/// The last part of a path.
fn file_name(path: &str) -> String {
    Path::new(path)
        .file_name()
        .map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// An adapter's name without what drivers add in brackets.
fn short_name(adapter: &str) -> &str {
    adapter.split(" (").next().unwrap_or(adapter)
}
