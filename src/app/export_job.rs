//! Pictures and movies that are made beside the window, from what it shows.

use std::fs;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crossbeam_channel::{Receiver, TryRecvError, bounded};

use crate::export::{ExportError, FPS_RANGE, MovieFormat, MoviePlan, MovieWriter, Provenance, write_png};
use crate::gpu::{AdapterChoice, Gpu};
use crate::session::{Headless, SessionError, Wake};
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
/// What windows come from the whole volume are those of the view; nothing is measured again, but where the contrast rule
/// asks for numbers of every plane, or of every time point of a movie over time: so does the window there. It takes the
/// memory that [`Headless`] takes, within the budget of its device.
pub struct ExportJob {
    answer: Receiver<Outcome>,
    shared: Arc<Shared>,
    total: u64,
}

/// What the thread and its owner both know.
#[derive(Default)]
struct Shared {
    done: AtomicU64,
    is_cancelled: AtomicBool,
}

impl ExportJob {
    /// Starts; `wake` is called when a frame is done, and at the end.
    pub fn start(export: Export, choice: AdapterChoice, wake: Wake) -> Self {
        let total = export.movie.as_ref().map_or(1, Movie::frame_count);
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
        Self { answer, shared, total }
    }

    /// Frames that are done, and all.
    pub fn progress(&self) -> (u64, u64) {
        (self.shared.done.load(Ordering::Relaxed), self.total)
    }

    /// Ends it soon: [`ExportJob::poll`] says when. What is complete by then stays.
    pub fn cancel(&self) {
        self.shared.is_cancelled.store(true, Ordering::Relaxed);
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
    let mut reserved = Reserved::new(export)?;
    let gpu = Gpu::headless(choice).map_err(SessionError::from)?;
    let source: Arc<dyn Source> = Arc::new(Stoppable {
        source: export.source.clone(),
        shared: shared.clone(),
    });
    let mut headless = Headless::new(Arc::new(gpu), source);
    let note_frame = || {
        shared.done.fetch_add(1, Ordering::Relaxed);
        wake();
    };
    match &export.movie {
        None => {
            let (picture, view) = frame(&mut headless, export, export.view.clone(), false)?;
            shared.go_on()?;
            write_png(&export.path, &picture, &Provenance::new(export.source.dataset(), &view))?;
            note_frame();
        }
        Some(movie) => {
            let plan = MoviePlan {
                size: export.size,
                frame_count: movie.frame_count(),
                fps: movie.fps,
                is_forced: export.may_replace,
            };
            let mut writer = MovieWriter::create(&export.path, plan)?;
            for place in movie.frames() {
                shared.go_on()?;
                let mut view = export.view.clone();
                if movie.is_over_time {
                    view.set_time(place);
                } else {
                    view.set_plane(place);
                }
                let (picture, view) = frame(&mut headless, export, view, !movie.is_over_time)?;
                shared.go_on()?;
                writer.frame(&picture, &Provenance::new(export.source.dataset(), &view))?;
                note_frame();
            }
            writer.finish()?;
        }
    }
    reserved.keep();
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

/// The picture of a view, with what is written into it, and the view as it was drawn.
fn frame(
    headless: &mut Headless,
    export: &Export,
    view: ViewState,
    is_one_of_many: bool,
) -> Result<(Picture, ViewState), SessionError> {
    let rules: Vec<ContrastRule> = view.channels.iter().map(|channel| channel.contrast).collect();
    let mut asked = view;
    let is_over_time = export.movie.as_ref().is_some_and(|movie| movie.is_over_time);
    for channel in &mut asked.channels {
        let is_of_volume = matches!(
            channel.contrast,
            ContrastRule::Volume | ContrastRule::Percentile(..) | ContrastRule::Given
        );
        if is_of_volume && !is_over_time {
            channel.contrast = ContrastRule::Given;
        }
    }
    if let Some(canvas) = export.seen_in {
        asked.camera = camera_in(&asked, canvas, export.size);
    }
    let (mut picture, mut drawn) = headless.draw_view(asked, export.size.map(u64::from), is_one_of_many)?;
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

/// A name that is taken before the work is begun, so that nothing else gets it meanwhile.
struct Reserved {
    /// What was made for it, to be removed if the work comes to nothing.
    made: Option<(PathBuf, bool)>,
}

impl Reserved {
    /// # Errors
    /// If the name is taken and may not be replaced, or there is no place for it.
    fn new(export: &Export) -> Result<Self, Failure> {
        let path = &export.path;
        let is_folder = export.movie.is_some() && MovieFormat::of(path) == MovieFormat::Frames;
        if export.may_replace {
            return Ok(Self { made: None });
        }
        let made = match is_folder {
            true => fs::create_dir(path),
            false => fs::File::create_new(path).map(drop),
        };
        match made {
            Ok(()) => Ok(Self {
                made: Some((path.clone(), is_folder)),
            }),
            // Frames go into a folder that is empty.
            Err(error) if error.kind() == ErrorKind::AlreadyExists && is_folder && is_empty(path) => {
                Ok(Self { made: None })
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(Failure::Words(format!(
                "there is something of that name: {}",
                path.display()
            ))),
            Err(error) => Err(Failure::Words(format!("cannot write: {error}: {}", path.display()))),
        }
    }

    /// The work is done.
    fn keep(&mut self) {
        self.made = None;
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        // What is not empty is somebody else's by now.
        let _ = match &self.made {
            Some((path, true)) => fs::remove_dir(path),
            Some((path, false)) if fs::metadata(path).is_ok_and(|file| file.len() == 0) => fs::remove_file(path),
            _ => Ok(()),
        };
    }
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
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
