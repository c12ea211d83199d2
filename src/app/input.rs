//! The keys: one table that both the keyboard handler and the help sheet read.

use winit::event::MouseScrollDelta;
use winit::keyboard::{Key as WinitKey, KeyCode, ModifiersState, NamedKey, PhysicalKey};

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
    Program,
}

impl Group {
    /// All, in the order of the help sheet.
    pub(crate) const ALL: [Group; 5] = [
        Group::Planes,
        Group::Channels,
        Group::Camera,
        Group::View,
        Group::Program,
    ];

    /// Heading in the help sheet.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Group::Planes => "Planes and time",
            Group::Camera => "Zoom and pan",
            Group::Channels => "Channels and contrast",
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
    action: fn(usize) -> Action,
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

use Group::{Camera, Channels, Planes, Program, View};
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
        "stop loading, close this",
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

/// A key that went down, as winit tells it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Press<'a> {
    /// What it means in the keyboard's layout.
    pub(crate) logical: &'a WinitKey,
    /// Where it is.
    pub(crate) physical: PhysicalKey,
    /// What else is held.
    pub(crate) modifiers: ModifiersState,
    /// Whether it was held down rather than pressed.
    pub(crate) is_repeat: bool,
}

/// What a key does, if anything.
pub(crate) fn action_for(press: Press<'_>) -> Option<Action> {
    let (key, digit) = key_of(press)?;
    // AltGr is Ctrl+Alt to Windows, and types characters.
    let is_alt_gr = press.modifiers.control_key() && press.modifiers.alt_key();
    let is_ctrl = if cfg!(target_os = "macos") {
        press.modifiers.super_key()
    } else {
        press.modifiers.control_key()
    };
    if press.modifiers.alt_key() && !(is_alt_gr && matches!(key, Char(_))) {
        return None;
    }
    let is_held = |chord: &Chord| {
        chord.key == key
            && chord.ctrl == (is_ctrl && !is_alt_gr)
            && (chord.shift == press.modifiers.shift_key() || matches!(key, Char(_)))
    };
    let binding = BINDINGS.iter().find(|binding| binding.chords.iter().any(is_held))?;
    let action = (binding.action)(digit);
    (!press.is_repeat || action.repeats()).then_some(action)
}

/// Which key of the table it is, and which digit.
///
/// Digits are known by their place: what Shift+1 types differs from layout to layout. Punctuation is known by what it
/// types, and letters too, except in layouts without Latin letters.
fn key_of(press: Press<'_>) -> Option<(Key, usize)> {
    let text = match press.logical {
        WinitKey::Named(name) => return Some((Named(*name), 0)),
        WinitKey::Character(text) => text.as_str(),
        _ => "",
    };
    let typed = text.chars().next().filter(|_| text.chars().count() == 1);
    let digit = row_digit(press.physical);
    match typed {
        // Some layouts have brackets on the digit keys, behind AltGr.
        Some(c @ ('[' | ']')) => return Some((Char(c), 0)),
        Some(c @ (',' | '.' | '+' | '=' | '-' | '?')) if digit.is_none() => return Some((Char(c), 0)),
        _ => {}
    }
    let keypad_digit = typed.filter(|_| is_keypad(press.physical)).and_then(|c| c.to_digit(10));
    match digit.or(keypad_digit.map(|digit| digit as usize)) {
        Some(0) => return Some((Zero, 0)),
        Some(digit) => return Some((Digits, digit)),
        None => {}
    }
    match typed {
        Some(c) if c.is_ascii_alphabetic() => Some((Letter(c.to_ascii_lowercase()), 0)),
        Some(c) if c.is_ascii() => None,
        _ => letter(press.physical).map(|c| (Letter(c), 0)),
    }
}

fn row_digit(physical: PhysicalKey) -> Option<usize> {
    let PhysicalKey::Code(code) = physical else {
        return None;
    };
    [
        KeyCode::Digit0,
        KeyCode::Digit1,
        KeyCode::Digit2,
        KeyCode::Digit3,
        KeyCode::Digit4,
        KeyCode::Digit5,
        KeyCode::Digit6,
        KeyCode::Digit7,
        KeyCode::Digit8,
        KeyCode::Digit9,
    ]
    .iter()
    .position(|&digit| digit == code)
}

fn is_keypad(physical: PhysicalKey) -> bool {
    matches!(
        physical,
        PhysicalKey::Code(
            KeyCode::Numpad0
                | KeyCode::Numpad1
                | KeyCode::Numpad2
                | KeyCode::Numpad3
                | KeyCode::Numpad4
                | KeyCode::Numpad5
                | KeyCode::Numpad6
                | KeyCode::Numpad7
                | KeyCode::Numpad8
                | KeyCode::Numpad9
        )
    )
}

/// The letter on a key of a US keyboard: only those that do something.
fn letter(physical: PhysicalKey) -> Option<char> {
    let PhysicalKey::Code(code) = physical else {
        return None;
    };
    Some(match code {
        KeyCode::KeyC => 'c',
        KeyCode::KeyG => 'g',
        KeyCode::KeyH => 'h',
        KeyCode::KeyI => 'i',
        KeyCode::KeyP => 'p',
        KeyCode::KeyQ => 'q',
        KeyCode::KeyR => 'r',
        KeyCode::KeyS => 's',
        KeyCode::KeyX => 'x',
        KeyCode::KeyY => 'y',
        KeyCode::KeyZ => 'z',
        _ => return None,
    })
}

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

/// Pixels that a trackpad scrolls where a wheel turns one line.
const PX_PER_LINE: f64 = 40.0;

/// How far a wheel or trackpad scrolled up, in lines; fractions come from trackpads.
pub(crate) fn scrolled_lines(delta: MouseScrollDelta) -> f64 {
    match delta {
        MouseScrollDelta::LineDelta(_, lines) => f64::from(lines),
        MouseScrollDelta::PixelDelta(px) => px.y / PX_PER_LINE,
    }
}

/// Adds up fractions of steps.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    rest: f64,
}

impl Steps {
    /// Adds a fraction, and takes out the whole steps that have come together. Turning back forgets the rest.
    pub(crate) fn add(&mut self, steps: f64) -> i64 {
        if self.rest * steps < 0.0 {
            self.rest = 0.0;
        }
        self.rest += steps;
        let whole = self.rest.trunc();
        self.rest -= whole;
        whole as i64
    }
}
