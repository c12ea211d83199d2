//! A path that is typed: for files that no dialog finds, and systems without one.

use std::path::{Path, PathBuf};

use egui::{Align2, Context, Key, Modifiers, ScrollArea, TextEdit, vec2};

use super::{Panels, Request, lay, title};
use crate::app::actions::Sheet;
use crate::app::panels::parts;

const WIDTH_PT: f32 = 520.0;
/// Names that are proposed: of a folder with more, those that come first.
const MOST_NAMES: usize = 200;

/// What was typed, and what there is that begins like that.
#[derive(Debug, Default)]
pub(super) struct Form {
    text: String,
    /// The text that the names are of.
    listed: Option<String>,
    names: Vec<String>,
}

impl Form {
    /// The folder that was last opened from, or the one that the program was started in.
    pub(super) fn begin(&mut self) {
        self.listed = None;
        if self.text.is_empty() {
            let folder = std::env::current_dir().unwrap_or_default();
            self.text = with_separator(&folder);
        }
    }

    /// What is in the folder that is typed, and begins with what is typed behind it: folders first.
    fn list(&mut self) {
        if self.listed.as_ref() == Some(&self.text) {
            return;
        }
        self.listed = Some(self.text.clone());
        let (folder, beginning) = match self.text.rfind(std::path::is_separator) {
            Some(at) => self.text.split_at(at + 1),
            None => ("", self.text.as_str()),
        };
        let folder = Path::new(if folder.is_empty() { "." } else { folder });
        let mut names: Vec<(bool, String)> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .take(100 * MOST_NAMES)
            .flatten()
            .map(|entry| (!entry.path().is_dir(), entry.file_name().to_string_lossy().into_owned()))
            .filter(|(_, name)| name.starts_with(beginning) && (!name.starts_with('.') || beginning.starts_with('.')))
            .collect();
        names.sort();
        names.truncate(MOST_NAMES);
        let name = |(is_file, name): (bool, String)| match is_file {
            true => name,
            false => format!("{name}{}", std::path::MAIN_SEPARATOR),
        };
        self.names = names.into_iter().map(name).collect();
    }

    /// Completes the last part of what is typed.
    fn complete(&mut self, name: &str) {
        let end = self.text.rfind(std::path::is_separator).map_or(0, |at| at + 1);
        self.text.truncate(end);
        self.text += name;
    }
}

fn with_separator(folder: &Path) -> String {
    format!("{}{}", folder.display(), std::path::MAIN_SEPARATOR)
}

/// Shows it below the upper edge of the picture.
pub(super) fn show(ctx: &Context, panels: &mut Panels<'_>, canvas: egui::Rect) {
    let form = &mut panels.forms.open_path;
    let at = canvas.center_top() + vec2(0.0, 24.0);
    lay(ctx, "path", Align2::CENTER_TOP, at, |ui| {
        ui.set_width(WIDTH_PT.min(canvas.width() - 60.0));
        title(ui, "Open a path", Sheet::OpenPath, &mut panels.actions);
        let tab = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Tab));
        let enter = ui.input(|input| input.key_pressed(Key::Enter));
        // Keys may have come before it is there.
        let id = ui.scope_id().with("path");
        ui.memory_mut(|memory| memory.request_focus(id));
        let field = TextEdit::singleline(&mut form.text)
            .id(id)
            .hint_text("a file, a folder of planes, \"planes/z*.tif\" or sample:kidney")
            .lock_focus(true)
            .desired_width(f32::INFINITY)
            .margin(vec2(8.0, 6.0));
        let mut output = field.show(ui);
        form.list();
        let mut chosen = None;
        if tab && let Some(name) = form.names.first() {
            chosen = Some(name.clone());
        }
        ui.label(parts::dim("Enter opens, Tab completes"));
        ScrollArea::vertical().max_height(240.0).show(ui, |ui| {
            for name in &form.names {
                if ui.selectable_label(false, name).clicked() {
                    chosen = Some(name.clone());
                }
            }
        });
        if let Some(name) = chosen {
            form.complete(&name);
            let end = egui::text::CCursor::new(form.text.chars().count());
            output
                .state
                .cursor
                .set_char_range(Some(egui::text::CCursorRange::one(end)));
            output.state.store(ctx, output.response.id);
        }
        if enter && !form.text.trim().is_empty() {
            let path = form.text.trim().trim_matches('"').to_owned();
            panels.requests.push(Request::Open(PathBuf::from(path)));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_completed() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("stack.tif"), "").expect("a file");
        std::fs::create_dir(folder.path().join("stacks")).expect("a folder");
        std::fs::write(folder.path().join(".stack"), "").expect("a file");
        let mut form = Form {
            text: with_separator(folder.path()) + "sta",
            ..Form::default()
        };
        form.list();
        assert_eq!(
            form.names,
            [format!("stacks{}", std::path::MAIN_SEPARATOR), "stack.tif".into()]
        );
        form.complete("stack.tif");
        assert_eq!(Path::new(&form.text), folder.path().join("stack.tif"));
        form.text = "/no/such/folder/".into();
        form.list();
        assert!(form.names.is_empty());
    }
}
