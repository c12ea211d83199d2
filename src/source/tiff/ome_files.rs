//! Files that OME-XML names: those of one image, and companions that have its metadata.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use super::file::RandomFile;
use super::pages::TiffFile;
use super::series::brief;

/// Bytes of a companion file that are read.
const MAX_COMPANION_BYTES: u64 = 64 << 20;
/// Files of one image that are opened.
const MAX_FILES: usize = 10_000;
/// Files that are kept open; others are opened for each read.
const MAX_OPEN_FILES: usize = 128;

/// The text of a companion file, which has the metadata of a set of files and no pages.
pub(super) fn companion(path: &Path, name: &str) -> Result<String, String> {
    if !name.ends_with(".ome") && !name.ends_with(".xml") {
        return Err("not a companion file".into());
    }
    let file = RandomFile::open(&beside(path, name)?).map_err(|error| error.to_string())?;
    if file.len() > MAX_COMPANION_BYTES {
        return Err(format!("it has {} bytes, more than {MAX_COMPANION_BYTES}", file.len()));
    }
    let mut bytes = vec![0; file.len() as usize];
    file.read_at(0, &mut bytes).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// Files by the names that the XML gives them.
pub(super) struct FileNames<'a> {
    path: &'a Path,
    root_uuid: Option<&'a str>,
    known: HashMap<String, Option<usize>>,
    missing: usize,
    pub(super) warnings: Vec<String>,
}

impl<'a> FileNames<'a> {
    pub(super) fn new(path: &'a Path, root_uuid: Option<&'a str>) -> Self {
        Self {
            path,
            root_uuid,
            known: Default::default(),
            missing: 0,
            warnings: Vec::new(),
        }
    }

    /// The file of this UUID and name; opened if it is a new one in the same folder.
    pub(super) fn find(&mut self, uuid: Option<&str>, name: Option<&str>, files: &mut Vec<TiffFile>) -> Option<usize> {
        if uuid.is_some() && uuid == self.root_uuid {
            return Some(0);
        }
        let Some(name) = name else {
            // Without a name, it can only be this file.
            return Some(0);
        };
        let own = self.path.file_name().and_then(|own| own.to_str());
        if own.is_some_and(|own| own.eq_ignore_ascii_case(name)) {
            return Some(0);
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
    Ok(path.with_file_name(name))
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
