//! Pictures and movies made beside the window: each frame is what `render` draws, and what is cancelled leaves nothing.

mod common;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::gpu::{MemorySource, gpu};
use common::viewer::TIMEOUT;
use microtome::app::{Export, ExportJob, Made, Movie, Outcome};
use microtome::gpu::{AdapterChoice, Gpu};
use microtome::session::Headless;
use microtome::source::Source;
use microtome::view::{Camera, ContrastRule, Overlay, Picture, ViewOptions, ViewState};
use microtome::volume::{Axis, SampleType, Window};

const OVERLAY: Overlay = Overlay {
    scale_bar: true,
    labels: true,
};

fn image() -> MemorySource {
    MemorySource::between(SampleType::U16, [3, 2, 7, 40, 60], (100.0, 4000.0), 700).spaced([2.0, 1.0, 0.5])
}

fn start(export: Export) -> ExportJob {
    ExportJob::start(export, AdapterChoice::from_env(), Arc::new(|| ()))
}

fn wait(job: &ExportJob) -> Outcome {
    let started = Instant::now();
    loop {
        if let Some(outcome) = job.poll() {
            return outcome;
        }
        assert!(started.elapsed() < TIMEOUT, "still {:?}", job.progress());
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn options() -> ViewOptions {
    ViewOptions {
        size: Some([150, 90]),
        has_scale_bar: true,
        has_labels: true,
        ..ViewOptions::default()
    }
}

/// What `render` draws with these words, and the view with its windows.
fn rendered(gpu: &Arc<Gpu>, source: &Arc<dyn Source>, options: &ViewOptions) -> (Picture, ViewState) {
    let mut headless = Headless::new(gpu.clone(), source.clone());
    let (mut picture, view) = headless.render(options, &|_| ()).expect("a picture");
    picture.annotate(source.dataset(), &view, OVERLAY);
    (picture, view)
}

fn export(source: &Arc<dyn Source>, view: ViewState, path: &Path, movie: Option<Movie>) -> Export {
    Export {
        source: source.clone(),
        has_exact_window: vec![true; view.channels.len()],
        view,
        seen_in: None,
        size: [150, 90],
        overlay: OVERLAY,
        movie,
        path: path.to_owned(),
        may_replace: false,
    }
}

fn planes(range: std::ops::Range<u64>, is_ping_pong: bool) -> Option<Movie> {
    Some(Movie {
        is_over_time: false,
        range,
        is_ping_pong,
        fps: 10.0,
    })
}

fn read_png(path: &Path) -> Vec<u8> {
    let file = std::io::BufReader::new(fs::File::open(path).expect("the picture"));
    let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
    let mut rgb = vec![0; reader.output_buffer_size().expect("a size")];
    reader.next_frame(&mut rgb).expect("a picture");
    rgb
}

fn check(path: &Path, wanted: &Picture, what: &str) {
    let found = read_png(path);
    let wanted = wanted.rgb();
    assert_eq!(found.len(), wanted.len(), "{what}");
    let off = found.iter().zip(&wanted).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(off <= Some(1), "{what} is off by {off:?}");
}

fn is_nothing_there(folder: &Path) -> bool {
    fs::read_dir(folder).expect("a folder").next().is_none()
}

#[test]
fn a_picture_is_what_render_draws_at_any_size() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let source = image().shared();
    let (picture, view) = rendered(&gpu, &source, &options());
    let path = folder.path().join("picture.png");
    let job = start(export(&source, view.clone(), &path, None));
    assert_eq!(wait(&job), Outcome::Written(path.clone()));
    assert_eq!(job.progress(), Made::Percent(100));
    check(&path, &picture, "the picture");

    // Twice as large as it is seen: as `render` with twice the zoom, and letters of that size.
    let seen = ViewOptions {
        zoom: Some(3.0),
        center: Some([20.0, 11.0]),
        ..options()
    };
    let (_, view) = rendered(&gpu, &source, &seen);
    let large = ViewOptions {
        zoom: Some(6.0),
        size: Some([300, 180]),
        ..seen
    };
    let (picture, _) = rendered(&gpu, &source, &large);
    let path = folder.path().join("large.png");
    let job = start(Export {
        size: [300, 180],
        seen_in: Some([150, 90]),
        ..export(&source, view, &path, None)
    });
    assert_eq!(wait(&job), Outcome::Written(path.clone()));
    check(&path, &picture, "the large picture");
}

/// Windows are those that were given, whatever rule they come from; only numbers of planes are asked for again.
#[test]
fn windows_are_those_of_the_view() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let source = image().shared();
    let (_, mut view) = rendered(&gpu, &source, &options());
    view.channels[0].window.hi = 900.0;
    let words = ViewOptions {
        ranges: (0..2)
            .map(|channel| (Some(channel), view.channels[channel].window))
            .collect(),
        ..options()
    };
    let path = folder.path().join("picture.png");
    assert_eq!(view.channels[0].contrast, ContrastRule::Volume);
    assert_eq!(
        wait(&start(export(&source, view, &path, None))),
        Outcome::Written(path.clone())
    );
    check(&path, &rendered(&gpu, &source, &words).0, "given windows");

    let by_plane = ViewOptions {
        contrast: Some(ContrastRule::Plane),
        ..options()
    };
    let (_, view) = rendered(&gpu, &source, &by_plane);
    let path = folder.path().join("frames");
    let job = start(export(&source, view, &path, planes(0..3, false)));
    assert_eq!(wait(&job), Outcome::Written(path.clone()));
    for plane in 0..3 {
        let words = ViewOptions {
            plane: Some(plane),
            ..by_plane.clone()
        };
        let frame = path.join(format!("frame-{plane:03}.png"));
        check(&frame, &rendered(&gpu, &source, &words).0, &format!("plane {plane}"));
    }
}

/// Windows that are not known yet, or only of what was seen so far, are measured.
#[test]
fn windows_that_are_not_exact_are_measured() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let source = image().shared();
    for (name, rule) in [
        ("volume", ContrastRule::Volume),
        ("percentile", ContrastRule::Percentile(1.0, 99.0)),
    ] {
        let words = ViewOptions {
            contrast: Some(rule),
            ..options()
        };
        let (wanted, mut view) = rendered(&gpu, &source, &words);
        view.channels[0].window = Window::new(0.0, 0.0);
        view.channels[1].window.hi /= 2.0;
        let path = folder.path().join(format!("{name}.png"));
        let job = start(Export {
            has_exact_window: vec![false; 2],
            ..export(&source, view.clone(), &path, None)
        });
        assert_eq!(wait(&job), Outcome::Written(path.clone()));
        check(&path, &wanted, name);

        let path = folder.path().join(name);
        let job = start(Export {
            has_exact_window: vec![false; 2],
            ..export(&source, view, &path, planes(3..4, false))
        });
        assert_eq!(wait(&job), Outcome::Written(path.clone()));
        check(&path.join("frame-000.png"), &wanted, name);
    }
}

fn is_hatched(rgb: &[u8]) -> bool {
    rgb.chunks_exact(3).any(|pixel| pixel == [217, 140, 38])
}

/// As in the window: planes and times that cannot be read are hatched, whether the image fits into memory or not.
#[test]
fn what_cannot_be_read_of_a_movie_is_hatched() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let whole = image().shared();
    let mut damaged = image();
    damaged.damaged_plane = Some(4);
    damaged.damaged_time = Some(1);
    let source = damaged.shared();
    let (picture, view) = rendered(&gpu, &whole, &options());
    assert!(!is_hatched(&picture.rgb()), "by itself");
    let times = Some(Movie {
        is_over_time: true,
        range: 0..3,
        is_ping_pong: false,
        fps: 10.0,
    });
    let small = AdapterChoice {
        memory_bytes: Some(60_000),
        ..AdapterChoice::from_env()
    };
    for (memory, choice) in [("large", AdapterChoice::from_env()), ("small", small)] {
        for (what, movie, lost) in [("planes", planes(2..6, false), 2), ("times", times.clone(), 1)] {
            for has_exact_window in [true, false] {
                let name = format!("{memory} {what} {has_exact_window}");
                let path = folder.path().join(&name);
                let export = Export {
                    has_exact_window: vec![has_exact_window; 2],
                    ..export(&source, view.clone(), &path, movie.clone())
                };
                let job = ExportJob::start(export, choice.clone(), Arc::new(|| ()));
                assert_eq!(wait(&job), Outcome::Written(path.clone()), "{name}");
                let count = fs::read_dir(&path).expect("a folder").count();
                for frame in 0..count {
                    let rgb = read_png(&path.join(format!("frame-{frame:03}.png")));
                    assert_eq!(is_hatched(&rgb), frame == lost, "{name}, frame {frame}");
                }
                assert!(job.lost_planes() >= 1, "{name}: {}", job.lost_planes());
            }
        }
        // What shows nothing at all is none.
        let path = folder.path().join("none");
        let job = ExportJob::start(
            export(&source, view.clone(), &path, planes(4..5, false)),
            choice.clone(),
            Arc::new(|| ()),
        );
        let outcome = wait(&job);
        let is_made = outcome == Outcome::Written(path.clone());
        assert!(is_made || matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
        if is_made {
            fs::remove_dir_all(&path).expect("it is there");
        }
    }
    let mut nothing = image();
    nothing.damaged_time = Some(0);
    let nothing = nothing.shared();
    let job = start(export(
        &nothing,
        view,
        &folder.path().join("nothing"),
        planes(0..7, false),
    ));
    assert!(matches!(wait(&job), Outcome::Failed(_)));
    assert!(!folder.path().join("nothing").exists());
}

#[test]
fn frames_are_what_render_draws() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let source = image().shared();
    for (name, normal, is_over_time, movie, order) in [
        ("forward", Axis::Z, false, planes(2..6, false), vec![2, 3, 4, 5]),
        ("back again", Axis::Z, false, planes(3..6, true), vec![3, 4, 5, 4]),
        ("one", Axis::Z, false, planes(4..5, true), vec![4]),
        ("rows", Axis::Y, false, planes(10..13, false), vec![10, 11, 12]),
        (
            "times",
            Axis::Z,
            true,
            Some(Movie {
                is_over_time: true,
                range: 0..3,
                is_ping_pong: false,
                fps: 10.0,
            }),
            vec![0, 1, 2],
        ),
    ] {
        let words = ViewOptions {
            normal: Some(normal),
            ..options()
        };
        let (_, view) = rendered(&gpu, &source, &words);
        let path = folder.path().join(name);
        let job = start(export(&source, view, &path, movie));
        assert_eq!(wait(&job), Outcome::Written(path.clone()), "{name}");
        let count = order.len() as u64;
        assert_eq!(job.progress(), Made::Frames(count, count), "{name}");
        assert_eq!(fs::read_dir(&path).expect("a folder").count(), order.len(), "{name}");
        for (frame, place) in order.into_iter().enumerate() {
            let words = match is_over_time {
                true => ViewOptions {
                    t: Some(place),
                    ..words.clone()
                },
                false => ViewOptions {
                    plane: Some(place),
                    ..words.clone()
                },
            };
            let what = format!("{name}, frame {frame}");
            check(
                &path.join(format!("frame-{frame:03}.png")),
                &rendered(&gpu, &source, &words).0,
                &what,
            );
        }
    }
    // The other formats hold as many frames.
    let (_, view) = rendered(&gpu, &source, &options());
    let path = folder.path().join("movie.gif");
    assert_eq!(
        wait(&start(export(&source, view.clone(), &path, planes(0..4, true)))),
        Outcome::Written(path.clone())
    );
    let mut gif = gif::DecodeOptions::new();
    gif.set_color_output(gif::ColorOutput::RGBA);
    let mut gif = gif.read_info(fs::File::open(&path).expect("the movie")).expect("a GIF");
    let mut count = 0;
    while gif.read_next_frame().expect("a frame").is_some() {
        count += 1;
    }
    assert_eq!(count, 6);
    let path = folder.path().join("movie.apng");
    assert_eq!(
        wait(&start(export(&source, view, &path, planes(0..4, true)))),
        Outcome::Written(path.clone())
    );
    let file = std::io::BufReader::new(fs::File::open(&path).expect("the movie"));
    let reader = png::Decoder::new(file).read_info().expect("a PNG");
    assert_eq!(reader.info().animation_control.expect("animated").num_frames, 6);
}

#[test]
fn what_is_cancelled_leaves_nothing() {
    let Some(gpu) = gpu() else { return };
    let source = image().shared();
    let (_, view) = rendered(&gpu, &source, &options());
    for name in ["movie.gif", "movie.png", "frames"] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        // Long enough to be cancelled in the middle.
        let long = Movie {
            is_over_time: false,
            range: 0..7,
            is_ping_pong: true,
            fps: 10.0,
        };
        let mut large = export(&source, view.clone(), &path, Some(long));
        large.size = [1500, 1200];
        let job = start(large);
        let started = Instant::now();
        while job.progress() == Made::Frames(0, 12) && job.poll().is_none() {
            assert!(started.elapsed() < TIMEOUT, "no frame");
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(path.exists(), "its name is taken while it is made");
        job.cancel();
        assert_eq!(wait(&job), Outcome::Cancelled, "{name}");
        assert!(job.progress() != Made::Frames(12, 12));
        assert!(is_nothing_there(folder.path()), "{name}: something is left");
    }
    // While it reads.
    let folder = tempfile::tempdir().expect("a folder");
    let mut slow = MemorySource::random(SampleType::U8, [1, 1, 200, 9, 9], 701);
    slow.delay = Duration::from_millis(50);
    let slow = slow.shared();
    let mut view = ViewState::new(slow.dataset());
    view.camera = Camera::Fit;
    let job = start(export(
        &slow,
        view,
        &folder.path().join("movie.gif"),
        planes(0..200, false),
    ));
    std::thread::sleep(Duration::from_millis(300));
    job.cancel();
    assert_eq!(wait(&job), Outcome::Cancelled);
    assert!(is_nothing_there(folder.path()), "something is left");
}

#[test]
fn what_is_there_stays_unless_it_may_be_replaced() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let source = image().shared();
    let (picture, view) = rendered(&gpu, &source, &options());
    for (name, movie) in [("picture.png", None), ("movie.gif", planes(0..2, false))] {
        let path = folder.path().join(name);
        fs::write(&path, "somebody's").expect("the file is written");
        let job = start(export(&source, view.clone(), &path, movie));
        let Outcome::Failed(reason) = wait(&job) else {
            panic!("{name} was replaced");
        };
        assert!(
            reason.contains("something of that name") && reason.ends_with(name),
            "{reason}"
        );
        assert_eq!(fs::read_to_string(&path).expect("the file"), "somebody's");
    }
    let path = folder.path().join("picture.png");
    let job = start(Export {
        may_replace: true,
        ..export(&source, view.clone(), &path, None)
    });
    assert_eq!(wait(&job), Outcome::Written(path.clone()));
    check(&path, &picture, "in place of another");

    // A folder may be there, if it is empty.
    let path = folder.path().join("frames");
    fs::create_dir(&path).expect("a folder");
    let job = start(export(&source, view.clone(), &path, planes(0..2, false)));
    assert_eq!(wait(&job), Outcome::Written(path.clone()));
    let job = start(export(&source, view, &path, planes(0..2, false)));
    assert!(matches!(wait(&job), Outcome::Failed(_)));
    assert_eq!(fs::read_dir(&path).expect("a folder").count(), 2);
}

#[test]
fn what_cannot_be_made_says_why_and_leaves_nothing() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut damaged = image();
    damaged.damaged_plane = Some(4);
    let source = damaged.shared();
    let whole = image().shared();
    let (_, view) = rendered(&gpu, &whole, &options());
    let mut fast = planes(0..2, false);
    if let Some(movie) = &mut fast {
        movie.fps = 1e6;
    }
    let huge = Export {
        size: [4_000_000, 3],
        ..export(&whole, view.clone(), &folder.path().join("huge.png"), None)
    };
    let mut of_damaged = view.clone();
    of_damaged.set_plane(4);
    for (export, reason) in [
        (
            export(&source, of_damaged, &folder.path().join("a.png"), None),
            "plane 4 is missing",
        ),
        (
            export(&whole, view.clone(), &folder.path().join("b.gif"), planes(3..8, false)),
            "count from 0 to 6",
        ),
        (
            export(&whole, view.clone(), &folder.path().join("c"), planes(3..3, true)),
            "are not all there",
        ),
        (
            export(&whole, view.clone(), &folder.path().join("d.gif"), fast),
            "frames per second",
        ),
        (
            export(&whole, view.clone(), &folder.path().join("no/e.png"), None),
            "No such file",
        ),
        (huge, "pixels"),
    ] {
        let Outcome::Failed(found) = wait(&start(export)) else {
            panic!("{reason}: it was made");
        };
        assert!(found.contains(reason) && !found.contains('\n'), "{found}, not {reason}");
        assert!(is_nothing_there(folder.path()), "{reason}: something is left");
    }
}
