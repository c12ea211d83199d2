//! A path that is typed: for files that no dialog finds, and systems without one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use egui::{Align2, Context, Key, Modifiers, ScrollArea, TextEdit, vec2};

use super::{Panels, Request, lay, title};
use crate::app::actions::Sheet;
use crate::app::panels::parts;

const WIDTH_PT: f32 = 520.0;
/// Names that are proposed.
const MOST_PROPOSED: usize = 200;
/// Names of one folder that are looked at.
const MOST_NAMES: usize = 100_000;
/// How often to look whether a folder has been listed.
const LOOK_PERIOD: Duration = Duration::from_millis(30);

/// What was typed, and what there is that begins like that.
#[derive(Debug, Default)]
pub(super) struct Form {
    text: String,
    listing: Option<Listing>,
    /// The text that the names are for.
    proposed_for: Option<String>,
    names: Vec<String>,
}

/// The names in a folder. They are read on a thread of their own: a disk may be slow, or far away.
#[derive(Debug)]
struct Listing {
    folder: String,
    /// Folders first, with a separator behind their names.
    names: Vec<String>,
    coming: Option<Receiver<Vec<String>>>,
}

impl Listing {
    fn start(folder: &str) -> Self {
        let (sender, coming) = bounded(1);
        let path = PathBuf::from(if folder.is_empty() { "." } else { folder });
        std::thread::spawn(move || {
            // Nobody listens where another folder was typed meanwhile.
            let _ = sender.send(names_in(&path));
        });
        Self {
            folder: folder.to_owned(),
            names: Vec::new(),
            coming: Some(coming),
        }
    }

    /// Takes the names over when they are there. Returns whether they just came.
    fn follow(&mut self) -> bool {
        match self.coming.as_ref().map(Receiver::try_recv) {
            None | Some(Err(TryRecvError::Empty)) => return false,
            Some(Ok(names)) => self.names = names,
            Some(Err(TryRecvError::Disconnected)) => {}
        }
        self.coming = None;
        true
    }
}

/// Names that are no text cannot be typed.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<(bool, String)> = entries
        .take(MOST_NAMES)
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let is_folder = match entry.file_type() {
                Ok(kind) if kind.is_symlink() => entry.path().is_dir(),
                Ok(kind) => kind.is_dir(),
                Err(_) => false,
            };
            Some((!is_folder, name))
        })
        .collect();
    names.sort();
    let name = |(is_file, name): (bool, String)| match is_file {
        true => name,
        false => format!("{name}{}", std::path::MAIN_SEPARATOR),
    };
    names.into_iter().map(name).collect()
}

impl Form {
    /// The folder that was last opened from, or the one that the program was started in.
    pub(super) fn begin(&mut self) {
        (self.listing, self.proposed_for) = (None, None);
        if self.text.is_empty() {
            let folder = std::env::current_dir().unwrap_or_default();
            self.text = with_separator(&folder);
        }
    }

    /// Proposes what is in the folder that is typed, and begins with what is typed behind it. Returns whether that is all:
    /// the folder may have to be listed first.
    fn propose(&mut self) -> bool {
        let (folder, beginning) = match self.text.rfind(std::path::is_separator) {
            Some(at) => self.text.split_at(at + 1),
            None => ("", self.text.as_str()),
        };
        let listing = match &mut self.listing {
            Some(listing) if listing.folder == folder => listing,
            other => other.insert(Listing::start(folder)),
        };
        if listing.follow() || self.proposed_for.as_ref() != Some(&self.text) {
            let is_hidden = |name: &str| name.starts_with('.') && !beginning.starts_with('.');
            let fitting = listing.names.iter();
            let fitting = fitting.filter(|name| name.starts_with(beginning) && !is_hidden(name));
            self.names = fitting.take(MOST_PROPOSED).cloned().collect();
            self.proposed_for = Some(self.text.clone());
        }
        listing.coming.is_none()
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
        if !form.propose() {
            ctx.request_repaint_after(LOOK_PERIOD);
        }
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
        propose_all(&mut form);
        assert_eq!(
            form.names,
            [format!("stacks{}", std::path::MAIN_SEPARATOR), "stack.tif".into()]
        );
        form.complete("stack.tif");
        assert_eq!(Path::new(&form.text), folder.path().join("stack.tif"));
        form.text = "/no/such/folder/".into();
        propose_all(&mut form);
        assert!(form.names.is_empty());
    }

    #[test]
    fn a_folder_is_listed_once_while_one_types() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = with_separator(folder.path());
        let (sender, coming) = bounded(1);
        let mut form = Form {
            listing: Some(Listing {
                folder: text.clone(),
                names: Vec::new(),
                coming: Some(coming),
            }),
            text,
            ..Form::default()
        };
        assert!(!form.propose() && form.names.is_empty(), "nobody waits for a disk");
        sender.send(vec!["stack.tif".into()]).expect("it listens");
        assert!(form.propose());
        assert_eq!(form.names, ["stack.tif"]);
        std::fs::write(folder.path().join("stack.tif"), "").expect("a file");
        std::fs::write(folder.path().join("second.tif"), "").expect("a file");
        form.text += "s";
        assert!(form.propose(), "it is known");
        assert_eq!(form.names, ["stack.tif"]);
        form.begin();
        propose_all(&mut form);
        assert_eq!(
            form.names,
            ["second.tif", "stack.tif"],
            "asked for again, it is looked at again"
        );
    }

    fn propose_all(form: &mut Form) {
        while !form.propose() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
