//! The table of everything that can be asked for. Menus, the palette and the help sheet are made from it.

mod keywords;

use super::actions::{Action, Guide, KeymapChoice, PlayAction, Sheet};
use super::playback::{Pace, Repeat};
use crate::view::{Blend, Palette};
use crate::volume::Axis;

/// A menu, and a part of the help sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    File,
    Planes,
    Play,
    Channels,
    View,
    Measure,
    Help,
}

impl Group {
    /// All, in the order of the menus.
    pub(crate) const ALL: [Group; 7] = [
        Group::File,
        Group::View,
        Group::Planes,
        Group::Play,
        Group::Channels,
        Group::Measure,
        Group::Help,
    ];

    /// Heading.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Group::File => "File",
            Group::Planes => "Planes",
            Group::Play => "Play",
            Group::Channels => "Channels",
            Group::View => "View",
            Group::Measure => "Measure",
            Group::Help => "Help",
        }
    }
}

/// One row of the table.
pub(crate) struct Command {
    /// Where it is found.
    pub(crate) group: Group,
    /// What it does, in words.
    pub(crate) name: &'static str,
    /// What is done; of those that a digit is an argument of, that of the first.
    pub(crate) action: Action,
    /// Whether a line comes before it in its menu.
    pub(crate) is_apart: bool,
}

impl Command {
    /// What else people call it, in words.
    pub(crate) fn keywords(&self) -> &'static str {
        let mut rows = keywords::KEYWORDS.iter();
        rows.find(|(action, _)| *action == self.action)
            .map_or("", |(_, keywords)| keywords)
    }
}

const fn row(group: Group, name: &'static str, action: Action) -> Command {
    Command {
        group,
        name,
        action,
        is_apart: false,
    }
}

/// A row with a line before it in its menu.
const fn apart(group: Group, name: &'static str, action: Action) -> Command {
    Command {
        is_apart: true,
        ..row(group, name, action)
    }
}

use Group::{Channels, File, Help, Measure, Planes, Play, View};

/// Everything that can be asked for by name.
pub(crate) static COMMANDS: &[Command] = &[
    row(File, "open a file", Action::Open),
    row(File, "open a folder", Action::OpenFolder),
    row(File, "open a path", Action::Show(Sheet::OpenPath)),
    row(File, "next file in the folder", Action::StepFile(1)),
    row(File, "previous file in the folder", Action::StepFile(-1)),
    row(File, "read the file again", Action::Reload),
    apart(File, "save the picture as it is", Action::Save),
    row(File, "save a picture of any size", Action::Show(Sheet::Picture)),
    row(File, "make a movie", Action::Show(Sheet::Movie)),
    row(File, "copy the picture", Action::CopyPicture),
    row(File, "copy as command", Action::CopyCommand),
    apart(File, "save the view", Action::SaveView),
    row(File, "open a view", Action::OpenView),
    apart(File, "stop loading, close what is open", Action::Cancel),
    row(File, "quit", Action::Quit),
    row(View, "whole plane", Action::Fit),
    row(View, "whole width", Action::FitWidth),
    row(View, "one pixel per voxel", Action::OneToOne),
    row(View, "zoom in", Action::Zoom(1)),
    row(View, "zoom out", Action::Zoom(-1)),
    apart(View, "composite, montage", Action::ToggleLayout),
    row(View, "nearest, linear", Action::ToggleFilter),
    apart(View, "pan left", Action::Pan([-1, 0])),
    row(View, "pan right", Action::Pan([1, 0])),
    row(View, "pan up", Action::Pan([0, -1])),
    row(View, "pan down", Action::Pan([0, 1])),
    apart(View, "scale bar", Action::ToggleScaleBar),
    row(View, "labels", Action::ToggleLabels),
    row(View, "axes", Action::ToggleGuide(Guide::Axes)),
    row(View, "crosshair", Action::ToggleGuide(Guide::Crosshair)),
    row(View, "pixel grid, far in", Action::ToggleGuide(Guide::PixelGrid)),
    apart(View, "undo", Action::Undo),
    row(View, "redo", Action::Redo),
    apart(View, "full screen", Action::ToggleFullScreen),
    row(View, "dark, light", Action::ToggleTheme),
    row(Planes, "next plane", Action::Step(1)),
    row(Planes, "previous plane", Action::Step(-1)),
    row(Planes, "ten planes on", Action::Step(10)),
    row(Planes, "ten planes back", Action::Step(-10)),
    row(Planes, "first plane", Action::FirstPlane),
    row(Planes, "last plane", Action::LastPlane),
    apart(Planes, "next time", Action::StepTime(1)),
    row(Planes, "previous time", Action::StepTime(-1)),
    apart(Planes, "maximum of all planes", Action::ToggleProjection),
    row(Planes, "thicker slab", Action::ThickenSlab(1)),
    row(Planes, "thinner slab", Action::ThickenSlab(-1)),
    apart(Planes, "look along z", Action::LookAlong(Axis::Z)),
    row(Planes, "look along y", Action::LookAlong(Axis::Y)),
    row(Planes, "look along x", Action::LookAlong(Axis::X)),
    row(Planes, "look along the next axis", Action::NextNormal),
    row(Play, "play, pause", Action::TogglePlay),
    row(Play, "play faster", Action::Play(PlayAction::ChangeRate(1))),
    row(Play, "play slower", Action::Play(PlayAction::ChangeRate(-1))),
    row(
        Play,
        "play forwards, backwards",
        Action::Play(PlayAction::ToggleDirection),
    ),
    row(
        Play,
        "play in a loop",
        Action::Play(PlayAction::SetRepeat(Repeat::Loop)),
    ),
    row(
        Play,
        "play back and forth",
        Action::Play(PlayAction::SetRepeat(Repeat::PingPong)),
    ),
    row(Play, "play once", Action::Play(PlayAction::SetRepeat(Repeat::Once))),
    row(
        Play,
        "play every plane",
        Action::Play(PlayAction::SetPace(Pace::EveryPlane)),
    ),
    row(
        Play,
        "play at the rate, skip late planes",
        Action::Play(PlayAction::SetPace(Pace::KeepRate)),
    ),
    row(Play, "play from here", Action::Play(PlayAction::FromHere)),
    row(Play, "play to here", Action::Play(PlayAction::ToHere)),
    row(Play, "play the whole range", Action::Play(PlayAction::All)),
    row(Channels, "channel on, off", Action::ToggleChannel(0)),
    row(Channels, "only this channel", Action::ShowOnly(0)),
    row(Channels, "all channels", Action::ShowAll),
    row(Channels, "next channel", Action::StepChannel(1)),
    row(Channels, "previous channel", Action::StepChannel(-1)),
    row(Channels, "active channel on, off", Action::ToggleActiveChannel),
    row(Channels, "only the active channel", Action::ShowOnlyActive),
    apart(
        Channels,
        "exact range, active channel",
        Action::ContrastVolume { is_for_all: false },
    ),
    row(
        Channels,
        "exact range, all channels",
        Action::ContrastVolume { is_for_all: true },
    ),
    row(
        Channels,
        "percentiles, active channel",
        Action::ContrastPercentile { is_for_all: false },
    ),
    row(
        Channels,
        "percentiles, all channels",
        Action::ContrastPercentile { is_for_all: true },
    ),
    row(Channels, "mark clipped voxels", Action::ToggleClipping),
    row(Channels, "link all channels", Action::ToggleLinks),
    row(Channels, "lock contrast for the next file", Action::ToggleContrastLock),
    apart(Channels, "next palette", Action::NextPalette),
    row(Channels, "colours of the file", Action::SetPalette(Palette::Auto)),
    row(Channels, "colour-blind safe colours", Action::SetPalette(Palette::Safe)),
    row(Channels, "red, green, blue", Action::SetPalette(Palette::Rgb)),
    row(Channels, "all grey", Action::SetPalette(Palette::Gray)),
    apart(Channels, "channels add up", Action::SetBlend(Blend::Add)),
    row(Channels, "largest channel wins", Action::SetBlend(Blend::Max)),
    row(
        Channels,
        "channels multiply, on white",
        Action::SetBlend(Blend::Multiply),
    ),
    row(Measure, "statistics of the plane or box", Action::ToggleStatistics),
    row(Measure, "statistics of what is seen", Action::MeasureSeen),
    row(Measure, "copy the statistics", Action::CopyStatistics),
    row(
        Measure,
        "copy the command of the statistics",
        Action::CopyStatisticsCommand,
    ),
    apart(Measure, "profile along a line", Action::ToggleProfile),
    row(Measure, "profile across the middle or the mouse", Action::ProfileAcross),
    row(Measure, "copy the profile", Action::CopyProfile),
    apart(Measure, "copy the voxel under the mouse", Action::CopyVoxel),
    row(Help, "all keys", Action::Show(Sheet::Help)),
    row(Help, "find a command", Action::Show(Sheet::Palette)),
    apart(Help, "keys of microtome", Action::SetKeymap(KeymapChoice::Default)),
    row(Help, "keys as in Fiji", Action::SetKeymap(KeymapChoice::Fiji)),
    row(Help, "keys as in napari", Action::SetKeymap(KeymapChoice::Napari)),
];

#[cfg(test)]
mod tests;
