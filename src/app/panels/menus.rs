//! The menus: the table of commands, by group.

use std::path::PathBuf;

use egui::containers::menu::{MenuBar, SubMenuButton};
use egui::{Atom, Button, RichText, ScrollArea, Shape, Stroke, Ui, vec2};

use super::{Panels, theme};
use crate::app::actions::{Action, Guide, PlayAction};
use crate::app::commands::{COMMANDS, Command, Group};
use crate::app::preferences::Look;
use crate::app::sheets::Request;
use crate::view::{Filter, Layout};

const WIDTH_PT: f32 = 260.0;
/// Between a menu and the lower edge of the window.
const MARGIN_PT: f32 = 12.0;

/// Shows them in one line.
pub(super) fn show(ui: &mut Ui, panels: &mut Panels<'_>) {
    MenuBar::new().ui(ui, |ui| {
        for group in Group::ALL {
            ui.menu_button(group.title(), |ui| menu(ui, panels, group));
        }
    });
}

fn menu(ui: &mut Ui, panels: &mut Panels<'_>, group: Group) {
    ui.set_min_width(WIDTH_PT);
    // In a low window, all of it is reached by the wheel.
    let below = ui.ctx().content_rect().bottom() - ui.cursor().top() - MARGIN_PT;
    ScrollArea::vertical()
        .max_height(below)
        .min_scrolled_height(below)
        .show(ui, |ui| {
            for command in COMMANDS.iter().filter(|command| command.group == group) {
                if command.is_apart {
                    ui.separator();
                }
                item(ui, panels, command);
                if command.action == Action::Open {
                    recent(ui, panels);
                }
            }
        });
}

fn item(ui: &mut Ui, panels: &mut Panels<'_>, command: &Command) {
    let colors = theme::colors(ui.visuals());
    let is_on = is_on(command.action, panels);
    let button = Button::new((tick(is_on == Some(true)), command.name));
    let keys = panels.keymap.shortcut(command.action).unwrap_or_default();
    let keys = RichText::new(keys).size(theme::SMALL_PT).color(colors.dim);
    let button = ui.add(button.shortcut_text(keys));
    if let Some(is_on) = is_on {
        ui.ctx()
            .accesskit_node_builder(button.id, |node| node.set_toggled(is_on.into()));
    }
    if button.clicked() {
        panels.actions.push(command.action);
        ui.close();
    }
}

/// Room for a tick, so that names begin below each other; with a tick or without.
fn tick(is_on: bool) -> Atom<'static> {
    Atom::paint(vec2(11.0, 11.0), move |ui, args| {
        if is_on {
            let at = |x, y| args.rect.min + vec2(x, y);
            let points = vec![at(1.0, 6.0), at(4.0, 9.5), at(10.0, 1.5)];
            ui.painter()
                .add(Shape::line(points, Stroke::new(1.5, args.fallback_text_color)));
        }
    })
}

fn recent(ui: &mut Ui, panels: &mut Panels<'_>) {
    let files = &panels.preferences.recent;
    ui.add_enabled_ui(!files.is_empty(), |ui| {
        SubMenuButton::new((tick(false), "open a recent file")).ui(ui, |ui| {
            ui.set_max_width(420.0);
            for path in files {
                let name = RichText::new(path);
                if ui.add(Button::new(name).truncate()).on_hover_text(path).clicked() {
                    panels.requests.push(Request::Open(PathBuf::from(path)));
                    ui.close();
                }
            }
        });
    });
}

/// Whether what a command switches is on; `None` of one that switches nothing.
fn is_on(action: Action, panels: &Panels<'_>) -> Option<bool> {
    let preferences = panels.preferences;
    Some(match action {
        Action::ToggleScaleBar => panels.overlay.scale_bar,
        Action::ToggleLabels => panels.overlay.labels,
        Action::ToggleGuide(Guide::Axes) => preferences.has_axes,
        Action::ToggleGuide(Guide::Crosshair) => preferences.has_crosshair,
        Action::ToggleGuide(Guide::PixelGrid) => preferences.has_pixel_grid,
        Action::ToggleContrastLock => preferences.locks_contrast,
        Action::ToggleTheme => preferences.look == Look::Light,
        Action::ToggleStatistics => panels.statistics.is_open,
        Action::ToggleProfile => panels.profile.is_open(),
        Action::SetKeymap(choice) => panels.keymap.choice == choice,
        Action::TogglePlay => panels.playback.is_playing(),
        Action::Play(PlayAction::ToggleDirection) => panels.playback.is_backward,
        Action::Play(PlayAction::SetRepeat(repeat)) => panels.playback.repeat == repeat,
        Action::Play(PlayAction::SetPace(pace)) => panels.playback.pace == pace,
        _ => {
            let view = panels.view.as_ref()?;
            match action {
                Action::ToggleProjection => view.slab > 1,
                Action::ToggleLayout => view.layout == Layout::Montage,
                Action::SetBlend(blend) => view.blend == blend,
                Action::ToggleFilter => view.filter == Filter::Linear,
                Action::LookAlong(axis) => view.normal == axis,
                Action::SetPalette(palette) => view.palette == palette,
                Action::ToggleClipping => view.channels.iter().any(|channel| channel.marks_clipping),
                Action::ToggleLinks => view.channels.iter().any(|channel| channel.is_linked),
                _ => return None,
            }
        }
    })
}
