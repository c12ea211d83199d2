//! Which keys do what: one table per keymap, that the keyboard handler, the menus and the help sheet read.

mod tables;

use winit::keyboard::NamedKey;

use super::actions::{Action, KeymapChoice};
use super::commands::{COMMANDS, Group};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chord {
    /// Control (Command on a Mac).
    pub(crate) ctrl: bool,
    /// Alt.
    pub(crate) alt: bool,
    /// Shift; a [`Key::Char`] is found with it or without.
    pub(crate) shift: bool,
    /// The key itself.
    pub(crate) key: Key,
}

/// What the mouse does, in words, for the help sheet.
pub(crate) struct Gesture {
    /// Its part of the help sheet.
    pub(crate) group: Group,
    /// What it does.
    pub(crate) what: &'static str,
    /// How.
    pub(crate) how: &'static str,
}

/// What the wheel does with nothing held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wheel {
    /// Zooms; with Ctrl it steps.
    Zooms,
    /// Steps through planes; with Ctrl or Shift it zooms.
    Steps,
}

/// Keys and what they do.
pub(crate) struct Keymap {
    /// Which one it is.
    pub(crate) choice: KeymapChoice,
    /// Its name.
    pub(crate) name: &'static str,
    /// The wheel.
    pub(crate) wheel: Wheel,
    /// Keys that differ from the program's own.
    own: &'static [(Action, &'static [Chord])],
}

static KEYMAPS: [Keymap; 3] = [
    Keymap {
        choice: KeymapChoice::Default,
        name: "default",
        wheel: Wheel::Zooms,
        own: &[],
    },
    Keymap {
        choice: KeymapChoice::Fiji,
        name: "fiji",
        wheel: Wheel::Steps,
        own: tables::FIJI,
    },
    Keymap {
        choice: KeymapChoice::Napari,
        name: "napari",
        wheel: Wheel::Zooms,
        own: tables::NAPARI,
    },
];

impl KeymapChoice {
    /// Its keys.
    pub(crate) fn keymap(self) -> &'static Keymap {
        KEYMAPS
            .iter()
            .find(|keymap| keymap.choice == self)
            .unwrap_or(&KEYMAPS[0])
    }
}

impl std::str::FromStr for KeymapChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = KEYMAPS.iter().find(|keymap| keymap.name == text);
        named
            .map(|keymap| keymap.choice)
            .ok_or_else(|| format!("{text:?} is none of default, fiji, napari"))
    }
}

impl Keymap {
    /// The keys of an action: a keymap's own ones, else those of the program that no own one has taken.
    pub(crate) fn chords(&self, action: Action) -> Vec<Chord> {
        if let Some((_, own)) = self.own.iter().find(|(of, _)| *of == action) {
            return own.to_vec();
        }
        let usual = tables::DEFAULT.iter().filter(|(of, _)| *of == action);
        let is_free = |chord: &Chord| !self.own.iter().any(|(_, own)| own.contains(chord));
        usual.flat_map(|(_, chords)| *chords).copied().filter(is_free).collect()
    }

    /// The action of a key, and of a digit where it is that of one.
    pub(crate) fn action(&self, is_pressed: impl Fn(&Chord) -> bool, digit: usize) -> Option<Action> {
        let has_key = |action: Action| self.chords(action).iter().any(&is_pressed);
        let command = COMMANDS.iter().find(|command| has_key(command.action))?;
        Some(command.action.with_digit(digit.max(1)))
    }

    /// What to press for a command, in words: `Ctrl+S`, or `1-9`. None where there is no key.
    pub(crate) fn shortcut(&self, command: Action) -> Option<String> {
        self.chords(command).first().map(|chord| chord.caps().join("+"))
    }

    /// What to press for an action; where it is for one of several channels, with its digit.
    pub(crate) fn shortcut_of(&self, action: Action) -> Option<String> {
        let (Action::ToggleChannel(channel) | Action::ShowOnly(channel)) = action else {
            return self.shortcut(action);
        };
        let mut caps = self.chords(action.with_digit(1)).first()?.caps();
        *caps.last_mut()? = (channel + 1).to_string();
        (channel < 9).then(|| caps.join("+"))
    }

    /// What the mouse does.
    pub(crate) fn gestures(&self) -> impl Iterator<Item = &'static Gesture> {
        let of_wheel = match self.wheel {
            Wheel::Zooms => &tables::WHEEL_ZOOMS,
            Wheel::Steps => &tables::WHEEL_STEPS,
        };
        of_wheel.iter().chain(&tables::GESTURES)
    }
}

impl Chord {
    /// The caps to press, in words: `["Ctrl", "S"]`.
    pub(crate) fn caps(&self) -> Vec<String> {
        let mut caps = Vec::new();
        if self.ctrl {
            caps.push(if cfg!(target_os = "macos") { "Cmd" } else { "Ctrl" }.to_owned());
        }
        if self.alt {
            caps.push("Alt".to_owned());
        }
        if self.shift {
            caps.push("Shift".to_owned());
        }
        caps.push(match self.key {
            Key::Named(NamedKey::ArrowLeft) => "Left".to_owned(),
            Key::Named(NamedKey::ArrowRight) => "Right".to_owned(),
            Key::Named(NamedKey::ArrowUp) => "Up".to_owned(),
            Key::Named(NamedKey::ArrowDown) => "Down".to_owned(),
            Key::Named(NamedKey::PageUp) => "Page Up".to_owned(),
            Key::Named(NamedKey::PageDown) => "Page Down".to_owned(),
            Key::Named(NamedKey::Escape) => "Esc".to_owned(),
            Key::Named(name) => format!("{name:?}"),
            Key::Char(c) => c.to_string(),
            Key::Letter(c) => c.to_ascii_uppercase().to_string(),
            Key::Digits => "1\u{2013}9".to_owned(),
            Key::Zero => "0".to_owned(),
        });
        caps
    }
}
