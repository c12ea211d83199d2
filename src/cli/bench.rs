use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::gpu::Gpu;
use crate::reduce::bench::{Case, Ceilings, Kernel, SAMPLE_TYPES, measure_case, measure_ceilings};

use super::common::Shared;
use super::output::{self, Progress};

#[derive(clap::Args)]
pub(super) struct Args {
    /// One JSON object on stdout
    #[arg(long)]
    json: bool,
    /// Megabytes (MiB) of voxels per case
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=1024))]
    size: u64,
    /// A third of the time per case
    #[arg(long)]
    quick: bool,
}

pub(super) fn run(args: &Args, shared: &Shared) -> Result<()> {
    let gpu = shared.gpu()?;
    let bytes = args.size << 20;
    let time = Duration::from_millis(if args.quick { 100 } else { 300 });
    let progress = Progress::new(shared, "measuring");
    let total = (1 + SAMPLE_TYPES.len() * Kernel::ALL.len()) as f64;
    let ceilings = measure_ceilings(&gpu, bytes, time)?;
    let mut cases = Vec::new();
    for sample_type in SAMPLE_TYPES {
        for kernel in Kernel::ALL {
            progress.set((1 + cases.len()) as f64 / total);
            cases.push(measure_case(&gpu, kernel, sample_type, bytes, time)?);
        }
    }
    drop(progress);
    if args.json {
        output::print_json(&json(&gpu, &ceilings, &cases))
    } else {
        output::print(&text(&gpu, &ceilings, &cases))
    }
}

fn json(gpu: &Gpu, ceilings: &Ceilings, cases: &[Case]) -> serde_json::Value {
    json!({
        "adapter": gpu.info.name,
        "backend": format!("{:?}", gpu.info.backend),
        "driver": format!("{} {}", gpu.info.driver, gpu.info.driver_info).trim(),
        "cases": cases.iter().map(|case| json!({
            "kernel": case.kernel.name(),
            "dtype": case.sample_type.dtype(),
            "voxels": case.voxels,
            "bytes": case.bytes,
            "seconds_median": case.median().as_secs_f64(),
            "seconds_min": case.min().as_secs_f64(),
            "gb_per_s": case.gb_per_s(),
            "share_of_read_ceiling": case.gb_per_s() / ceilings.gpu_read,
            "exact": true,
        })).collect::<Vec<_>>(),
        "ceilings": {
            "gpu_read_gb_per_s": ceilings.gpu_read,
            "gpu_copy_gb_per_s": ceilings.gpu_copy,
            "cpu_read_gb_per_s": ceilings.cpu_read,
        },
    })
}

fn text(gpu: &Gpu, ceilings: &Ceilings, cases: &[Case]) -> String {
    let mut text = format!("adapter: {}\n", gpu.describe());
    text += &format!(
        "ceilings: GPU read {:.2} GB/s, GPU copy {:.2} GB/s, CPU read on all cores {:.2} GB/s\n\n",
        ceilings.gpu_read, ceilings.gpu_copy, ceilings.cpu_read
    );
    text += &format!(
        "{:<10} {:<8} {:>7} {:>11} {:>11} {:>8} {:>9}  {}\n",
        "kernel", "type", "MiB", "median ms", "min ms", "GB/s", "of read", "equals the CPU"
    );
    for case in cases {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        text += &format!(
            "{:<10} {:<8} {:>7} {:>11.2} {:>11.2} {:>8.2} {:>8.0}%  {}\n",
            case.kernel.name(),
            case.sample_type.dtype(),
            case.bytes >> 20,
            ms(case.median()),
            ms(case.min()),
            case.gb_per_s(),
            100.0 * case.gb_per_s() / ceilings.gpu_read,
            "yes"
        );
    }
    text
}
