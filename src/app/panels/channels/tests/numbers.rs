//! Numbers that are typed, and those that are not.

use egui::Theme;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::{channel, enter, panel};
use crate::app::testing::{Desk, gpu};
use crate::view::ContrastRule;
use crate::volume::Window;

/// A window and a gamma that their fields do not show in full.
fn give(panel: &mut Harness<'_, Desk>, window: Window, gamma: f64) {
    if let Some(view) = panel.state_mut().viewer.view_mut() {
        view.set_window(0, window);
        view.channels[0].gamma = gamma;
        view.channels[1].contrast = ContrastRule::Percentile(3.0, 77.7);
    }
    panel.run();
}

#[test]
fn a_number_that_is_not_typed_stays_as_it_is() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 440.0, Theme::Dark);
    panel.run();
    let window = Window::new(12.345_678_912_3, 987.654_321_98);
    give(&mut panel, window, 0.123_456);
    // The percentiles of a channel are measured when they are asked for.
    while channel(&panel, 1).window.hi == 2000.0 {
        std::thread::sleep(std::time::Duration::from_millis(1));
        panel.run();
    }
    let before = panel.state().view().clone();
    for label in ["lo", "hi", "gamma"] {
        for name in ["DAPI", "GFP"] {
            panel.get_by_label(&format!("{label} of {name}")).click();
            panel.run();
            panel.key_press(egui::Key::Enter);
            panel.run();
        }
    }
    panel.get_by_label("lo of DAPI").click();
    panel.run();
    for _ in 0..30 {
        panel.key_press(egui::Key::Tab);
        panel.run();
    }
    let view = panel.state().view();
    assert_eq!(view.channels, before.channels);
    enter(&mut panel, "lo of DAPI", "12.4");
    assert_eq!(channel(&panel, 0).window, Window::new(12.0, window.hi), "an integer");
}

#[test]
fn a_gamma_beyond_those_that_can_be_chosen_stays() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 440.0, Theme::Dark);
    panel.run();
    for gamma in [30.0, 0.001] {
        give(&mut panel, Window::new(1.0, 2.0), gamma);
        assert_eq!(channel(&panel, 0).gamma, gamma);
        panel.get_by_label("gamma of DAPI").click();
        panel.run();
        panel.key_press(egui::Key::Enter);
        panel.run();
        assert_eq!(channel(&panel, 0).gamma, gamma);
    }
    enter(&mut panel, "gamma of DAPI", "40");
    assert_eq!(channel(&panel, 0).gamma, 20.0);
}

#[test]
fn one_typed_limit_pushes_the_other() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 440.0, Theme::Dark);
    panel.run();
    enter(&mut panel, "hi of DAPI", "700");
    enter(&mut panel, "lo of DAPI", "800");
    assert_eq!(channel(&panel, 0).window, Window::new(800.0, 801.0));
    enter(&mut panel, "hi of DAPI", "100");
    assert_eq!(channel(&panel, 0).window, Window::new(99.0, 100.0));
    for far in ["1e308", "-1e308"] {
        for end in ["lo", "hi"] {
            enter(&mut panel, &format!("{end} of DAPI"), far);
            let window = channel(&panel, 0).window;
            assert!(window.is_finite() && !window.is_empty(), "{end} {far}: {window:?}");
        }
    }
}
