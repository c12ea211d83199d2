//! What becomes of exports when the program ends, and of windows that are not known yet.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{NOT_YET, Running};
use crate::app::actions::Action;
use crate::app::event_loop::Launch;
use crate::app::export_job::{Export, ExportJob, Movie};
use crate::app::program::Program;
use crate::app::save::Saver;
use crate::app::testing::{dataset, gpu, viewer};
use crate::app::trace::Trace;
use crate::gpu::AdapterChoice;
use crate::session::OpenRequest;
use crate::source::{Source, SourceError};
use crate::view::{ContrastRule, Overlay, Picture, ViewState};
use crate::volume::{Dataset, Region};

/// An image that takes so long to be read that nobody waits for its end.
struct Slow(Dataset);

impl Source for Slow {
    fn dataset(&self) -> &Dataset {
        &self.0
    }

    fn chunk_shape(&self, _: usize) -> [u64; 4] {
        [1, 1, self.0.shape.y, self.0.shape.x]
    }

    fn read(&self, _: &Region, out: &mut [u8]) -> Result<(), SourceError> {
        std::thread::sleep(Duration::from_millis(20));
        out.fill(1);
        Ok(())
    }
}

fn slow_movie(path: &Path) -> Running {
    let source = Arc::new(Slow(dataset([1, 1, 100_000, 8, 8])));
    let view = ViewState::new(source.dataset());
    let export = Export {
        source,
        view,
        has_exact_window: vec![true],
        seen_in: None,
        size: [64, 64],
        overlay: Overlay::default(),
        movie: Some(Movie {
            is_over_time: false,
            range: 0..100_000,
            is_ping_pong: false,
            fps: 10.0,
        }),
        path: path.to_owned(),
        may_replace: false,
    };
    let job = ExportJob::start(export, AdapterChoice::from_env(), Arc::new(|| {}));
    Running {
        name: "a movie".to_owned(),
        told: job.progress(),
        job,
    }
}

fn program() -> Program {
    let launch = Launch {
        choice: AdapterChoice::from_env(),
        started: Instant::now(),
        is_verbose: false,
        keymap: None,
    };
    let request = OpenRequest {
        path: "sample:kidney".into(),
        ..Default::default()
    };
    Program::new(request, &launch, Arc::new(|| {}), Trace::new(Instant::now()))
}

fn is_told(program: &Program) -> bool {
    program.notices.iter().any(|notice| notice.text == NOT_YET)
}

fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn exports_are_given_up_when_that_is_wished_for_twice() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let count = || std::fs::read_dir(folder.path()).expect("a folder").count();
    let mut program = program();
    program.exports.push(slow_movie(&folder.path().join("movie.gif")));
    program.exports.push(slow_movie(&folder.path().join("frames")));
    wait("both names are taken", || count() >= 2);
    program.act(Action::Quit);
    assert!(!program.is_over() && is_told(&program));
    program.act(Action::Quit);
    assert!(program.is_over());
    program.end_writing();
    assert_eq!(count(), 0, "something is left");
}

#[test]
fn a_wish_to_quit_is_forgotten_with_its_exports() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = program();
    program.exports.push(slow_movie(&folder.path().join("movie.gif")));
    program.act(Action::Quit);
    program.exports[0].job.cancel();
    wait("it ends", || {
        program.collect_exports();
        program.exports.is_empty()
    });
    assert!(!is_told(&program) && !program.is_quit_wished);
    program.act(Action::Quit);
    assert!(program.is_over(), "there is nothing to give up");
}

#[test]
fn a_picture_that_is_being_saved_is_saved_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let dataset = dataset([1, 1, 9, 8, 8]);
    let view = ViewState::new(&dataset);
    let picture = |bytes: u32| Picture {
        width: 1500,
        height: 1200,
        rgba: (0..bytes).map(|at| (at % 251) as u8).collect(),
    };
    let mut saver = Saver::new(Arc::new(|| {}));
    let deadline = Instant::now() + Duration::from_secs(60);
    saver.save(folder.path(), &dataset, &view, picture(1500 * 1200 * 4));
    saver.wait(deadline);
    let path = folder.path().join("stack-z004.png");
    let bytes = std::fs::read(&path).expect("it is there");
    assert!(bytes.ends_with(b"IEND\xae\x42\x60\x82"), "it is whole");

    // What cannot be saved does not keep its name.
    saver.save(folder.path(), &dataset, &view, picture(5));
    saver.wait(deadline);
    let names: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[test]
fn windows_are_exact_when_everything_was_seen() {
    let Some(gpu) = gpu() else { return };
    let mut viewer = viewer(&gpu, dataset([2, 2, 5, 8, 8]));
    assert!(viewer.is_window_exact(0) && viewer.is_window_exact(1));
    assert!(!viewer.is_window_exact(2), "there is none");
    let channels = &mut viewer.view_mut().expect("a view").channels;
    channels[0].contrast = ContrastRule::Percentile(1.0, 99.0);
    channels[1].contrast = ContrastRule::Plane;
    assert!(!viewer.is_window_exact(0) && !viewer.is_window_exact(1));
    let started = Instant::now();
    while !viewer.is_window_exact(0) {
        assert!(started.elapsed() < Duration::from_secs(60), "percentiles are not found");
        viewer.pump(&gpu);
    }
    let view = viewer.view_mut().expect("a view");
    view.set_contrast(None, ContrastRule::Volume);
    view.set_time(1);
    assert!(!viewer.is_window_exact(0), "it is that of another time");
}
