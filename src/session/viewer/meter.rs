//! Statistics of the shown plane, or of a box of it, as fast as it is drawn.

use std::sync::Arc;

use super::{Stage, Viewer};
use crate::gpu::Gpu;
use crate::reduce::BoxJob;
use crate::session::SessionError;
use crate::session::background::Background;
use crate::session::box_query::{Answer, BoxCounter, BoxQuery};
use crate::session::contrast::{PlaneKey, jobs};
use crate::session::file_job::FileJob;
use crate::session::passes::COUNTER_SPAN;
use crate::session::stats::{FileStats, MeasureRequest};
use crate::source::{Source, Wake};
use crate::view::{PlaneBox, Rect, ViewState};
use crate::volume::{Box3, Damage, PERCENTILES};

/// What statistics are of.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// The plane that is shown.
    pub plane: PlaneKey,
    /// Voxels of it.
    pub zyx: Box3,
    /// Channels, ascending.
    pub channels: Vec<usize>,
}

impl Scope {
    fn request(&self) -> MeasureRequest {
        MeasureRequest {
            times: self.plane.t..self.plane.t + 1,
            extent: self.zyx.clone(),
            channels: self.channels.clone(),
            percentiles: PERCENTILES.to_vec(),
            is_full: true,
        }
    }

    /// What of its planes is among `lost` ones.
    fn lost(&self, lost: &[Damage]) -> Vec<Damage> {
        let is_in = |damage: &&Damage| {
            damage.t.contains(&self.plane.t)
                && damage.z.start < self.zyx.z.end
                && damage.z.end > self.zyx.z.start
                && self
                    .channels
                    .iter()
                    .any(|&channel| damage.c.contains(&(channel as u64)))
        };
        lost.iter().filter(is_in).cloned().collect()
    }
}

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// What it is of.
    pub scope: Scope,
    /// Exact numbers, one entry per channel of the scope, and the planes of it that were left out because they cannot
    /// be read; or one line that says why there are none.
    pub numbers: Result<FileStats, String>,
}

/// Answers the newest question for statistics; while one is being answered, the next waits.
#[derive(Default)]
pub(super) struct Meter {
    wanted: Option<Scope>,
    running: Option<(Scope, Running)>,
    found: Option<Measured>,
    counter: Option<BoxCounter>,
}

enum Running {
    /// In the textures; and the planes that were left out.
    Gpu(BoxQuery, Vec<Damage>),
    /// From the file, because textures do not hold the voxels now, or not in their full type; and the share of it that
    /// is known to be done.
    File(FileJob, f64),
}

/// Where the voxels of a scope are.
enum Place<'a> {
    /// In textures; and the planes that cannot be read.
    Here(Vec<BoxJob<'a>>, Vec<Damage>),
    /// On their way to textures.
    Coming,
    /// In the file only.
    File,
}

/// What a meter works with.
struct Bench<'a> {
    gpu: &'a Gpu,
    source: &'a Arc<dyn Source>,
    stage: &'a Stage,
    view: &'a ViewState,
    canvas: Rect,
    wake: &'a Wake,
}

impl<'a> Bench<'a> {
    fn place(&self, scope: &Scope) -> Place<'a> {
        let sample_type = self.source.dataset().sample_type;
        if sample_type.is_wide() || scope.zyx.voxels() > COUNTER_SPAN {
            return Place::File;
        }
        match self.stage {
            Stage::Whole(whole) => {
                let PlaneKey { t, normal, index } = scope.plane;
                match whole.shown.as_ref() {
                    Some(shown) if shown.t == t && shown.is_whole(normal, index) => {
                        shown.textures().map_or(Place::Coming, |textures| {
                            let channels = scope.channels.iter().copied();
                            Place::Here(
                                jobs(textures, channels, &scope.zyx, shown.lost()),
                                scope.lost(shown.lost()),
                            )
                        })
                    }
                    _ if whole.is_reading() => Place::Coming,
                    _ => Place::File,
                }
            }
            Stage::Stream(stream) => match stream.jobs(&scope.plane, &scope.zyx, &scope.channels) {
                Some(jobs) => Place::Here(jobs, Vec::new()),
                None if stream.is_coming(self.view, self.canvas) => Place::Coming,
                None => Place::File,
            },
        }
    }
}

impl Meter {
    /// Takes the answer that has come, and asks what is wanted and not known. Returns whether there is anything new.
    fn pump(&mut self, bench: &Bench<'_>) -> Result<bool, SessionError> {
        let is_new = self.collect(bench)?;
        self.ask(bench)?;
        Ok(is_new)
    }

    fn collect(&mut self, bench: &Bench<'_>) -> Result<bool, SessionError> {
        let Some((scope, running)) = &mut self.running else {
            return Ok(false);
        };
        let numbers = match (running, &self.counter) {
            (Running::File(job, told), _) => match job.poll() {
                None => return Ok(std::mem::replace(told, job.progress()) != job.progress()),
                Some(numbers) => numbers.map(|stats| of_scope(stats, scope)),
            },
            (Running::Gpu(query, lost), Some(counter)) => {
                let jobs = || match bench.place(scope) {
                    Place::Here(jobs, _) => Some(jobs),
                    Place::Coming | Place::File => None,
                };
                match query.poll(bench.gpu, counter, jobs, &scope.request())? {
                    Answer::Later => return Ok(false),
                    Answer::Gone => {
                        (self.running, self.counter) = (None, None);
                        return Ok(false);
                    }
                    Answer::Numbers(channels) => Ok(FileStats {
                        channels,
                        lost: std::mem::take(lost),
                    }),
                }
            }
            (Running::Gpu(..), None) => return Ok(false),
        };
        let running = self.running.take();
        self.found = running.map(|(scope, _)| Measured { scope, numbers });
        Ok(true)
    }

    fn ask(&mut self, bench: &Bench<'_>) -> Result<(), SessionError> {
        let is_of = |scope: &Scope| Some(scope) == self.wanted.as_ref();
        let is_known = self.found.as_ref().is_some_and(|found| is_of(&found.scope));
        let is_asked = match &self.running {
            // It has its answer soon, which is shown until the next one comes.
            Some((_, Running::Gpu(..))) => true,
            // What is read for an older question is given up.
            Some((scope, Running::File(..))) => is_of(scope),
            None => false,
        };
        let Some(scope) = self.wanted.clone().filter(|_| !is_known && !is_asked) else {
            return Ok(());
        };
        self.running = match bench.place(&scope) {
            Place::Coming => None,
            Place::File => {
                let background = Background::new(bench.source, &Arc::default(), 0);
                let job = FileJob::start(background, scope.request(), bench.wake);
                Some((scope, Running::File(job, 0.0)))
            }
            Place::Here(jobs, lost) => {
                let (gpu, count) = (bench.gpu, scope.channels.len());
                let counter = match self.counter.take() {
                    Some(counter) => counter.with_channels(gpu, count)?,
                    None => BoxCounter::new(gpu, bench.source.dataset().sample_type, count)?,
                };
                let query = BoxQuery::start(gpu, &counter, &jobs)?;
                self.counter = Some(counter);
                Some((scope, Running::Gpu(query, lost)))
            }
        };
        Ok(())
    }

    /// Whether an answer is awaited that nobody wakes the window for.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self.running, Some((_, Running::Gpu(..))))
    }
}

/// The numbers of the channels of a scope, of those of the whole file.
fn of_scope(stats: FileStats, scope: &Scope) -> FileStats {
    let channels = stats.channels.into_iter().enumerate();
    let channels = channels.filter(|(channel, _)| scope.channels.contains(channel));
    FileStats {
        channels: channels.map(|(_, numbers)| numbers).collect(),
        lost: scope.lost(&stats.lost),
    }
}

impl Viewer {
    /// What statistics of the visible channels are of: the shown plane, or a box of it that is drawn over planes along
    /// this axis. `None` before the file is open, or without a visible channel.
    pub fn scope(&self, area: Option<&PlaneBox>) -> Option<Scope> {
        let view = self.view.as_ref()?;
        let channels = view.visible_channels();
        (!channels.is_empty()).then(|| Scope {
            plane: PlaneKey::of(view),
            zyx: view.voxels_in(area),
            channels,
        })
    }

    /// Asks for exact statistics, or for no more of them. They come with [`Viewer::pump`], as soon as the voxels are
    /// there; the newest question wins.
    pub fn measure(&mut self, gpu: &Gpu, scope: Option<Scope>) {
        if scope.is_none() {
            self.meter = Meter::default();
        }
        self.meter.wanted = scope;
        if let Err(error) = self.follow_meter(gpu) {
            self.fail(error.to_string());
        }
    }

    pub(super) fn follow_meter(&mut self, gpu: &Gpu) -> Result<bool, SessionError> {
        let (Some(source), Some(stage), Some(view)) = (&self.source, &self.stage, &self.view) else {
            return Ok(false);
        };
        self.meter.pump(&Bench {
            gpu,
            source,
            stage,
            view,
            canvas: self.canvas,
            wake: &self.wake,
        })
    }

    /// The statistics that came last: those of an older question while an answer is awaited.
    pub fn measured(&self) -> Option<&Measured> {
        self.meter.found.as_ref()
    }

    /// The share of what is asked for that was read from the file, from 0 to 1, where that is necessary.
    pub fn measured_share(&self) -> Option<f64> {
        match &self.meter.running {
            Some((_, Running::File(job, _))) => Some(job.progress()),
            _ => None,
        }
    }
}
