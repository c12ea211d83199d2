use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Where files go that are not given a place.
#[derive(Debug, Default)]
pub(super) struct OutFolder {
    /// Where one was saved last, by this window.
    last: Option<PathBuf>,
}

impl OutFolder {
    /// Takes note that a file, or a folder of frames, was saved.
    pub(super) fn note(&mut self, saved: &Path) {
        let folder = saved.parent().filter(|folder| !folder.as_os_str().is_empty());
        self.last = folder.map(Path::to_owned).or(self.last.take());
    }

    /// The folder that was saved to last; else the current one, that of the image or that of the user, the first that can be
    /// written to: a window that was not opened from a shell may have any current folder.
    pub(super) fn find(&self, image: &Path) -> PathBuf {
        let current = std::env::current_dir().ok();
        let of_image = image.parent().filter(|_| image.exists());
        let of_image = of_image.and_then(|folder| std::path::absolute(folder).ok());
        let of_user = std::env::var_os(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).map(PathBuf::from);
        let places = [self.last.clone(), current.clone(), of_image, of_user];
        let found = first_writable(places.into_iter().flatten());
        // Where none can be, what is written says why.
        found.or(current).unwrap_or_default()
    }
}

/// Only an attempt tells: permissions may belong to others, and file systems be mounted to be read.
fn first_writable(places: impl IntoIterator<Item = PathBuf>) -> Option<PathBuf> {
    let is_writable = |folder: &PathBuf| {
        let attempt = folder.join(format!(".microtome-{}.attempt", std::process::id()));
        File::create_new(&attempt).is_ok() && fs::remove_file(&attempt).is_ok()
    };
    places
        .into_iter()
        .filter(|folder| folder.is_absolute())
        .find(is_writable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_where_they_can_be_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("there")).expect("a folder");
        fs::write(at("file"), "").expect("a file");
        let first = |names: &[&str]| first_writable(names.iter().map(|name| at(name)));
        assert_eq!(first(&["gone", "file", "there", ""]), Some(at("there")));
        assert_eq!(first(&["gone"]), None);
        assert_eq!(
            fs::read_dir(at("there")).expect("a folder").count(),
            0,
            "nothing is left"
        );

        let mut out = OutFolder::default();
        let current = std::env::current_dir().expect("a folder");
        assert_eq!(out.find(Path::new("sample:kidney")), current);
        out.note(&at("there").join("picture.png"));
        assert_eq!(out.find(Path::new("sample:kidney")), at("there"));
        fs::remove_dir(at("there")).expect("it was there");
        assert_eq!(out.find(Path::new("sample:kidney")), current, "it is gone");
    }
}
