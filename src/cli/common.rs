use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use bytesize::ByteSize;
use clap::{ArgAction, Args};

use crate::gpu::{AdapterChoice, Gpu, GpuError};
use crate::session;
use crate::source::Source;
use crate::volume::{Damage, Dataset};

use super::{damage, output, tuning};

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub(super) struct Shared {
    /// Axes of the file, slowest first, instead of what it says: letters of T C Z Y X S, for example ZYXC
    #[arg(long, global = true, value_name = "AXES", value_parser = axes)]
    pub(super) axes: Option<String>,
    /// Which image of a file that has several, from 0; info lists them
    #[arg(long, global = true, value_name = "N")]
    pub(super) series: Option<usize>,
    /// Use the graphics adapter with this in its name (also: MICROTOME_ADAPTER)
    #[arg(long, global = true, value_name = "NAME")]
    adapter: Option<String>,
    /// Bound on textures and staging memory together, for example 2GiB [default: 8GiB; where the adapter has no memory
    /// of its own, at most half of what is free]
    #[arg(long, global = true, value_name = "SIZE", value_parser = size)]
    memory: Option<ByteSize>,
    /// Refuse an image of which a plane cannot be read, instead of showing what is left
    #[arg(long, global = true)]
    pub(super) strict: bool,
    /// Say more (-vv: much more), on stderr
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(super) verbose: u8,
    /// No progress, no warnings
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
}

fn axes(text: &str) -> Result<String, String> {
    match text
        .chars()
        .find(|letter| !"TCZYXSQI".contains(letter.to_ascii_uppercase()))
    {
        _ if text.is_empty() => Err("no letter".into()),
        Some(letter) => Err(format!("{letter:?} is none of T C Z Y X S")),
        None => Ok(text.to_ascii_uppercase()),
    }
}

fn size(text: &str) -> Result<ByteSize, String> {
    match text.parse::<ByteSize>() {
        Ok(ByteSize(0)) => Err("it is 0".into()),
        other => other.map_err(|_| "not a size like 512MiB or 2GB".into()),
    }
}

impl Shared {
    pub(super) fn start_logging(&self) {
        let filter = match self.verbose {
            0 => "off",
            1 => "microtome=info",
            2 => "microtome=debug,warn",
            _ => "debug",
        };
        env_logger::Builder::new().parse_filters(filter).init();
    }

    /// Opens a path; an error names it.
    pub(super) fn open(&self, path: &Path) -> Result<Arc<dyn Source>> {
        let source = session::open(path, self.axes.as_deref(), self.series.unwrap_or(0))
            .with_context(|| path.display().to_string())?;
        if self.strict {
            self.check_damage(path, &source.damage())?;
        }
        Ok(source)
    }

    /// Says what cannot be read; with --strict, that is an error.
    pub(super) fn check_damage(&self, path: &Path, found: &[Damage]) -> Result<()> {
        let Some(first) = found.first() else {
            return Ok(());
        };
        let planes = damage::planes(found);
        let story = format!(
            "{}: {planes} planes cannot be read; the first: {}",
            path.display(),
            first.reason
        );
        if self.strict {
            bail!("{story} (--strict)");
        }
        output::warn(self, &story);
        Ok(())
    }

    pub(super) fn adapter_choice(&self) -> AdapterChoice {
        let mut choice = AdapterChoice::from_env();
        choice.name_part = self.adapter.clone().or(choice.name_part);
        choice.memory_bytes = self.memory.map(|size| size.as_u64());
        choice.free_main_memory_bytes = free_main_memory_bytes();
        choice.tunings = tuning::load();
        choice
    }

    /// Opens the adapter without a window.
    pub(super) fn gpu(&self) -> Result<Arc<Gpu>> {
        let gpu = Gpu::headless(&self.adapter_choice())?;
        log::info!("{}", gpu.describe());
        Ok(Arc::new(gpu))
    }

    /// Opens a path, and says what is strange about it.
    pub(super) fn open_and_warn(&self, path: &Path) -> Result<Arc<dyn Source>> {
        let source = self.open(path)?;
        self.warn_of(path, source.dataset());
        Ok(source)
    }

    fn warn_of(&self, path: &Path, dataset: &Dataset) {
        for warning in &dataset.warnings {
            output::warn(self, &format!("{}: {warning}", path.display()));
        }
    }

    /// The chosen adapter, unless it computes in software or there is none. That there is none can be seen without
    /// loading a driver, which takes longer than to measure many an image on the CPU.
    pub(super) fn hardware_gpu(&self) -> Result<Option<Arc<Gpu>>> {
        let choice = self.adapter_choice();
        if choice.name_part.is_none() && !may_have_graphics_hardware() {
            return Ok(None);
        }
        match Gpu::hardware(&choice) {
            Err(GpuError::NoAdapter { .. }) if choice.name_part.is_none() => Ok(None),
            other => Ok(other?.map(Arc::new)),
        }
    }

    /// Opens a path and the adapter at the same time: each takes a good part of a short run.
    pub(super) fn open_with_gpu(&self, path: &Path) -> Result<(Arc<dyn Source>, Arc<Gpu>)> {
        std::thread::scope(|scope| {
            let gpu = scope.spawn(|| self.gpu());
            let source = self.open(path);
            let gpu = gpu.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            let (source, gpu) = (source?, gpu?);
            self.warn_of(path, source.dataset());
            Ok((source, gpu))
        })
    }

    /// Says that pictures of 64-bit numbers are drawn from less.
    pub(super) fn warn_if_narrowed(&self, path: &Path, dataset: &Dataset) {
        if dataset.sample_type.is_wide() {
            let (path, sample_type) = (path.display(), dataset.sample_type);
            output::warn(self, &format!("{path}: {sample_type} is drawn as float32"));
        }
    }
}

/// As Linux tells it; unknown elsewhere.
fn free_main_memory_bytes() -> Option<u64> {
    let meminfo = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    kib.checked_mul(1024)
}

/// Whether there may be a graphics card. On Linux every driver of one works through a file in `/dev`: of the kernel's
/// direct rendering manager, of NVIDIA, of Mali and Adreno on phones' chips, or of Windows below.
fn may_have_graphics_hardware() -> bool {
    let files = ["dri", "nvidiactl", "nvidia0", "mali0", "kgsl-3d0", "dxg"];
    !cfg!(target_os = "linux") || files.iter().any(|file| Path::new("/dev").join(file).exists())
}
