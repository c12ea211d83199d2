//! Files that OME-XML names: those of one image, and companions that have its metadata.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use super::file::RandomFile;
use super::ome::is_ome;
use super::pages::TiffFile;
use super::series::brief;
use super::xml;

/// Files of one image that are opened.
const MAX_FILES: usize = 10_000;
/// Files that are kept open; others are opened for each read.
pub(super) const MAX_OPEN_FILES: usize = 128;

/// The OME-XML in the file of this name beside `path`: a companion, which has no pages, or another file of the set.
pub(super) fn metadata_of(path: &Path, name: &str) -> Result<String, String> {
    let beside = beside(path, name)?;
    if has_ending(name, &["tif", "tiff", "tf2", "tf8", "btf"]) {
        let file = TiffFile::open(&beside).map_err(|error| error.to_string())?;
        let description = file.description(&mut Vec::new()).map_err(|error| error.to_string())?;
        return description
            .text(is_ome)
            .map(str::to_owned)
            .ok_or_else(|| "it has no OME-XML".into());
    }
    if !is_companion(name) {
        return Err("not a companion file".into());
    }
    let file = RandomFile::open(&beside).map_err(|error| error.to_string())?;
    if file.len() > xml::MAX_BYTES as u64 {
        return Err(format!("it has {} bytes, more than {}", file.len(), xml::MAX_BYTES));
    }
    let mut bytes = vec![0; file.len() as usize];
    file.read_at(0, &mut bytes).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// Whether a file of this name has metadata and no pages.
pub(super) fn is_companion(name: &str) -> bool {
    has_ending(name, &["ome", "xml"])
}

fn has_ending(name: &str, endings: &[&str]) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    endings.iter().any(|other| other.eq_ignore_ascii_case(ending))
}

/// Files by the names that the XML gives them.
pub(super) struct FileNames<'a> {
    path: &'a Path,
    own_uuid: Option<&'a str>,
    /// Whether the opened file has pages itself; it is the first then.
    has_own: bool,
    known: HashMap<String, Option<usize>>,
    missing: usize,
    pub(super) warnings: Vec<String>,
}

impl<'a> FileNames<'a> {
    pub(super) fn new(path: &'a Path, own_uuid: Option<&'a str>, has_own: bool) -> Self {
        Self {
            path,
            own_uuid,
            has_own,
            known: Default::default(),
            missing: 0,
            warnings: Vec::new(),
        }
    }

    /// The file of this UUID and name; opened if it is a new one in the same folder.
    pub(super) fn find(&mut self, uuid: Option<&str>, name: Option<&str>, files: &mut Vec<TiffFile>) -> Option<usize> {
        let own = self.has_own.then_some(0);
        if own.is_some() && uuid.is_some() && uuid == self.own_uuid {
            return own;
        }
        // Without a name, it can only be this file.
        let Some(name) = name else { return own };
        let own_name = self.path.file_name().and_then(|own| own.to_str());
        if own.is_some() && own_name.is_some_and(|own| own.eq_ignore_ascii_case(name)) {
            return own;
        }
        if let Some(&known) = self.known.get(name) {
            return known;
        }
        let file = match open_beside(self.path, name, files.len()) {
            Ok(file) => {
                files.push(file);
                Some(files.len() - 1)
            }
            Err(reason) => {
                self.missing += 1;
                if self.missing <= 3 {
                    let name = brief(name);
                    self.warnings
                        .push(format!("{name}, which the OME-XML names, is left out: {reason}"));
                }
                None
            }
        };
        self.known.insert(name.to_owned(), file);
        file
    }
}

/// A file in the same folder. The name comes from a file that is not trusted: it must not lead anywhere else.
fn beside(path: &Path, name: &str) -> Result<PathBuf, String> {
    let mut parts = Path::new(name).components();
    let is_plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name);
    if !is_plain || name.contains(['/', '\\', ':', '\0']) {
        return Err("it is not a name in the same folder".into());
    }
    let beside = path.with_file_name(name);
    let is_link = std::fs::symlink_metadata(&beside).is_ok_and(|metadata| metadata.is_symlink());
    if is_link && beside != path {
        let folder = |path: &Path| path.canonicalize().ok()?.parent().map(Path::to_owned);
        let here = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let here = here.unwrap_or(Path::new(".")).canonicalize().ok();
        if here.is_none() || folder(&beside) != here {
            return Err("it is a link that leads out of the folder".into());
        }
    }
    Ok(beside)
}

fn open_beside(path: &Path, name: &str, files: usize) -> Result<TiffFile, String> {
    let path = beside(path, name)?;
    if files >= MAX_FILES {
        return Err(format!("more than {MAX_FILES} files"));
    }
    let mut file = TiffFile::open(&path).map_err(|error| error.to_string())?;
    if files >= MAX_OPEN_FILES {
        file.file.close(&path);
    }
    Ok(file)
}
