//! The values along a line on the shown plane, as fast as it is drawn.

use std::fmt::Write;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Stage, Viewer};
use crate::gpu::{Gpu, GpuError, Readback, VolumeTextures};
use crate::reduce::{PointJob, PointKernel, PointMaxima};
use crate::session::SessionError;
use crate::session::contrast::{PlaneKey, readable};
use crate::session::point_reader::PointReader;
use crate::source::Source;
use crate::view::{ProfileLine, ProfileSample, ViewState};
use crate::volume::{Axis, Damage, Value};

/// Voxels that are looked at with one submit: frames are drawn between two of them.
const STEP_VOXELS: u64 = 1 << 20;

/// The values along a line: those of the shown plane, or the largest of the planes of a slab.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The line.
    pub line: ProfileLine,
    /// The plane that was shown.
    pub plane: PlaneKey,
    /// The planes whose maximum it is of; one, but for a slab.
    pub planes: Range<u64>,
    /// Where the values are, along the line.
    pub samples: Vec<ProfileSample>,
    /// The channels that were visible, ascending.
    pub channels: Vec<usize>,
    /// Exact values per channel of `channels`, one per sample. NaN only where there is nothing else; `None` where nothing can
    /// be read.
    pub values: Vec<Vec<Option<Value>>>,
}

impl Profile {
    /// As a table for other programs: a line of names, then one per sample, with tabs between columns: the distance in
    /// voxels, in `unit` where voxels have one, and the value of every channel. What cannot be read is empty.
    pub fn text(&self, unit: Option<&str>, channel_name: impl Fn(usize) -> String) -> String {
        let mut text = String::from("distance (voxels)");
        if let Some(unit) = unit {
            let _ = write!(text, "\tdistance ({unit})");
        }
        for &channel in &self.channels {
            let name = channel_name(channel).replace(char::is_control, " ");
            let _ = write!(text, "\t{name}");
        }
        text.push('\n');
        for (index, sample) in self.samples.iter().enumerate() {
            let _ = write!(text, "{}", sample.distance_voxels);
            if unit.is_some() {
                let _ = write!(text, "\t{}", sample.distance);
            }
            for values in &self.values {
                let value = values.get(index).copied().flatten();
                let _ = write!(text, "\t{}", value.map(|value| value.to_string()).unwrap_or_default());
            }
            text.push('\n');
        }
        text
    }
}

/// What a profile is asked for of.
#[derive(Clone, Debug, PartialEq)]
struct Question {
    line: ProfileLine,
    plane: PlaneKey,
    planes: Range<u64>,
    channels: Vec<usize>,
}

impl Question {
    fn of(view: &ViewState, line: ProfileLine) -> Self {
        Self {
            line,
            plane: PlaneKey::of(view),
            planes: view.slab_range(),
            channels: view.visible_channels(),
        }
    }

    fn is_of(&self, profile: &Profile) -> bool {
        self.line == profile.line
            && self.plane == profile.plane
            && self.planes == profile.planes
            && self.channels == profile.channels
    }
}

/// Answers the newest question for a profile; while one is being answered on the GPU, the next waits.
#[derive(Default)]
pub(super) struct Profiler {
    line: Option<ProfileLine>,
    running: Option<(Question, Vec<ProfileSample>, Running)>,
    found: Option<Profile>,
    kernel: Option<PointKernel>,
}

enum Running {
    /// In the textures.
    Gpu(PointQuery),
    /// From the file, because no texture holds the voxels now, or not in their full type.
    File(PointReader),
}

/// Largest values at points in textures; polled.
struct PointQuery {
    maxima: PointMaxima,
    jobs: Vec<Job>,
    submitted: usize,
    is_done: Arc<AtomicBool>,
    readback: Option<Readback>,
    /// Per channel and point, whether there is a voxel that can be read.
    is_seen: Vec<Vec<bool>>,
}

/// A [`PointJob`] that keeps no texture in use.
struct Job {
    tile: usize,
    lo: [u64; 3],
    hi: [u64; 3],
    /// Of the dataset.
    channel: usize,
    /// Among those asked for.
    place: usize,
    voxels: u64,
}

impl PointQuery {
    fn start(
        gpu: &Gpu,
        textures: &VolumeTextures,
        question: &Question,
        samples: &[ProfileSample],
        lost: &[Damage],
    ) -> Result<Self, GpuError> {
        let points: Vec<[u64; 3]> = samples.iter().map(|sample| sample.voxel).collect();
        let normal = question.plane.normal;
        let channels = &question.channels;
        let (mut jobs, mut is_seen) = (Vec::new(), vec![vec![false; points.len()]; channels.len()]);
        let mut part = textures.grid.extent.clone();
        *part.along_mut(normal) = question.planes.clone();
        for (place, &channel) in channels.iter().enumerate() {
            for (tile, of_tile) in textures.grid.tiles.iter().enumerate() {
                for readable in readable(&part, channel, lost) {
                    let seen = of_tile.core.intersect(&readable);
                    let is_in = |point: &[u64; 3]| {
                        let mut axes = Axis::ALL.into_iter().filter(|&axis| axis != normal);
                        axes.all(|axis| seen.along(axis).contains(&point[axis.index()]))
                    };
                    let mut count = 0;
                    for (_, is_seen) in points.iter().zip(&mut is_seen[place]).filter(|(point, _)| is_in(point)) {
                        *is_seen = true;
                        count += 1;
                    }
                    if count == 0 || seen.is_empty() {
                        continue;
                    }
                    // As many planes at once as one submit may look at.
                    let planes = seen.along(normal).clone();
                    let step = (STEP_VOXELS / count).max(1);
                    for start in planes.clone().step_by(step as usize) {
                        let end = (start + step).min(planes.end);
                        let mut layer = seen.clone();
                        *layer.along_mut(normal) = start..end;
                        jobs.push(Job {
                            tile,
                            lo: layer.origin(),
                            hi: [layer.z.end, layer.y.end, layer.x.end],
                            channel,
                            place,
                            voxels: count * (end - start),
                        });
                    }
                }
            }
        }
        Ok(Self {
            maxima: PointMaxima::new(gpu, &points, normal, channels.len())?,
            jobs,
            submitted: 0,
            is_done: Arc::new(AtomicBool::new(true)),
            readback: None,
            is_seen,
        })
    }

    /// Looks at as many boxes more as one submit may.
    fn submit(&mut self, gpu: &Gpu, kernel: &PointKernel, textures: &VolumeTextures) {
        let left = &self.jobs[self.submitted..];
        let mut room = STEP_VOXELS;
        let fitting = left.iter().take_while(|job| {
            let is_fitting = room > 0;
            room = room.saturating_sub(job.voxels);
            is_fitting
        });
        let step: Vec<PointJob<'_>> = fitting
            .map(|job| PointJob {
                view: textures.view(job.channel, job.tile),
                held: textures.grid.tiles[job.tile].held.origin(),
                lo: job.lo,
                hi: job.hi,
                channel: job.place,
            })
            .collect();
        self.submitted += step.len();
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        kernel.encode(gpu, &mut encoder, &self.maxima, &step);
        if self.submitted == self.jobs.len() {
            self.readback = Some(self.maxima.read_back(gpu, &mut encoder));
        }
        gpu.queue.submit([encoder.finish()]);
        self.readback.iter().for_each(Readback::map);
        let is_done = Arc::new(AtomicBool::new(false));
        self.is_done = is_done.clone();
        gpu.queue
            .on_submitted_work_done(move || is_done.store(true, Ordering::Release));
    }
}

/// Where the voxels of a profile are.
enum Place<'a> {
    /// In textures; and the planes that cannot be read.
    Here(&'a VolumeTextures, &'a [Damage]),
    /// On their way to textures.
    Coming,
    /// In the file only.
    File,
}

fn place<'a>(stage: &'a Stage, source: &Arc<dyn Source>, question: &Question) -> Place<'a> {
    let Stage::Whole(whole) = stage else { return Place::File };
    if source.dataset().sample_type.is_wide() {
        return Place::File;
    }
    let normal = question.plane.normal;
    let shown = whole.shown.as_ref().filter(|shown| {
        let mut planes = question.planes.clone();
        shown.t == question.plane.t && planes.all(|index| shown.is_whole(normal, index))
    });
    match shown.and_then(|shown| Some((shown.textures()?, shown.lost()))) {
        Some((textures, lost)) => Place::Here(textures, lost),
        None if whole.is_reading() => Place::Coming,
        None => Place::File,
    }
}

impl Viewer {
    /// Asks for the values of the visible channels along a line on the picture, or for no more of them. They come with
    /// [`Viewer::pump`], as soon as the voxels are there, and again for another plane, time or slab; the newest question wins.
    pub fn profile(&mut self, gpu: &Gpu, line: Option<ProfileLine>) {
        if line.is_none() {
            (self.profiler.running, self.profiler.found) = (None, None);
        }
        self.profiler.line = line;
        if let Err(error) = self.follow_profile(gpu) {
            self.fail(error.to_string());
        }
    }

    /// The profile that came last: that of an older question while an answer is awaited.
    pub fn profiled(&self) -> Option<&Profile> {
        self.profiler.found.as_ref()
    }

    /// Whether that is the profile of what the view shows now.
    pub fn is_profile_current(&self) -> bool {
        let asked = self.profiler.line.zip(self.view.as_ref());
        let question = asked.map(|(line, view)| Question::of(view, line));
        let found = self.profiler.found.as_ref();
        question
            .zip(found)
            .is_some_and(|(question, found)| question.is_of(found))
    }

    pub(super) fn follow_profile(&mut self, gpu: &Gpu) -> Result<bool, SessionError> {
        let (Some(source), Some(stage), Some(view)) = (&self.source, &self.stage, &self.view) else {
            return Ok(false);
        };
        let profiler = &mut self.profiler;
        let is_new = profiler.collect(gpu, stage, source)?;
        let Some(line) = profiler.line else { return Ok(is_new) };
        let question = Question::of(view, line);
        let is_known = profiler.found.as_ref().is_some_and(|found| question.is_of(found));
        let is_asked = match &profiler.running {
            // It has its answer soon, which is shown until the next one comes.
            Some((_, _, Running::Gpu(_))) => true,
            // What is read for an older question is given up.
            Some((asked, _, Running::File(_))) => *asked == question,
            None => false,
        };
        if is_known || is_asked {
            return Ok(is_new);
        }
        profiler.running = None;
        let samples = view.profile_samples(&line);
        if samples.is_empty() || question.channels.is_empty() {
            profiler.found = Some(profile(question, samples, Vec::new()));
            return Ok(true);
        }
        let running = match place(stage, source, &question) {
            Place::Coming => return Ok(is_new),
            Place::Here(textures, lost) => {
                let kernel = profiler
                    .kernel
                    .get_or_insert_with(|| PointKernel::new(gpu, textures.format));
                let mut query = PointQuery::start(gpu, textures, &question, &samples, lost)?;
                query.submit(gpu, kernel, textures);
                Running::Gpu(query)
            }
            Place::File => {
                let points = samples.iter().map(|sample| sample.voxel).collect();
                let Question {
                    plane,
                    planes,
                    channels,
                    ..
                } = question.clone();
                Running::File(PointReader::start(source, plane, planes, channels, points, &self.wake))
            }
        };
        profiler.running = Some((question, samples, running));
        Ok(is_new)
    }
}

impl Profiler {
    fn collect(&mut self, gpu: &Gpu, stage: &Stage, source: &Arc<dyn Source>) -> Result<bool, SessionError> {
        let Some((question, samples, running)) = &mut self.running else {
            return Ok(false);
        };
        let values = match running {
            Running::File(reader) => match reader.poll() {
                Some(values) => values,
                None => return Ok(false),
            },
            Running::Gpu(query) => {
                let is_ready = query.readback.as_ref().is_none_or(Readback::is_ready);
                if !is_ready || !query.is_done.load(Ordering::Acquire) {
                    return Ok(false);
                }
                let Some(kernel) = &self.kernel else { return Ok(false) };
                match query.readback.take() {
                    Some(readback) => {
                        let bytes = readback
                            .take()
                            .ok_or_else(|| GpuError::Lost("a profile did not come back".into()))?;
                        let found = kernel.decode(samples.len(), &bytes).into_iter().zip(&query.is_seen);
                        let seen = |(value, &is_seen): (Value, &bool)| is_seen.then_some(value);
                        found
                            .map(|(values, is_seen)| values.into_iter().zip(is_seen).map(seen).collect())
                            .collect()
                    }
                    None => {
                        match place(stage, source, question) {
                            Place::Here(textures, _) => query.submit(gpu, kernel, textures),
                            // The textures are of another time now.
                            Place::Coming | Place::File => self.running = None,
                        }
                        return Ok(false);
                    }
                }
            }
        };
        if let Some((question, samples, _)) = self.running.take() {
            self.found = Some(profile(question, samples, values));
        }
        Ok(true)
    }

    /// Whether an answer is awaited that nobody wakes the window for.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self.running, Some((_, _, Running::Gpu(_))))
    }
}

fn profile(question: Question, samples: Vec<ProfileSample>, values: Vec<Vec<Option<Value>>>) -> Profile {
    let Question {
        line,
        plane,
        planes,
        channels,
    } = question;
    let values = match values.is_empty() {
        true => vec![Vec::new(); channels.len()],
        false => values,
    };
    Profile {
        line,
        plane,
        planes,
        samples,
        channels,
        values,
    }
}
