//! `tests/actions.md`, the table of what can be asked for, how, and which test does it, is true.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{COMMANDS, Group};
use crate::app::actions::{Action, KeymapChoice};

const KEYMAPS: [KeymapChoice; 3] = [KeymapChoice::Default, KeymapChoice::Fiji, KeymapChoice::Napari];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The keys of an action in a keymap.
fn keys(choice: KeymapChoice, action: Action) -> String {
    let chords = choice.keymap().chords(action);
    let keys: Vec<String> = chords
        .iter()
        .map(|chord| format!("`{}`", chord.caps().join("+")))
        .collect();
    keys.join(" ")
}

/// What a row says before its tests: of every command, and of every gesture in the keymaps that have it.
fn rows() -> Vec<String> {
    let commands = COMMANDS.iter().map(|command| {
        let [default, fiji, napari] = KEYMAPS.map(|choice| keys(choice, command.action));
        format!(
            "| {} | {} | {default} | {fiji} | {napari} |",
            command.group.title(),
            command.name
        )
    });
    let mut gestures: Vec<(Group, &str, [String; 3])> = Vec::new();
    for (place, choice) in KEYMAPS.into_iter().enumerate() {
        for gesture in choice.keymap().gestures() {
            let is_same = |row: &&mut (Group, &str, [String; 3])| (row.0, row.1) == (gesture.group, gesture.what);
            match gestures.iter_mut().find(is_same) {
                Some(row) => row.2[place] = gesture.how.to_owned(),
                None => {
                    let mut how: [String; 3] = Default::default();
                    how[place] = gesture.how.to_owned();
                    gestures.push((gesture.group, gesture.what, how));
                }
            }
        }
    }
    let gestures = gestures
        .iter()
        .map(|(group, what, how)| format!("| {} | {what} | {} | {} | {} |", group.title(), how[0], how[1], how[2]));
    commands.chain(gestures).collect()
}

/// The file that a test named like `window::keys` or `lib app::tests::keys` is in, and its function.
fn place(test: &str) -> (PathBuf, &str) {
    let (module, function) = test.rsplit_once("::").unwrap_or(("", test));
    let Some(module) = module.strip_prefix("lib ") else {
        return (root().join("tests").join(module).with_extension("rs"), function);
    };
    let path = root().join("src").join(module.replace("::", "/")).with_extension("rs");
    // Tests of a file may be in that file.
    let own = path.exists().then(|| path.clone());
    let of_parent = path.parent().map(|folder| folder.with_extension("rs"));
    (own.or(of_parent).unwrap_or(path), function)
}

#[test]
fn the_table_of_actions_is_true() {
    let text = std::fs::read_to_string(root().join("tests/actions.md")).expect("the table is there");
    let told: Vec<&str> = text
        .lines()
        .filter(|line| {
            Group::ALL
                .iter()
                .any(|group| line.starts_with(&format!("| {} |", group.title())))
        })
        .collect();
    let tests_of: HashMap<String, &str> = told
        .iter()
        .map(|line| {
            let mut cells = line.rsplitn(3, '|');
            cells.next();
            let tests = cells.next().unwrap_or_default().trim();
            (format!("{}|", cells.next().unwrap_or_default()), tests)
        })
        .collect();
    let wanted = rows();
    let told: Vec<String> = told
        .iter()
        .map(|line| {
            let cells = line.rsplitn(3, '|').nth(2);
            format!("{}|", cells.unwrap_or_default())
        })
        .collect();
    if told != wanted {
        let mend = |row: &String| format!("{row} {} |\n", tests_of.get(row).copied().unwrap_or_default());
        let table: String = wanted.iter().map(mend).collect();
        panic!("tests/actions.md does not say what there is. It should be\n\n{table}");
    }
    let mut files: HashMap<PathBuf, String> = HashMap::new();
    for row in &wanted {
        let tests = tests_of[row];
        assert!(!tests.is_empty(), "{row} is not tested");
        for test in tests.split(", ") {
            let test = test.trim_matches('`');
            let (path, function) = place(test);
            let text = files
                .entry(path.clone())
                .or_insert_with(|| std::fs::read_to_string(&path).unwrap_or_default());
            let is_there = text.contains(&format!("#[test]\nfn {function}()"))
                || text.contains(&format!("    #[test]\n    fn {function}()"));
            assert!(is_there, "{row} names {test}, which {} does not have", path.display());
        }
    }
}

#[test]
fn every_keyword_is_that_of_a_command_and_says_something_new() {
    for (place, (action, keywords)) in super::keywords::KEYWORDS.iter().enumerate() {
        let command = COMMANDS.iter().find(|command| command.action == *action);
        let command = command.unwrap_or_else(|| panic!("{action:?} is no command"));
        assert_eq!(command.keywords(), *keywords, "row {place} is the first of {action:?}");
        for word in keywords.split_whitespace() {
            assert!(
                !command.name.split_whitespace().any(|own| own == word),
                "{word} is in {:?}",
                command.name
            );
        }
    }
}
