//! One module per fuzz target: what it makes of the fuzzer's bytes. What they share is here: where files are written,
//! and what must hold for everything that is opened and read.

pub mod codecs;
pub mod directories;
pub mod metadata;
pub mod read;

mod regions;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::source::tiff::{OpenOptions, TiffSource, open};
use crate::source::{Source, SourceError};

/// Larger inputs find nothing that smaller ones do not, and take longer.
const MAX_INPUT: usize = 256 << 10;
/// Bytes of a message, or of a warning.
const MAX_MESSAGE: usize = 2000;

/// A folder of this process, in memory where the system has such a place.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let memory = PathBuf::from("/dev/shm");
        let base = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let folder = base.join(format!("microtome-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for the files");
        folder
    })
}

/// Writes a file in place of the one of that name before it.
fn write(name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder().join(name);
    std::fs::write(&path, bytes).expect("the file is written");
    path
}

/// Opens a file and checks what it says of itself.
fn open_checked(path: &Path, options: &OpenOptions) -> Option<TiffSource> {
    let source = match open(path, options) {
        Ok(source) => source,
        Err(error) => {
            check_error(&error);
            return None;
        }
    };
    let dataset = source.dataset();
    let shape = &dataset.shape;
    assert!(
        [shape.t, shape.c, shape.z, shape.y, shape.x].iter().all(|&n| n > 0),
        "{shape:?}"
    );
    assert_eq!(dataset.levels.first(), Some(shape));
    assert_eq!(dataset.channels.len() as u64, shape.c);
    assert!(dataset.volume_bytes().is_some(), "{shape:?}");
    assert!(dataset.warnings.len() <= 100, "{} warnings", dataset.warnings.len());
    for level in 0..dataset.levels.len() {
        assert!(!source.chunk_shape(level).contains(&0), "level {level}");
    }
    for text in dataset.warnings.iter().chain([&dataset.axes, &dataset.axes_from]) {
        check_line(text);
    }
    if let Some(size) = &dataset.voxel_size {
        for length in [size.z.unwrap_or(1.0), size.y, size.x] {
            assert!(length.is_finite() && length > 0.0, "{size:?}");
        }
    }
    Some(source)
}

fn check_error(error: &SourceError) {
    check_line(&error.to_string());
}

/// What people are shown is one line of bounded length, and no sequence that a terminal obeys.
fn check_line(text: &str) {
    assert!(!text.chars().any(char::is_control), "{text:?}");
    assert!(text.len() <= MAX_MESSAGE, "{} bytes: {text}", text.len());
}

/// Asks for what is damaged: planes that the file says it has.
fn check_damage(source: &TiffSource) {
    let damage = source.damage();
    assert!(damage.len() <= 1001, "{} entries", damage.len());
    let shape = source.dataset().shape;
    for damage in damage {
        check_line(&damage.to_string());
        let ends = [(&damage.t, shape.t), (&damage.c, shape.c), (&damage.z, shape.z)];
        assert!(
            ends.iter()
                .all(|(range, len)| range.start < range.end && range.end <= *len),
            "{damage:?} of {shape:?}"
        );
    }
}
