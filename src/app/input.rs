//! What a key press or a turn of the wheel means.

use winit::event::MouseScrollDelta;
use winit::keyboard::{Key as WinitKey, KeyCode, ModifiersState, PhysicalKey};

use super::actions::Action;
use super::keymap::Key::{Char, Digits, Letter, Named, Zero};
use super::keymap::{Chord, Key, Keymap};

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
pub(crate) fn action_for(press: Press<'_>, keymap: &Keymap) -> Option<Action> {
    let (key, digit) = key_of(press)?;
    let (is_ctrl, is_alt) = (is_ctrl(press.modifiers), press.modifiers.alt_key());
    // AltGr is Ctrl+Alt to Windows, and types characters.
    let is_alt_gr = press.modifiers.control_key() && is_alt && matches!(key, Char(_));
    let is_held = |chord: &Chord| {
        chord.key == key
            && chord.ctrl == (is_ctrl && !is_alt_gr)
            && chord.alt == (is_alt && !is_alt_gr)
            && (chord.shift == press.modifiers.shift_key() || matches!(key, Char(_)))
    };
    let action = keymap.action(is_held, digit)?;
    (!press.is_repeat || action.repeats()).then_some(action)
}

/// Whether Control is held: on a Mac, Command.
pub(crate) fn is_ctrl(modifiers: ModifiersState) -> bool {
    match cfg!(target_os = "macos") {
        true => modifiers.super_key(),
        false => modifiers.control_key(),
    }
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
        Some(c @ (',' | '.' | '<' | '>' | '+' | '=' | '-' | '?' | '/' | '\\')) if digit.is_none() => {
            return Some((Char(c), 0));
        }
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

/// The letter on a key of a US keyboard.
fn letter(physical: PhysicalKey) -> Option<char> {
    let PhysicalKey::Code(code) = physical else {
        return None;
    };
    let letters = [
        KeyCode::KeyA,
        KeyCode::KeyB,
        KeyCode::KeyC,
        KeyCode::KeyD,
        KeyCode::KeyE,
        KeyCode::KeyF,
        KeyCode::KeyG,
        KeyCode::KeyH,
        KeyCode::KeyI,
        KeyCode::KeyJ,
        KeyCode::KeyK,
        KeyCode::KeyL,
        KeyCode::KeyM,
        KeyCode::KeyN,
        KeyCode::KeyO,
        KeyCode::KeyP,
        KeyCode::KeyQ,
        KeyCode::KeyR,
        KeyCode::KeyS,
        KeyCode::KeyT,
        KeyCode::KeyU,
        KeyCode::KeyV,
        KeyCode::KeyW,
        KeyCode::KeyX,
        KeyCode::KeyY,
        KeyCode::KeyZ,
    ];
    let place = letters.iter().position(|&letter| letter == code)?;
    ('a'..='z').nth(place)
}

/// Pixels that a trackpad scrolls where a wheel turns one line.
const PX_PER_LINE: f64 = 40.0;

/// How far a wheel or trackpad scrolled to the left and up, in columns and lines; fractions come from trackpads.
pub(crate) fn scrolled(delta: MouseScrollDelta) -> [f64; 2] {
    match delta {
        MouseScrollDelta::LineDelta(columns, lines) => [f64::from(columns), f64::from(lines)],
        MouseScrollDelta::PixelDelta(px) => [px.x / PX_PER_LINE, px.y / PX_PER_LINE],
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
