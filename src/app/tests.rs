//! What the window does without a window: keys, edits, clocks, the mouse.

use std::time::{Duration, Instant};

use winit::event::{MouseButton, MouseScrollDelta};
use winit::keyboard::{Key as WinitKey, KeyCode, ModifiersState, NamedKey, PhysicalKey, SmolStr};

use super::actions::{Action, KeymapChoice, PlayAction, Sheet};
use super::commands::{COMMANDS, Group};
use super::history::History;
use super::input::{Press, Steps, action_for, scrolled};
use super::keymap::{Chord, Wheel};
use super::notices::Notices;
use super::panels::number;
use super::patience::Patience;
use super::pointer::{Drag, Pointer};
use super::preferences::Preferences;
use super::save::free_path;
use crate::view::{Camera, ContrastRule, Filter, Layout, Palette, Rect, ViewState};
use crate::volume::{Axis, Dataset, SampleType, Shape};

const NONE: ModifiersState = ModifiersState::empty();
const SHIFT: ModifiersState = ModifiersState::SHIFT;
const CTRL: ModifiersState = ModifiersState::CONTROL;

fn press(logical: WinitKey, code: KeyCode, modifiers: ModifiersState) -> Option<Action> {
    press_in(KeymapChoice::Default, logical, code, modifiers)
}

fn press_in(choice: KeymapChoice, logical: WinitKey, code: KeyCode, modifiers: ModifiersState) -> Option<Action> {
    let press = Press {
        logical: &logical,
        physical: PhysicalKey::Code(code),
        modifiers,
        is_repeat: false,
    };
    action_for(press, choice.keymap())
}

fn typed(text: &str) -> WinitKey {
    WinitKey::Character(SmolStr::new(text))
}

fn named(name: NamedKey, modifiers: ModifiersState) -> Option<Action> {
    press(WinitKey::Named(name), KeyCode::F24, modifiers)
}

fn dataset() -> Dataset {
    let shape = Shape {
        t: 5,
        c: 3,
        z: 16,
        y: 40,
        x: 60,
    };
    Dataset {
        path: "folder/stack.ome.tif".into(),
        ..Dataset::new(shape, SampleType::U16)
    }
}

const PANEL: Rect = Rect {
    x: 10,
    y: 20,
    width: 600,
    height: 400,
};

fn edited(actions: &[Action]) -> ViewState {
    let dataset = dataset();
    let mut view = ViewState::new(&dataset);
    for action in actions {
        assert!(
            action.edit(&mut view, &dataset, PANEL, ContrastRule::DEFAULT_PERCENTILE),
            "{action:?} edits the view"
        );
    }
    view
}

// ---------------------------------------------------------------- keys

#[test]
fn named_keys_step_through_planes() {
    use NamedKey::{ArrowLeft, ArrowRight, End, Home, PageDown, PageUp, Space};
    for (name, modifiers, action) in [
        (ArrowLeft, NONE, Action::Step(-1)),
        (ArrowRight, NONE, Action::Step(1)),
        (ArrowLeft, SHIFT, Action::Step(-10)),
        (ArrowRight, SHIFT, Action::Step(10)),
        (PageUp, NONE, Action::Step(-10)),
        (PageDown, NONE, Action::Step(10)),
        (Home, NONE, Action::FirstPlane),
        (End, NONE, Action::LastPlane),
        (Space, NONE, Action::TogglePlay),
        (NamedKey::Escape, NONE, Action::Cancel),
        (NamedKey::F1, NONE, Action::Show(Sheet::Help)),
    ] {
        assert_eq!(named(name, modifiers), Some(action), "{name:?} {modifiers:?}");
    }
    assert_eq!(named(ArrowLeft, CTRL), Some(Action::Pan([-1, 0])));
    assert_eq!(named(Space, SHIFT), Some(Action::Play(PlayAction::ToggleDirection)));
    assert_eq!(named(ArrowLeft, CTRL | SHIFT), None);
    assert_eq!(named(NamedKey::Tab, NONE), None);
}

#[test]
fn punctuation_is_known_by_what_it_types() {
    for (text, code, modifiers, action) in [
        (",", KeyCode::Comma, NONE, Action::Step(-1)),
        (".", KeyCode::Period, NONE, Action::Step(1)),
        ("[", KeyCode::BracketLeft, NONE, Action::StepTime(-1)),
        ("]", KeyCode::BracketRight, NONE, Action::StepTime(1)),
        ("+", KeyCode::Equal, SHIFT, Action::Zoom(1)),
        ("=", KeyCode::Equal, NONE, Action::Zoom(1)),
        ("+", KeyCode::NumpadAdd, NONE, Action::Zoom(1)),
        ("-", KeyCode::Minus, NONE, Action::Zoom(-1)),
        ("?", KeyCode::Slash, SHIFT, Action::Show(Sheet::Help)),
        // A German keyboard: AltGr+8, which is Ctrl+Alt to Windows.
        ("[", KeyCode::Digit8, NONE, Action::StepTime(-1)),
        (
            "[",
            KeyCode::Digit8,
            CTRL.union(ModifiersState::ALT),
            Action::StepTime(-1),
        ),
        ("?", KeyCode::Minus, SHIFT, Action::Show(Sheet::Help)),
    ] {
        assert_eq!(press(typed(text), code, modifiers), Some(action), "{text} {code:?}");
    }
}

#[test]
fn digits_are_known_by_their_place() {
    let cases = [
        ("1", KeyCode::Digit1, NONE, Action::ToggleChannel(0)),
        ("9", KeyCode::Digit9, NONE, Action::ToggleChannel(8)),
        ("0", KeyCode::Digit0, NONE, Action::ShowAll),
        ("!", KeyCode::Digit1, SHIFT, Action::ShowOnly(0)),
        ("(", KeyCode::Digit9, SHIFT, Action::ShowOnly(8)),
        // A French keyboard types digits with Shift.
        ("&", KeyCode::Digit1, NONE, Action::ToggleChannel(0)),
        ("-", KeyCode::Digit6, NONE, Action::ToggleChannel(5)),
        ("7", KeyCode::Numpad7, NONE, Action::ToggleChannel(6)),
        ("0", KeyCode::Numpad0, NONE, Action::ShowAll),
    ];
    for (text, code, modifiers, action) in cases {
        assert_eq!(press(typed(text), code, modifiers), Some(action), "{text} {code:?}");
    }
    let home = WinitKey::Named(NamedKey::Home);
    assert_eq!(
        press(home, KeyCode::Numpad7, NONE),
        Some(Action::FirstPlane),
        "without NumLock"
    );
}

#[test]
fn letters_work_in_any_case_and_alphabet() {
    let percentile = |is_for_all| Action::ContrastPercentile { is_for_all };
    for (text, code, modifiers, action) in [
        ("x", KeyCode::KeyX, NONE, Action::ContrastVolume { is_for_all: true }),
        (
            "x",
            KeyCode::KeyX,
            ModifiersState::ALT,
            Action::ContrastVolume { is_for_all: false },
        ),
        ("V", KeyCode::KeyV, SHIFT, Action::ShowOnlyActive),
        ("X", KeyCode::KeyX, SHIFT, Action::LookAlong(Axis::X)),
        ("Y", KeyCode::KeyY, SHIFT, Action::LookAlong(Axis::Y)),
        ("Z", KeyCode::KeyZ, SHIFT, Action::LookAlong(Axis::Z)),
        ("c", KeyCode::KeyC, NONE, percentile(false)),
        ("C", KeyCode::KeyC, SHIFT, percentile(true)),
        ("G", KeyCode::KeyG, NONE, Action::ToggleLayout), // caps lock
        ("i", KeyCode::KeyI, NONE, Action::ToggleFilter),
        ("p", KeyCode::KeyP, NONE, Action::NextPalette),
        ("r", KeyCode::KeyR, NONE, Action::Fit),
        ("R", KeyCode::KeyR, SHIFT, Action::OneToOne),
        ("h", KeyCode::KeyH, NONE, Action::Show(Sheet::Help)),
        ("s", KeyCode::KeyS, CTRL, Action::Save),
        ("c", KeyCode::KeyC, CTRL, Action::CopyVoxel),
        ("m", KeyCode::KeyM, NONE, Action::ToggleProjection),
        ("s", KeyCode::KeyS, NONE, Action::ToggleStatistics),
        ("P", KeyCode::KeyP, CTRL.union(SHIFT), Action::Show(Sheet::Palette)),
        ("q", KeyCode::KeyQ, CTRL, Action::Quit),
        ("z", KeyCode::KeyY, SHIFT, Action::LookAlong(Axis::Z)), // a German keyboard
        ("п", KeyCode::KeyG, NONE, Action::ToggleLayout),        // a Russian one
    ] {
        assert_eq!(press(typed(text), code, modifiers), Some(action), "{text} {code:?}");
    }
    assert_eq!(press(typed("q"), KeyCode::KeyQ, NONE), None, "quitting takes Ctrl");
    assert_eq!(press(typed("g"), KeyCode::KeyG, CTRL), None);
    assert_eq!(press(typed("g"), KeyCode::KeyG, ModifiersState::ALT), None);
}

#[test]
fn only_steps_repeat_while_a_key_is_held() {
    let held = |logical: WinitKey, code| {
        let press = Press {
            logical: &logical,
            physical: PhysicalKey::Code(code),
            modifiers: NONE,
            is_repeat: true,
        };
        action_for(press, KeymapChoice::Default.keymap())
    };
    assert_eq!(
        held(WinitKey::Named(NamedKey::ArrowRight), KeyCode::ArrowRight),
        Some(Action::Step(1))
    );
    assert_eq!(held(typed("]"), KeyCode::BracketRight), Some(Action::StepTime(1)));
    assert_eq!(held(WinitKey::Named(NamedKey::Space), KeyCode::Space), None);
    assert_eq!(held(typed("1"), KeyCode::Digit1), None);
}

const KEYMAPS: [KeymapChoice; 3] = [KeymapChoice::Default, KeymapChoice::Fiji, KeymapChoice::Napari];

#[test]
fn in_no_keymap_has_a_key_two_meanings() {
    for choice in KEYMAPS {
        let keymap = choice.keymap();
        let mut seen: Vec<Chord> = Vec::new();
        for command in COMMANDS {
            assert!(!command.name.is_empty() && Group::ALL.contains(&command.group));
            for chord in keymap.chords(command.action) {
                assert!(!seen.contains(&chord), "{chord:?} of {:?} is taken", command.name);
                assert!(!chord.caps().is_empty());
                seen.push(chord);
            }
        }
        assert!(seen.len() > 40, "{}", keymap.name);
        assert!(keymap.gestures().count() > 10);
    }
}

#[test]
fn every_command_is_there_once() {
    for (place, command) in COMMANDS.iter().enumerate() {
        let same = |other: &&super::commands::Command| other.action == command.action || other.name == command.name;
        assert_eq!(COMMANDS[place..].iter().filter(same).count(), 1, "{}", command.name);
    }
}

#[test]
fn keymaps_are_those_of_other_programs() {
    use KeymapChoice::{Default, Fiji, Napari};
    let ctrl_alt = CTRL.union(ModifiersState::ALT);
    for (choice, text, code, modifiers, action) in [
        (Fiji, "<", KeyCode::Comma, SHIFT, Some(Action::Step(-1))),
        (Fiji, ".", KeyCode::Period, NONE, Some(Action::Step(1))),
        (Fiji, "\\", KeyCode::Backslash, NONE, Some(Action::TogglePlay)),
        (Fiji, "m", KeyCode::KeyM, NONE, Some(Action::ToggleStatistics)),
        (Fiji, "k", KeyCode::KeyK, NONE, Some(Action::ToggleProfile)),
        (Fiji, "l", KeyCode::KeyL, NONE, Some(Action::Show(Sheet::Palette))),
        (Fiji, "Z", KeyCode::KeyZ, SHIFT, Some(Action::ToggleLayout)),
        (Fiji, "h", KeyCode::KeyH, NONE, Some(Action::Show(Sheet::Help))),
        (Fiji, "r", KeyCode::KeyR, NONE, Some(Action::Fit)),
        (Napari, "r", KeyCode::KeyR, CTRL, Some(Action::Fit)),
        (Napari, "r", KeyCode::KeyR, NONE, None),
        (Napari, "g", KeyCode::KeyG, CTRL, Some(Action::ToggleLayout)),
        (Napari, "e", KeyCode::KeyE, CTRL, Some(Action::NextNormal)),
        (Napari, "p", KeyCode::KeyP, ctrl_alt, Some(Action::TogglePlay)),
        (Napari, "s", KeyCode::KeyS, ModifiersState::ALT, Some(Action::Save)),
        (Default, "<", KeyCode::Comma, SHIFT, None),
        (Default, "e", KeyCode::KeyE, CTRL, Some(Action::SaveView)),
    ] {
        assert_eq!(
            press_in(choice, typed(text), code, modifiers),
            action,
            "{choice:?} {text}"
        );
    }
    let digit = press_in(Fiji, typed("3"), KeyCode::Digit3, NONE);
    assert_eq!(digit, Some(Action::ToggleChannel(2)));
    assert_eq!(Fiji.keymap().wheel, Wheel::Steps);
    assert_eq!(Napari.keymap().wheel, Wheel::Zooms);
    assert_eq!("fiji".parse(), Ok(Fiji));
    assert!("imagej".parse::<KeymapChoice>().is_err());
}

#[test]
fn fractions_of_the_wheel_add_up_to_steps() {
    let mut steps = Steps::default();
    let taken: Vec<i64> = [0.4, 0.4, 0.4, 2.0, -0.5, -0.6].map(|part| steps.add(part)).to_vec();
    assert_eq!(taken, [0, 0, 1, 2, 0, -1], "turning back forgets the rest");
    assert_eq!(scrolled(MouseScrollDelta::LineDelta(3.0, -1.0)), [3.0, -1.0]);
    assert_eq!(scrolled(MouseScrollDelta::PixelDelta((0.0, 20.0).into())), [0.0, 0.5]);
}

// ---------------------------------------------------------------- edits

#[test]
fn steps_stop_at_the_ends() {
    assert_eq!(edited(&[]).plane(), 8);
    assert_eq!(edited(&[Action::Step(-1)]).plane(), 7);
    assert_eq!(edited(&[Action::Step(10)]).plane(), 15);
    assert_eq!(edited(&[Action::FirstPlane, Action::Step(-10)]).plane(), 0);
    assert_eq!(edited(&[Action::LastPlane]).plane(), 15);
    assert_eq!(edited(&[Action::StepTime(-1)]).t, 0);
    assert_eq!(edited(&[Action::StepTime(9), Action::StepTime(-1)]).t, 3);
    assert_eq!(edited(&[Action::LookAlong(Axis::X)]).plane(), 30);
}

#[test]
fn channels_are_toggled_and_made_active() {
    let visible = |actions: &[Action]| edited(actions).visible_channels();
    assert_eq!(visible(&[Action::ToggleChannel(1)]), [0, 2]);
    assert_eq!(visible(&[Action::ToggleChannel(8)]), [0, 1, 2], "there is no ninth");
    assert_eq!(visible(&[Action::ShowOnly(2)]), [2]);
    assert_eq!(visible(&[Action::ShowOnly(2), Action::ShowAll]), [0, 1, 2]);
    let view = edited(&[Action::ShowOnly(2), Action::ContrastPercentile { is_for_all: false }]);
    let rules = view.channels.iter().map(|channel| channel.contrast);
    let percentile = ContrastRule::DEFAULT_PERCENTILE;
    assert!(rules.eq([ContrastRule::Volume, ContrastRule::Volume, percentile]));
    let all = edited(&[Action::ContrastPercentile { is_for_all: true }]);
    assert!(all.channels.iter().all(|channel| channel.contrast == percentile));
    let all_exact = Action::ContrastVolume { is_for_all: true };
    let back = edited(&[Action::ContrastPercentile { is_for_all: true }, all_exact]);
    assert!(
        back.channels
            .iter()
            .all(|channel| channel.contrast == ContrastRule::Volume)
    );
}

#[test]
fn the_active_channel_is_shown_alone_and_exposed_alone() {
    let active = [Action::StepChannel(1), Action::StepChannel(1), Action::ShowOnlyActive];
    assert_eq!(edited(&active).visible_channels(), [2]);
    let view = edited(&[
        Action::ContrastPercentile { is_for_all: true },
        Action::StepChannel(1),
        Action::ContrastVolume { is_for_all: false },
    ]);
    let rules = view.channels.iter().map(|channel| channel.contrast);
    let auto = ContrastRule::DEFAULT_PERCENTILE;
    assert!(rules.eq([auto, ContrastRule::Volume, auto]));
}

#[test]
fn percentiles_are_those_that_were_typed_last() {
    let dataset = dataset();
    let mut preferences = Preferences::default();
    assert_eq!(preferences.auto_contrast(), ContrastRule::DEFAULT_PERCENTILE);
    preferences.percentiles = [2.0, 98.0];
    let mut view = ViewState::new(&dataset);
    let action = Action::ContrastPercentile { is_for_all: false };
    assert!(action.edit(&mut view, &dataset, PANEL, preferences.auto_contrast()));
    assert_eq!(view.channels[0].contrast, ContrastRule::Percentile(2.0, 98.0));
    // A file may have any numbers.
    for percentiles in [[50.0, 50.0], [-1.0, 99.0], [1.0, 101.0], [f64::NAN, 99.0]] {
        preferences.percentiles = percentiles;
        assert_eq!(
            preferences.auto_contrast(),
            ContrastRule::DEFAULT_PERCENTILE,
            "{percentiles:?}"
        );
    }
}

#[test]
fn the_view_is_switched_and_switched_back() {
    let twice = |action: Action| (edited(&[action]), edited(&[action, action]));
    let (once, back) = twice(Action::ToggleLayout);
    assert_eq!((once.layout, back.layout), (Layout::Montage, Layout::Composite));
    let (once, back) = twice(Action::ToggleFilter);
    assert_eq!((once.filter, back.filter), (Filter::Linear, Filter::Nearest));
    assert_eq!(edited(&[Action::NextPalette]).palette, Palette::Safe);
    assert_eq!(edited(&[Action::NextPalette; 4]).palette, Palette::Auto);
}

#[test]
fn zoom_keeps_the_middle_and_fit_undoes_it() {
    let fit = edited(&[]);
    let near = edited(&[Action::Zoom(2)]);
    let (center, scale) = near.resolve_camera(PANEL);
    assert_eq!(center, fit.resolve_camera(PANEL).0);
    assert!((scale[0] / fit.resolve_camera(PANEL).1[0] - 2.0).abs() < 1e-12);
    assert_eq!(edited(&[Action::Zoom(3), Action::Fit]).camera, Camera::Fit);
    assert_eq!(edited(&[Action::OneToOne]).resolve_camera(PANEL).1[0], 1.0);
}

#[test]
fn what_is_not_about_the_view_leaves_it_alone() {
    let dataset = dataset();
    let mut view = ViewState::new(&dataset);
    for action in [
        Action::TogglePlay,
        Action::Save,
        Action::Cancel,
        Action::Show(Sheet::Help),
        Action::Quit,
    ] {
        assert!(!action.edit(&mut view, &dataset, PANEL, ContrastRule::DEFAULT_PERCENTILE));
    }
    assert_eq!(view, ViewState::new(&dataset));
}

#[test]
fn slabs_grow_and_shrink_within_the_stack() {
    assert_eq!(edited(&[Action::ToggleProjection]).slab_range(), 0..16);
    assert_eq!(edited(&[Action::ToggleProjection; 2]).slab_range(), 8..9);
    assert_eq!(edited(&[Action::ThickenSlab(4)]).slab_range(), 6..11);
    assert_eq!(
        edited(&[Action::ThickenSlab(4), Action::LastPlane]).slab_range(),
        11..16
    );
    assert_eq!(edited(&[Action::ToggleProjection, Action::ThickenSlab(-1)]).slab, 15);
    assert_eq!(edited(&[Action::ThickenSlab(-3)]).slab, 1);
}

#[test]
fn one_can_go_back_and_forth() {
    let start = Instant::now();
    let at = |ms: u64| start + Duration::from_millis(ms);
    let mut history = History::default();
    let first = edited(&[]);
    let plane = |n: i64| edited(&[Action::Step(n)]);
    history.record(&first, &plane(1), at(0));
    history.record(&plane(1), &plane(2), at(100));
    let near = edited(&[Action::Step(2), Action::Zoom(1)]);
    history.record(&plane(2), &near, at(200));
    let later = edited(&[Action::Step(3), Action::Zoom(1)]);
    history.record(&near, &later, at(2000));
    assert_eq!(history.undo(&later), Some(near.clone()));
    assert_eq!(history.undo(&near), Some(plane(2)), "the camera is another matter");
    assert_eq!(history.undo(&plane(2)), Some(first.clone()), "quick steps go together");
    assert_eq!(history.undo(&first), None);
    assert_eq!(history.redo(&first), Some(plane(2)));
    history.record(&plane(2), &plane(3), at(3000));
    assert_eq!(history.redo(&plane(3)), None, "another way was taken");
    (0..500).for_each(|n| history.record(&plane(n % 2), &plane((n + 1) % 2), at(10_000 + 1000 * n as u64)));
    let steps = std::iter::from_fn(|| history.undo(&first)).count();
    assert_eq!(steps, 100, "memory is bounded");
}

// ---------------------------------------------------------------- clocks

#[test]
fn only_what_takes_long_is_told() {
    let start = Instant::now();
    let at = |ms: u64| start + Duration::from_millis(ms);
    let mut patience = Patience::default();
    assert!(!patience.follow(true, at(0)) && !patience.is_over());
    assert!(
        !patience.follow(false, at(200)) && patience.due().is_none(),
        "over at once"
    );
    assert!(!patience.follow(true, at(300)) && !patience.follow(true, at(599)));
    assert_eq!(patience.due(), Some(at(600)));
    assert!(patience.follow(true, at(600)) && patience.is_over() && patience.due().is_none());
    assert!(!patience.follow(true, at(900)), "told already");
    assert!(patience.follow(false, at(1000)) && !patience.is_over());
}

#[test]
fn good_news_goes_by_itself_and_bad_news_stays() {
    let now = Instant::now();
    let later = now + Duration::from_secs(60);
    let mut notices = Notices::default();
    notices.news("saved".into(), now);
    notices.error("broken".into());
    notices.error("broken".into());
    assert_eq!(notices.iter().count(), 2, "nothing is said twice");
    assert!(!notices.expire(now) && notices.due().is_some());
    assert!(notices.expire(later) && !notices.expire(later));
    assert!(notices.iter().all(|notice| notice.is_error));
    assert_eq!(notices.due(), None);
}

#[test]
fn errors_wait_until_they_are_read() {
    let now = Instant::now();
    let mut notices = Notices::default();
    let texts = |notices: &Notices| notices.iter().map(|notice| notice.text.clone()).collect::<Vec<_>>();
    notices.news("saved".into(), now);
    (0..7).for_each(|n| notices.error(format!("{n}")));
    notices.news("copied".into(), now);
    assert_eq!(
        (texts(&notices), notices.hidden()),
        (["4", "5", "6", "copied"].map(String::from).to_vec(), 4)
    );
    notices.clear_news();
    assert_eq!(
        (texts(&notices), notices.hidden()),
        (["3", "4", "5", "6"].map(String::from).to_vec(), 3)
    );
    notices.close(1);
    assert_eq!(
        (texts(&notices), notices.hidden()),
        (["2", "3", "5", "6"].map(String::from).to_vec(), 2)
    );
    notices.close_shown();
    assert_eq!(
        (texts(&notices), notices.hidden()),
        (["0", "1"].map(String::from).to_vec(), 0)
    );
    (0..500).for_each(|n| notices.error(format!("again {n}")));
    assert_eq!(notices.iter().count() + notices.hidden(), 100, "memory is bounded");
}

// ---------------------------------------------------------------- the mouse

#[test]
fn two_quick_clicks_at_one_place_are_a_double_click() {
    let start = Instant::now();
    let at = |ms: u64| start + Duration::from_millis(ms);
    let mut pointer = Pointer::default();
    pointer.move_to([50.0, 50.0]);
    let click = |pointer: &mut Pointer, ms| {
        pointer.press(MouseButton::Left, Drag::Picture);
        let is_double = pointer.click(at(ms));
        pointer.release(MouseButton::Left);
        is_double
    };
    assert!(!click(&mut pointer, 0) && click(&mut pointer, 200));
    assert!(!click(&mut pointer, 300), "a third is the first of the next two");
    assert!(!click(&mut pointer, 2000), "too late");
    pointer.move_to([70.0, 50.0]);
    assert!(!click(&mut pointer, 2100), "too far");
    assert!(pointer.drag().is_none());
}

#[test]
fn dragging_tells_how_far() {
    let mut pointer = Pointer::default();
    assert_eq!(pointer.move_to([5.0, 5.0]), None);
    assert!(pointer.press(MouseButton::Middle, Drag::Picture));
    assert!(!pointer.press(MouseButton::Right, Drag::Window), "one thing at a time");
    assert_eq!(pointer.move_to([8.0, 1.0]), Some((Drag::Picture, [3.0, -4.0])));
    assert!(!pointer.release(MouseButton::Left) && pointer.release(MouseButton::Middle));
    assert_eq!(pointer.move_to([9.0, 9.0]), None);
}

// ---------------------------------------------------------------- texts

#[test]
fn saved_pictures_are_named_after_what_they_show() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut view = edited(&[]);
    let name = |path: &str, view: &ViewState| {
        let target = free_path(folder.path(), path, view);
        target.file_name().map(|name| name.to_string_lossy().into_owned())
    };
    assert_eq!(name("a/stack.ome.tif", &view).as_deref(), Some("stack-z008-t000.png"));
    view.t_count = 1;
    assert_eq!(name("sample:kidney", &view).as_deref(), Some("sample-kidney-z008.png"));
    for taken in ["stack-x030.png", "stack-x030-1.png"] {
        std::fs::write(folder.path().join(taken), "").expect("a file");
    }
    view.set_normal(Axis::X);
    assert_eq!(name("stack.TIFF", &view).as_deref(), Some("stack-x030-2.png"));
}

#[test]
fn numbers_are_short_and_true() {
    for (value, text) in [
        (0.0, "0"),
        (4095.0, "4095"),
        (-12.0, "-12"),
        (4294967295.0, "4294967295"),
        (0.1f32.into(), "0.1"),
        (1234.5678, "1234.57"),
        (0.00012345678, "0.000123457"),
        (1e-9, "1.0000e-9"),
        (2.5e30, "2.5000e30"),
        (f64::NAN, "NaN"),
    ] {
        assert_eq!(number(value), text);
    }
}
