//! The keys: one table that both the keyboard handler and the help sheet read.

use winit::keyboard::NamedKey;

use super::actions::Action;
use crate::volume::Axis;

/// A key, as people name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A key with a name of its own.
    Named(NamedKey),
    /// What types this character, with Shift or without, wherever the layout has it.
    Char(char),
    /// The key of a letter, lower case.
    Letter(char),
    /// Any of the keys 1 to 9.
    Digits,
    /// The key 0.
    Zero,
}

/// A key with the modifiers held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chord {
    /// Control (Command on a Mac).
    pub(crate) ctrl: bool,
    /// Shift; a [`Key::Char`] is found with it or without.
    pub(crate) shift: bool,
    /// The key itself.
    pub(crate) key: Key,
}

/// What a row of the help sheet belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]

pub(crate) enum Group {
    Planes,
    Camera,
    Channels,
    View,
    Statistics,
    Program,
}

impl Group {
    /// All, in the order of the help sheet.
    pub(crate) const ALL: [Group; 6] = [
        Group::Planes,
        Group::Channels,
        Group::Camera,
        Group::View,
        Group::Statistics,
        Group::Program,
    ];

    /// Heading in the help sheet.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Group::Planes => "Planes and time",
            Group::Camera => "Zoom and pan",
            Group::Channels => "Channels and contrast",
            Group::Statistics => "Statistics",
            Group::View => "View",
            Group::Program => "Program",
        }
    }
}

/// One row of the table.
pub(crate) struct Binding {
    /// Its part of the help sheet.
    pub(crate) group: Group,
    /// What it does, in words.
    pub(crate) what: &'static str,
    /// The keys that do it.
    pub(crate) chords: &'static [Chord],
    /// What the mouse does the same with, in words; empty where nothing.
    pub(crate) mouse: &'static str,
    /// The action; its argument is the digit, for [`Key::Digits`].
    pub(crate) action: fn(usize) -> Action,
}

const fn plain(key: Key) -> Chord {
    Chord {
        ctrl: false,
        shift: false,
        key,
    }
}

const fn shift(key: Key) -> Chord {
    Chord {
        ctrl: false,
        shift: true,
        key,
    }
}

const fn ctrl(key: Key) -> Chord {
    Chord {
        ctrl: true,
        shift: false,
        key,
    }
}

const fn named(key: NamedKey) -> Chord {
    plain(Key::Named(key))
}

const fn row(
    group: Group,
    what: &'static str,
    chords: &'static [Chord],
    mouse: &'static str,
    action: fn(usize) -> Action,
) -> Binding {
    Binding {
        group,
        what,
        chords,
        mouse,
        action,
    }
}

use Group::{Camera, Channels, Planes, Program, Statistics, View};
use Key::{Char, Digits, Letter, Named, Zero};

/// Every key there is. Rows without keys tell what the mouse does.
pub(crate) static BINDINGS: &[Binding] = &[
    row(
        Planes,
        "previous plane",
        &[named(NamedKey::ArrowLeft), plain(Char(','))],
        "Ctrl+wheel up",
        |_| Action::Step(-1),
    ),
    row(
        Planes,
        "next plane",
        &[named(NamedKey::ArrowRight), plain(Char('.'))],
        "Ctrl+wheel down",
        |_| Action::Step(1),
    ),
    row(
        Planes,
        "ten planes back",
        &[shift(Named(NamedKey::ArrowLeft)), named(NamedKey::PageUp)],
        "",
        |_| Action::Step(-10),
    ),
    row(
        Planes,
        "ten planes on",
        &[shift(Named(NamedKey::ArrowRight)), named(NamedKey::PageDown)],
        "",
        |_| Action::Step(10),
    ),
    row(Planes, "first plane", &[named(NamedKey::Home)], "", |_| {
        Action::FirstPlane
    }),
    row(Planes, "last plane", &[named(NamedKey::End)], "", |_| Action::LastPlane),
    row(Planes, "previous time", &[plain(Char('['))], "", |_| {
        Action::StepTime(-1)
    }),
    row(Planes, "next time", &[plain(Char(']'))], "", |_| Action::StepTime(1)),
    row(Planes, "play, pause", &[named(NamedKey::Space)], "", |_| {
        Action::TogglePlay
    }),
    row(Channels, "channel on, off", &[plain(Digits)], "", |digit| {
        Action::ToggleChannel(digit - 1)
    }),
    row(Channels, "only this channel", &[shift(Digits)], "", |digit| {
        Action::ShowOnly(digit - 1)
    }),
    row(Channels, "all channels", &[plain(Zero)], "", |_| Action::ShowAll),
    row(Channels, "exact range of the volume", &[plain(Letter('x'))], "", |_| {
        Action::ContrastVolume
    }),
    row(
        Channels,
        "percentile contrast, active channel",
        &[plain(Letter('c'))],
        "",
        |_| Action::ContrastPercentile { is_for_all: false },
    ),
    row(
        Channels,
        "percentile contrast, all channels",
        &[shift(Letter('c'))],
        "",
        |_| Action::ContrastPercentile { is_for_all: true },
    ),
    row(Channels, "next palette", &[plain(Letter('p'))], "", |_| {
        Action::NextPalette
    }),
    row(
        Statistics,
        "of the plane, or of a box",
        &[plain(Letter('m'))],
        "",
        |_| Action::ToggleStatistics,
    ),
    row(Statistics, "draw a box", &[], "Ctrl+drag", |_| Action::Nothing),
    row(Statistics, "take the box away", &[], "Ctrl+click", |_| Action::Nothing),
    row(Statistics, "copy the numbers", &[ctrl(Letter('c'))], "", |_| {
        Action::CopyStatistics
    }),
    row(
        Camera,
        "zoom in",
        &[plain(Char('+')), plain(Char('='))],
        "wheel, double-click",
        |_| Action::Zoom(1),
    ),
    row(
        Camera,
        "zoom out",
        &[plain(Char('-'))],
        "wheel, Shift+double-click",
        |_| Action::Zoom(-1),
    ),
    row(Camera, "pan", &[], "drag, left or middle", |_| Action::Nothing),
    row(Camera, "whole plane", &[plain(Letter('r'))], "", |_| Action::Fit),
    row(Camera, "one pixel per voxel", &[shift(Letter('r'))], "", |_| {
        Action::OneToOne
    }),
    row(View, "composite, montage", &[plain(Letter('g'))], "", |_| {
        Action::ToggleLayout
    }),
    row(View, "nearest, linear", &[plain(Letter('i'))], "", |_| {
        Action::ToggleFilter
    }),
    row(View, "look along z", &[shift(Letter('z'))], "", |_| {
        Action::LookAlong(Axis::Z)
    }),
    row(View, "look along y", &[shift(Letter('y'))], "", |_| {
        Action::LookAlong(Axis::Y)
    }),
    row(View, "look along x", &[shift(Letter('x'))], "", |_| {
        Action::LookAlong(Axis::X)
    }),
    row(Program, "open", &[], "drop a file on the window", |_| Action::Nothing),
    row(Program, "save the picture as PNG", &[ctrl(Letter('s'))], "", |_| {
        Action::Save
    }),
    row(
        Program,
        "close this, take the box away, stop loading",
        &[named(NamedKey::Escape)],
        "",
        |_| Action::Cancel,
    ),
    row(
        Program,
        "this help",
        &[plain(Letter('h')), named(NamedKey::F1), plain(Char('?'))],
        "",
        |_| Action::ToggleHelp,
    ),
    row(Program, "quit", &[ctrl(Letter('q'))], "", |_| Action::Quit),
];

impl Chord {
    /// The caps to press, in words: `["Ctrl", "S"]`.
    pub(crate) fn caps(&self) -> Vec<String> {
        let mut caps = Vec::new();
        if self.ctrl {
            caps.push(if cfg!(target_os = "macos") { "Cmd" } else { "Ctrl" }.to_owned());
        }
        if self.shift {
            caps.push("Shift".to_owned());
        }
        caps.push(match self.key {
            Named(NamedKey::ArrowLeft) => "Left".to_owned(),
            Named(NamedKey::ArrowRight) => "Right".to_owned(),
            Named(NamedKey::PageUp) => "Page Up".to_owned(),
            Named(NamedKey::PageDown) => "Page Down".to_owned(),
            Named(NamedKey::Escape) => "Esc".to_owned(),
            Named(name) => format!("{name:?}"),
            Char(c) => c.to_string(),
            Letter(c) => c.to_ascii_uppercase().to_string(),
            Digits => "1\u{2013}9".to_owned(),
            Zero => "0".to_owned(),
        });
        caps
    }
}
