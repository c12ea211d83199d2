//! The shapes of the reductions that `bench --tune` found, kept where a system keeps what can be made again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::gpu::Tuning;

/// None where a system has no place for it.
fn file() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "microtome")?;
    Some(folders.cache_dir().join("tuning.json"))
}

/// What was found before, by adapter; nothing where that cannot be read.
pub(super) fn load() -> BTreeMap<String, Tuning> {
    let text = file().and_then(|path| std::fs::read_to_string(path).ok());
    text.and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

/// Keeps what was found for an adapter. Returns where.
pub(super) fn store(adapter: String, tuning: Tuning) -> Result<PathBuf> {
    let path = file().context("this system has no folder to keep the shapes of kernels in")?;
    let mut all = load();
    all.insert(adapter, tuning);
    let folder = path.parent().unwrap_or(&path);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&path, serde_json::to_string_pretty(&all)?))
        .with_context(|| path.display().to_string())?;
    Ok(path)
}
