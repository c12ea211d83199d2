//! The keys, keymap by keymap.

use winit::keyboard::NamedKey;

use super::Key::{Char, Digits, Letter, Named, Zero};
use super::{Chord, Gesture, Key};
use crate::app::actions::{Action, Guide, PlayAction, Sheet};
use crate::app::commands::Group;
use crate::volume::Axis;

const fn plain(key: Key) -> Chord {
    Chord {
        ctrl: false,
        alt: false,
        shift: false,
        key,
    }
}

const fn shift(key: Key) -> Chord {
    Chord {
        shift: true,
        ..plain(key)
    }
}

const fn ctrl(key: Key) -> Chord {
    Chord {
        ctrl: true,
        ..plain(key)
    }
}

const fn alt(key: Key) -> Chord {
    Chord {
        alt: true,
        ..plain(key)
    }
}

const fn ctrl_shift(key: Key) -> Chord {
    Chord {
        shift: true,
        ..ctrl(key)
    }
}

const fn named(name: NamedKey) -> Chord {
    plain(Named(name))
}

const fn letter(c: char) -> Chord {
    plain(Letter(c))
}

type Rows = &'static [(Action, &'static [Chord])];

/// The program's own keys.
pub(super) static DEFAULT: Rows = &[
    (Action::Step(-1), &[named(NamedKey::ArrowLeft), plain(Char(','))]),
    (Action::Step(1), &[named(NamedKey::ArrowRight), plain(Char('.'))]),
    (
        Action::Step(-10),
        &[shift(Named(NamedKey::ArrowLeft)), named(NamedKey::PageUp)],
    ),
    (
        Action::Step(10),
        &[shift(Named(NamedKey::ArrowRight)), named(NamedKey::PageDown)],
    ),
    (Action::FirstPlane, &[named(NamedKey::Home)]),
    (Action::LastPlane, &[named(NamedKey::End)]),
    (Action::StepTime(-1), &[plain(Char('['))]),
    (Action::StepTime(1), &[plain(Char(']'))]),
    (Action::TogglePlay, &[named(NamedKey::Space)]),
    (Action::Play(PlayAction::ChangeRate(1)), &[ctrl(Char(']'))]),
    (Action::Play(PlayAction::ChangeRate(-1)), &[ctrl(Char('['))]),
    (
        Action::Play(PlayAction::ToggleDirection),
        &[shift(Named(NamedKey::Space))],
    ),
    (Action::ToggleProjection, &[letter('m')]),
    (Action::ThickenSlab(1), &[alt(Named(NamedKey::ArrowUp))]),
    (Action::ThickenSlab(-1), &[alt(Named(NamedKey::ArrowDown))]),
    (Action::ToggleChannel(0), &[plain(Digits)]),
    (Action::ShowOnly(0), &[shift(Digits)]),
    (Action::ShowAll, &[plain(Zero)]),
    (Action::StepChannel(1), &[named(NamedKey::ArrowDown)]),
    (Action::StepChannel(-1), &[named(NamedKey::ArrowUp)]),
    (Action::ToggleActiveChannel, &[letter('v')]),
    (Action::ShowOnlyActive, &[shift(Letter('v'))]),
    (Action::ContrastVolume { is_for_all: false }, &[alt(Letter('x'))]),
    (Action::ContrastVolume { is_for_all: true }, &[letter('x')]),
    (Action::ContrastPercentile { is_for_all: false }, &[letter('c')]),
    (Action::ContrastPercentile { is_for_all: true }, &[shift(Letter('c'))]),
    (Action::ToggleClipping, &[letter('k')]),
    (Action::ToggleLinks, &[shift(Letter('l'))]),
    (Action::ToggleContrastLock, &[shift(Letter('k'))]),
    (Action::NextPalette, &[letter('p')]),
    (Action::ToggleStatistics, &[letter('s')]),
    (Action::MeasureSeen, &[shift(Letter('s'))]),
    (Action::ToggleProfile, &[letter('l')]),
    (Action::CopyVoxel, &[ctrl(Letter('c'))]),
    (Action::CopyPicture, &[ctrl_shift(Letter('c'))]),
    (Action::CopyCommand, &[ctrl(Letter('k'))]),
    (Action::Zoom(1), &[plain(Char('+')), plain(Char('='))]),
    (Action::Zoom(-1), &[plain(Char('-'))]),
    (Action::Pan([-1, 0]), &[ctrl(Named(NamedKey::ArrowLeft))]),
    (Action::Pan([1, 0]), &[ctrl(Named(NamedKey::ArrowRight))]),
    (Action::Pan([0, -1]), &[ctrl(Named(NamedKey::ArrowUp))]),
    (Action::Pan([0, 1]), &[ctrl(Named(NamedKey::ArrowDown))]),
    (Action::Fit, &[letter('r')]),
    (Action::FitWidth, &[letter('w')]),
    (Action::OneToOne, &[shift(Letter('r'))]),
    (Action::ToggleLayout, &[letter('g')]),
    (Action::ToggleFilter, &[letter('i')]),
    (Action::LookAlong(Axis::Z), &[shift(Letter('z'))]),
    (Action::LookAlong(Axis::Y), &[shift(Letter('y'))]),
    (Action::LookAlong(Axis::X), &[shift(Letter('x'))]),
    (Action::ToggleScaleBar, &[letter('b')]),
    (Action::ToggleLabels, &[letter('n')]),
    (Action::ToggleGuide(Guide::Axes), &[letter('a')]),
    (Action::ToggleGuide(Guide::Crosshair), &[letter('t')]),
    (Action::ToggleGuide(Guide::PixelGrid), &[letter('d')]),
    (Action::ToggleFullScreen, &[named(NamedKey::F11)]),
    (Action::Undo, &[ctrl(Letter('z'))]),
    (Action::Redo, &[ctrl_shift(Letter('z')), ctrl(Letter('y'))]),
    (Action::Open, &[ctrl(Letter('o'))]),
    (Action::Show(Sheet::OpenPath), &[ctrl_shift(Letter('o'))]),
    (Action::StepFile(1), &[ctrl(Named(NamedKey::PageDown))]),
    (Action::StepFile(-1), &[ctrl(Named(NamedKey::PageUp))]),
    (Action::Reload, &[named(NamedKey::F5)]),
    (Action::Save, &[ctrl(Letter('s'))]),
    (Action::Show(Sheet::Picture), &[ctrl_shift(Letter('s'))]),
    (Action::Show(Sheet::Movie), &[ctrl(Letter('m'))]),
    (Action::SaveView, &[ctrl(Letter('e'))]),
    (Action::OpenView, &[ctrl_shift(Letter('e'))]),
    (Action::Show(Sheet::Palette), &[ctrl_shift(Letter('p'))]),
    (
        Action::Show(Sheet::Help),
        &[letter('h'), named(NamedKey::F1), plain(Char('?'))],
    ),
    (Action::Cancel, &[named(NamedKey::Escape)]),
    (Action::Quit, &[ctrl(Letter('q'))]),
];

/// Those of Fiji, where it has something of the kind: ImageJ's list of shortcuts, "Keyboard Shortcuts" in its user
/// guide. H stays the help.
pub(super) static FIJI: Rows = &[
    (
        Action::Step(-1),
        &[plain(Char('<')), plain(Char(',')), named(NamedKey::ArrowLeft)],
    ),
    (
        Action::Step(1),
        &[plain(Char('>')), plain(Char('.')), named(NamedKey::ArrowRight)],
    ),
    (Action::TogglePlay, &[plain(Char('\\')), named(NamedKey::Space)]),
    (
        Action::Zoom(1),
        &[plain(Char('+')), plain(Char('=')), named(NamedKey::ArrowUp)],
    ),
    (Action::Zoom(-1), &[plain(Char('-')), named(NamedKey::ArrowDown)]),
    (Action::StepChannel(1), &[]),
    (Action::StepChannel(-1), &[]),
    (Action::ToggleStatistics, &[letter('m')]),
    (Action::ToggleProfile, &[letter('k')]),
    (Action::ToggleProjection, &[shift(Letter('m'))]),
    (Action::ToggleClipping, &[shift(Letter('h'))]),
    (Action::Show(Sheet::Palette), &[letter('l'), ctrl_shift(Letter('p'))]),
    (Action::ToggleLayout, &[letter('g'), shift(Letter('z'))]),
    (Action::LookAlong(Axis::Z), &[]),
    (Action::NextNormal, &[ctrl(Char('/'))]),
    (Action::StepFile(1), &[ctrl_shift(Letter('o'))]),
    (Action::Show(Sheet::OpenPath), &[]),
    (Action::Reload, &[ctrl(Letter('r')), named(NamedKey::F5)]),
];

/// Those of napari, where it has something of the kind.
pub(super) static NAPARI: Rows = &[
    (Action::Fit, &[ctrl(Letter('r'))]),
    (Action::ToggleLayout, &[ctrl(Letter('g'))]),
    (Action::NextNormal, &[ctrl(Letter('e'))]),
    (Action::SaveView, &[]),
    (
        Action::TogglePlay,
        &[
            Chord {
                alt: true,
                ..ctrl(Letter('p'))
            },
            named(NamedKey::Space),
        ],
    ),
    (Action::Save, &[alt(Letter('s')), ctrl(Letter('s'))]),
    (Action::CopyPicture, &[alt(Letter('c')), ctrl_shift(Letter('c'))]),
    (Action::ToggleFullScreen, &[ctrl(Letter('f')), named(NamedKey::F11)]),
    (Action::ToggleScaleBar, &[letter('b')]),
];

const fn gesture(group: Group, what: &'static str, how: &'static str) -> Gesture {
    Gesture { group, what, how }
}

/// What the wheel does where it zooms.
pub(super) static WHEEL_ZOOMS: [Gesture; 2] = [
    gesture(Group::View, "zoom at the cursor", "wheel"),
    gesture(Group::Planes, "through planes", "Ctrl+wheel"),
];

/// What it does where it steps.
pub(super) static WHEEL_STEPS: [Gesture; 2] = [
    gesture(Group::View, "zoom at the cursor", "Ctrl or Shift+wheel"),
    gesture(Group::Planes, "through planes", "wheel"),
];

/// What the mouse does in every keymap.
pub(super) static GESTURES: [Gesture; 12] = [
    gesture(Group::View, "pan", "drag, middle-drag"),
    gesture(Group::View, "zoom to a box", "Shift+drag"),
    gesture(Group::View, "in, out", "double-click, Shift+double-click"),
    gesture(Group::Planes, "thickness of the slab", "Alt+wheel"),
    gesture(Group::Channels, "window and level", "right-drag, Alt+drag"),
    gesture(Group::Channels, "make a channel active", "click its row"),
    gesture(Group::Channels, "zoom a histogram", "wheel over it"),
    gesture(Group::Measure, "box to measure", "Ctrl+drag"),
    gesture(Group::Measure, "take the box away", "Ctrl+click"),
    gesture(Group::Measure, "line to measure", "Ctrl+Shift+drag"),
    gesture(Group::File, "open files and folders", "drop them here"),
    gesture(Group::Help, "through buttons and fields", "Tab, Shift+Tab"),
];
