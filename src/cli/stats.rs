use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use serde_json::json;

use crate::gpu::Gpu;
use crate::session::{FileStats, FullStats, MeasureRequest, Measurer, disagreement, hash, measure};
use crate::source::Source;
use crate::volume::{PERCENTILES, Percentile, SampleType, Value};

use super::common::Shared;
use super::damage;
use super::output::{self, Progress};
use super::region_args::RegionArgs;

/// More of them are a mistake.
const MAX_PERCENTILES: usize = 100;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Image file, folder or quoted pattern of files with one plane each, or sample:kidney
    path: PathBuf,
    /// One JSON object on stdout
    #[arg(long)]
    json: bool,
    /// What computes: the GPU, all cores of the CPU, or whichever is faster: the GPU, unless the adapter is a software
    /// one; 64-bit numbers are always measured by the CPU
    #[arg(long, value_enum, default_value = "auto")]
    device: Device,
    /// Percentiles to find, in percent [default: 0.1,1,50,99,99.9]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = percent)]
    percentiles: Option<Vec<f64>>,
    #[command(flatten)]
    region: RegionArgs,
    /// Count once more in plain Rust, voxel by voxel, and fail if any number differs
    #[arg(long)]
    check_cpu: bool,
    /// Also print the SHA-256 of all voxels in (t, c, z, y, x) order, little-endian, as stored
    #[arg(long)]
    hash: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Device {
    Auto,
    Gpu,
    Cpu,
}

fn percent(text: &str) -> Result<f64, String> {
    let percent = text.trim().parse::<f64>().ok();
    percent
        .filter(|percent| (0.0..=100.0).contains(percent))
        .ok_or_else(|| "not a number from 0 to 100".to_owned())
}

pub(super) fn run(args: &Args, shared: &Shared) -> Result<()> {
    let started = Instant::now();
    let named = || args.path.display().to_string();
    let percentiles = args.percentiles.as_deref().unwrap_or(&PERCENTILES);
    if percentiles.len() > MAX_PERCENTILES {
        let count = percentiles.len();
        super::usage_error(&format!("--percentiles: {count} of them, at most {MAX_PERCENTILES}"));
    }
    let (source, gpu) = open(args, shared)?;
    let request = args.region.request(source.as_ref(), percentiles).with_context(named)?;
    let adapter = adapter(gpu.as_deref(), source.dataset().sample_type);
    log::info!("measuring on {adapter}");
    let measurer = gpu.as_deref().map_or(Measurer::Cpu, Measurer::Gpu);
    let stats = {
        let progress = Progress::new(shared, "measuring");
        measure(measurer, &source, &request, &mut None, &|share| progress.set(share)).with_context(named)?
    };
    let seconds = started.elapsed().as_secs_f64();
    if args.check_cpu {
        let progress = Progress::new(shared, "checking");
        let difference = disagreement(&source, &request, &stats, &|share| progress.set(share));
        if let Some(difference) = difference.with_context(named)? {
            bail!("{}: counted one by one, {difference}", named());
        }
    }
    shared.check_damage(&args.path, &stats.lost)?;
    let sha256 = match args.hash {
        true => {
            let progress = Progress::new(shared, "hashing");
            Some(hash(&source, &|share| progress.set(share)).with_context(named)?)
        }
        false => None,
    };
    let report = Report {
        args,
        request: &request,
        stats: &stats,
        device: if gpu.is_some() { "gpu" } else { "cpu" },
        adapter,
        seconds,
        sha256,
    };
    if args.json {
        output::print_json(&report.json())
    } else {
        output::print(&report.text())
    }
}

/// An image, and the GPU where it is to compute.
type Opened = (Arc<dyn Source>, Option<Arc<Gpu>>);

/// Opens the image and, only where it is to compute, the GPU: that takes many times as long as to measure a small image.
fn open(args: &Args, shared: &Shared) -> Result<Opened> {
    if args.device == Device::Gpu {
        let (source, gpu) = shared.open_with_gpu(&args.path)?;
        let is_wide = source.dataset().sample_type.is_wide();
        return Ok((source, Some(gpu).filter(|_| !is_wide)));
    }
    let source = shared.open_and_warn(&args.path)?;
    let may_be_gpu = args.device == Device::Auto && !source.dataset().sample_type.is_wide();
    let gpu = if may_be_gpu { shared.hardware_gpu()? } else { None };
    Ok((source, gpu))
}

/// What computed, in words.
fn adapter(gpu: Option<&Gpu>, sample_type: SampleType) -> String {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    match gpu {
        Some(gpu) => gpu.describe(),
        None if sample_type.is_wide() => "CPU (64-bit numbers do not fit a texture)".to_owned(),
        None => format!("CPU ({cores} threads)"),
    }
}

struct Report<'a> {
    args: &'a Args,
    request: &'a MeasureRequest,
    stats: &'a FileStats,
    device: &'static str,
    adapter: String,
    seconds: f64,
    sha256: Option<String>,
}

impl Report<'_> {
    /// The channels that were measured, with their numbers.
    fn channels(&self) -> impl Iterator<Item = (usize, &FullStats)> {
        let channels = self.request.channels.iter();
        channels.map(|&channel| (channel, &self.stats.channels[channel]))
    }

    /// Minimum and maximum over all channels.
    fn range(&self) -> Option<(Value, Value)> {
        let ranges = self.channels().filter_map(|(_, channel)| channel.stats.range);
        ranges.reduce(|a, b| {
            let low = if b.0.as_f64() < a.0.as_f64() { b.0 } else { a.0 };
            let high = if b.1.as_f64() > a.1.as_f64() { b.1 } else { a.1 };
            (low, high)
        })
    }

    fn json(&self) -> serde_json::Value {
        let channel = |(index, channel): (usize, &FullStats)| {
            let percentiles = |value: &dyn Fn(&Percentile) -> Value| -> serde_json::Map<_, _> {
                let found = channel.percentiles.iter();
                found
                    .map(|percentile| (percentile.percent.to_string(), json!(value(percentile))))
                    .collect()
            };
            json!({
                "channel": index,
                "count": channel.count,
                "min": channel.stats.range.map(|(low, _)| low),
                "max": channel.stats.range.map(|(_, high)| high),
                "mean": channel.mean,
                "std": channel.std,
                "bit_depth": channel.bit_depth,
                "percentiles": percentiles(&Percentile::as_value),
                "percentiles_lower": percentiles(&|percentile| percentile.lower),
                "percentiles_higher": percentiles(&|percentile| percentile.higher),
                "histogram": channel.histogram,
                "non_finite": channel.stats.non_finite,
                "at_min": channel.at_min,
                "at_max": channel.at_max,
            })
        };
        let request = self.request;
        let extent = &request.extent;
        let mut object = json!({
            "path": self.args.path.display().to_string(),
            "exact": self.stats.lost.is_empty(),
            "damage": damage::json(&self.stats.lost),
            "region": {
                "t": [request.times.start, request.times.end],
                "channels": request.channels,
                "z": [extent.z.start, extent.z.end],
                "y": [extent.y.start, extent.y.end],
                "x": [extent.x.start, extent.x.end],
            },
            "range": self.range().map(|(low, high)| [low, high]),
            "channels": self.channels().map(channel).collect::<Vec<_>>(),
            "device": self.device,
            "adapter": self.adapter,
            "seconds": self.seconds,
        });
        if self.args.check_cpu {
            object["check_cpu"] = json!(true);
        }
        if let Some(sha256) = &self.sha256 {
            object["sha256"] = json!(sha256);
        }
        object
    }

    fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_text(&mut text);
        text
    }

    fn write_text(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "range: {}", pair(self.range()))?;
        for (index, channel) in self.channels() {
            writeln!(out, "range for channel {index}: {}", pair(channel.stats.range))?;
        }
        for (index, channel) in self.channels() {
            let found = channel.percentiles.iter();
            let values: Vec<String> = found
                .map(|percentile| format!("{} %: {}", percentile.percent, percentile.as_value()))
                .collect();
            let values = if values.is_empty() {
                "none".to_owned()
            } else {
                values.join(", ")
            };
            writeln!(out, "percentiles for channel {index}: {values}")?;
        }
        for (index, channel) in self.channels() {
            let constant = match channel.stats.range {
                Some((low, high)) if low == high => " (constant)",
                _ => "",
            };
            writeln!(
                out,
                "counts for channel {index}: {} at minimum, {} at maximum, {} not finite{constant}",
                channel.at_min, channel.at_max, channel.stats.non_finite
            )?;
        }
        for (index, channel) in self.channels() {
            if let (Some(mean), Some(std)) = (channel.mean, channel.std) {
                let depth = channel.bit_depth.map_or(String::new(), |bits| format!(", {bits} bits"));
                let count = channel.count;
                writeln!(
                    out,
                    "mean for channel {index}: {mean:?}, standard deviation {std:?}, {count} finite voxels{depth}"
                )?;
            }
        }
        let (times, extent) = (&self.request.times, &self.request.extent);
        let channels: Vec<String> = self.request.channels.iter().map(usize::to_string).collect();
        let channels = channels.join(",");
        let part = |range: &std::ops::Range<u64>| format!("{}:{}", range.start, range.end);
        let (t, z, y, x) = (part(times), part(&extent.z), part(&extent.y), part(&extent.x));
        writeln!(out, "region: t {t}, channels {channels}, z {z}, y {y}, x {x}")?;
        for line in damage::lines(&self.stats.lost) {
            writeln!(out, "not measured: {line}")?;
        }
        if self.args.check_cpu {
            writeln!(out, "check: the CPU finds the same numbers")?;
        }
        if let Some(sha256) = &self.sha256 {
            writeln!(out, "sha256: {sha256}")?;
        }
        let what = match damage::planes(&self.stats.lost) {
            0 => "exact".to_owned(),
            planes => format!("exact but for {planes} planes that cannot be read"),
        };
        writeln!(out, "{what}, measured in {:.3} s on {}", self.seconds, self.adapter)
    }
}

fn pair(range: Option<(Value, Value)>) -> String {
    range.map_or("none (no finite value)".to_owned(), |(low, high)| {
        format!("({low}, {high})")
    })
}
