use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError};

use crate::gpu::{Gpu, VolumeTextures, VoxelFormat};
use crate::source::{Source, Wake};
use crate::view::{Picture, Rect, SliceRenderer, SliceRequest, ViewOptions, ViewState};
use crate::volume::{Axis, ChannelStats, Dataset, Value};

use super::exposure::Exposure;
use super::opening::{OpenRequest, Opened, start_opening, start_reading};
use super::pick::Pick;
use super::render::{PICTURE_FORMAT, draw_picture};
use super::timepoint::{Reading, TimePoint};
use super::{SessionError, check, open};

/// Longest that one [`Viewer::pump`] takes blocks for.
const PUMP_TIME: Duration = Duration::from_millis(4);

/// How far a [`Viewer`] is. Counts are planes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Phase {
    Opening,
    Loading {
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

/// A dataset in a window: it opens and loads in the background, is drawn at any time, and never makes anyone wait.
pub struct Viewer {
    wake: Wake,
    phase: Phase,
    opening: Option<Receiver<Result<Opened, String>>>,
    source: Option<Arc<dyn Source>>,
    view: Option<ViewState>,
    reading: Option<Reading>,
    /// What is on the screen.
    shown: Option<TimePoint>,
    /// The time point that will replace it once it is complete.
    incoming: Option<TimePoint>,
    exposure: Exposure,
    renderer: Option<SliceRenderer>,
    last_plane_here: u64,
    pick: Option<Pick>,
    picked: Option<([u64; 3], Vec<Value>)>,
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
        } = request;
        let name = path.clone();
        Self::start(name, move || open(&path, axes.as_deref(), series), options, wake)
    }

    /// As [`Viewer::open`], of an image that is open already.
    pub fn show(source: Arc<dyn Source>, options: ViewOptions, wake: Wake) -> Self {
        let name = source.dataset().path.clone();
        let checked = move || check(source.dataset()).map(|()| source);
        Self::start(name, checked, options, wake)
    }

    fn start(
        name: String,
        open: impl FnOnce() -> Result<Arc<dyn Source>, SessionError> + Send + 'static,
        options: ViewOptions,
        wake: Wake,
    ) -> Self {
        let opening = start_opening(name, open, options, wake.clone());
        Self {
            wake,
            phase: Phase::Opening,
            opening: Some(opening),
            source: None,
            view: None,
            reading: None,
            shown: None,
            incoming: None,
            exposure: Exposure::default(),
            renderer: None,
            last_plane_here: 0,
            pick: None,
            picked: None,
        }
    }

    /// Moves on without waiting, a few milliseconds at most: uploads blocks that came, collects numbers.
    /// Returns whether there is something new to show.
    pub fn pump(&mut self, gpu: &Gpu) -> bool {
        let before = self.phase.clone();
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
        self.reading = None;
        self.incoming = None;
        self.exposure.stop();
        if let Some(shown) = &mut self.shown {
            shown.cancel();
        }
    }

    fn advance(&mut self, gpu: &Gpu) -> Result<bool, SessionError> {
        if matches!(self.phase, Phase::Failed(_)) {
            return Ok(false);
        }
        let mut is_new = self.take_opened();
        self.follow_time();
        if let (Some(reading), Some(source)) = (self.reading.take(), &self.source) {
            let needed = source.dataset().volume_bytes().unwrap_or(u64::MAX);
            if needed > gpu.caps.memory_budget_bytes / 2 {
                // Two time points do not fit: the one on the screen goes before the next one comes.
                self.shown = None;
                self.exposure.forget();
            }
            let time_point = TimePoint::new(gpu, source, reading)?;
            match self.shown {
                None => self.shown = Some(time_point),
                Some(_) => self.incoming = Some(time_point),
            }
        }
        let started = Instant::now();
        let is_in_time = || started.elapsed() < PUMP_TIME;
        for time_point in self.shown.iter_mut().chain(&mut self.incoming) {
            let ranges_before = time_point.ranges().len();
            let was_exact = time_point.is_exact();
            is_new |= time_point.pump(gpu, is_in_time)?;
            is_new |= time_point.is_exact() != was_exact || time_point.ranges().len() != ranges_before;
        }
        if self.incoming.as_ref().is_some_and(TimePoint::is_exact) {
            self.shown = self.incoming.take();
            self.exposure.forget();
            is_new = true;
        }
        self.update_phase();
        if let (Some(view), Some(shown)) = (&mut self.view, &self.shown) {
            is_new |= self.exposure.follow(gpu, view, shown)?;
        }
        is_new |= self.collect_pick();
        Ok(is_new)
    }

    fn take_opened(&mut self) -> bool {
        let Some(opening) = &self.opening else { return false };
        match opening.try_recv() {
            Err(TryRecvError::Empty) => return false,
            Err(TryRecvError::Disconnected) => self.fail("the thread that opens files ended early".into()),
            Ok(Err(reason)) => self.fail(reason),
            Ok(Ok(opened)) => {
                self.source = Some(opened.source);
                self.view = Some(opened.view);
                self.reading = Some(opened.reading);
                self.opening = None;
            }
        }
        true
    }

    /// Starts reading the view's time point where it is not the one shown or coming.
    fn follow_time(&mut self) {
        let (Some(view), Some(source), Some(shown)) = (&self.view, &self.source, &self.shown) else {
            return;
        };
        let coming = self
            .reading
            .as_ref()
            .map(|reading| reading.t)
            .or(self.incoming.as_ref().map(|i| i.t));
        if coming.unwrap_or(shown.t) == view.t {
            return;
        }
        self.incoming = None;
        self.reading = None;
        if shown.t != view.t {
            self.reading = Some(start_reading(source, view, &self.wake));
        }
    }

    fn update_phase(&mut self) {
        let Some(time_point) = self.incoming.as_ref().or(self.shown.as_ref()) else {
            return;
        };
        let (done, total) = time_point.progress();
        match self.phase {
            Phase::Cancelled { .. } if self.incoming.is_none() => {}
            _ if time_point.is_complete() => self.phase = Phase::Ready,
            _ => self.phase = Phase::Loading { done, total },
        }
    }

    /// Whether something is under way that `wake` is not called for: pump again soon.
    pub fn is_busy(&self) -> bool {
        // What was under way when the device was lost never comes.
        let has_failed = matches!(self.phase, Phase::Failed(_));
        !has_failed && self.is_waiting()
    }

    fn is_waiting(&self) -> bool {
        self.pick.as_ref().is_some_and(Pick::is_polled)
            || self.exposure.is_waiting()
            || self.shown.iter().chain(&self.incoming).any(TimePoint::is_busy)
    }

    /// How far it is.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Stops loading; what has arrived stays.
    pub fn cancel(&mut self) {
        let Phase::Loading { done, total } = self.phase else {
            return;
        };
        self.reading = None;
        if self.incoming.take().is_none() {
            if let Some(shown) = &mut self.shown {
                shown.cancel();
            }
            self.phase = Phase::Cancelled { done, total };
            return;
        }
        // Back to the time point on the screen, which may have been cancelled itself.
        if let (Some(view), Some(shown)) = (&mut self.view, &self.shown) {
            view.set_time(shown.t);
            let (done, total) = shown.progress();
            self.phase = match shown.is_complete() {
                true => Phase::Ready,
                false => Phase::Cancelled { done, total },
            };
        }
    }

    /// What the header says, once it was read.
    pub fn dataset(&self) -> Option<&Dataset> {
        self.source.as_ref().map(|source| source.dataset())
    }

    /// What is shown.
    pub fn view(&self) -> Option<&ViewState> {
        self.view.as_ref()
    }

    /// To be edited freely: contrast rules and time are followed up by [`Viewer::pump`].
    pub fn view_mut(&mut self) -> Option<&mut ViewState> {
        self.view.as_mut()
    }

    /// Numbers of a channel over the shown time point, or over what of it has arrived.
    pub fn channel_stats(&self, channel: usize) -> Option<&ChannelStats> {
        self.shown.as_ref()?.ranges().get(channel)
    }

    /// Whether [`Viewer::channel_stats`] have seen every voxel of the time point.
    pub fn is_exact(&self) -> bool {
        self.shown.as_ref().is_some_and(TimePoint::is_exact)
    }

    /// Whether the view's plane and time are what [`Viewer::draw`] draws.
    pub fn is_plane_ready(&self) -> bool {
        match (&self.view, &self.shown) {
            (Some(view), Some(shown)) => view.t == shown.t && is_plane_here(shown, view),
            _ => false,
        }
    }

    /// Clears the target to black and draws the picture into the canvas: the view's plane, or the last one that was
    /// there while it is still to come; nothing before there is any.
    pub fn draw(&mut self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, target: &wgpu::Texture, canvas: Rect) {
        let view = self.view_to_draw();
        let request = match (&view, self.shown.as_ref().and_then(TimePoint::textures)) {
            (Some(view), Some(volume)) => Some(SliceRequest { view, volume, canvas }),
            _ => None,
        };
        match request {
            Some(request) => {
                let format = request.volume.format;
                renderer(&mut self.renderer, gpu, format, target.format()).draw(gpu, encoder, target, request);
            }
            None => clear(encoder, target),
        }
    }

    /// The view as it can be drawn now.
    fn view_to_draw(&mut self) -> Option<ViewState> {
        let (Some(view), Some(shown)) = (&mut self.view, &self.shown) else {
            return None;
        };
        self.exposure.resolve(view);
        let mut drawn = view.clone();
        if view.normal != Axis::Z {
            // Across the planes of the file a view fills as they arrive.
        } else if shown.is_plane_here(view.plane()) {
            self.last_plane_here = view.plane();
        } else if shown.is_plane_here(self.last_plane_here) {
            drawn.set_plane(self.last_plane_here);
        } else {
            return None;
        }
        Some(drawn)
    }

    /// Asks for the values of all channels at a voxel (z, y, x) of the shown time point.
    pub fn pick(&mut self, gpu: &Gpu, voxel: Option<[u64; 3]>) {
        let (Some(voxel), Some(source), Some((shown, textures))) = (voxel, &self.source, self.shown_textures()) else {
            self.picked = None;
            self.pick = None;
            return;
        };
        if self.pick.as_ref().is_none_or(|pick| pick.voxel != voxel) {
            self.pick = Pick::start(gpu, source, textures, shown.t, voxel, &self.wake);
        }
    }

    fn shown_textures(&self) -> Option<(&TimePoint, &VolumeTextures)> {
        self.shown.as_ref().and_then(|shown| Some((shown, shown.textures()?)))
    }

    fn collect_pick(&mut self) -> bool {
        let (Some(pick), Some((_, textures))) = (&self.pick, self.shown_textures()) else {
            return false;
        };
        let Some(values) = pick.poll(textures) else {
            return false;
        };
        self.picked = Some((pick.voxel, values));
        self.pick = None;
        true
    }

    /// The voxel (z, y, x) last asked for whose values have come, and those: one per channel.
    pub fn picked(&self) -> Option<([u64; 3], Vec<Value>)> {
        self.picked.clone()
    }

    /// The picture that [`Viewer::draw`] draws in a canvas of this size, with the view it was drawn from.
    /// Waits for the GPU, for as long as a frame takes.
    ///
    /// # Errors
    /// If there is nothing to draw yet, or the adapter fails.
    pub fn picture(&mut self, gpu: &Gpu, size: [u32; 2]) -> Result<(Picture, ViewState), SessionError> {
        let nothing = || SessionError::Options("there is no picture yet".into());
        let view = self.view_to_draw().ok_or_else(nothing)?;
        let volume = self.shown.as_ref().and_then(TimePoint::textures).ok_or_else(nothing)?;
        let mut own = SliceRenderer::new(gpu, volume.format, PICTURE_FORMAT);
        let picture = draw_picture(gpu, &mut own, &view, volume, size.map(u64::from))?;
        Ok((picture, view))
    }
}

fn is_plane_here(shown: &TimePoint, view: &ViewState) -> bool {
    // Across the planes of the file a view fills as they arrive.
    view.normal != Axis::Z || shown.is_plane_here(view.plane())
}

fn renderer<'a>(
    slot: &'a mut Option<SliceRenderer>,
    gpu: &Gpu,
    format: VoxelFormat,
    target: wgpu::TextureFormat,
) -> &'a mut SliceRenderer {
    slot.get_or_insert_with(|| SliceRenderer::new(gpu, format, target))
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
