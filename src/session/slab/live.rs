use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::gpu::{Gpu, GpuError};
use crate::session::timepoint::TimePoint;
use crate::view::{Patch, Slab, SlabProjector, ViewState};
use crate::volume::Axis;

use super::{is_slab, readable_planes, runs};

/// Voxels that are projected with one submit: frames are drawn between two of them.
const SOFTWARE_STEP_VOXELS: u64 = 8 << 20;
const STEP_VOXELS: u64 = 256 << 20;

/// What a slab is of; what else a view says changes no voxel of it.
#[derive(Clone, PartialEq)]
struct Key {
    t: u64,
    normal: Axis,
    range: Range<u64>,
    channels: Vec<usize>,
}

impl Key {
    fn of(view: &ViewState, shown: &TimePoint) -> Self {
        Self {
            t: shown.t,
            normal: view.normal,
            range: view.slab_range(),
            channels: view.visible_channels(),
        }
    }
}

/// A slab that is projected, or being so.
struct Projection {
    key: Key,
    slab: Slab,
    /// The plane and the thickness that the view had.
    plane: u64,
    thickness: u64,
    /// Channel and planes.
    todo: VecDeque<(usize, Range<u64>)>,
    /// Which planes of the range are taken in, or about to be.
    is_taken: Vec<bool>,
    /// Across the planes of the file: how many of those were there when it was begun.
    seen: u64,
}

/// The slab of a window: projected a step at a time as planes arrive, and kept until another is asked for.
#[derive(Default)]
pub(in crate::session) struct LiveSlab {
    projector: Option<SlabProjector>,
    /// The last one that was finished, which stays on the screen until the next one is.
    shown: Option<Projection>,
    coming: Option<Projection>,
    /// Textures that the next one may take.
    spare: Option<(Axis, Vec<usize>, Slab)>,
    /// Whether the last step is done; none was submitted where it is missing.
    step: Option<Arc<AtomicBool>>,
    failed: Option<(Key, String)>,
}

impl LiveSlab {
    /// Begins what the view asks for, or goes on with it, without waiting. Returns whether there is something new to
    /// show.
    pub(in crate::session) fn follow(&mut self, gpu: &Gpu, view: &ViewState, shown: &TimePoint) -> bool {
        if !is_slab(view) {
            *self = Self {
                projector: self.projector.take(),
                ..Self::default()
            };
            return false;
        }
        let key = Key::of(view, shown);
        if self.failed.as_ref().is_some_and(|(failed, _)| *failed == key) {
            return false;
        }
        match self.advance(gpu, view, shown, &key) {
            Ok(is_new) => is_new,
            Err(error) => {
                (self.shown, self.coming, self.spare) = (None, None, None);
                self.failed = Some((key, format!("the slab is not shown: {error}")));
                true
            }
        }
    }

    fn advance(&mut self, gpu: &Gpu, view: &ViewState, shown: &TimePoint, key: &Key) -> Result<bool, GpuError> {
        let Some(textures) = shown.textures() else {
            return Ok(false);
        };
        let (seen, _) = shown.progress();
        let is_current =
            |projection: &Projection| projection.key == *key && (key.normal == Axis::Z || projection.seen == seen);
        // What is being projected for a view that has gone is given up; for one whose planes still arrive, finished.
        let is_coming = self.coming.as_ref().is_some_and(|coming| coming.key == *key);
        if !is_coming && !self.shown.as_ref().is_some_and(is_current) {
            let is_any_here = || key.range.clone().any(|plane| shown.is_plane_here(plane));
            if key.normal == Axis::Z && !is_any_here() {
                self.coming = None;
                return Ok(false);
            }
            let old = self.coming.take();
            let old = old.map(|old| (old.key.normal, old.key.channels, old.slab));
            let mut slab = match old.or(self.spare.take()) {
                Some((normal, channels, slab)) if (normal, &channels) == (key.normal, &key.channels) => slab,
                _ => Slab::new(gpu, &textures.grid, key.normal, &key.channels, textures.channel_count())?,
            };
            slab.clear();
            // Channels are begun with nothing, whatever comes.
            let begin = |&channel: &usize| (channel, key.range.end..key.range.end);
            self.coming = Some(Projection {
                slab,
                plane: view.plane(),
                thickness: view.slab,
                todo: key.channels.iter().map(begin).collect(),
                is_taken: vec![false; (key.range.end - key.range.start) as usize],
                seen,
                key: key.clone(),
            });
        } else if !is_coming {
            self.coming = None;
        }
        for projection in self.shown.iter_mut().chain(&mut self.coming) {
            if projection.key == *key {
                projection.take_arrived(shown);
                projection.plane = view.plane();
                projection.thickness = view.slab;
                projection.slab.set_plane(view.plane());
            }
        }
        let is_new = self.step(gpu, shown, key)?;
        Ok(is_new)
    }

    /// Projects as much as one step takes, once the last one is done.
    fn step(&mut self, gpu: &Gpu, shown: &TimePoint, key: &Key) -> Result<bool, GpuError> {
        if self.step.as_ref().is_some_and(|done| !done.load(Ordering::Acquire)) {
            return Ok(false);
        }
        let is_finished = self.step.take().is_some();
        let Some(textures) = shown.textures() else {
            return Ok(is_finished);
        };
        let active = match &mut self.coming {
            Some(coming) => Some(coming),
            None => self.shown.as_mut().filter(|projection| projection.key == *key),
        };
        if let Some(projection) = active.filter(|projection| !projection.todo.is_empty()) {
            let projector = &*self
                .projector
                .get_or_insert_with(|| SlabProjector::new(gpu, textures.format));
            let mut room = match gpu.caps.is_software {
                true => SOFTWARE_STEP_VOXELS,
                false => STEP_VOXELS,
            };
            let plane_voxels = projection.slab.plane_voxels().max(1);
            let mut encoder = gpu
                .device
                .create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("slab") });
            while let Some((channel, planes)) = projection.todo.pop_front() {
                let fitting = (room / plane_voxels).max(1);
                let end = planes.end.min(planes.start.saturating_add(fitting));
                if end < planes.end {
                    projection.todo.push_front((channel, end..planes.end));
                }
                room = room.saturating_sub((end - planes.start) * plane_voxels);
                projection
                    .slab
                    .project(gpu, &mut encoder, projector, textures, channel, planes.start..end);
                if room < plane_voxels {
                    break;
                }
            }
            let done = Arc::new(AtomicBool::new(false));
            let signal = done.clone();
            gpu.queue.submit([encoder.finish()]);
            gpu.queue
                .on_submitted_work_done(move || signal.store(true, Ordering::Release));
            self.step = Some(done);
        }
        // What was submitted is drawn by what is submitted later.
        if self.coming.as_ref().is_some_and(|coming| coming.todo.is_empty()) {
            let old = std::mem::replace(&mut self.shown, self.coming.take());
            self.spare = old.map(|old| (old.key.normal, old.key.channels, old.slab));
            return Ok(true);
        }
        Ok(is_finished)
    }

    /// Whether a step is under way, or waits: nobody wakes the window for it.
    pub(in crate::session) fn is_busy(&self) -> bool {
        let has_more = |projection: &Projection| !projection.todo.is_empty();
        self.step.is_some() || self.shown.iter().chain(&self.coming).any(has_more)
    }

    /// Whether the view's slab is on the screen, with every plane that can be had.
    pub(in crate::session) fn is_ready(&self, view: &ViewState, shown: &TimePoint) -> bool {
        let key = Key::of(view, shown);
        let is_here = || match key.normal {
            Axis::Z => key.range.clone().all(|plane| shown.is_plane_here(plane)),
            _ => true,
        };
        let projection = self.shown.as_ref().filter(|projection| projection.key == key);
        view.t == shown.t && projection.is_some_and(|projection| projection.todo.is_empty()) && is_here()
    }

    /// What projects, once a slab was asked for.
    pub(in crate::session) fn projector(&self) -> Option<&SlabProjector> {
        self.projector.as_ref()
    }

    /// Why the view's slab is not shown, if so.
    pub(in crate::session) fn note(&self, view: &ViewState) -> Option<&str> {
        let (key, reason) = self.failed.as_ref()?;
        let is_of = (key.normal, &key.range) == (view.normal, &view.slab_range());
        (is_of && is_slab(view)).then_some(reason)
    }

    /// The last slab that is there, as long as it lies along the same axis.
    fn drawable(&self, view: &ViewState) -> Option<&Projection> {
        let mut all = self.shown.iter().chain(&self.coming);
        all.find(|projection| projection.key.normal == view.normal)
    }

    /// The view of the slab that can be drawn now, if there is one.
    pub(in crate::session) fn view_to_draw(&self, view: &ViewState) -> Option<ViewState> {
        let projection = self.drawable(view).filter(|_| is_slab(view))?;
        let mut drawn = view.clone();
        drawn.t = projection.key.t;
        drawn.set_plane(projection.plane);
        drawn.slab = projection.thickness;
        Some(drawn)
    }

    /// The tiles to draw it from.
    pub(in crate::session) fn patches(&self, view: &ViewState) -> Option<Vec<Patch<'_>>> {
        let projection = self.drawable(view).filter(|_| is_slab(view))?;
        Some(projection.slab.patches(view.extent))
    }
}

impl Projection {
    /// Notes the planes that have arrived since.
    fn take_arrived(&mut self, shown: &TimePoint) {
        let Key { normal, range, .. } = &self.key;
        let is_here = |plane: u64| *normal != Axis::Z || shown.is_plane_here(plane);
        let planes = range.clone().zip(&mut self.is_taken);
        let is_new = |(plane, is_taken): (u64, &mut bool)| {
            let is_new = is_here(plane) && !std::mem::replace(is_taken, true);
            is_new.then_some(plane)
        };
        for run in runs(planes.filter_map(is_new)) {
            for &channel in &self.key.channels {
                let planes = readable_planes(&run, *normal, channel, shown.lost());
                self.todo.extend(planes.into_iter().map(|planes| (channel, planes)));
            }
        }
    }
}
