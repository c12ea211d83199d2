//! The panel of channels, pressed and dragged.

use std::sync::Arc;

use egui::{Color32, Pos2, Rect, Theme, Vec2, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::axis::Axis;
use super::bars::Bars;
use super::{follow_links, show_with};
use crate::app::testing::{Desk, dataset, gpu, harness};
use crate::gpu::Gpu;
use crate::view::{ChannelView, ContrastRule, Palette, ViewState, lut_by_name};
use crate::volume::{BinCounts, ChannelInfo, Lut, Value, Window};

mod numbers;
mod zoom;

/// Width of the side panel, in points.
const WIDTH: f32 = crate::app::panels::SIDE_PT;

/// The panel with so many channels, whose histograms are made up.
fn panel(gpu: &Arc<Gpu>, channels: u64, height: f32, theme: Theme) -> Harness<'static, Desk> {
    let mut dataset = dataset([1, channels, 4, 16, 16]);
    let names = ["DAPI", "GFP", "mCherry"];
    for (index, info) in dataset.channels.iter_mut().enumerate() {
        *info = ChannelInfo {
            name: names
                .get(index)
                .filter(|_| channels <= 3)
                .map(|name| (*name).to_owned()),
            ..ChannelInfo::default()
        };
    }
    let bins: Vec<BinCounts> = (0..channels).map(made_up).collect();
    let desk = Desk::new(gpu, dataset);
    harness(
        gpu,
        vec2(WIDTH, height),
        theme,
        move |ui, desk: &mut Desk| {
            desk.show(ui, |ui, panels| show_with(ui, panels, |channel| bins.get(channel)));
        },
        desk,
    )
}

/// Many dark voxels and a hump of bright ones, between the extremes of the channel.
fn made_up(channel: u64) -> BinCounts {
    let (lo, hi) = (10 * (channel as i128 + 1), 1000 * (channel as i128 + 1));
    let edges = (0..=128)
        .map(|edge| Value::Integer(lo + (hi - lo) * edge / 128))
        .collect();
    let counts = (0..128u64).map(|bin| {
        let background = 200_000.0 * (-(bin as f64) / 4.0).exp();
        let hump = 900.0 * (-((bin as f64 - 60.0 - 15.0 * channel as f64) / 14.0).powi(2)).exp();
        (background + hump) as u64
    });
    BinCounts {
        edges,
        counts: counts.collect(),
    }
}

/// Presses the mouse at one place and lets it go at another, in steps.
fn drag(panel: &mut Harness<'_, Desk>, from: Pos2, by: Vec2) {
    panel.hover_at(from);
    panel.run();
    panel.drag_at(from);
    panel.run();
    for step in 1..=4 {
        panel.hover_at(from + by * (step as f32 / 4.0));
        panel.run();
    }
    panel.drop_at(from + by);
    panel.run();
}

fn click(panel: &mut Harness<'_, Desk>, label: &str) {
    panel.get_by_label(label).click();
    panel.run();
    panel.remove_cursor();
    panel.run();
}

/// Types a number into a field.
fn enter(panel: &mut Harness<'_, Desk>, label: &str, text: &str) {
    panel.get_by_label(label).click();
    panel.run();
    panel.event(egui::Event::Text(text.into()));
    panel.run();
    panel.key_press(egui::Key::Enter);
    panel.run();
}

fn center(panel: &Harness<'_, Desk>, label: &str) -> Pos2 {
    panel.get_by_label(label).rect().center()
}

fn channel<'a>(panel: &'a Harness<'_, Desk>, index: usize) -> &'a ChannelView {
    &panel.state().view().channels[index]
}

fn visible(panel: &Harness<'_, Desk>) -> Vec<usize> {
    panel.state().view().visible_channels()
}

fn is_listed(panel: &Harness<'_, Desk>, label: &str) -> bool {
    panel.query_by_label(label).is_some()
}

// ---------------------------------------------------------------- histogram

#[test]
fn both_ends_of_the_window_and_what_is_between_are_dragged() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 440.0, Theme::Dark);
    panel.run();
    assert_eq!(channel(&panel, 1).window, Window::new(20.0, 2000.0));
    // The plot of 284 points is 1980 wide.
    let per_pt = 1980.0 / (f64::from(WIDTH) - 24.0 - 12.0);
    let from = center(&panel, "lower handle of GFP");
    drag(&mut panel, from, vec2(50.0, 20.0));
    let lo = (20.0 + 50.0 * per_pt).round();
    assert_eq!(channel(&panel, 1).window, Window::new(lo, 2000.0));
    assert_eq!(channel(&panel, 1).contrast, ContrastRule::Given);
    assert_eq!(panel.state().view().active_channel, 1);

    let from = center(&panel, "upper handle of GFP");
    drag(&mut panel, from, vec2(-100.0, 0.0));
    let hi = (2000.0 - 100.0 * per_pt).round();
    assert_eq!(channel(&panel, 1).window, Window::new(lo, hi));

    // The level moves both, and they stay whole numbers.
    let from = center(&panel, "level of GFP") + vec2(0.0, 15.0);
    drag(&mut panel, from, vec2(40.0, 0.0));
    let shift = 40.0 * per_pt;
    let Window {
        lo: moved_lo,
        hi: moved_hi,
    } = channel(&panel, 1).window;
    assert!((moved_lo - lo - shift).abs() <= 1.0, "{moved_lo} is {lo} and {shift}");
    assert_eq!(moved_hi - moved_lo, hi - lo, "the width stays");
    assert_eq!(moved_lo.fract(), 0.0);

    // Never past each other, nor far beyond the data.
    let from = center(&panel, "lower handle of GFP");
    drag(&mut panel, from, vec2(400.0, 0.0));
    assert_eq!(channel(&panel, 1).window, Window::new(moved_hi - 1.0, moved_hi));
    let from = center(&panel, "upper handle of GFP");
    drag(&mut panel, from, vec2(900.0, 0.0));
    assert_eq!(channel(&panel, 1).window.hi, (2000.0f64 + 198.0).round());
    assert_eq!(channel(&panel, 0).window, Window::new(10.0, 1000.0), "the others stay");
    assert_eq!(channel(&panel, 2).contrast, ContrastRule::Volume);
}

#[test]
fn the_axis_stays_while_a_handle_is_dragged_beyond_it() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 1, 300.0, Theme::Dark);
    panel.run();
    let from = center(&panel, "upper handle of DAPI");
    panel.drag_at(from);
    panel.run();
    for moved in [20.0, 10.0, 20.0] {
        panel.hover_at(from + vec2(moved, 0.0));
        panel.run();
        let hi = (1000.0 + 990.0 * f64::from(moved / (WIDTH - 36.0))).round();
        assert_eq!(channel(&panel, 0).window.hi, hi);
    }
    panel.drop_at(from + vec2(20.0, 0.0));
    panel.run();
    // Then it is as wide as the window, and the handle is at its end again.
    let end = center(&panel, "upper handle of DAPI").x;
    assert!((end - from.x).abs() < 1.0, "{end} {from:?}");
}

#[test]
fn a_double_click_brings_the_exact_range_or_a_straight_gamma_back() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 440.0, Theme::Dark);
    panel.run();
    let at = center(&panel, "gamma handle of DAPI");
    drag(&mut panel, at, vec2(0.0, -10.0));
    let gamma = channel(&panel, 0).gamma;
    // 43 points high: from 1/2 up by 10/43.
    let wanted = (0.5f64 + 10.0 / 43.0).ln() / 0.5f64.ln();
    assert!((gamma - wanted).abs() < 0.02, "{gamma}, not {wanted}");
    assert_eq!(channel(&panel, 0).contrast, ContrastRule::Volume, "gamma is no window");

    let twice = |panel: &mut Harness<'_, Desk>, label: &str, by: Vec2| {
        let at = center(panel, label) + by;
        // Long after any other click.
        panel.run_steps(40);
        panel.hover_at(at);
        for pressed in [true, false, true, false] {
            panel.event(egui::Event::PointerButton {
                pos: at,
                button: egui::PointerButton::Primary,
                pressed,
                modifiers: egui::Modifiers::NONE,
            });
        }
        panel.run();
    };
    enter(&mut panel, "lo of DAPI", "300");
    twice(&mut panel, "gamma handle of DAPI", Vec2::ZERO);
    assert_eq!(channel(&panel, 0).gamma, 1.0);
    assert_eq!(channel(&panel, 0).window.lo, 300.0);
    twice(&mut panel, "level of DAPI", vec2(30.0, 10.0));
    assert_eq!(channel(&panel, 0).contrast, ContrastRule::Volume);
    assert_eq!(channel(&panel, 0).window, Window::new(10.0, 1000.0));
}

#[test]
fn bars_have_the_heights_of_their_counts() {
    let axis = Axis::of(Some(Window::new(0.0, 4.0)), Window::new(1.0, 2.0)).expect("it has a width");
    let bins = BinCounts {
        edges: (0..=4).map(Value::Integer).collect(),
        counts: vec![1000, 10, 0, 1],
    };
    let mut bars = Bars {
        bins: &bins,
        axis,
        is_linear: true,
        window: Window::new(1.0, 1.5),
        colors: [Color32::WHITE, Color32::GRAY],
    };
    let plot = Rect::from_min_size(pos2(10.0, 20.0), vec2(100.0, 50.0));
    let of = |mesh: &egui::Mesh, plot: Rect| {
        let corners = mesh.vertices.chunks(4).map(|corners| {
            let rect = Rect::from_points(&corners.iter().map(|corner| corner.pos).collect::<Vec<_>>());
            assert_eq!(rect.bottom(), plot.bottom());
            (rect.left(), rect.right(), rect.height(), corners[0].color)
        });
        corners.collect::<Vec<_>>()
    };
    let (inside, outside) = (Color32::WHITE, Color32::GRAY);
    let linear = of(&bars.mesh(plot, 1.0), plot);
    assert_eq!(linear[0], (10.0, 35.0, 50.0, outside));
    assert_eq!((linear[1].0, linear[1].3), (35.0, inside));
    assert!((linear[1].2 - 0.5).abs() < 1e-4 && linear[2].0 == 85.0, "{linear:?}");
    bars.is_linear = false;
    let log = of(&bars.mesh(plot, 1.0), plot);
    let height = 50.0 * 11f32.ln() / 1001f32.ln();
    assert!((log[1].2 - height).abs() < 1e-3 && log[0].2 == 50.0, "{log:?}");

    // As many bars as there are pixels, none lost: the one voxel is still there.
    let plot = Rect::from_min_size(pos2(0.0, 0.0), vec2(2.0, 50.0));
    let narrow = of(&bars.mesh(plot, 1.0), plot);
    assert_eq!(narrow.len(), 2);
    assert_eq!((narrow[0].2, narrow[1].1), (50.0, 2.0));
    let none = BinCounts::default();
    assert!(Bars { bins: &none, ..bars }.mesh(plot, 1.0).is_empty());
}

#[test]
fn an_axis_holds_the_data_and_the_window() {
    let (data, empty) = (Window::new(10.0, 20.0), Window::new(5.0, 5.0));
    let of = |data, window| Axis::of(data, window).map(|axis| [axis.share(10.0), axis.share(20.0)]);
    assert_eq!(of(Some(data), Window::new(12.0, 13.0)), Some([0.0, 1.0]));
    assert_eq!(of(Some(data), Window::new(0.0, 40.0)), Some([0.25, 0.5]));
    assert_eq!(of(Some(data), empty), Some([0.0, 1.0]));
    assert_eq!(of(None, Window::new(0.0, 20.0)), Some([0.5, 1.0]));
    assert_eq!(of(Some(empty), empty), None);
    assert_eq!(of(Some(data), Window::new(f64::NAN, 3.0)), Some([0.0, 1.0]));
    // The widest range of floats, and the narrowest.
    let widest = Axis::of(None, Window::new(f64::MIN, f64::MAX)).expect("it has a width");
    assert_eq!((widest.share(0.0), widest.dragged(0.0, 0.0, false)), (0.5, 0.0));
    assert!(widest.dragged(0.0, 9.0, false).is_finite());
    let narrow = Axis::of(None, Window::new(0.0, 1e-30)).expect("it has a width");
    assert!((narrow.dragged(0.0, 0.5, false) / 5e-31 - 1.0).abs() < 1e-6);
    let unit = Axis::of(None, Window::new(0.0, 1.0)).expect("it has a width");
    assert_eq!(unit.dragged(0.0, 0.123_456_789, false), 0.12346);
    assert_eq!(unit.dragged(0.0, 0.6, true), 1.0);
}

// ---------------------------------------------------------------- numbers and rules

#[test]
fn numbers_are_typed_and_integers_stay_integers() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 440.0, Theme::Dark);
    panel.run();
    enter(&mut panel, "lo of mCherry", "99.6");
    enter(&mut panel, "hi of mCherry", "512");
    enter(&mut panel, "gamma of mCherry", "0.5");
    assert_eq!(channel(&panel, 2).window, Window::new(100.0, 512.0));
    assert_eq!(
        (channel(&panel, 2).gamma, channel(&panel, 2).contrast),
        (0.5, ContrastRule::Given)
    );
    for nonsense in ["nan", "inf", "twelve"] {
        enter(&mut panel, "lo of mCherry", nonsense);
        assert_eq!(channel(&panel, 2).window, Window::new(100.0, 512.0), "{nonsense}");
    }
    enter(&mut panel, "gamma of mCherry", "1000");
    assert_eq!(channel(&panel, 2).gamma, 20.0);
    assert_eq!(panel.state().view().active_channel, 2);
}

#[test]
fn windows_come_from_rules_of_one_channel_or_of_all() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 440.0, Theme::Dark);
    panel.run();
    let rules = |panel: &Harness<'_, Desk>| [0, 1, 2].map(|index| channel(panel, index).contrast);
    let (exact, auto) = (ContrastRule::Volume, ContrastRule::DEFAULT_PERCENTILE);
    click(&mut panel, "auto contrast of GFP");
    assert_eq!(rules(&panel), [exact, auto, exact]);
    click(&mut panel, "exact contrast of GFP");
    assert_eq!(rules(&panel), [exact; 3]);
    click(&mut panel, "auto contrast, all channels");
    assert_eq!(rules(&panel), [auto; 3]);
    click(&mut panel, "exact contrast, all channels");
    assert_eq!(rules(&panel), [exact; 3]);
    click(&mut panel, "contrast of mCherry");
    click(&mut panel, "range of this plane, all channels");
    assert_eq!(rules(&panel), [exact, exact, ContrastRule::PlaneShared]);
    assert!(!is_listed(&panel, "range of this plane"), "the menu closes");
}

#[test]
fn linked_channels_are_edited_together() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 440.0, Theme::Dark);
    panel.run();
    enter(&mut panel, "hi of DAPI", "700");
    click(&mut panel, "link: DAPI");
    click(&mut panel, "link: mCherry");
    assert_eq!(
        channel(&panel, 2).window,
        Window::new(10.0, 700.0),
        "it takes over what the others have"
    );
    enter(&mut panel, "gamma of mCherry", "2");
    enter(&mut panel, "lo of mCherry", "50");
    assert_eq!((channel(&panel, 0).gamma, channel(&panel, 0).window.lo), (2.0, 50.0));
    assert_eq!(
        (channel(&panel, 1).gamma, channel(&panel, 1).contrast),
        (1.0, ContrastRule::Volume)
    );
    click(&mut panel, "exact contrast of DAPI");
    assert_eq!(
        channel(&panel, 2).window,
        Window::new(30.0, 3000.0),
        "each has its own range"
    );
    click(&mut panel, "link: DAPI");
    enter(&mut panel, "hi of DAPI", "600");
    assert_eq!(channel(&panel, 2).contrast, ContrastRule::Volume);

    click(&mut panel, "link all channels");
    let is_linked = |panel: &Harness<'_, Desk>| [0, 1, 2].map(|index| channel(panel, index).is_linked);
    assert_eq!(is_linked(&panel), [true; 3]);
    assert_eq!(
        channel(&panel, 1).window,
        Window::new(10.0, 600.0),
        "as the active one has it"
    );
    click(&mut panel, "link all channels");
    assert_eq!(is_linked(&panel), [false; 3]);
}

#[test]
fn edits_made_elsewhere_follow_links_too() {
    let mut before = ViewState::new(&dataset([1, 4, 2, 4, 4]));
    for index in [0, 1, 3] {
        before.channels[index].is_linked = true;
    }
    let mut view = before.clone();
    view.set_window(1, Window::new(3.0, 4.0));
    follow_links(&before, &mut view);
    let windows: Vec<f64> = view.channels.iter().map(|channel| channel.window.hi).collect();
    assert_eq!(windows, [4.0, 4.0, 0.0, 4.0]);
    let before = view.clone();
    view.set_window(2, Window::new(5.0, 6.0));
    follow_links(&before, &mut view);
    assert_eq!(view.channels[0].window.hi, 4.0, "not linked");
}

// ---------------------------------------------------------------- visibility, colours, marks

#[test]
fn solo_shows_one_channel_and_brings_the_others_back() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 440.0, Theme::Dark);
    panel.run();
    click(&mut panel, "visible: GFP");
    assert_eq!(visible(&panel), [0, 2]);
    click(&mut panel, "solo: mCherry");
    assert_eq!(visible(&panel), [2]);
    click(&mut panel, "solo: GFP");
    assert_eq!(visible(&panel), [1]);
    click(&mut panel, "solo: GFP");
    assert_eq!(visible(&panel), [0, 2], "those before the first solo");
    click(&mut panel, "hide all channels");
    assert_eq!(visible(&panel), [0; 0]);
    click(&mut panel, "visible: DAPI");
    click(&mut panel, "solo: DAPI");
    assert_eq!(visible(&panel), [0, 1, 2], "nothing to go back to: all");
    click(&mut panel, "hide all channels");
    click(&mut panel, "show all channels");
    assert_eq!(visible(&panel), [0, 1, 2]);
}

#[test]
fn a_click_on_a_row_makes_it_active() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 440.0, Theme::Dark);
    panel.run();
    for (name, index) in [("mCherry", 2), ("DAPI", 0), ("GFP", 1)] {
        click(&mut panel, name);
        assert_eq!(panel.state().view().active_channel, index);
    }
}

#[test]
fn colours_are_chosen_from_a_menu_or_by_a_palette() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 640.0, Theme::Dark);
    panel.run();
    click(&mut panel, "colours of GFP");
    click(&mut panel, "colours viridis");
    assert_eq!(Some(channel(&panel, 1).lut.clone()), lut_by_name("viridis"));
    assert!(!is_listed(&panel, "colours viridis"), "the menu closes");
    click(&mut panel, "colours of GFP");
    click(&mut panel, "colours magenta");
    assert_eq!(channel(&panel, 1).lut, Lut::Solid([255, 0, 255]));
    click(&mut panel, "colours of GFP");
    let square = panel.get_by_label("saturation and value").rect();
    panel.drag_at(square.right_top());
    panel.run();
    let at = square.center();
    panel.hover_at(at);
    panel.run();
    panel.drop_at(at);
    panel.run();
    let half = Color32::from(egui::epaint::Hsva::new(5.0 / 6.0, 0.5, 0.5, 1.0));
    assert_eq!(channel(&panel, 1).lut, Lut::Solid([half.r(), half.g(), half.b()]));
    panel.get_by_label("colour as #rrggbb").click();
    panel.run();
    panel.key_combination_modifiers(egui::Modifiers::COMMAND, &[egui::Key::A]);
    panel.event(egui::Event::Text("#0a141e".into()));
    panel.run();
    assert_eq!(channel(&panel, 1).lut, Lut::Solid([10, 20, 30]));
    click(&mut panel, "palette auto");
    assert!(!is_listed(&panel, "hue"), "a click elsewhere closes it");
    for palette in [Palette::Safe, Palette::Gray, Palette::Rgb, Palette::Auto] {
        click(&mut panel, &format!("palette {}", palette.name()));
        assert_eq!(panel.state().view().palette, palette);
        assert_eq!(channel(&panel, 1).lut, palette.lut(1, 3, None));
    }
    click(&mut panel, "mark clipping: DAPI");
    assert!(channel(&panel, 0).marks_clipping && !channel(&panel, 1).marks_clipping);
    click(&mut panel, "mark clipping in all channels");
    assert!([0, 1, 2].iter().all(|&index| channel(&panel, index).marks_clipping));
}

// ---------------------------------------------------------------- many

#[test]
fn of_many_channels_only_some_show_their_histograms() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 40, 560.0, Theme::Dark);
    panel.run();
    assert!(is_listed(&panel, "lo of channel 0") && !is_listed(&panel, "lo of channel 1"));
    click(&mut panel, "unfold: channel 3");
    assert!(is_listed(&panel, "lo of channel 3") && is_listed(&panel, "lo of channel 0"));
    click(&mut panel, "channel 2");
    assert!(is_listed(&panel, "lo of channel 2") && !is_listed(&panel, "lo of channel 0"));
    click(&mut panel, "fold: channel 3");
    assert!(!is_listed(&panel, "lo of channel 3"));
    assert!(!is_listed(&panel, "visible: channel 39"), "out of sight");
    // A key may choose one that is out of sight: it comes into it.
    if let Some(view) = panel.state_mut().viewer.view_mut() {
        view.active_channel = 39;
    }
    panel.run();
    assert!(is_listed(&panel, "lo of channel 39") && !is_listed(&panel, "visible: channel 0"));
}

#[test]
fn channels_are_found_by_name() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 40, 560.0, Theme::Dark);
    panel.run();
    panel.get_by_label("filter channels by name").click();
    panel.run();
    panel.event(egui::Event::Text("NEL 3".into()));
    panel.run();
    let listed: Vec<usize> = (0..40)
        .filter(|index| is_listed(&panel, &format!("visible: channel {index}")))
        .collect();
    assert_eq!(listed, [3, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
    panel.event(egui::Event::Text("0000".into()));
    panel.run();
    assert!(is_listed(&panel, "no channel has this in its name") && !is_listed(&panel, "visible: channel 3"));
    let few = self::panel(&gpu, 8, 560.0, Theme::Dark);
    assert!(!is_listed(&few, "filter channels by name"));
}

// ---------------------------------------------------------------- looks

#[test]
fn three_channels_look_right_in_the_dark() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 440.0, Theme::Dark);
    panel.run();
    panel.snapshot("channels_dark");
}

#[test]
fn three_channels_look_right_in_the_light() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 440.0, Theme::Light);
    panel.run();
    enter(&mut panel, "lo of GFP", "400");
    enter(&mut panel, "hi of GFP", "1500");
    enter(&mut panel, "gamma of GFP", "0.6");
    click(&mut panel, "link: DAPI");
    click(&mut panel, "lin histograms");
    panel.remove_cursor();
    panel.run();
    panel.snapshot("channels_light");
}

#[test]
fn colours_to_choose_from_look_right() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 3, 620.0, Theme::Dark);
    panel.run();
    click(&mut panel, "colours of DAPI");
    panel.snapshot("channels_colours");
}

#[test]
fn forty_channels_look_right() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, 40, 560.0, Theme::Dark);
    panel.run();
    panel.snapshot("channels_40");
}
