//! Numbers that are typed, and those that are not.

use egui::Theme;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use super::{channel, click, enter, panel};
use crate::app::actions::Action;
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

#[test]
fn percentiles_are_typed_and_stay_those_of_automatic_contrast() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 440.0, Theme::Dark);
    panel.run();
    click(&mut panel, "contrast of GFP");
    panel.snapshot("channels_rules");
    enter(&mut panel, "lower percentile", "2.5");
    assert_eq!(channel(&panel, 1).contrast, ContrastRule::Percentile(2.5, 99.9));
    enter(&mut panel, "upper percentile", "98");
    assert_eq!(channel(&panel, 1).contrast, ContrastRule::Percentile(2.5, 98.0));
    enter(&mut panel, "lower percentile", "99");
    let ContrastRule::Percentile(lo, 98.0) = channel(&panel, 1).contrast else {
        panic!("{:?}", channel(&panel, 1).contrast);
    };
    assert!((97.0..98.0).contains(&lo), "below the upper one: {lo}");
    let asked = std::mem::take(&mut panel.state_mut().actions);
    assert_eq!(asked[1], Action::SetPercentiles([2.5, 98.0]));
    assert_eq!(asked.len(), 3, "{asked:?}");

    // As the program does what is asked.
    panel.state_mut().preferences.percentiles = [2.5, 98.0];
    click(&mut panel, "auto contrast of mCherry");
    assert_eq!(channel(&panel, 2).contrast, ContrastRule::Percentile(2.5, 98.0));
    click(&mut panel, "auto contrast, all channels");
    assert_eq!(channel(&panel, 0).contrast, ContrastRule::Percentile(2.5, 98.0));
}

#[test]
fn a_tip_tells_the_key_of_what_it_explains() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 440.0, Theme::Dark);
    panel.run();
    let tip = |panel: &Harness<'_, Desk>, label: &str| {
        let node = panel.get_by_label(label).accesskit_node();
        node.description().unwrap_or_default()
    };
    for (label, told) in [
        ("exact contrast of DAPI", "exact range of the volume (Alt+X)"),
        ("auto contrast of DAPI", "0.1 to 99.9 % of the voxels (C)"),
        ("exact contrast, all channels", "exact range of each channel (X)"),
        (
            "auto contrast, all channels",
            "0.1 to 99.9 % of the voxels of each channel (Shift+C)",
        ),
        // Keys for the active channel are not for this one.
        ("exact contrast of GFP", "exact range of the volume"),
        ("solo: GFP", "show this channel alone (Shift+2)"),
        ("palette gray", "every channel grey; next palette (P)"),
    ] {
        assert_eq!(tip(&panel, label), told, "{label}");
    }
    panel.state_mut().preferences.percentiles = [1.0, 99.0];
    panel.run();
    assert_eq!(tip(&panel, "auto contrast of DAPI"), "1 to 99 % of the voxels (C)");
}

#[test]
fn a_screen_reader_hears_which_buttons_are_down() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 440.0, Theme::Dark);
    panel.run();
    let is_down = |panel: &Harness<'_, Desk>, label: &str| {
        let toggled = panel.get_by_label(label).accesskit_node().toggled();
        toggled.map(|toggled| toggled == egui::accesskit::Toggled::True)
    };
    assert_eq!(is_down(&panel, "exact contrast of GFP"), Some(true));
    assert_eq!(is_down(&panel, "auto contrast of GFP"), Some(false));
    click(&mut panel, "auto contrast of GFP");
    assert_eq!(is_down(&panel, "exact contrast of GFP"), Some(false));
    assert_eq!(is_down(&panel, "auto contrast of GFP"), Some(true));
}

#[test]
fn one_sees_where_the_keyboard_is() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 620.0, Theme::Dark);
    panel.run();
    let pixels = |panel: &mut Harness<'_, Desk>, label: &str| {
        let rect = panel.get_by_label(label).rect();
        let picture = panel.render().expect("it is drawn");
        let rows = rect.top() as u32..rect.bottom() as u32;
        let places = rows.flat_map(|y| (rect.left() as u32..rect.right() as u32).map(move |x| (x, y)));
        places.map(|(x, y)| *picture.get_pixel(x, y)).collect::<Vec<_>>()
    };
    let shows_focus = |panel: &mut Harness<'_, Desk>, label: &str| {
        let before = pixels(panel, label);
        panel.get_by_label(label).focus();
        panel.run();
        assert!(before != pixels(panel, label), "{label} looks the same");
    };
    for label in ["exact contrast of GFP", "colours of GFP", "solo: GFP"] {
        shows_focus(&mut panel, label);
    }
    click(&mut panel, "colours of GFP");
    for label in ["colours red", "colours viridis", "hue"] {
        shows_focus(&mut panel, label);
    }
}
