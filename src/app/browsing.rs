//! The next file and the one before: of the folder, or of those that were dropped together.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::program::Program;
use crate::source::{is_image, natural};

/// Where going from file to file has come.
#[derive(Debug, Default)]
pub(crate) struct Browsing {
    /// Files that were dropped together, in natural order: gone through instead of the folder.
    dropped: Vec<PathBuf>,
    /// The one that was last gone to, whether or not it can be read: the next one comes after it.
    at: Option<PathBuf>,
}

impl Browsing {
    /// Stays with the file that is shown.
    pub(super) fn stay(&mut self) {
        self.at = None;
    }
}

impl Program {
    /// Files that come from another program, all at once: the first is shown, and the others come next.
    pub(crate) fn open_dropped(&mut self, paths: &[PathBuf]) {
        let paths = in_order(paths);
        let Some(first) = paths.first() else { return };
        self.open(first);
        if paths.len() > 1 {
            let text = format!(
                "{} files were dropped: next and previous file go through them",
                paths.len()
            );
            self.notices.news(text, Instant::now());
            self.browsing.dropped = paths;
        }
    }

    /// Looks for the file that comes `by` places after the one that was gone to last.
    pub(super) fn step_file(&mut self, by: i64) {
        self.files
            .find_neighbour(self.last_gone_to(), by, self.browsing.dropped.clone());
    }

    /// The file that the next one comes after.
    pub(super) fn last_gone_to(&self) -> &Path {
        self.browsing.at.as_deref().unwrap_or(self.newest_path())
    }

    /// Goes to a file that was found.
    pub(super) fn arrive_at_neighbour(&mut self, path: PathBuf) {
        self.go_to(&path);
        self.browsing.at = Some(path);
    }
}

/// Images and folders in natural order; everything, where nothing is one.
fn in_order(paths: &[PathBuf]) -> Vec<PathBuf> {
    let is_shown = |path: &&PathBuf| is_image(path) || path.is_dir();
    let mut chosen: Vec<PathBuf> = paths.iter().filter(is_shown).cloned().collect();
    if chosen.is_empty() {
        chosen = paths.to_vec();
    }
    let name = |path: &Path| path.to_string_lossy().into_owned();
    chosen.sort_by(|a, b| natural(&name(a), &name(b)));
    chosen.dedup();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_gone_through_in_natural_order() {
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        let dropped = paths(&["d/b10.tif", "d/notes.txt", "d/b2.tif", "d/B1.TIFF", "d/b2.tif"]);
        assert_eq!(in_order(&dropped), paths(&["d/B1.TIFF", "d/b2.tif", "d/b10.tif"]));
        let other = paths(&["view.json"]);
        assert_eq!(in_order(&other), other, "what is no image is tried all the same");
    }
}
