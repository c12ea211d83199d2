//! Histograms that show a part of their axis.

use egui::{Color32, Rect, Theme, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::super::axis::Axis;
use super::super::bars::Bars;
use super::{WIDTH, center, channel, click, drag, enter, is_listed, panel};
use crate::app::testing::{Desk, gpu};
use crate::view::ContrastRule;
use crate::volume::{BinCounts, Value, Window};

/// Width of the plot, in points.
const PLOT: f64 = WIDTH as f64 - 24.0 - 12.0;

fn scroll(panel: &mut Harness<'_, Desk>, lines: f32) {
    panel.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: vec2(0.0, lines),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: egui::Modifiers::NONE,
    });
    panel.run();
}

#[test]
fn a_narrow_window_is_brought_close_and_its_handles_are_dragged_there() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 440.0, Theme::Dark);
    panel.run();
    assert!(
        !is_listed(&panel, "zoom to the window: GFP"),
        "the handles are far apart"
    );
    enter(&mut panel, "lo of GFP", "500");
    enter(&mut panel, "hi of GFP", "520");
    assert!(!is_listed(&panel, "gamma handle of GFP"), "no room for it");
    click(&mut panel, "zoom to the window: GFP");
    assert!(!is_listed(&panel, "zoom to the window: GFP") && is_listed(&panel, "gamma handle of GFP"));
    assert!(
        !is_listed(&panel, "show the whole axis: DAPI"),
        "each channel has its own"
    );
    panel.snapshot("channels_zoomed");

    // 30 values are shown.
    let per_value = (PLOT / 30.0) as f32;
    let from = center(&panel, "lower handle of GFP");
    drag(&mut panel, from, vec2(3.0 * per_value, 0.0));
    assert_eq!(channel(&panel, 1).window, Window::new(503.0, 520.0));
    // Beside the window, it is the axis that is dragged.
    let at = panel.get_by_label("histogram of GFP").rect().right_center() - vec2(12.0, 0.0);
    let before = panel.get_by_label("upper handle of GFP").rect().left();
    drag(&mut panel, at, vec2(-40.0, 0.0));
    let after = panel.get_by_label("upper handle of GFP").rect().left();
    assert!((before - 40.0 - after).abs() < 0.1, "{before} to {after}");
    assert_eq!(channel(&panel, 1).window, Window::new(503.0, 520.0));

    click(&mut panel, "show the whole axis: GFP");
    assert!(is_listed(&panel, "zoom to the window: GFP") && !is_listed(&panel, "show the whole axis: GFP"));
    assert_eq!(channel(&panel, 1).contrast, ContrastRule::Given, "no edit of the view");
}

#[test]
fn the_wheel_zooms_a_histogram_at_the_mouse() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 440.0, Theme::Dark);
    panel.run();
    let before = panel.state().view().clone();
    let rect = panel.get_by_label("histogram of GFP").rect();
    panel.hover_at(pos2(rect.left() + 6.0, rect.center().y));
    panel.run();
    scroll(&mut panel, -1.0);
    assert!(!is_listed(&panel, "show the whole axis: GFP"), "no more than all");
    scroll(&mut panel, 2.0);
    assert!(is_listed(&panel, "show the whole axis: GFP"));
    assert!(
        is_listed(&panel, "lower handle of GFP"),
        "what is under the mouse stays"
    );
    assert!(!is_listed(&panel, "upper handle of GFP"), "it is out of sight");
    scroll(&mut panel, -9.0);
    assert!(!is_listed(&panel, "show the whole axis: GFP"));
    assert_eq!(*panel.state().view(), before, "no edit of the view");
}

#[test]
fn an_axis_is_zoomed_and_moved_within_the_whole() {
    let axis = |lo: f64, hi: f64| Axis::of(None, Window::new(lo, hi)).expect("it has a width");
    let whole = axis(0.0, 1000.0);
    assert_eq!(whole.zoomed(whole, 0.25, 2.0, false), axis(125.0, 625.0));
    assert_eq!(axis(125.0, 625.0).zoomed(whole, 0.25, 0.5, false), whole);
    assert_eq!(
        axis(0.0, 100.0).zoomed(whole, 1.0, 0.5, false),
        axis(0.0, 200.0),
        "kept within"
    );
    assert_eq!(axis(0.0, 100.0).panned(whole, 0.5), axis(50.0, 150.0));
    assert_eq!(axis(0.0, 100.0).panned(whole, 99.0), axis(900.0, 1000.0));
    assert_eq!(Axis::around(Window::new(400.0, 500.0), whole), axis(375.0, 525.0));
    assert_eq!(Axis::around(Window::new(0.0, 100.0), whole), axis(0.0, 150.0));
    let mut close = whole;
    (0..500).for_each(|_| close = close.zoomed(whole, 0.3, 1.5, true));
    let [lo, hi] = close.ends();
    assert!(
        (8.0..13.0).contains(&(hi - lo)),
        "some integers stay in sight: {lo} to {hi}"
    );
    let widest = axis(f64::MIN, f64::MAX);
    for share in [0.0, 0.5, 1.0] {
        let [lo, hi] = widest
            .zoomed(widest, share, 4.0, false)
            .zoomed(widest, share, 0.25, false)
            .ends();
        assert!(lo.is_finite() && hi.is_finite() && lo < hi, "{lo} {hi}");
    }
    // A limit that is out of sight does not jump into it.
    assert_eq!(axis(100.0, 200.0).dragged(900.0, -0.01, true), 899.0);
    assert_eq!(axis(100.0, 200.0).dragged(150.0, 9.0, true), 210.0);
}

#[test]
fn bars_out_of_sight_are_left_out() {
    let bins = BinCounts {
        edges: (0..=4).map(Value::Integer).collect(),
        counts: vec![1000, 10, 5, 900],
    };
    let bars = Bars {
        bins: &bins,
        axis: Axis::of(None, Window::new(1.0, 3.0)).expect("it has a width"),
        is_linear: true,
        window: Window::new(0.0, 9.0),
        colors: [Color32::WHITE, Color32::GRAY],
    };
    let mesh = bars.mesh(Rect::from_min_size(pos2(0.0, 0.0), vec2(100.0, 50.0)), 1.0);
    let bars: Vec<Rect> = mesh
        .vertices
        .chunks(4)
        .map(|corners| Rect::from_points(&corners.iter().map(|corner| corner.pos).collect::<Vec<_>>()))
        .collect();
    assert_eq!(bars.len(), 2);
    assert_eq!((bars[0].width(), bars[0].height()), (50.0, 50.0));
    assert_eq!((bars[1].width(), bars[1].height()), (50.0, 25.0));
}
