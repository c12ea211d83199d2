//! Writes the files that fuzzing starts from into `corpus/TARGET`: small ones of every kind, and, of the folders named
//! on the command line, every TIFF file that is not large.

mod files;
mod found;
mod instruments;
mod packed;
mod texts;
#[allow(dead_code, reason = "seeds are only some kinds of files")]
#[path = "../../../tests/common/tiff_writer.rs"]
mod tiff_writer;

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// A fuzzer changes small files in more telling ways than large ones.
const MAX_BYTES: u64 = 16 << 10;

/// One folder of seeds per target, each seed named by its hash.
struct Corpus {
    folder: PathBuf,
    count: usize,
}

impl Corpus {
    fn add(&mut self, target: &str, seed: &[u8]) -> io::Result<()> {
        let mut hasher = DefaultHasher::new();
        seed.hash(&mut hasher);
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder)?;
        self.count += 1;
        fs::write(folder.join(format!("seed-{:016x}", hasher.finish())), seed)
    }

    fn add_file(&mut self, file: &[u8]) -> io::Result<()> {
        self.add("directories", file)?;
        self.add("read", file)
    }
}

fn main() -> io::Result<()> {
    let mut corpus = Corpus {
        folder: Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus"),
        count: 0,
    };
    for file in files::all().into_iter().chain(instruments::all()) {
        corpus.add_file(&file)?;
    }
    for seed in texts::all() {
        corpus.add("metadata", &seed)?;
    }
    for seed in packed::all() {
        corpus.add("codecs", &seed)?;
    }
    for folder in std::env::args_os().skip(1) {
        add_folder(&mut corpus, Path::new(&folder))?;
    }
    println!("{} seeds in {}", corpus.count, corpus.folder.display());
    Ok(())
}

fn add_folder(corpus: &mut Corpus, folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if path.is_dir() {
            add_folder(corpus, &path)?;
        } else if path.extension().is_some_and(|end| end == "tif" || end == "tiff") {
            let file = fs::read(&path)?;
            if let Some(seed) = found::text(&file) {
                corpus.add("metadata", &seed)?;
            }
            if let Some(seed) = found::chunk(&file).filter(|seed| seed.len() as u64 <= MAX_BYTES) {
                corpus.add("codecs", &seed)?;
            }
            if file.len() as u64 <= MAX_BYTES {
                corpus.add_file(&file)?;
            }
        }
    }
    Ok(())
}
