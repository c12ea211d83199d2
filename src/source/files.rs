//! The files of a folder that are one stack: all, or those that fit a pattern, in natural order.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use super::SourceError;

/// Names of one folder that are looked at.
const MAX_NAMES: usize = 100_000;

/// Splits `dir/*.tif` into the folder and the pattern; `None` for a path without `*` and `?` in its last part, or one
/// that is there as it is written.
fn pattern(path: &Path) -> Option<(PathBuf, String)> {
    let name = path.file_name()?.to_str()?;
    if !name.contains(['*', '?']) || path.exists() {
        return None;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    Some((folder.unwrap_or(Path::new(".")).to_owned(), name.to_owned()))
}

/// The files in a folder whose names fit a pattern, in natural order, without hidden ones and folders.
///
/// # Errors
/// If the folder cannot be listed, or has too many names.
fn list(folder: &Path, pattern: &str) -> Result<Vec<PathBuf>, SourceError> {
    let mut names = Vec::new();
    for (i, entry) in std::fs::read_dir(folder)?.enumerate() {
        if i >= MAX_NAMES {
            return Err(SourceError::TooLarge(format!(
                "a folder of more than {MAX_NAMES} names"
            )));
        }
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_hidden = name.starts_with('.') && !pattern.starts_with('.');
        if !is_hidden && fits(pattern, &name) && entry.path().is_file() {
            names.push((name, entry.path()));
        }
    }
    names.sort_by(|a, b| natural(&a.0, &b.0));
    Ok(names.into_iter().map(|(_, path)| path).collect())
}

/// What names of images end with.
pub const ENDINGS: [&str; 9] = ["tif", "tiff", "btf", "tf2", "tf8", "lsm", "stk", "svs", "companion.ome"];

/// Whether a file is an image, by its name.
pub fn is_image(path: &Path) -> bool {
    let name = path
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().to_lowercase());
    ENDINGS
        .iter()
        .any(|ending| name.strip_suffix(ending).is_some_and(|stem| stem.ends_with('.')))
}

/// The images in a folder, by their names, in natural order.
///
/// # Errors
/// If the folder cannot be listed, or has too many names.
pub fn images(folder: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let mut images = list(folder, "*")?;
    images.retain(|path| is_image(path));
    Ok(images)
}

/// The files that a folder or a pattern stands for, in natural order; `None` for any other path.
///
/// # Errors
/// If the folder cannot be listed, or has too many names.
pub fn members(path: &Path) -> Result<Option<Vec<PathBuf>>, SourceError> {
    let (folder, pattern) = match pattern(path) {
        Some(found) => found,
        None if path.is_dir() => (path.to_owned(), "*".to_owned()),
        None => return Ok(None),
    };
    list(&folder, &pattern).map(Some)
}

/// Whether a name fits a pattern: `*` stands for any characters, `?` for one.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // Where the last star was, and what it was tried to stand for.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&wanted) if wanted == '?' || wanted == name[n] => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                p = at + 1;
                n = from + 1;
            }
        }
    }
    pattern[p..].iter().all(|&rest| rest == '*')
}

/// Orders names as people do: numbers in them by their value, `z2` before `z10`.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    while let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) {
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (x, y) = (take_number(&mut left), take_number(&mut right));
            x.len().cmp(&y.len()).then(x.cmp(y))
        } else {
            left = &left[x.len_utf8()..];
            right = &right[y.len_utf8()..];
            x.cmp(&y)
        };
        if order.is_ne() {
            return order;
        }
    }
    // Names that differ in leading zeros alone still have an order.
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// Takes the digits at the beginning of a text; returns them without leading zeros.
fn take_number<'a>(text: &mut &'a str) -> &'a str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    *text = rest;
    digits.trim_start_matches('0')
}

#[cfg(test)]
mod tests {
    use super::{fits, natural};

    #[test]
    fn numbers_are_ordered_by_value() {
        let mut names = [
            "z10.tif", "z2.tif", "z2b.tif", "z02.tif", "a", "z1_c10", "z1_c9", "z", "µ3", "µ20",
        ];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            [
                "a", "z", "z1_c9", "z1_c10", "z02.tif", "z2.tif", "z2b.tif", "z10.tif", "µ3", "µ20"
            ]
        );
    }

    #[test]
    fn patterns() {
        for (pattern, name, is_fit) in [
            ("*", "a.tif", true),
            ("*.tif", "a.tif", true),
            ("*.tif", "a.tiff", false),
            ("z?_*.tif", "z1_c2.tif", true),
            ("z?_*.tif", "z12_c2.tif", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
            ("a", "a", true),
            ("", "a", false),
            ("*µ?", "aµb", true),
        ] {
            assert_eq!(fits(pattern, name), is_fit, "{pattern} {name}");
        }
        // Many stars are no long search.
        assert!(!fits(&"*a".repeat(200), &"a".repeat(199)));
    }
}
