use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError, bounded};

use crate::gpu::{Gpu, Readback, VolumeTextures, VoxelFormat};
use crate::reduce::MinMax;
use crate::source::{Loader, Source, Wake};
use crate::view::{Camera, Picture, Rect, SliceRenderer, SliceRequest, ViewOptions, ViewState};
use crate::volume::{Axis, ChannelStats, Dataset, Value};

use super::block::Block;
use super::contrast::{ContrastNumbers, PercentileQuery, PlaneKey, RangeQuery, is_plane_wanted, percentiles_wanted};
use super::plan::{outward, plan};
use super::render::{PICTURE_FORMAT, draw_picture};
use super::timepoint::{Reading, TimePoint};
use super::{SessionError, check, open};

/// Longest that one [`Viewer::pump`] takes blocks for.
const PUMP_TIME: Duration = Duration::from_millis(4);

/// What a window is asked to open.
#[derive(Clone, Debug, Default)]
pub struct OpenRequest {
    /// A file, or `sample:kidney`.
    pub path: String,
    /// Letters for the stored axes, instead of what the file says.
    pub axes: Option<String>,
    /// The view to start with.
    pub options: ViewOptions,
}

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
    numbers: ContrastNumbers,
    plane_query: Option<(PlaneKey, RangeQuery)>,
    percentile_query: Option<PercentileQuery>,
    plane_minmax: Option<MinMax>,
    renderer: Option<SliceRenderer>,
    last_plane_here: u64,
    pick: Option<Pick>,
    picked: Option<([u64; 3], Vec<Value>)>,
}

struct Opened {
    source: Arc<dyn Source>,
    view: ViewState,
    reading: Reading,
}

struct Pick {
    voxel: [u64; 3],
    readback: Readback,
}

impl Viewer {
    /// Starts opening and reading on threads of their own; `wake` is called when there is something to
    /// [`pump`](Viewer::pump). Returns at once and needs no GPU yet.
    pub fn open(request: OpenRequest, wake: Wake) -> Self {
        let OpenRequest { path, axes, options } = request;
        let name = path.clone();
        Self::start(name, move || open(&path, axes.as_deref()), options, wake)
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
        let (sender, opening) = bounded(1);
        let opening_wake = wake.clone();
        std::thread::spawn(move || {
            let opened = open().and_then(|source| prepare(source, &options, &opening_wake));
            // A receiver that is gone means that another file was opened meanwhile.
            let _ = sender.send(opened.map_err(|error| format!("{name}: {error}")));
            opening_wake();
        });
        Self {
            wake,
            phase: Phase::Opening,
            opening: Some(opening),
            source: None,
            view: None,
            reading: None,
            shown: None,
            incoming: None,
            numbers: ContrastNumbers::default(),
            plane_query: None,
            percentile_query: None,
            plane_minmax: None,
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
        self.plane_query = None;
        self.percentile_query = None;
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
            self.numbers = ContrastNumbers::default();
            self.plane_query = None;
            self.percentile_query = None;
            is_new = true;
        }
        self.update_phase();
        is_new |= self.follow_contrast(gpu)?;
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

    /// Asks for the numbers that the view's contrast rules need, and takes those that have come.
    fn follow_contrast(&mut self, gpu: &Gpu) -> Result<bool, SessionError> {
        let (Some(view), Some(shown)) = (&mut self.view, &self.shown) else {
            return Ok(false);
        };
        let Some(textures) = shown.textures() else {
            return Ok(false);
        };
        self.numbers.volume = shown.ranges().to_vec();
        if let Some((key, query)) = &self.plane_query
            && let Some(stats) = query.poll()
        {
            self.numbers.plane = Some((*key, stats));
            self.plane_query = None;
        }
        let key = PlaneKey {
            t: shown.t,
            ..PlaneKey::of(view)
        };
        let is_known = self.numbers.plane.as_ref().is_some_and(|(known, _)| *known == key);
        if is_plane_wanted(view) && !is_known && self.plane_query.is_none() && shown.is_whole(key.normal, key.index) {
            let channel_count = textures.channel_count();
            let minmax = self
                .plane_minmax
                .get_or_insert_with(|| MinMax::new(gpu, textures.format, channel_count));
            let part = textures.grid.extent.layer(key.normal, key.index);
            self.plane_query = Some((key, RangeQuery::start(gpu, minmax, textures, &part)?));
        }
        if let Some(query) = &mut self.percentile_query
            && let Some(windows) = query.poll(gpu, textures)?
        {
            self.numbers.percentiles.push((query.limits, windows));
            self.percentile_query = None;
        }
        if shown.is_complete() && self.percentile_query.is_none() {
            let numbers = &self.numbers;
            let missing = percentiles_wanted(view)
                .into_iter()
                .find(|&(lo, hi)| numbers.percentile(lo, hi).is_none());
            if let Some(limits) = missing {
                self.percentile_query = Some(PercentileQuery::start(gpu, textures, limits)?);
            }
        }
        let before: Vec<_> = view.channels.iter().map(|channel| channel.window).collect();
        self.numbers.resolve(view);
        Ok(view
            .channels
            .iter()
            .zip(before)
            .any(|(channel, window)| channel.window != window))
    }

    /// Whether something is under way that `wake` is not called for: pump again soon.
    pub fn is_busy(&self) -> bool {
        // What was under way when the device was lost never comes.
        let has_failed = matches!(self.phase, Phase::Failed(_));
        !has_failed && self.is_waiting()
    }

    fn is_waiting(&self) -> bool {
        self.pick.is_some()
            || self.plane_query.is_some()
            || self.percentile_query.is_some()
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
        self.numbers.resolve(view);
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
        let textures = self.shown.as_ref().and_then(TimePoint::textures);
        let (Some(voxel), Some(textures)) = (voxel, textures) else {
            self.picked = None;
            self.pick = None;
            return;
        };
        if self.pick.as_ref().is_some_and(|pick| pick.voxel == voxel) {
            return;
        }
        self.pick = read_voxel(gpu, textures, voxel).map(|readback| Pick { voxel, readback });
    }

    fn collect_pick(&mut self) -> bool {
        let (Some(pick), Some(source)) = (&self.pick, &self.source) else {
            return false;
        };
        let Some(bytes) = pick.readback.take() else {
            return false;
        };
        let format = VoxelFormat::of(source.dataset().sample_type);
        let values = bytes
            .chunks_exact(PICK_STRIDE as usize)
            .map(|texel| {
                let stored = u32::from_ne_bytes([texel[0], texel[1], texel[2], texel[3]]) & format.mask();
                format.value_from_stored(stored)
            })
            .collect();
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

/// Starts reading for the view that options ask for.
fn prepare(source: Arc<dyn Source>, options: &ViewOptions, wake: &Wake) -> Result<Opened, SessionError> {
    let mut view = options.view_of(source.dataset()).map_err(SessionError::Options)?;
    // A window's voxels have their physical aspect.
    if let Camera::At { is_square, .. } = &mut view.camera {
        *is_square = false;
    }
    let reading = start_reading(&source, &view, wake);
    Ok(Opened { source, view, reading })
}

fn start_reading(source: &Arc<dyn Source>, view: &ViewState, wake: &Wake) -> Reading {
    let dataset = source.dataset();
    let channels: Vec<usize> = (0..dataset.shape.c as usize).collect();
    let mut regions = plan(source.as_ref(), view.t, &dataset.shape.volume_box(), &channels);
    outward(&mut regions, view.normal, view.plane());
    let sample_type = dataset.sample_type;
    let work = move |region, voxels| Block::new(region, voxels, sample_type);
    let loader = Loader::start(source.clone(), regions.clone(), wake.clone(), work);
    Reading {
        t: view.t,
        regions,
        loader,
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

/// Bytes between the values of two channels: texel copies want no more, buffers no less than 4.
const PICK_STRIDE: u64 = 4;

fn read_voxel(gpu: &Gpu, textures: &VolumeTextures, [z, y, x]: [u64; 3]) -> Option<Readback> {
    let index = textures
        .grid
        .tiles
        .iter()
        .position(|tile| tile.core.z.contains(&z) && tile.core.y.contains(&y) && tile.core.x.contains(&x))?;
    let held = textures.grid.tiles[index].held.origin();
    let origin = wgpu::Origin3d {
        x: (x - held[2]) as u32,
        y: (y - held[1]) as u32,
        z: (z - held[0]) as u32,
    };
    let readback = Readback::new(gpu, PICK_STRIDE * textures.channel_count() as u64);
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    for channel in 0..textures.channel_count() {
        encoder.copy_texture_to_buffer(
            wgpu::TexelCopyTextureInfo {
                texture: textures.texture(channel, index),
                mip_level: 0,
                origin,
                aspect: wgpu::TextureAspect::All,
            },
            wgpu::TexelCopyBufferInfo {
                buffer: readback.buffer(),
                layout: wgpu::TexelCopyBufferLayout {
                    offset: PICK_STRIDE * channel as u64,
                    bytes_per_row: None,
                    rows_per_image: None,
                },
            },
            wgpu::Extent3d::default(),
        );
    }
    gpu.queue.submit([encoder.finish()]);
    readback.map();
    Some(readback)
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
