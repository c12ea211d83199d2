//! The layout of the source is a promise, and this test keeps it.
//!
//! `src/` is a row of rooms, in the order in which a voxel travels through them. A room uses only rooms before it, no
//! shader lies unused, no file outgrows one screenful of ideas, and nothing names a place on somebody's machine.
//!
//! Every check is a function of text, so that the tests at the end can show that each one fails when it should.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The rooms, in order: a room imports only from rooms before it.
const ROOMS: [&str; 9] = [
    "volume", "source", "gpu", "reduce", "view", "session", "export", "app", "cli",
];

/// What a room must not import although the order would allow it: files and GPU meet in `session` only, and a picture
/// is exported without knowing who asked for it.
const FORBIDDEN: [(&str, &str); 4] = [
    ("gpu", "source"),
    ("reduce", "source"),
    ("view", "source"),
    ("export", "session"),
];

/// Longer than this a file is worth a note.
const LONG_LINES: usize = 400;
/// Longer than this a file fails the test.
const TOO_LONG_LINES: usize = 600;

/// Places that exist on one machine only.
const MACHINE_PATHS: [&str; 3] = ["/work/", "/root/", "/home/"];

// ---------------------------------------------------------------- reading Rust

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Word,
    Mark,
    Text,
}

/// A word, one punctuation character (`::` counts as one), or the inside of a string literal. Comments are gone.
#[derive(Clone, Debug)]
struct Token {
    kind: Kind,
    text: String,
    line: usize,
}

impl Token {
    fn is(&self, text: &str) -> bool {
        self.kind != Kind::Text && self.text == text
    }
}

/// Cuts Rust source into tokens: enough to tell code from comments and strings, and no more.
fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let (mut i, mut line) = (0, 1);
    while i < chars.len() {
        let start = i;
        let mut token = None;
        if at(i) == '/' && at(i + 1) == '/' {
            while i < chars.len() && at(i) != '\n' {
                i += 1;
            }
        } else if at(i) == '/' && at(i + 1) == '*' {
            let mut depth = 0;
            while i < chars.len() {
                match (at(i), at(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
                if depth == 0 {
                    break;
                }
            }
        } else if let Some((inside, end)) = string_literal(&chars, i) {
            token = Some((Kind::Text, inside));
            i = end;
        } else if at(i) == '\'' {
            // A character, or a lifetime, whose name then follows as a word.
            i += match (at(i + 1), at(i + 2)) {
                ('\\', _) => (i + 3..chars.len()).find(|&j| at(j) == '\'').map_or(1, |j| j + 1 - i),
                (_, '\'') => 3,
                _ => 1,
            };
        } else if is_word(at(i)) {
            while is_word(at(i)) {
                i += 1;
            }
            token = Some((Kind::Word, chars[start..i].iter().collect()));
        } else if at(i) == ':' && at(i + 1) == ':' {
            i += 2;
            token = Some((Kind::Mark, "::".to_owned()));
        } else {
            if !at(i).is_whitespace() {
                token = Some((Kind::Mark, at(i).to_string()));
            }
            i += 1;
        }
        if let Some((kind, text)) = token {
            found.push(Token { kind, text, line });
        }
        line += chars[start..i.min(chars.len())].iter().filter(|&&c| c == '\n').count();
    }
    found
}

/// The inside of the string literal (plain, byte, C or raw) that starts at `i`, and where it ends.
fn string_literal(chars: &[char], i: usize) -> Option<(String, usize)> {
    let prefix = ["br", "cr", "b", "c", "r", ""].into_iter().find(|prefix| {
        let rest = &chars[i..];
        let mark = rest.get(prefix.len());
        rest.len() > prefix.len()
            && prefix.chars().eq(rest[..prefix.len()].iter().copied())
            && (mark == Some(&'"') || (prefix.ends_with('r') && mark == Some(&'#')))
    })?;
    let mut start = i + prefix.len();
    let is_raw = prefix.ends_with('r');
    let hashes = chars[start..].iter().take_while(|&&c| is_raw && c == '#').count();
    start += hashes;
    if chars.get(start) != Some(&'"') {
        return None; // `r#type`: a raw identifier
    }
    start += 1;
    let mut end = start;
    while end < chars.len() {
        match chars[end] {
            '\\' if !is_raw => end += 1,
            '"' if chars[end + 1..].iter().take(hashes).filter(|&&c| c == '#').count() == hashes => break,
            _ => {}
        }
        end += 1;
    }
    let end = end.min(chars.len());
    Some((chars[start..end].iter().collect(), end + 1 + hashes))
}

/// The index after the bracket that closes the one at `open`.
fn after_group(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        if ["(", "[", "{"].iter().any(|mark| token.is(mark)) {
            depth += 1;
        } else if [")", "]", "}"].iter().any(|mark| token.is(mark)) {
            depth -= 1;
        }
        if depth == 0 {
            return i + 1;
        }
    }
    tokens.len()
}

// ---------------------------------------------------------------- the rooms

/// The room a file belongs to, by its path below `src/`: `gpu/caps.rs` and `gpu.rs` are both in `gpu`.
fn room_of(path: &str) -> &str {
    path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
}

/// How many modules a file is below the root of the crate: `lib.rs` 0, `gpu/mod.rs` 1, `gpu/caps.rs` 2.
fn depth_of(path: &str) -> usize {
    let parts = path.split('/').count();
    let is_parent = ["mod.rs", "lib.rs", "main.rs"]
        .iter()
        .any(|name| path.rsplit('/').next() == Some(name));
    if is_parent { parts - 1 } else { parts }
}

/// What a file names directly below the root of the crate, with the line: by `crate::x`, inside or outside of a `use`
/// and in groups too, or by as many `super::` as lead there.
fn names_in_root(path: &str, source: &str) -> Vec<(usize, String)> {
    let tokens = tokens(source);
    let is = |i: usize, text: &str| tokens.get(i).is_some_and(|token: &Token| token.is(text));
    let mut found = Vec::new();
    // The braces that are open, and of each whether it is that of an inline module.
    let mut braces: Vec<bool> = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if is(i, "{") {
            braces.push(i >= 2 && is(i - 2, "mod"));
        } else if is(i, "}") {
            braces.pop();
        }
        let mut next = i + 1;
        let mut reaches_root = is(i, "crate");
        if is(i, "super") {
            let mut supers = 1;
            while is(next, "::") && is(next + 1, "super") {
                supers += 1;
                next += 2;
            }
            reaches_root = supers >= depth_of(path) + braces.iter().filter(|&&is_module| is_module).count();
        }
        if reaches_root && is(next, "::") {
            if is(next + 1, "{") {
                let end = after_group(&tokens, next + 1);
                let mut element = next + 2;
                while element + 1 < end {
                    found.push((tokens[element].line, tokens[element].text.clone()));
                    while element + 1 < end && !is(element, ",") {
                        element = if is(element, "{") {
                            after_group(&tokens, element)
                        } else {
                            element + 1
                        };
                    }
                    element += 1;
                }
                next = end;
            } else if let Some(name) = tokens.get(next + 1) {
                found.push((name.line, name.text.clone()));
            }
        }
        i = next;
    }
    found
}

/// Everything in one file that goes against the order of the rooms. `path` is relative to `src/`.
fn wrong_edges(path: &str, source: &str) -> Vec<String> {
    if path == "lib.rs" || path == "main.rs" {
        return Vec::new();
    }
    let room = room_of(path);
    let Some(rank) = ROOMS.iter().position(|&known| known == room) else {
        return vec![format!("src/{path}: belongs to no room")];
    };
    let reason = |name: &str| match ROOMS.iter().position(|&known| known == name) {
        None => Some(format!("`{name}` is not a room: import it from the room that owns it")),
        Some(to) if to > rank => Some(format!("`{room}` comes before `{name}` and must not import it")),
        Some(_) if FORBIDDEN.contains(&(room, name)) => Some(format!("`{room}` must not import `{name}`")),
        Some(_) => None,
    };
    let names = names_in_root(path, source);
    names
        .iter()
        .filter_map(|(line, name)| Some(format!("src/{path}:{line}: {}", reason(name)?)))
        .collect()
}

/// The modules that `lib.rs` declares without being rooms.
fn unknown_rooms(lib: &str) -> Vec<String> {
    let tokens = tokens(lib);
    let declared = tokens
        .windows(2)
        .filter(|pair| pair[0].is("mod") && pair[1].kind == Kind::Word);
    let unknown = declared.filter(|pair| !ROOMS.contains(&pair[1].text.as_str()));
    unknown
        .map(|pair| format!("src/lib.rs:{}: `{}` is not a room", pair[1].line, pair[1].text))
        .collect()
}

// ---------------------------------------------------------------- shaders, sizes, paths

/// The files that a source loads with `include_str!`, directly or through a macro of its own that calls it, as they are
/// written there without what leads up to them: `lib/voxel.wgsl` or `shaders/lib/voxel.wgsl`.
fn included_files(source: &str) -> BTreeSet<String> {
    let tokens = tokens(source);
    let is = |i: usize, text: &str| tokens.get(i).is_some_and(|token: &Token| token.is(text));
    let mut loaders = BTreeSet::from(["include_str".to_owned()]);
    for i in (0..tokens.len()).filter(|&i| is(i, "macro_rules") && is(i + 3, "{")) {
        if tokens[i..after_group(&tokens, i + 3)]
            .iter()
            .any(|token| token.is("include_str"))
        {
            loaders.insert(tokens[i + 2].text.clone());
        }
    }
    let mut files = BTreeSet::new();
    for i in (0..tokens.len()).filter(|&i| is(i + 1, "!") && loaders.contains(&tokens[i].text)) {
        let call = &tokens[i + 2..after_group(&tokens, i + 2)];
        let literals = call.iter().filter(|token| token.kind == Kind::Text);
        files.extend(literals.map(|token| token.text.trim_start_matches(['.', '/']).to_owned()));
    }
    files
}

/// The shaders (paths relative to `shaders/`) that none of the sources loads.
fn unused_shaders(shaders: &[String], sources: &[String]) -> Vec<String> {
    let included: BTreeSet<String> = sources.iter().flat_map(|source| included_files(source)).collect();
    let is_used = |path: &&String| included.contains(*path) || included.contains(&format!("shaders/{path}"));
    shaders
        .iter()
        .filter(|path| !is_used(path))
        .map(|path| format!("shaders/{path}: nothing loads it"))
        .collect()
}

/// The length of a source in lines, where that is more than `limit`.
fn longer_than(limit: usize, path: &str, source: &str) -> Option<String> {
    let lines = source.lines().count();
    (lines > limit).then(|| format!("src/{path}: {lines} lines, more than {limit}"))
}

/// The lines of a text that name a place on one machine.
fn machine_paths(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(i, line)| {
            MACHINE_PATHS
                .iter()
                .find(|place| line.contains(*place))
                .map(|place| (i, place))
        })
        .map(|(i, place)| format!("{path}:{}: names a place on one machine: {place}", i + 1))
        .collect()
}

// ---------------------------------------------------------------- this repository

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder of the repository (or the one file) whose names end in `suffix`, relative to that folder,
/// with their text, in order. A folder that is not there is empty.
fn read(folder: &str, suffix: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("the folder can be listed").path();
            if path.is_dir() {
                walk(&path, files)
            } else {
                files.push(path)
            }
        }
    }
    let base = root().join(folder);
    let mut files = Vec::new();
    if base.is_file() {
        files.push(base.clone())
    } else {
        walk(&base, &mut files)
    }
    files.sort();
    let name = |path: &Path| {
        path.strip_prefix(&base)
            .unwrap_or(path)
            .to_string_lossy()
            .replace('\\', "/")
    };
    let bytes = |path: &Path| fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = |path: &Path| String::from_utf8_lossy(&bytes(path)).into_owned();
    files
        .iter()
        .map(|path| (name(path), text(path)))
        .filter(|(name, _)| name.ends_with(suffix))
        .collect()
}

fn assert_none(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn rooms_import_only_from_rooms_before_them() {
    let sources = read("src", ".rs");
    assert!(!sources.is_empty(), "there is no source to check");
    assert_none(
        sources
            .iter()
            .flat_map(|(path, source)| wrong_edges(path, source))
            .collect(),
    );
}

#[test]
fn every_module_is_a_room() {
    assert_none(
        read("src/lib.rs", "")
            .iter()
            .flat_map(|(_, lib)| unknown_rooms(lib))
            .collect(),
    );
}

#[test]
fn every_shader_is_loaded() {
    let shaders: Vec<String> = read("shaders", ".wgsl").into_iter().map(|(path, _)| path).collect();
    let sources: Vec<String> = read("src", ".rs").into_iter().map(|(_, source)| source).collect();
    assert_none(unused_shaders(&shaders, &sources));
}

#[test]
fn no_file_outgrows_a_screenful_of_ideas() {
    let sources = read("src", ".rs");
    let longer = |limit| {
        sources
            .iter()
            .filter_map(move |(path, source)| longer_than(limit, path, source))
    };
    for note in longer(LONG_LINES) {
        // Written past the test harness, which swallows what a passing test prints.
        let _ = writeln!(std::io::stderr(), "note: {note}");
    }
    assert_none(longer(TOO_LONG_LINES).collect());
}

#[test]
fn nothing_names_a_place_on_one_machine() {
    let mut problems = Vec::new();
    for folder in [
        "src",
        "shaders",
        "scripts",
        ".ci",
        "benches",
        "README.md",
        "CHANGELOG.md",
    ] {
        for (path, text) in read(folder, "") {
            problems.extend(machine_paths(&format!("{folder}/{path}"), &text));
        }
    }
    assert_none(problems);
}

// ---------------------------------------------------------------- each check can fail

#[test]
fn an_edge_the_wrong_way_is_found() {
    assert_eq!(
        wrong_edges("gpu/caps.rs", "use crate::volume::Shape;\nuse crate::gpu::upload;"),
        [""; 0]
    );
    let found = wrong_edges("gpu/caps.rs", "use crate::volume::Shape;\nuse crate::view::Camera;");
    assert_eq!(
        found,
        ["src/gpu/caps.rs:2: `gpu` comes before `view` and must not import it"]
    );
    assert_eq!(
        wrong_edges("gpu.rs", "fn f() -> crate::cli::Args { todo!() }").len(),
        1,
        "a path outside of `use`"
    );
    assert_eq!(wrong_edges("volume/mod.rs", "pub(crate) use crate::app;").len(), 1);
    assert_eq!(
        wrong_edges("cli/info.rs", "use crate::{app, session::open, volume};"),
        [""; 0]
    );
}

#[test]
fn the_forbidden_edges_are_found() {
    for (from, to) in FORBIDDEN {
        assert_eq!(
            wrong_edges(&format!("{from}/a.rs"), &format!("use crate::{to}::A;")).len(),
            1,
            "{from} to {to}"
        );
    }
    assert_eq!(wrong_edges("session/open.rs", "use crate::source::Source;"), [""; 0]);
}

#[test]
fn an_import_in_a_group_is_found() {
    let source = "use crate::{\n    volume::{axes::Axes, Shape},\n    session::{self, Session},\n    gpu,\n};";
    let names: Vec<_> = names_in_root("reduce/a.rs", source);
    assert_eq!(names, [(2, "volume".into()), (3, "session".into()), (4, "gpu".into())]);
    assert_eq!(wrong_edges("reduce/a.rs", source).len(), 1);
    assert_eq!(
        wrong_edges("reduce/a.rs", "use crate::*;").len(),
        1,
        "everything at once"
    );
    assert_eq!(
        wrong_edges("reduce/a.rs", "use crate::{self as all};").len(),
        1,
        "the crate under another name"
    );
}

#[test]
fn a_way_out_through_super_is_found() {
    assert_eq!(wrong_edges("gpu/mod.rs", "use super::app;").len(), 1);
    assert_eq!(wrong_edges("gpu/caps.rs", "use super::super::app;").len(), 1);
    assert_eq!(wrong_edges("gpu/caps.rs", "use super::upload;"), [""; 0]);
    let tests = "struct A {}\nmod tests {\n    use super::*;\n    use super::super::upload;\n}";
    assert_eq!(
        wrong_edges("gpu/caps.rs", tests),
        [""; 0],
        "out of an inline module only"
    );
    let tests = "mod tests { use super::super::super::app; }";
    assert_eq!(
        wrong_edges("gpu/caps.rs", tests).len(),
        1,
        "out of an inline module and its room"
    );
}

#[test]
fn comments_and_strings_are_no_imports() {
    let source = r##"
        // use crate::app::A;
        /// See [`crate::app`].
        /* use crate::app::A; /* nested */ use crate::app::B; */
        const A: &str = "crate::app \" crate::app";
        const B: &str = r#"crate::app " crate::app"#;
        const C: [char; 3] = ['"', '\'', '\u{22}'];
        fn f<'a>(a: &'a str) -> &'a str { a }
    "##;
    assert_eq!(wrong_edges("gpu/a.rs", source), [""; 0]);
    assert_eq!(
        wrong_edges("gpu/a.rs", &format!("{source} use crate::app;")).len(),
        1,
        "code after them still counts"
    );
}

#[test]
fn an_unknown_room_is_found() {
    let lib = "//! pub mod attic;\npub mod volume;\nmod attic;\n";
    assert_eq!(unknown_rooms(lib), ["src/lib.rs:3: `attic` is not a room"]);
    assert_eq!(wrong_edges("attic/a.rs", "").len(), 1);
    assert_eq!(wrong_edges("util.rs", "").len(), 1);
    assert_eq!(
        wrong_edges("gpu/a.rs", "use crate::Shape;").len(),
        1,
        "a detour through the root"
    );
}

#[test]
fn an_unused_shader_is_found() {
    let shaders = [
        "lib/voxel.wgsl".to_owned(),
        "reduce/minmax.wgsl".to_owned(),
        "view/slice.wgsl".to_owned(),
    ];
    let unused = |source: &str| unused_shaders(&shaders, &[source.to_owned()]);
    let used = r#"
        macro_rules! shader { ($path:literal) => { include_str!(concat!("../../shaders/", $path)) }; }
        const A: &str = include_str!("../../shaders/lib/voxel.wgsl");
        const B: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/reduce/minmax.wgsl"));
        const C: [&str; 1] = [shader!("view/slice.wgsl")];
    "#;
    assert_eq!(unused(used), [""; 0]);
    assert_eq!(
        unused(&used.replace("shader!(", "label(")),
        ["shaders/view/slice.wgsl: nothing loads it"]
    );
    assert_eq!(
        unused(&used.replace("const A", "// const A")),
        ["shaders/lib/voxel.wgsl: nothing loads it"]
    );
    assert_eq!(unused("").len(), 3);
}

#[test]
fn a_file_that_is_too_long_is_found() {
    assert_eq!(longer_than(2, "a.rs", "1\n2\n"), None);
    assert_eq!(
        longer_than(2, "a.rs", "1\n2\n3").as_deref(),
        Some("src/a.rs: 3 lines, more than 2")
    );
}

#[test]
fn a_place_on_one_machine_is_found() {
    for place in MACHINE_PATHS {
        assert_eq!(
            machine_paths("a", &format!("fine: /usr/share\nnot: {place}x")).len(),
            1,
            "{place}"
        );
    }
    assert_eq!(machine_paths("a", "a network, https://rustup.rs"), [""; 0]);
}
