//! Every command, found by parts of its name.

use egui::{Align, Align2, Context, Key, Layout, RichText, ScrollArea, Sense, TextEdit, Ui, vec2};

use super::{Panels, lay};
use crate::app::actions::Sheet;
use crate::app::commands::{COMMANDS, Command};
use crate::app::keymap::Keymap;
use crate::app::panels::parts;
use crate::app::theme;

const WIDTH_PT: f32 = 440.0;
const ROW_PT: f32 = 24.0;
const ROWS: f32 = 12.0;
/// Room for the name of a group.
const GROUP_PT: f32 = 66.0;

/// What was typed, and which of the commands that are found is chosen.
#[derive(Debug, Default)]
pub(super) struct Form {
    text: String,
    chosen: usize,
}

/// The commands that every word of a text is in: first those that have them in their group and name, then those that
/// other programs call so.
fn found(text: &str) -> Vec<&'static Command> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let has_all = |text: String| words.iter().all(|word| text.to_lowercase().contains(word));
    let name = |command: &Command| format!("{} {}", command.group.title(), command.name);
    let (named, others): (Vec<_>, Vec<_>) = COMMANDS.iter().partition(|command| has_all(name(command)));
    let called = |command: &&Command| has_all(format!("{} {}", name(command), command.keywords()));
    named.into_iter().chain(others.into_iter().filter(called)).collect()
}

/// Shows it below the upper edge of the picture.
pub(super) fn show(ctx: &Context, panels: &mut Panels<'_>, canvas: egui::Rect) {
    let form = &mut panels.forms.palette;
    let at = canvas.center_top() + vec2(0.0, 24.0);
    lay(ctx, "palette", Align2::CENTER_TOP, at, |ui| {
        ui.set_width(WIDTH_PT);
        let (up, down, enter) = ui.input_mut(|input| {
            (
                input.count_and_consume_key(egui::Modifiers::NONE, Key::ArrowUp),
                input.count_and_consume_key(egui::Modifiers::NONE, Key::ArrowDown),
                input.key_pressed(Key::Enter),
            )
        });
        // Keys may have come before it is there.
        let id = ui.scope_id().with("command");
        ui.memory_mut(|memory| memory.request_focus(id));
        let field = TextEdit::singleline(&mut form.text)
            .id(id)
            .hint_text("type a part of a command's name")
            .desired_width(f32::INFINITY)
            .margin(vec2(8.0, 6.0));
        let field = ui.add(field);
        let commands = found(&form.text);
        if field.changed() {
            form.chosen = 0;
        }
        let last = commands.len().saturating_sub(1);
        form.chosen = (form.chosen + down).saturating_sub(up).min(last);
        ui.add_space(6.0);
        if commands.is_empty() {
            ui.label(parts::dim("no command is called that"));
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut clicked = None;
        ScrollArea::vertical().max_height(ROW_PT * ROWS).show(ui, |ui| {
            for (place, command) in commands.iter().enumerate() {
                let is_chosen = place == form.chosen;
                if row(ui, command, panels.keymap, is_chosen, is_chosen && up + down > 0) {
                    clicked = Some(place);
                }
            }
        });
        let done = clicked.or(enter.then_some(form.chosen));
        if let Some(command) = done.and_then(|place| commands.get(place)) {
            // Closed first: the command may show a sheet itself.
            panels.actions.push(crate::app::actions::Action::Show(Sheet::Palette));
            panels.actions.push(command.action);
        }
    });
}

fn row(ui: &mut Ui, command: &Command, keymap: &Keymap, is_chosen: bool, must_be_seen: bool) -> bool {
    let colors = theme::colors(ui.visuals());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_PT), Sense::click());
    let name = format!("{}: {}", command.group.title(), command.name);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
    if is_chosen || response.hovered() {
        let fill = if is_chosen {
            colors.accent.gamma_multiply(0.45)
        } else {
            colors.field
        };
        ui.painter().rect_filled(rect, 4.0, fill);
    }
    if must_be_seen {
        response.scroll_to_me(None);
    }
    let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(8.0, 0.0))));
    inner.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if let Some(keys) = keymap.shortcut(command.action) {
            ui.label(RichText::new(keys).size(theme::SMALL_PT).color(colors.dim));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let left = ui.cursor().left();
            ui.label(RichText::new(command.group.title()).color(colors.dim));
            ui.add_space(left + GROUP_PT - ui.cursor().left());
            ui.label(RichText::new(command.name).color(colors.text));
        });
    });
    response.clicked()
}

#[cfg(test)]
mod tests {
    use super::found;

    #[test]
    fn commands_are_found_by_parts_of_their_names() {
        let names = |text: &str| found(text).iter().map(|command| command.name).collect::<Vec<_>>();
        assert!(names("mov").contains(&"make a movie"));
        assert_eq!(names("FILE movie"), ["make a movie"]);
        assert_eq!(names("fiji"), ["keys as in Fiji"]);
        assert_eq!(names("movie MAKE"), ["make a movie"], "in any order");
        assert!(names("no such thing").is_empty());
        assert!(names("").len() > 50, "without a text, all");
    }

    #[test]
    fn commands_are_found_by_what_other_programs_call_them() {
        for (text, name) in [
            ("color", "next palette"),
            ("lut", "all grey"),
            ("auto contrast", "percentiles, active channel"),
            ("brightness", "exact range, all channels"),
            ("screenshot", "save the picture as it is"),
            ("export", "make a movie"),
            ("fps", "make a movie"),
            ("mip", "maximum of all planes"),
            ("projection z", "maximum of all planes"),
            ("hide", "active channel on, off"),
            ("solo", "only the active channel"),
            ("slice", "next plane"),
            ("frame", "next time"),
            ("roi", "statistics of the plane or box"),
            ("scalebar", "scale bar"),
            ("dark mode", "dark, light"),
            ("shortcuts", "all keys"),
            ("imagej", "keys as in Fiji"),
            ("interpolation", "nearest, linear"),
        ] {
            assert!(found(text).iter().any(|command| command.name == name), "{text}: {name}");
        }
        let names: Vec<&str> = found("movie").iter().map(|command| command.name).collect();
        assert_eq!(
            names,
            ["make a movie", "play, pause"],
            "those that are called so come first"
        );
    }
}
