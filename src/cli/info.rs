use std::fmt::Write;
use std::ops::Range;
use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Value, json};

use crate::volume::{Damage, Dataset, Lut, Orientation};

use super::common::Shared;
use super::output;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Image file, folder or quoted pattern of files with one plane each, or sample:kidney
    path: PathBuf,
    /// One JSON object on stdout
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, shared: &Shared) -> Result<()> {
    let source = shared.open(&args.path)?;
    let dataset = source.dataset();
    let damage = source.damage();
    if args.json {
        return output::print_json(&json(dataset, &damage));
    }
    output::print(&text(dataset, &damage))
}

/// Damaged planes that are listed for people.
const MAX_LISTED: usize = 20;

fn json(dataset: &Dataset, damage: &[Damage]) -> Value {
    let shape = dataset.shape;
    json!({
        "path": dataset.path,
        "format": dataset.format,
        "axes": dataset.axes,
        "axes_from": dataset.axes_from,
        "shape": dataset.stored_shape,
        "dtype": dataset.sample_type.dtype(),
        "sizes": { "t": shape.t, "c": shape.c, "z": shape.z, "y": shape.y, "x": shape.x },
        "voxel_size": dataset.voxel_size.as_ref().map(|size| json!({
            "z": size.z, "y": size.y, "x": size.x, "unit": size.unit,
        })),
        "time_step": dataset.time_step_s.map(|seconds| json!({ "t": seconds, "unit": "s" })),
        "channels": dataset.channels.iter().map(|channel| json!({
            "name": channel.name,
            "color": channel.lut.as_ref().map(|lut| hex(lut.top())),
            "hidden": channel.is_hidden,
        })).collect::<Vec<_>>(),
        "orientation": dataset.orientation.value(),
        "compression": dataset.compression,
        "bytes": dataset.file_bytes,
        "levels": dataset.levels.len(),
        "series": dataset.series.iter().map(|series| json!({
            "name": series.name,
            "axes": series.axes,
            "shape": series.shape,
        })).collect::<Vec<_>>(),
        "warnings": dataset.warnings,
        "damage": damage.iter().map(|damage| json!({
            "t": [damage.t.start, damage.t.end],
            "c": [damage.c.start, damage.c.end],
            "z": [damage.z.start, damage.z.end],
            "reason": damage.reason,
        })).collect::<Vec<_>>(),
    })
}

fn text(dataset: &Dataset, damage: &[Damage]) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_text(&mut text, dataset, damage);
    text
}

fn write_text(out: &mut String, dataset: &Dataset, damage: &[Damage]) -> std::fmt::Result {
    let shape = dataset.shape;
    writeln!(out, "number of dimensions: {}", dataset.stored_shape.len())?;
    writeln!(out, "shape: {}", tuple(&dataset.stored_shape))?;
    writeln!(out, "dtype: {}", dataset.sample_type)?;
    writeln!(out, "axes: {} (from: {})", dataset.axes, dataset.axes_from)?;
    writeln!(
        out,
        "sizes: t {}, c {}, z {}, y {}, x {}",
        shape.t, shape.c, shape.z, shape.y, shape.x
    )?;
    match &dataset.voxel_size {
        Some(size) => {
            let z = size.z.map_or("unknown".to_owned(), |z| z.to_string());
            let unit = size.unit.as_deref().unwrap_or("(no unit)");
            writeln!(out, "voxel size: z {z}, y {}, x {} {unit}", size.y, size.x)?;
        }
        None => writeln!(out, "voxel size: unknown")?,
    }
    if let Some(seconds) = dataset.time_step_s {
        writeln!(out, "time step: {seconds} s")?;
    }
    for index in 0..shape.c as usize {
        write!(out, "channel {index}:")?;
        let info = dataset.channels.get(index);
        match info.and_then(|info| info.name.as_ref()) {
            Some(name) => write!(out, " {name}")?,
            None => write!(out, " (no name)")?,
        }
        match info.and_then(|info| info.lut.as_ref()) {
            Some(Lut::Solid(color)) => write!(out, ", {}", hex(*color))?,
            Some(Lut::Table(_)) => write!(out, ", colour table")?,
            None => {}
        }
        let is_hidden = info.is_some_and(|info| info.is_hidden);
        writeln!(out, "{}", if is_hidden { ", hidden" } else { "" })?;
    }
    if dataset.orientation != Orientation::default() {
        let orientation = dataset.orientation;
        writeln!(out, "orientation: {} ({orientation})", orientation.value())?;
    }
    writeln!(out, "format: {}", dataset.format)?;
    writeln!(out, "compression: {}", dataset.compression)?;
    writeln!(out, "file size: {} bytes", dataset.file_bytes)?;
    writeln!(out, "levels: {}", dataset.levels.len())?;
    for (index, series) in dataset.series.iter().enumerate() {
        let name = series.name.as_deref().unwrap_or("(no name)");
        writeln!(out, "series {index}: {name}, {} {}", series.axes, tuple(&series.shape))?;
    }
    for warning in &dataset.warnings {
        writeln!(out, "warning: {warning}")?;
    }
    for Damage { t, c, z, reason } in damage.iter().take(MAX_LISTED) {
        writeln!(
            out,
            "damaged: t {}, c {}, z {}: {reason}",
            places(t),
            places(c),
            places(z)
        )?;
    }
    if damage.len() > MAX_LISTED {
        writeln!(out, "damaged: and {} more", damage.len() - MAX_LISTED)?;
    }
    Ok(())
}

/// `3`, or `3 to 5`.
fn places(range: &Range<u64>) -> String {
    match range.end.saturating_sub(1) {
        last if last <= range.start => range.start.to_string(),
        last => format!("{} to {last}", range.start),
    }
}

/// As Python writes a tuple.
fn tuple(extents: &[u64]) -> String {
    match extents {
        [only] => format!("({only},)"),
        _ => format!(
            "({})",
            extents.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
        ),
    }
}

fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}
