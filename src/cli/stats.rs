use std::fmt::Write;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::session::{FileStats, FullStats, MeasureRequest, Measurer, hash, measure, percentile_value};
use crate::volume::{PERCENTILES, SampleType, Value};

use super::common::Shared;
use super::damage;
use super::output::{self, Progress};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Image file, folder or quoted pattern of files with one plane each, or sample:kidney
    path: String,
    /// One JSON object on stdout
    #[arg(long)]
    json: bool,
    /// Measure once more in plain Rust and fail if any number differs
    #[arg(long)]
    check_cpu: bool,
    /// Also print the SHA-256 of all voxels in (t, c, z, y, x) order, little-endian, as stored
    #[arg(long)]
    hash: bool,
}

pub(super) fn run(args: &Args, shared: &Shared) -> Result<()> {
    let started = Instant::now();
    let (source, gpu) = shared.open_with_gpu(&args.path)?;
    let sample_type = source.dataset().sample_type;
    let request = MeasureRequest::whole_file(source.as_ref());
    let stats = {
        let progress = Progress::new(shared, "measuring");
        measure(Measurer::Gpu(&gpu), &source, &request, &mut None, &|share| {
            progress.set(share)
        })
        .context(args.path.clone())?
    };
    let seconds = started.elapsed().as_secs_f64();
    if args.check_cpu {
        let progress = Progress::new(shared, "checking");
        let again = measure(Measurer::Cpu, &source, &request, &mut None, &|share| {
            progress.set(share)
        })
        .context(args.path.clone())?;
        if let Some(channel) =
            (0..stats.channels.len()).find(|&channel| stats.channels[channel] != again.channels[channel])
        {
            bail!(
                "{}: the GPU and the CPU disagree on channel {channel}: {:?} and {:?}",
                args.path,
                stats.channels[channel],
                again.channels[channel]
            );
        }
    }
    shared.check_damage(&args.path, &stats.lost)?;
    let sha256 = match args.hash {
        true => {
            let progress = Progress::new(shared, "hashing");
            Some(hash(&source, &|share| progress.set(share)).context(args.path.clone())?)
        }
        false => None,
    };
    let adapter = if sample_type.is_wide() {
        "CPU (64-bit numbers do not fit a texture)".to_owned()
    } else {
        gpu.describe()
    };
    let report = Report {
        args,
        stats: &stats,
        sample_type,
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

struct Report<'a> {
    args: &'a Args,
    stats: &'a FileStats,
    sample_type: SampleType,
    adapter: String,
    seconds: f64,
    sha256: Option<String>,
}

impl Report<'_> {
    /// Minimum and maximum over all channels.
    fn range(&self) -> Option<(Value, Value)> {
        let ranges = self.stats.channels.iter().filter_map(|channel| channel.stats.range);
        ranges.reduce(|a, b| {
            let low = if b.0.as_f64() < a.0.as_f64() { b.0 } else { a.0 };
            let high = if b.1.as_f64() > a.1.as_f64() { b.1 } else { a.1 };
            (low, high)
        })
    }

    fn json(&self) -> serde_json::Value {
        let channel = |channel: &FullStats| {
            let percentiles: serde_json::Map<_, _> = PERCENTILES
                .iter()
                .zip(&channel.percentiles)
                .map(|(percent, &value)| (percent.to_string(), json!(percentile_value(value, self.sample_type))))
                .collect();
            json!({
                "min": channel.stats.range.map(|(low, _)| low),
                "max": channel.stats.range.map(|(_, high)| high),
                "percentiles": percentiles,
                "non_finite": channel.stats.non_finite,
                "at_min": channel.at_min,
                "at_max": channel.at_max,
            })
        };
        let mut object = json!({
            "path": self.args.path,
            "exact": self.stats.lost.is_empty(),
            "damage": damage::json(&self.stats.lost),
            "range": self.range().map(|(low, high)| [low, high]),
            "channels": self.stats.channels.iter().map(channel).collect::<Vec<_>>(),
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
        for (index, channel) in self.stats.channels.iter().enumerate() {
            writeln!(out, "range for channel {index}: {}", pair(channel.stats.range))?;
        }
        for (index, channel) in self.stats.channels.iter().enumerate() {
            let values: Vec<String> = PERCENTILES
                .iter()
                .zip(&channel.percentiles)
                .map(|(percent, &value)| format!("{percent} %: {}", percentile_value(value, self.sample_type)))
                .collect();
            let values = if values.is_empty() {
                "none".to_owned()
            } else {
                values.join(", ")
            };
            writeln!(out, "percentiles for channel {index}: {values}")?;
        }
        for (index, channel) in self.stats.channels.iter().enumerate() {
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
