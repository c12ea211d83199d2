//! Pictures and movies that are made beside the window, from what it shows.

use std::io::ErrorKind;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use crossbeam_channel::{Receiver, TryRecvError, bounded};

use super::made::Made;
use super::reserved::Reserved;
use crate::export::{ExportError, FPS_RANGE, MovieFormat, MoviePlan, MovieWriter, Provenance, write_png};
use crate::gpu::{AdapterChoice, Gpu};
use crate::session::{Headless, Progress, SessionError, Sweep, Wake};
use crate::source::{Source, SourceError};
use crate::view::{Camera, ContrastRule, Overlay, Picture, ViewState};
use crate::volume::{Damage, Dataset, Region};

/// What is to be made.
#[derive(Clone)]
pub struct Export {
    /// The image.
    pub source: Arc<dyn Source>,
    /// What is shown, with the windows that it is shown with.
    pub view: ViewState,
    /// Per channel, whether its window is what its rule says of the whole volume of the time point: it is taken as it is then,
    /// and measured otherwise.
    pub has_exact_window: Vec<bool>,
    /// Width and height in pixels of the canvas that it is seen in: a larger picture shows the same part, larger. `None` if
    /// the camera is meant for the picture itself.
    pub seen_in: Option<[u32; 2]>,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// What is written into it, laid out in its own pixels.
    pub overlay: Overlay,
    /// A picture where there is none.
    pub movie: Option<Movie>,
    /// Where it is to be. The ending decides the format of a movie, as [`MovieFormat::of`] does; a picture is a PNG.
    pub path: PathBuf,
    /// Whether what has this name may be replaced.
    pub may_replace: bool,
}

/// The frames of a movie.
#[derive(Clone, Debug, PartialEq)]
pub struct Movie {
    /// Over time points, instead of planes along the normal.
    pub is_over_time: bool,
    /// The planes, or the time points; at least one.
    pub range: Range<u64>,
    /// Forward, and back again: all but the two ends twice.
    pub is_ping_pong: bool,
    /// Frames per second, within [`FPS_RANGE`].
    pub fps: f64,
}

impl Movie {
    /// The planes, or time points, in the order in which they are shown.
    pub fn frames(&self) -> impl Iterator<Item = u64> {
        let back = match self.is_ping_pong {
            true => self.range.start + 1..self.range.end.saturating_sub(1),
            false => 0..0,
        };
        self.range.clone().chain(back.rev())
    }

    /// How many there are.
    pub fn frame_count(&self) -> u64 {
        let count = self.range.end.saturating_sub(self.range.start);
        match self.is_ping_pong {
            true => count + count.saturating_sub(2),
            false => count,
        }
    }
}

/// How an export ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The file, or folder of frames, is there.
    Written(PathBuf),
    /// It was cancelled, and nothing is left of it.
    Cancelled,
    /// One line that says why there is none; nothing is left of it.
    Failed(String),
}

/// Makes a picture or a movie on a thread of its own, with a device of its own: the frames of the window do not wait for
/// its work, and neither notices an error of the other. Dropping it cancels it.
///
/// Windows that come from the whole volume are those of the view where they are exact; nothing is measured again, but where
/// the contrast rule asks for numbers of every plane, or of every time point of a movie over time: so does the window there.
/// It takes the memory that [`Headless`] takes, within the budget of its device.
///
/// Planes of a movie that cannot be read are hatched, as they are in the window.
pub struct ExportJob {
    answer: Receiver<Outcome>,
    shared: Arc<Shared>,
    frame_count: Option<u64>,
}

/// What the thread and its owner both know.
#[derive(Default)]
struct Shared {
    /// Frames, or percent of a picture.
    done: AtomicU64,
    /// Planes that were met and cannot be read.
    lost_planes: AtomicU64,
    is_cancelled: AtomicBool,
}

impl ExportJob {
    /// Starts; `wake` is called when a frame is done, and at the end.
    pub fn start(export: Export, choice: AdapterChoice, wake: Wake) -> Self {
        let frame_count = export.movie.as_ref().map(Movie::frame_count);
        let shared = Arc::new(Shared::default());
        let (sender, answer) = bounded(1);
        let theirs = shared.clone();
        std::thread::spawn(move || {
            let made = make(&export, &choice, &theirs, &wake);
            let outcome = match made {
                Ok(()) => Outcome::Written(std::path::absolute(&export.path).unwrap_or(export.path)),
                Err(_) if theirs.is_cancelled() => Outcome::Cancelled,
                Err(reason) => Outcome::Failed(reason.to_string()),
            };
            // Nobody listens any more where the window was closed.
            let _ = sender.send(outcome);
            wake();
        });
        Self {
            answer,
            shared,
            frame_count,
        }
    }

    /// How far it is.
    pub fn progress(&self) -> Made {
        let done = self.shared.done.load(Ordering::Relaxed);
        self.frame_count
            .map_or(Made::Percent(done), |total| Made::Frames(done, total))
    }

    /// Planes of the image that were met and cannot be read.
    pub fn lost_planes(&self) -> u64 {
        self.shared.lost_planes.load(Ordering::Relaxed)
    }

    /// Ends it soon: [`ExportJob::poll`] says when. What is complete by then stays.
    pub fn cancel(&self) {
        self.shared.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// Waits for its end, though not for longer than until `deadline`: for when there is no frame any more to hold up.
    pub fn wait(&self, deadline: Instant) -> Option<Outcome> {
        self.answer.recv_deadline(deadline).ok()
    }

    /// How it ended, once it has; to be asked until then.
    pub fn poll(&self) -> Option<Outcome> {
        match self.answer.try_recv() {
            Ok(outcome) => Some(outcome),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Outcome::Failed("the thread that exports ended early".into())),
        }
    }
}

impl Drop for ExportJob {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl Shared {
    fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }

    /// # Errors
    /// If it was cancelled.
    fn go_on(&self) -> Result<(), Failure> {
        match self.is_cancelled() {
            true => Err(Failure::Words("cancelled".into())),
            false => Ok(()),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error("{0}")]
    Words(String),
}

fn make(export: &Export, choice: &AdapterChoice, shared: &Arc<Shared>, wake: &Wake) -> Result<(), Failure> {
    check(export)?;
    let reserved = match export.may_replace {
        true => None,
        false => Some(reserve(export)?),
    };
    let gpu = Gpu::headless(choice).map_err(SessionError::from)?;
    let source: Arc<dyn Source> = Arc::new(Stoppable {
        source: export.source.clone(),
        shared: shared.clone(),
    });
    let mut headless = Headless::new(Arc::new(gpu), source);
    let note = |done: u64| {
        if shared.done.fetch_max(done, Ordering::Relaxed) < done {
            wake();
        }
    };
    match &export.movie {
        None => {
            // To write it is the rest.
            let progress = |share: f64| note((share * 90.0) as u64);
            let (picture, view) = frame(&mut headless, export, export.view.clone(), &progress)?;
            shared.go_on()?;
            write_png(&export.path, &picture, &Provenance::new(export.source.dataset(), &view))?;
            note(100);
        }
        Some(movie) => {
            let plan = MoviePlan {
                size: export.size,
                frame_count: movie.frame_count(),
                fps: movie.fps,
                is_forced: export.may_replace,
            };
            let mut writer = MovieWriter::create(&export.path, plan)?;
            for (place, done) in movie.frames().zip(1..) {
                shared.go_on()?;
                let mut view = export.view.clone();
                if movie.is_over_time {
                    view.set_time(place);
                } else {
                    view.set_plane(place);
                }
                let (picture, view) = frame(&mut headless, export, view, &|_| ())?;
                shared.go_on()?;
                writer.frame(&picture, &Provenance::new(export.source.dataset(), &view))?;
                note(done);
            }
            headless.check_sweep()?;
            writer.finish()?;
        }
    }
    let lost_planes = headless.lost().iter().map(Damage::planes).sum();
    shared.lost_planes.store(lost_planes, Ordering::Relaxed);
    if let Some(reserved) = reserved {
        reserved.keep();
    }
    Ok(())
}

/// # Errors
/// If there is no such movie.
fn check(export: &Export) -> Result<(), Failure> {
    let Some(movie) = &export.movie else { return Ok(()) };
    let (what, count) = match movie.is_over_time {
        true => ("time points", export.view.t_count),
        false => ("planes", export.view.plane_count()),
    };
    if movie.range.start >= movie.range.end || movie.range.end > count {
        let (first, last) = (movie.range.start, movie.range.end.saturating_sub(1));
        return Err(Failure::Words(format!(
            "{what} {first} to {last} are not all there: they count from 0 to {}",
            count.saturating_sub(1)
        )));
    }
    if !FPS_RANGE.contains(&movie.fps) {
        let (low, high) = (FPS_RANGE.start(), FPS_RANGE.end());
        return Err(Failure::Words(format!(
            "{} frames per second are not between {low} and {high}",
            movie.fps
        )));
    }
    Ok(MovieFormat::check(&export.path)?)
}

/// Takes the name.
///
/// # Errors
/// If there is something of that name, or no place for it. Frames go into a folder that is empty.
fn reserve(export: &Export) -> Result<Reserved, Failure> {
    let path = &export.path;
    let is_folder = export.movie.is_some() && MovieFormat::of(path) == MovieFormat::Frames;
    Reserved::new(path, is_folder).map_err(|error| {
        Failure::Words(match error.kind() {
            ErrorKind::AlreadyExists => format!("there is something of that name: {}", path.display()),
            _ => format!("cannot write: {error}: {}", path.display()),
        })
    })
}

/// The picture of a view, with what is written into it, and the view as it was drawn.
fn frame(
    headless: &mut Headless,
    export: &Export,
    view: ViewState,
    progress: Progress<'_>,
) -> Result<(Picture, ViewState), SessionError> {
    let rules: Vec<ContrastRule> = view.channels.iter().map(|channel| channel.contrast).collect();
    let mut asked = view;
    let sweep = match &export.movie {
        None => Sweep::None,
        Some(movie) if movie.is_over_time => Sweep::Times,
        Some(_) => Sweep::Planes,
    };
    for (channel, &is_exact) in asked.channels.iter_mut().zip(&export.has_exact_window) {
        if is_exact && sweep != Sweep::Times {
            channel.contrast = ContrastRule::Given;
        }
    }
    if let Some(canvas) = export.seen_in {
        asked.camera = camera_in(&asked, canvas, export.size);
    }
    let (mut picture, mut drawn) = headless.draw_view(asked, export.size.map(u64::from), sweep, progress)?;
    for (channel, rule) in drawn.channels.iter_mut().zip(rules) {
        channel.contrast = rule;
    }
    picture.annotate(export.source.dataset(), &drawn, export.overlay);
    Ok((picture, drawn))
}

/// The camera that shows in a picture of `size` what is seen in a canvas: as large as that fits into it.
fn camera_in(view: &ViewState, canvas: [u32; 2], size: [u32; 2]) -> Camera {
    let ratio = |i: usize| f64::from(size[i]) / f64::from(canvas[i].max(1));
    let scale = ratio(0).min(ratio(1));
    match view.camera {
        Camera::Fit => Camera::Fit,
        Camera::OnePixelPerVoxel => Camera::At {
            center: view.plane_size().map(|n| n as f64 / 2.0),
            zoom: scale,
            is_square: true,
        },
        Camera::At {
            center,
            zoom,
            is_square,
        } => Camera::At {
            center,
            zoom: zoom * scale,
            is_square,
        },
    }
}

/// A source that gives nothing any more once the job is cancelled.
struct Stoppable {
    source: Arc<dyn Source>,
    shared: Arc<Shared>,
}

impl Source for Stoppable {
    fn dataset(&self) -> &Dataset {
        self.source.dataset()
    }

    fn chunk_shape(&self, level: usize) -> [u64; 4] {
        self.source.chunk_shape(level)
    }

    fn read(&self, region: &Region, out: &mut [u8]) -> Result<(), SourceError> {
        if self.shared.is_cancelled() {
            return Err(std::io::Error::from(ErrorKind::Interrupted).into());
        }
        self.source.read(region, out)
    }

    fn damage(&self) -> Vec<Damage> {
        self.source.damage()
    }
}
