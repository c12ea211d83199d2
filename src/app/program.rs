//! What the window is in the middle of: the viewer, the mouse, what lies over the picture; and how a frame is made.

use std::mem::Discriminant;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use winit::keyboard::ModifiersState;

use super::actions::{KeymapChoice, Sheet};
use super::browsing::Browsing;
use super::carried::Carried;
use super::clipboard::Clipboard;
use super::drawing::Drawing;
use super::error::AppError;
use super::event_loop::Launch;
use super::exporting::Running;
use super::files::{Files, Watch};
use super::forecast::Forecast;
use super::history::History;
use super::memory;
use super::notices::Notices;
use super::opening::Coming;
use super::out_folder::OutFolder;
use super::panels::{self, OverlayCache, Panels, follow_links};
use super::patience::Patience;
use super::playback::Playback;
use super::pointer::Pointer;
use super::preferences::Preferences;
use super::profile::ProfileTool;
use super::recovery::Reopens;
use super::save::Saver;
use super::screen::{Drawn, Screen};
use super::sheets::Forms;
use super::statistics::Statistics;
use super::trace::Trace;
use crate::gpu::AdapterChoice;
use crate::session::{OpenRequest, Phase, Viewer, Wake};
use crate::view::{self, Overlay, Rect, ViewState};

/// How long to rest between two looks for what the GPU has finished.
pub(super) const PUMP_PERIOD: Duration = Duration::from_millis(2);
/// How long to wait for a display that is not ready for another frame.
const RETRY_PERIOD: Duration = Duration::from_millis(10);

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
    pub(super) wake: Wake,
    pub(super) playback: Playback,
    pub(super) notices: Notices,
    pub(super) saver: Saver,
    pub(super) clipboard: Clipboard,
    pub(super) files: Files,
    /// Where next and previous file lead.
    pub(super) browsing: Browsing,
    pub(super) history: History,
    pub(super) preferences: Preferences,
    /// Which keys do what, in this window.
    pub(super) keymap: KeymapChoice,
    /// What is written into the picture.
    pub(super) overlay: Overlay,
    /// Whether that is what a saved view has, and not what is preferred.
    pub(super) has_own_overlay: bool,
    pub(super) overlay_cache: OverlayCache,
    /// What lies over the picture, and what was typed there.
    pub(super) sheet: Option<Sheet>,
    pub(super) forms: Forms,
    /// Pictures and movies that are being made.
    pub(super) exports: Vec<Running>,
    /// What is being drawn over the picture.
    pub(super) drawing: Option<Drawing>,
    /// The window and the place of the mouse when a drag of the window began.
    pub(super) window_from: Option<(crate::volume::Window, [f64; 2])>,
    pub(super) statistics: Statistics,
    pub(super) profile: ProfileTool,
    pub(super) canvas: Rect,
    pub(super) is_occluded: bool,
    pub(super) is_quitting: bool,
    /// Whether that was wished for, and not done since exports are being made.
    pub(super) is_quit_wished: bool,
    pub(super) out_folder: OutFolder,
    /// The voxel (z, y, x) under the mouse.
    pub(super) hover: Option<[u64; 3]>,
    /// Whether it is to be copied when its values have come.
    pub(super) is_voxel_wanted: bool,
    pub(super) pump_at: Option<Instant>,
    patience: Patience,
    forecast: Forecast,
    retry_at: Option<Instant>,
    pub(super) phase: Option<Discriminant<Phase>>,
    /// Whether a file was open before: then one that cannot be opened is no reason to end.
    pub(super) has_opened: bool,
    /// Whether what is carried over to the newest file has been taken up.
    pub(super) has_taken_up: bool,
    /// Whether the memory that the last file took was given back.
    pub(super) has_given_back: bool,
    pub(super) carried: Carried,
    /// The next file, while the last one is shown.
    pub(super) coming: Option<Coming>,
    /// Tells when the open file is changed.
    pub(super) watch: Watch,
    /// Whether it was, while another one was being opened.
    pub(super) is_outdated: bool,
    /// Whether it was told that preferences cannot be kept.
    is_unkept: bool,
    pub(super) reopens: Reopens,
}

impl Program {
    /// Begins to open the file; the window comes later.
    pub(crate) fn new(request: OpenRequest, launch: &Launch, wake: Wake, trace: Trace) -> Self {
        let viewer = Viewer::open(request.clone(), wake.clone());
        let preferences = Preferences::load();
        let files = Files::new(wake.clone());
        Self {
            viewer,
            saver: Saver::new(wake.clone()),
            clipboard: Clipboard::default(),
            watch: files.watch(&request.path),
            files,
            browsing: Browsing::default(),
            coming: None,
            carried: Carried::default(),
            history: History::default(),
            keymap: launch.keymap.unwrap_or(preferences.keymap),
            overlay: match request.options.saved {
                Some(_) => request.options.overlay(),
                None => Overlay {
                    scale_bar: preferences.has_scale_bar || request.options.has_scale_bar,
                    labels: preferences.has_labels || request.options.has_labels,
                },
            },
            playback: preferences.playback(),
            preferences,
            has_own_overlay: request.options.saved.is_some(),
            overlay_cache: OverlayCache::default(),
            sheet: None,
            forms: Forms::default(),
            exports: Vec::new(),
            drawing: None,
            window_from: None,
            statistics: Statistics::default(),
            profile: ProfileTool::default(),
            request,
            choice: launch.choice.clone(),
            wake,
            trace,
            screen: None,
            notices: Notices::default(),
            pointer: Pointer::default(),
            modifiers: ModifiersState::empty(),
            canvas: Rect {
                x: 0,
                y: 0,
                width: 0,
                height: 0,
            },
            is_occluded: false,
            is_quitting: false,
            is_quit_wished: false,
            out_folder: OutFolder::default(),
            hover: None,
            is_voxel_wanted: false,
            pump_at: None,
            patience: Patience::default(),
            forecast: Forecast::default(),
            retry_at: None,
            phase: None,
            has_opened: false,
            has_taken_up: false,
            has_given_back: false,
            is_outdated: false,
            is_unkept: false,
            reopens: Reopens::default(),
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

    /// Writes the preferences, now that they have changed. Where they cannot be kept, that is told once.
    pub(super) fn keep_preferences(&mut self) {
        if let Err(reason) = self.preferences.store()
            && !std::mem::replace(&mut self.is_unkept, true)
        {
            self.notices.error(reason);
        }
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
        if self.patience.follow(is_waiting || self.coming.is_some(), now) {
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
        let gpu = screen.gpu.clone();
        let mut is_changed = self.viewer.pump(&gpu);
        if self.recover() {
            return;
        }
        self.copy_wanted_voxel();
        self.copy_wanted_profile();
        is_changed |= self.follow_coming(&gpu);
        is_changed |= self.collect_saved();
        is_changed |= self.collect_exports();
        for mail in self.files.mail() {
            self.read_mail(mail);
            is_changed = true;
        }
        self.pump_at = self.is_busy().then(|| Instant::now() + PUMP_PERIOD);
        self.follow_phase();
        if is_changed {
            self.redraw();
        }
    }

    fn follow_phase(&mut self) {
        self.take_up_views();
        let phase = self.viewer.phase();
        if self.phase.replace(std::mem::discriminant(phase)) == Some(std::mem::discriminant(phase)) {
            return;
        }
        // Once a file, and not for every time that is stepped to: giving back holds up whoever allocates meanwhile.
        if matches!(phase, Phase::Ready) && !std::mem::replace(&mut self.has_given_back, true) {
            memory::give_back_soon();
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

    /// Shows a view that a person asked for. Returns whether it is another one.
    pub(super) fn set_view(&mut self, mut view: ViewState) -> bool {
        let Some(current) = self.viewer.view().filter(|current| **current != view) else {
            return false;
        };
        follow_links(current, &mut view);
        let is_chosen = self.preferences.take_up(current, &view);
        self.history.record(current, &view, Instant::now());
        self.replace_view(view);
        if is_chosen {
            self.keep_preferences();
        }
        true
    }

    /// Shows a view that nobody will want to go back from.
    pub(super) fn replace_view(&mut self, view: ViewState) {
        if let Some(current) = self.viewer.view_mut() {
            *current = view;
        }
        self.follow_mouse();
        self.follow_statistics();
        self.follow_line();
    }

    // ------------------------------------------------------------ a frame

    /// Lays out the panels, applies what they ask for, and draws everything.
    pub(crate) fn frame(&mut self) {
        self.pump();
        self.follow_statistics();
        let shown = self.viewer.measured().map(|measured| measured.scope.clone());
        let Some(screen) = &mut self.screen else { return };
        let start = Instant::now();
        self.forecast.follow(self.viewer.phase().progress(), start);
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
            exports: &self.exports,
            coming: self.coming.as_ref(),
            sheet: self.sheet,
            forms: &mut self.forms,
            keymap: self.keymap.keymap(),
            preferences: &self.preferences,
            overlay: self.overlay,
            overlay_cache: &mut self.overlay_cache,
            drawing: self.drawing.as_ref(),
            request: &self.request,
            statistics: &self.statistics,
            profile: &self.profile,
            marked_voxel: None,
            is_slow: self.patience.is_over(),
            left: self.forecast.left(),
            budget_bytes: screen.gpu.caps.memory_budget_bytes,
            actions: Vec::new(),
            requests: Vec::new(),
        };
        let canvas = screen.gui.run(&screen.window, |ui| panels::show(ui, &mut panels));
        let Panels {
            view,
            actions,
            requests,
            ..
        } = panels;
        self.canvas = canvas.map_or(self.canvas, |canvas| screen.px_from_pt(canvas));
        if view.is_some_and(|view| self.set_view(view)) {
            self.pump(); // a new contrast rule may have its window at once
        }
        actions.into_iter().for_each(|action| self.act(action));
        requests.into_iter().for_each(|request| self.fulfil(request));
        self.follow_mouse();
        let gui = start.elapsed();

        let Some(screen) = &mut self.screen else { return };
        let (drawn, painted) = screen.draw(&mut self.viewer, self.canvas);
        match drawn {
            Drawn::Presented => {
                let is_complete = matches!(self.viewer.phase(), Phase::Ready) && self.viewer.is_plane_ready();
                self.trace
                    .presented(self.canvas, self.viewer.is_plane_ready(), is_complete, gui + painted);
                self.trace.notices(&self.notices);
                if self.trace.is_loss_due() {
                    screen.gpu.device.destroy();
                    self.pump_at = Some(Instant::now());
                }
                self.trace_statistics(shown);
                self.follow_playback();
            }
            Drawn::Retry => self.retry_at = Some(Instant::now() + RETRY_PERIOD),
            Drawn::Skipped => {}
        }
        if self.is_busy() {
            self.pump_at.get_or_insert_with(|| Instant::now() + PUMP_PERIOD);
        }
        self.recover();
    }
}

/// A path that means the same in any folder; what is no path of a file stays as it is.
pub(super) fn absolute(path: &Path) -> PathBuf {
    match path.exists() {
        true => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
        false => path.to_owned(),
    }
}

/// The last part of a path.
pub(super) fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// An adapter's name without what drivers add in brackets.
fn short_name(adapter: &str) -> &str {
    adapter.split(" (").next().unwrap_or(adapter)
}
