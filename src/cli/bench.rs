use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::gpu::Gpu;
use crate::reduce::bench::{
    Ceilings, Effort, Kernel, Pattern, Row, SAMPLE_TYPES, Samples, Stopwatch, Subject, kernels, measure,
    measure_ceilings, naive, tune, variants,
};
use crate::session::{UPLOAD, upload_kernels};
use crate::volume::SampleType;

use super::common::Shared;
use super::output::{self, Progress};
use super::tuning;

#[derive(clap::Args)]
pub(super) struct Args {
    /// One JSON object on stdout
    #[arg(long)]
    json: bool,
    /// Sizes of volumes in MiB [default: 64,256; with --quick 64, or 2 of a software adapter]
    #[arg(long, value_name = "MIB,...", value_delimiter = ',', value_parser = clap::value_parser!(u64).range(1..=1024))]
    size: Vec<u64>,
    /// A first look, in less than ten seconds
    #[arg(long)]
    quick: bool,
    /// Every shape of the kernels besides: which of them is the fastest here?
    #[arg(long)]
    variants: bool,
    /// Find the fastest shape of the kernels on this adapter, and keep it for all commands and the window
    #[arg(long, conflicts_with_all = ["variants", "json"])]
    tune: bool,
    /// Only kernels with one of these in their names
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    kernel: Vec<String>,
    /// Only these sample types: uint8, uint16, int16, float16, uint32, float32
    #[arg(long, value_name = "TYPE,...", value_delimiter = ',', value_parser = sample_type)]
    dtype: Vec<SampleType>,
    /// Only these data: uniform, constant, image [default: image, and of uint16 all three but with
    /// --quick]
    #[arg(long, value_name = "DATA,...", value_delimiter = ',', value_parser = pattern)]
    data: Vec<Pattern>,
}

fn sample_type(text: &str) -> Result<SampleType, String> {
    let known = SAMPLE_TYPES.into_iter().find(|known| known.dtype() == text);
    known.ok_or_else(|| format!("none of {}", SAMPLE_TYPES.map(SampleType::dtype).join(", ")))
}

fn pattern(text: &str) -> Result<Pattern, String> {
    let known = Pattern::ALL.into_iter().find(|known| known.name() == text);
    known.ok_or_else(|| format!("none of {}", Pattern::ALL.map(Pattern::name).join(", ")))
}

impl Args {
    fn sizes(&self, is_software: bool) -> &[u64] {
        match (self.size.as_slice(), self.quick) {
            ([], true) if is_software => &[2],
            ([], true) => &[64],
            ([], false) => &[64, 256],
            (sizes, _) => sizes,
        }
    }

    fn effort(&self) -> Effort {
        if self.quick { Effort::QUICK } else { Effort::FULL }
    }

    fn is_wanted(&self, kernel: &Kernel) -> bool {
        self.kernel.is_empty() || self.kernel.iter().any(|part| kernel.name.contains(part))
    }

    /// Sample types and what their voxels look like.
    fn data(&self) -> Vec<(SampleType, Pattern)> {
        let patterns_of = |sample_type| match (self.data.as_slice(), sample_type) {
            ([], SampleType::U16) if !self.quick => Pattern::ALL.to_vec(),
            ([], _) => vec![Pattern::Image],
            (given, _) => given.to_vec(),
        };
        SAMPLE_TYPES
            .into_iter()
            .filter(|sample_type| self.dtype.is_empty() || self.dtype.contains(sample_type))
            .flat_map(|sample_type| {
                patterns_of(sample_type)
                    .into_iter()
                    .map(move |pattern| (sample_type, pattern))
            })
            .collect()
    }
}

/// Everything measured at one size.
struct Size {
    mib: u64,
    ceilings: Ceilings,
    rows: Vec<Row>,
}

pub(super) fn run(args: &Args, shared: &Shared) -> Result<()> {
    let gpu = shared.gpu()?;
    let sizes_mib = args.sizes(gpu.caps.is_software);
    if args.tune {
        return find_tuning(args, shared, &gpu);
    }
    let every_shape = if args.variants { variants(&gpu) } else { Vec::new() };
    let kernels: Vec<Kernel> = kernels()
        .into_iter()
        .chain(upload_kernels())
        .chain((!args.quick).then(naive))
        .chain(every_shape)
        .filter(|kernel| args.is_wanted(kernel))
        .collect();
    if kernels.is_empty() {
        anyhow::bail!("no kernel has {} in its name", args.kernel.join(" or "));
    }
    let stopwatch = Stopwatch::new(&gpu)?;
    let progress = Progress::new(shared, "measuring");
    let say = |text: &str| match args.json {
        true => Ok(()),
        false => progress.suspend(|| output::print(text)),
    };
    say(&introduction(&gpu, &stopwatch))?;
    let width = kernels.iter().map(|kernel| kernel.name.len()).max().unwrap_or(0);
    let mut done = 0;
    let of_type = |(sample_type, _)| kernels.iter().filter(|kernel| kernel.is_for(sample_type)).count();
    let total = sizes_mib.len() * (1 + args.data().into_iter().map(of_type).sum::<usize>());
    let mut step = || {
        done += 1;
        progress.set(f64::from(done) / total as f64);
    };
    let mut sizes = Vec::new();
    for &mib in sizes_mib {
        let of_size = || format!("{mib} MiB of voxels");
        let ceilings = measure_ceilings(&stopwatch, mib << 20, args.effort()).with_context(of_size)?;
        step();
        say(&heading(mib, &ceilings, width))?;
        let mut rows: Vec<Row> = Vec::new();
        for (sample_type, pattern) in args.data() {
            let subject = Subject::new(&gpu, sample_type, pattern, mib << 20).with_context(of_size)?;
            for kernel in kernels.iter().filter(|kernel| kernel.is_for(sample_type)) {
                let row = measure(&stopwatch, &subject, kernel, args.effort())?;
                say(&line(&row, &share(&row, &rows, &ceilings), width))?;
                rows.push(row);
                step();
            }
        }
        sizes.push(Size { mib, ceilings, rows });
    }
    drop(progress);
    match args.json {
        true => output::print_json(&json(&gpu, &stopwatch, &sizes)),
        false => Ok(()),
    }
}

fn find_tuning(args: &Args, shared: &Shared, gpu: &Gpu) -> Result<()> {
    let stopwatch = Stopwatch::new(gpu)?;
    let mib = args.size.first().copied().unwrap_or(if args.quick { 4 } else { 64 });
    output::print(&introduction(gpu, &stopwatch))?;
    output::print(&format!("\n{mib} MiB of uint16 voxels like a camera's, packed\n"))?;
    let progress = Progress::new(shared, "tuning");
    let mut lines = Vec::new();
    let tuning = tune(&stopwatch, mib << 20, args.effort(), |name, speed| {
        lines.push(format!("{name:<40} {speed:>8.2} GB/s\n"));
    })?;
    drop(progress);
    output::print(&lines.concat())?;
    let path = tuning::store(gpu.describe(), tuning)?;
    let [x, y, columns] = tuning.minmax_lanes;
    let [hx, hy, hcolumns] = tuning.histogram_lanes;
    output::print(&format!(
        "\nfastest: minmax {:?} {x}x{y}x{columns}, histogram {:?} {hx}x{hy}x{hcolumns}\nkept in {}\n",
        tuning.join,
        tuning.counting,
        path.display()
    ))
}

/// What a row's figure is to be seen against.
enum Share {
    /// A share of what this device reads.
    OfRead(f64),
    /// Times as long as the upload alone.
    OfUpload(f64),
    /// Nothing.
    Unknown,
}

/// `rows`: those before it.
fn share(row: &Row, rows: &[Row], ceilings: &Ceilings) -> Share {
    if !row.kernel.starts_with(UPLOAD) {
        return Share::OfRead(row.share_of_read(ceilings));
    }
    let is_alone =
        |other: &&Row| other.kernel == UPLOAD && (other.sample_type, other.pattern) == (row.sample_type, row.pattern);
    match rows.iter().find(is_alone) {
        Some(alone) => Share::OfUpload(seconds(row.timings.wall.median()) / seconds(alone.timings.wall.median())),
        None => Share::Unknown,
    }
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

fn introduction(gpu: &Gpu, stopwatch: &Stopwatch<'_>) -> String {
    let limits = gpu.device.limits();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "adapter    {}\n\
         limits     3D textures of {} a side, buffers of {} MiB, bindings of {} MiB\n           \
         {} workgroups a side of {} invocations with {} KiB; subgroups of {}\n\
         processor  {threads} threads\n\
         clock      {}\n\
         Every result is compared with the CPU's before its row is printed. GB/s are bytes of voxels by the\n\
         median; spread is from the first to the third quartile; \"of read\" is the share of what the same\n\
         device reads when it does nothing else, of an upload the time as a multiple of the upload alone.\n",
        gpu.describe(),
        limits.max_texture_dimension_3d,
        limits.max_buffer_size >> 20,
        limits.max_storage_buffer_binding_size >> 20,
        limits.max_compute_workgroups_per_dimension,
        limits.max_compute_invocations_per_workgroup,
        limits.max_compute_workgroup_storage_size >> 10,
        subgroups(gpu),
        stopwatch.verdict(),
    )
}

fn subgroups(gpu: &Gpu) -> String {
    match (gpu.info.subgroup_min_size, gpu.info.subgroup_max_size) {
        (least, most) if least == most => least.to_string(),
        (least, most) => format!("{least} to {most}"),
    }
}

fn heading(mib: u64, ceilings: &Ceilings, width: usize) -> String {
    format!(
        "\n{mib} MiB: GPU read {:.2} GB/s, GPU copy {:.2} GB/s, CPU read on all cores {:.2} GB/s\n\
         (the GPU read {} MiB: {})\n\n{:<width$} {:<8} {:<8} {:>9} {:>9} {:>6} {:>9} {:>7} {:>7}\n",
        ceilings.gpu_read,
        ceilings.gpu_copy,
        ceilings.cpu_read,
        ceilings.bytes >> 20,
        ceilings.gpu_read_by,
        "kernel",
        "type",
        "data",
        "median ms",
        "min ms",
        "spread",
        "GPU ms",
        "GB/s",
        "of read",
    )
}

fn line(row: &Row, share: &Share, width: usize) -> String {
    let ms = |time: Duration| format!("{:.3}", seconds(time) * 1e3);
    let wall = &row.timings.wall;
    format!(
        "{:<width$} {:<8} {:<8} {:>9} {:>9} {:>5.0}% {:>9} {:>7.2} {:>7}\n",
        row.kernel,
        row.sample_type.dtype(),
        row.pattern.name(),
        ms(wall.median()),
        ms(wall.min()),
        100.0 * wall.spread(),
        row.timings.gpu.as_ref().map_or("-".into(), |gpu| ms(gpu.median())),
        row.gb_per_s(),
        match share {
            Share::OfRead(share) => format!("{:.0}%", 100.0 * share),
            Share::OfUpload(times) => format!("× {times:.2}"),
            Share::Unknown => "-".into(),
        },
    )
}

fn json(gpu: &Gpu, stopwatch: &Stopwatch<'_>, sizes: &[Size]) -> Value {
    let limits = gpu.device.limits();
    let case = |size: &Size, index: usize| {
        let row = &size.rows[index];
        let (of_read, of_upload) = match share(row, &size.rows, &size.ceilings) {
            Share::OfRead(share) => (Some(share), None),
            Share::OfUpload(times) => (None, Some(times)),
            Share::Unknown => (None, None),
        };
        let gpu_time = |pick: fn(&Samples) -> Duration| row.timings.gpu.as_ref().map(|gpu| seconds(pick(gpu)));
        json!({
            "kernel": row.kernel,
            "device": row.device.name(),
            "dtype": row.sample_type.dtype(),
            "data": row.pattern.name(),
            "size_mib": size.mib,
            "voxels": row.voxels,
            "bytes": row.bytes,
            "runs": row.timings.wall.count(),
            "seconds_median": seconds(row.timings.wall.median()),
            "seconds_min": seconds(row.timings.wall.min()),
            "spread": row.timings.wall.spread(),
            "gpu_seconds_median": gpu_time(Samples::median),
            "gpu_seconds_min": gpu_time(Samples::min),
            "gb_per_s": row.gb_per_s(),
            "share_of_read_ceiling": of_read,
            "times_upload_alone": of_upload,
            "exact": true,
        })
    };
    let ceilings = |size: &Size| {
        json!({
            "size_mib": size.mib,
            "bytes": size.ceilings.bytes,
            "gpu_read_gb_per_s": size.ceilings.gpu_read,
            "gpu_read_by": size.ceilings.gpu_read_by,
            "gpu_copy_gb_per_s": size.ceilings.gpu_copy,
            "cpu_read_gb_per_s": size.ceilings.cpu_read,
        })
    };
    json!({
        "adapter": gpu.info.name,
        "backend": format!("{:?}", gpu.info.backend),
        "driver": format!("{} {}", gpu.info.driver, gpu.info.driver_info).trim(),
        "limits": {
            "max_texture_dimension_3d": limits.max_texture_dimension_3d,
            "max_buffer_size": limits.max_buffer_size,
            "max_storage_buffer_binding_size": limits.max_storage_buffer_binding_size,
            "max_compute_workgroups_per_dimension": limits.max_compute_workgroups_per_dimension,
            "max_compute_invocations_per_workgroup": limits.max_compute_invocations_per_workgroup,
            "max_compute_workgroup_storage_size": limits.max_compute_workgroup_storage_size,
            "subgroup_sizes": [gpu.info.subgroup_min_size, gpu.info.subgroup_max_size],
        },
        "threads": std::thread::available_parallelism().map_or(1, usize::from),
        "clock": if stopwatch.has_gpu_clock() { "gpu" } else { "wall" },
        "clock_reason": stopwatch.verdict(),
        "cases": sizes
            .iter()
            .flat_map(|size| (0..size.rows.len()).map(move |index| case(size, index)))
            .collect::<Vec<_>>(),
        "ceilings": sizes.last().map(ceilings),
        "ceilings_by_size": sizes.iter().map(ceilings).collect::<Vec<_>>(),
    })
}
