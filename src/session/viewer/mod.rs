//! A dataset in a window.

mod damage;
mod exact;
mod histograms;
mod meter;
mod pace;
mod picking;
mod profiler;
mod whole;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError};

use crate::gpu::{Gpu, VoxelFormat};
use crate::reduce::MinMaxGrid;
use crate::source::{Source, Wake};
use crate::view::{Hatched, Patch, Picture, Rect, SliceRenderer, SliceRequest, ViewOptions, ViewState};
use crate::volume::{BinCounts, ChannelStats, Damage, Dataset};

use super::opening::{OpenRequest, Opened, start_opening, start_reading};
use super::parts::{PICTURE_FORMAT, draw_picture};
use super::plan::is_fitting;
use super::slab::is_slab;
use super::stream::Stream;
use super::timepoint::TimePoint;
use super::{SessionError, check, open};
use damage::start_checking;
use meter::Meter;
pub use meter::{Measured, Scope};
use pace::Pace;
use picking::Picker;
pub use picking::{Picked, Picking};
pub use profiler::Profile;
use profiler::Profiler;
use whole::Whole;

/// Longest that one [`Viewer::pump`] takes blocks for.
const PUMP_TIME: Duration = Duration::from_millis(4);
/// What is assumed to be seen before the first picture was drawn.
const FIRST_CANVAS: Rect = Rect {
    x: 0,
    y: 0,
    width: 1024,
    height: 768,
};

/// What an image says that is loaded plane by plane.
const NO_SLAB: &str = "one plane is shown: slabs need the image in memory as a whole (render makes them of any)";

/// How far a [`Viewer`] is. Loading counts planes; measuring, parts of the volume.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Phase {
    Opening,
    Loading {
        done: u64,
        total: u64,
    },
    /// Larger than memory: planes are loaded as they are looked at, while everything is measured in the background.
    Measuring {
        done: u64,
        total: u64,
    },
    Ready,
    Cancelled {
        done: u64,
        total: u64,
    },
    /// One line that says why.
    Failed(String),
}

impl Phase {
    /// Parts done and parts in all, while something is loaded or measured.
    pub fn progress(&self) -> Option<(u64, u64)> {
        match *self {
            Phase::Loading { done, total } | Phase::Measuring { done, total } => Some((done, total)),
            _ => None,
        }
    }
}

/// A dataset in a window: it opens and loads in the background, is drawn at any time, and never makes anyone wait.
pub struct Viewer {
    wake: Wake,
    phase: Phase,
    opening: Option<Receiver<Result<Opened, String>>>,
    /// Opened, and not yet brought to the GPU.
    opened: Option<Opened>,
    source: Option<Arc<dyn Source>>,
    is_strict: bool,
    view: Option<ViewState>,
    stage: Option<Stage>,
    /// Where the last picture was drawn, and whether that is news: other tiles may be wanted then.
    canvas: Rect,
    is_canvas_new: bool,
    /// The plane and the time of the last picture.
    drawn: Option<[u64; 2]>,
    renderer: Option<SliceRenderer>,
    pace: Pace,
    picker: Picker,
    meter: Meter,
    profiler: Profiler,
    damage: Vec<Damage>,
    /// What of it the file's index tells.
    told: Vec<Damage>,
    /// The time point, and how many planes had been met, when it was put together.
    lost_count: (u64, usize),
    checking: Option<Receiver<Vec<Damage>>>,
}

/// Where pictures come from.
enum Stage {
    /// A time point is in memory as a whole.
    Whole(Box<Whole>),
    /// As much of it as fits.
    Stream(Box<Stream>),
}

impl Viewer {
    /// Starts opening and reading on threads of their own; `wake` is called when there is something to
    /// [`pump`](Viewer::pump). Returns at once and needs no GPU yet.
    pub fn open(request: OpenRequest, wake: Wake) -> Self {
        let OpenRequest {
            path,
            axes,
            series,
            options,
            budget_bytes,
            is_strict,
        } = request;
        let name = path.display().to_string();
        let mut viewer = Self::start(
            name,
            move || open(&path, axes.as_deref(), series),
            options,
            budget_bytes,
            wake,
        );
        viewer.is_strict = is_strict;
        viewer
    }

    /// As [`Viewer::open`], of an image that is open already.
    pub fn show(source: Arc<dyn Source>, options: ViewOptions, wake: Wake) -> Self {
        let name = source.dataset().path.clone();
        let checked = move || check(source.dataset()).map(|()| source);
        Self::start(name, checked, options, None, wake)
    }

    fn start(
        name: String,
        open: impl FnOnce() -> Result<Arc<dyn Source>, SessionError> + Send + 'static,
        options: ViewOptions,
        budget_bytes: Option<u64>,
        wake: Wake,
    ) -> Self {
        let opening = start_opening(name, open, options, budget_bytes, wake.clone());
        Self {
            wake,
            phase: Phase::Opening,
            opening: Some(opening),
            opened: None,
            source: None,
            is_strict: false,
            view: None,
            stage: None,
            canvas: FIRST_CANVAS,
            is_canvas_new: false,
            drawn: None,
            renderer: None,
            pace: Pace::default(),
            picker: Picker::default(),
            meter: Meter::default(),
            profiler: Profiler::default(),
            damage: Vec::new(),
            told: Vec::new(),
            lost_count: (0, 0),
            checking: None,
        }
    }

    /// Moves on without waiting, a few milliseconds at most: uploads blocks that came, collects numbers.
    /// Returns whether there is something new to show.
    pub fn pump(&mut self, gpu: &Gpu) -> bool {
        let before = self.phase.clone();
        self.is_canvas_new = false;
        gpu.poll();
        let result = gpu.check().map_err(SessionError::from).and_then(|()| self.advance(gpu));
        let is_new = result.unwrap_or_else(|error| {
            self.fail(error.to_string());
            true
        });
        is_new || self.phase != before
    }

    fn fail(&mut self, reason: String) {
        self.phase = Phase::Failed(reason);
        self.opening = None;
        self.opened = None;
        match &mut self.stage {
            Some(Stage::Whole(whole)) => whole.stop(),
            Some(Stage::Stream(stream)) => stream.numbers.cancel(),
            None => {}
        }
    }

    fn advance(&mut self, gpu: &Gpu) -> Result<bool, SessionError> {
        if matches!(self.phase, Phase::Failed(_)) {
            return Ok(false);
        }
        let mut is_new = self.take_opened();
        if let (Some(opened), Some(view)) = (self.opened.take(), &self.view) {
            self.stage = Some(stage(gpu, opened, view, &self.wake));
        }
        let started = Instant::now();
        let is_in_time = || started.elapsed() < PUMP_TIME;
        if let (Some(view), Some(stage)) = (&mut self.view, &mut self.stage) {
            is_new |= match stage {
                Stage::Whole(whole) => {
                    let is_new = whole.pump(gpu, view, &is_in_time)?;
                    is_new | whole.follow_histograms(gpu, view, || self.pace.may_step())?
                }
                Stage::Stream(stream) => {
                    let is_new = stream.pump(gpu, view, self.canvas, is_in_time)?;
                    let windows =
                        |view: &ViewState| view.channels.iter().map(|channel| channel.window).collect::<Vec<_>>();
                    let before = windows(view);
                    stream.numbers.found().resolve(view);
                    is_new || windows(view) != before
                }
            };
        }
        is_new |= self.collect_damage();
        if let (true, Some(damage)) = (self.is_strict, self.damage.first()) {
            let reason = format!("damaged, and --strict was given: {}", damage.reason);
            self.fail(reason);
            return Ok(true);
        }
        self.update_phase();
        is_new |= self.follow_pick(gpu);
        is_new |= self.follow_meter(gpu)?;
        is_new |= self.follow_profile(gpu)?;
        Ok(is_new)
    }

    /// Takes over the header once it was read, before anything takes memory of the GPU. [`Viewer::pump`] does so too.
    /// Returns whether there is something new.
    pub fn take_opened(&mut self) -> bool {
        let Some(opening) = &self.opening else { return false };
        match opening.try_recv() {
            Err(TryRecvError::Empty) => return false,
            Err(TryRecvError::Disconnected) => self.fail("the thread that opens files ended early".into()),
            Ok(Err(reason)) => self.fail(reason),
            Ok(Ok(opened)) => {
                self.checking = Some(start_checking(&opened.source, &self.wake));
                self.source = Some(opened.source.clone());
                self.view = Some(opened.view.clone());
                self.opened = Some(opened);
                self.opening = None;
            }
        }
        true
    }

    fn update_phase(&mut self) {
        let Some(view) = &self.view else { return };
        match &self.stage {
            None => {}
            Some(Stage::Stream(stream)) => {
                let (done, total) = stream.numbers.progress();
                self.phase = match (stream.numbers.is_settled(), stream.numbers.is_cancelled()) {
                    (true, _) => Phase::Ready,
                    (false, true) => Phase::Cancelled { done, total },
                    (false, false) => Phase::Measuring { done, total },
                };
            }
            Some(Stage::Whole(whole)) => {
                let Some(time_point) = whole.awaited(view) else {
                    return;
                };
                let (done, total) = time_point.progress();
                self.phase = match (time_point.is_complete(), time_point.is_reading()) {
                    (true, _) => Phase::Ready,
                    (false, true) => Phase::Loading { done, total },
                    (false, false) => Phase::Cancelled { done, total },
                };
            }
        }
    }

    /// Whether something is under way that `wake` is not called for: pump again soon.
    pub fn is_busy(&self) -> bool {
        // What was under way when the device was lost never comes.
        let has_failed = matches!(self.phase, Phase::Failed(_));
        !has_failed && self.is_waiting()
    }

    fn is_waiting(&self) -> bool {
        self.picker.is_busy()
            || self.meter.is_busy()
            || self.profiler.is_busy()
            || match &self.stage {
                Some(Stage::Whole(whole)) => whole.is_busy(),
                Some(Stage::Stream(stream)) => stream.is_busy() || self.is_canvas_new,
                None => false,
            }
    }

    /// How far it is.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Stops loading or measuring; what has arrived stays.
    pub fn cancel(&mut self) {
        match (&self.phase, &mut self.stage) {
            (Phase::Measuring { .. }, Some(Stage::Stream(stream))) => {
                stream.numbers.cancel();
                self.update_phase();
            }
            (&Phase::Loading { done, total }, Some(Stage::Whole(whole))) => {
                self.phase = Phase::Cancelled { done, total };
                // Back to the time point on the screen, which may have been cancelled itself.
                if let Some(view) = &mut self.view
                    && let Some(left) = whole.cancel(view)
                {
                    view.set_time(left);
                }
                self.update_phase();
            }
            _ => {}
        }
    }

    /// What the header says, once it was read.
    pub fn dataset(&self) -> Option<&Dataset> {
        self.source.as_ref().map(|source| source.dataset())
    }

    /// The image, once its header was read.
    pub fn source(&self) -> Option<Arc<dyn Source>> {
        self.source.clone()
    }

    /// What is shown.
    pub fn view(&self) -> Option<&ViewState> {
        self.view.as_ref()
    }

    /// To be edited freely: contrast rules and time are followed up by [`Viewer::pump`].
    pub fn view_mut(&mut self) -> Option<&mut ViewState> {
        self.view.as_mut()
    }

    /// Smallest and largest key of every cell of 32³ voxels of the shown time point, of what was measured so far; `None`
    /// where it is larger than memory. Of 64-bit types, those of the 32-bit floats that are drawn.
    pub fn grid(&self) -> Option<&MinMaxGrid> {
        match &self.stage {
            Some(Stage::Whole(whole)) => whole.shown.as_ref().and_then(TimePoint::grid),
            _ => None,
        }
    }

    /// Numbers of a channel over the shown time point, or over what of it has been seen.
    pub fn channel_stats(&self, channel: usize) -> Option<&ChannelStats> {
        match self.stage.as_ref()? {
            Stage::Whole(whole) => whole.shown.as_ref()?.ranges().get(channel),
            Stage::Stream(stream) => stream.numbers.found().volume.get(channel),
        }
    }

    /// Counts of a channel's voxels over the shown time point, between its minimum and its maximum, in at most 256 bins: the
    /// histogram that `stats` reports of it. They are exact, and come after everything has arrived, or was measured; until
    /// then, those of the time point before stay. `None` until they are known; for 64-bit types in memory; and where the image
    /// is larger than that, of 32- and 64-bit values in so narrow a range that they had to be read twice, or of more than 64
    /// channels.
    pub fn histogram(&self, channel: usize) -> Option<&BinCounts> {
        match self.stage.as_ref()? {
            Stage::Whole(whole) => whole.histogram(channel),
            Stage::Stream(stream) => stream.numbers.histogram(channel),
        }
    }

    /// Whether the view's plane and time are what [`Viewer::draw`] draws.
    pub fn is_plane_ready(&self) -> bool {
        match (&self.view, &self.stage) {
            (Some(view), Some(Stage::Whole(whole))) => whole.is_plane_ready(view),
            (Some(view), Some(Stage::Stream(stream))) => stream.is_plane_ready(view, self.canvas),
            _ => false,
        }
    }

    /// Whether something is under way to bring the view's plane and time: what is neither ready nor coming never comes.
    pub fn is_plane_coming(&self) -> bool {
        match (&self.view, &self.stage) {
            _ if matches!(self.phase, Phase::Failed(_)) => false,
            (Some(view), Some(Stage::Whole(whole))) => whole.is_plane_coming(view),
            (Some(view), Some(Stage::Stream(stream))) => stream.is_coming(view, self.canvas),
            _ => true,
        }
    }

    /// The plane and the time of the picture that [`Viewer::draw`] drew last: those of the view, or of the last one that
    /// was there.
    pub fn drawn(&self) -> Option<[u64; 2]> {
        self.drawn
    }

    /// Gives up the time points that are kept beside the one on the screen: their memory is wanted.
    pub fn forget_other_times(&mut self) {
        if let Some(Stage::Whole(whole)) = &mut self.stage {
            whole.forget_others();
        }
    }

    /// Bytes of the part of the plane that is looked at, and those that there is room for, where that is less: then
    /// only the middle of it is shown.
    pub fn shortage(&self) -> Option<(u64, u64)> {
        match (&self.view, &self.stage) {
            (Some(view), Some(Stage::Stream(stream))) => stream.shortage(view, self.canvas),
            _ => None,
        }
    }

    /// Why the view shows a plane and not the slab it asks for, if so: one line.
    pub fn slab_note(&self) -> Option<&str> {
        let view = self.view.as_ref()?;
        match self.stage.as_ref()? {
            Stage::Whole(whole) => whole.slab_note(view),
            Stage::Stream(_) if is_slab(view) => Some(NO_SLAB),
            Stage::Stream(_) => None,
        }
    }

    /// Draws the picture into the canvas, on black: the view's plane, or the last one that was there while it is still to
    /// come; nothing before there is any. What cannot be read is hatched. Returns whether what the target holds around the
    /// canvas is still there: `keeps_rest` asks for that, else it is black, as all is where there is no picture.
    pub fn draw(
        &mut self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        target: &wgpu::Texture,
        canvas: Rect,
        keeps_rest: bool,
    ) -> bool {
        self.set_canvas(canvas);
        self.pace.note_frame();
        let view = self.view_to_draw(gpu, canvas);
        self.drawn = view.as_ref().map(|view| [view.plane(), view.t]);
        let (Some(view), Some(source), Some(stage)) = (view, &self.source, &self.stage) else {
            clear(encoder, target);
            return false;
        };
        let format = VoxelFormat::of(source.dataset().sample_type);
        let (patches, hatched) = stage.patches(&view, canvas);
        let renderer = self
            .renderer
            .get_or_insert_with(|| SliceRenderer::new(gpu, format, target.format()));
        let request = SliceRequest {
            view: &view,
            patches,
            hatched: &hatched,
            canvas,
            keeps_rest,
            part: Rect {
                x: 0,
                y: 0,
                width: target.width(),
                height: target.height(),
            },
        };
        renderer.draw(gpu, encoder, target, request);
        keeps_rest
    }

    fn set_canvas(&mut self, canvas: Rect) {
        self.is_canvas_new |= self.canvas != canvas;
        self.canvas = canvas;
    }

    /// The view as it can be drawn now.
    fn view_to_draw(&mut self, gpu: &Gpu, canvas: Rect) -> Option<ViewState> {
        let view = self.view.as_mut()?;
        match self.stage.as_mut()? {
            Stage::Whole(whole) => whole.view_to_draw(gpu, view),
            Stage::Stream(stream) => {
                let mut drawn = stream.view_to_draw(view, canvas);
                drawn.slab = 1;
                Some(drawn)
            }
        }
    }

    /// The picture that [`Viewer::draw`] draws in a canvas of this size, with the view it was drawn from.
    /// Waits for the GPU, for as long as a frame takes.
    ///
    /// # Errors
    /// If there is nothing to draw yet, or the adapter fails.
    pub fn picture(&mut self, gpu: &Gpu, size: [u32; 2]) -> Result<(Picture, ViewState), SessionError> {
        let nothing = || SessionError::Options("there is no picture yet".into());
        let canvas = Rect {
            x: 0,
            y: 0,
            width: size[0],
            height: size[1],
        };
        self.set_canvas(canvas);
        let view = self.view_to_draw(gpu, canvas).ok_or_else(nothing)?;
        let (Some(source), Some(stage)) = (&self.source, &self.stage) else {
            return Err(nothing());
        };
        let format = VoxelFormat::of(source.dataset().sample_type);
        let mut own = SliceRenderer::new(gpu, format, PICTURE_FORMAT);
        let (patches, hatched) = stage.patches(&view, canvas);
        let request = SliceRequest {
            view: &view,
            patches,
            hatched: &hatched,
            canvas,
            keeps_rest: false,
            part: canvas,
        };
        let picture = draw_picture(gpu, &mut own, &request, &|_| ())?;
        Ok((picture, view))
    }
}

impl Stage {
    /// The tiles to draw a view from, and the boxes of it that cannot be read.
    fn patches(&self, view: &ViewState, canvas: Rect) -> (Vec<Patch<'_>>, Vec<Hatched>) {
        match self {
            Stage::Whole(whole) => (whole.patches(view), whole.hatched(view)),
            Stage::Stream(stream) => stream.patches(view, canvas),
        }
    }
}

/// What an image of its size can be shown from.
fn stage(gpu: &Gpu, opened: Opened, view: &ViewState, wake: &Wake) -> Stage {
    let Opened { source, reading, .. } = opened;
    if !is_fitting(source.dataset(), gpu.caps.memory_budget_bytes) {
        return Stage::Stream(Box::new(Stream::new(gpu, &source, view, wake)));
    }
    let reading = reading.unwrap_or_else(|| start_reading(&source, view, wake));
    Stage::Whole(Box::new(Whole::new(&source, reading, wake)))
}

fn clear(encoder: &mut wgpu::CommandEncoder, target: &wgpu::Texture) {
    let view = target.create_view(&Default::default());
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("clear"),
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view: &view,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations {
                load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                store: wgpu::StoreOp::Store,
            },
        })],
        ..Default::default()
    });
}
