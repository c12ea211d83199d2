//! Actions on the whole program, without a window.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::app::actions::{Action, PlayAction};
use crate::app::event_loop::Launch;
use crate::app::playback::{Along, Pace, Repeat};
use crate::app::program::Program;
use crate::app::testing::{dataset, gpu, viewer};
use crate::app::trace::Trace;
use crate::gpu::AdapterChoice;
use crate::session::OpenRequest;
use crate::view::{Blend, Rect};
use crate::volume::Axis;

const CANVAS: Rect = Rect {
    x: 10,
    y: 20,
    width: 400,
    height: 300,
};

/// The program with a file that is not there.
fn program(now: Instant) -> Program {
    let launch = Launch {
        choice: AdapterChoice::default(),
        keymap: None,
        started: now,
        is_verbose: false,
    };
    let request = OpenRequest {
        path: "no/such/file.tif".into(),
        ..Default::default()
    };
    Program::new(request, &launch, Arc::new(|| ()), Trace::new(now))
}

/// The program with a stack of 16 planes of 30 rows and 40 columns, on plane 8. None without a device.
fn with_stack() -> Option<Program> {
    let gpu = gpu()?;
    let mut program = program(Instant::now());
    program.viewer = viewer(&gpu, dataset([1, 2, 16, 30, 40]));
    program.canvas = CANVAS;
    Some(program)
}

#[test]
fn without_an_image_nothing_is_due() {
    let now = Instant::now();
    let mut program = program(now);
    program.act(Action::TogglePlay);
    assert!(program.playback.is_playing());
    let later = now + Duration::from_secs(10);
    let next = program.tick(later);
    assert!(next.is_none_or(|next| next > later), "the loop would spin");
}

#[test]
fn playback_is_changed_without_the_mouse() {
    let Some(mut program) = with_stack() else { return };
    let mut act = |action| {
        program.act(Action::Play(action));
        let view = program.viewer.view().expect("open");
        (program.playback.clone(), program.playback.range(view, Along::Planes))
    };
    assert_eq!(act(PlayAction::SetRepeat(Repeat::PingPong)).0.repeat, Repeat::PingPong);
    assert_eq!(act(PlayAction::SetPace(Pace::KeepRate)).0.pace, Pace::KeepRate);
    assert!(act(PlayAction::ToggleDirection).0.is_backward);
    let rates = [1, 1, -1].map(|steps| act(PlayAction::ChangeRate(steps)).0.rate);
    assert_eq!(rates[0], rates[2]);
    assert!(rates[0] < rates[1]);
    for _ in 0..40 {
        act(PlayAction::ChangeRate(1));
    }
    assert_eq!(act(PlayAction::ChangeRate(1)).0.rate, 120.0, "and no further");
    assert_eq!(act(PlayAction::FromHere).1, [8, 15]);
    program.act(Action::Step(3));
    let mut act = |action| {
        program.act(Action::Play(action));
        program
            .playback
            .range(program.viewer.view().expect("open"), Along::Planes)
    };
    assert_eq!(act(PlayAction::ToHere), [8, 11]);
    assert_eq!(act(PlayAction::All), [0, 15]);
}

#[test]
fn the_picture_is_panned_and_mixed_without_the_mouse() {
    let Some(mut program) = with_stack() else { return };
    program.act(Action::Zoom(4));
    let middle = |program: &Program| {
        let view = program.viewer.view().expect("open");
        let place = view.uv_from_px(CANVAS, [210.0, 170.0]);
        place.map(|at| (at * 100.0).round())
    };
    let before = middle(&program);
    program.act(Action::Pan([1, 0]));
    let right = middle(&program);
    assert!(right[0] > before[0] && right[1] == before[1]);
    program.act(Action::Pan([0, 1]));
    assert!(middle(&program)[1] > before[1]);
    program.act(Action::Pan([-1, 0]));
    program.act(Action::Pan([0, -1]));
    assert_eq!(middle(&program), before);
    for blend in [Blend::Max, Blend::Multiply, Blend::Add] {
        program.act(Action::SetBlend(blend));
        assert_eq!(program.viewer.view().expect("open").blend, blend);
    }
}

#[test]
fn what_is_seen_is_measured_without_the_mouse() {
    let Some(mut program) = with_stack() else { return };
    program.act(Action::MeasureSeen);
    assert!(program.statistics.is_open);
    let view = program.viewer.view().expect("open").clone();
    let whole = view.box_between([0.0, 0.0], [40.0, 30.0]);
    assert_eq!(program.statistics.area, whole);
    program.act(Action::Zoom(4));
    program.act(Action::MeasureSeen);
    assert!(
        program.statistics.area.is_some() && program.statistics.area != whole,
        "a part"
    );

    program.act(Action::Fit);
    program.act(Action::ProfileAcross);
    let line = program.profile.line_on(Axis::Z).expect("a line");
    assert_eq!([line.from_uv, line.to_uv], [[0.0, 15.5], [40.0, 15.5]]);
}
