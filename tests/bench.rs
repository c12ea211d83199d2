//! `microtome bench` as it is used, and that it prints no figure of a kernel that is wrong.

mod common;

use std::collections::BTreeMap;
use std::process::{Command, Output};

use common::gpu::gpu;
use microtome::gpu::{Gpu, GpuError, Readback, Tuning};
use microtome::reduce::bench::{
    BenchError, Contender, Effort, Found, Pattern, SAMPLE_TYPES, Stopwatch, Subject, Took, kernels, measure, on_cpu,
    on_gpu, variants,
};
use microtome::session::upload_kernels;
use microtome::volume::SampleType;
use serde_json::Value;

fn bench(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_microtome"))
        .arg("bench")
        .args(args)
        .output()
        .expect("the program starts")
}

fn ok(args: &[&str]) -> String {
    let output = bench(args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.is_empty(), "{args:?}: {stderr}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn names(sample_type: SampleType) -> Vec<String> {
    let kernels = kernels().into_iter().chain(upload_kernels());
    kernels
        .filter(|kernel| kernel.is_for(sample_type))
        .map(|kernel| kernel.name)
        .collect()
}

#[test]
fn every_kernel_is_measured_on_every_type_and_is_exact() {
    if gpu().is_none() {
        return;
    }
    let bench: Value = serde_json::from_str(&ok(&["--json", "--quick", "--size", "1"])).expect("JSON");
    let number = |value: &Value| value.as_f64().expect("a number");
    let mut cases = bench["cases"].as_array().expect("a list").iter();
    for sample_type in SAMPLE_TYPES {
        for name in names(sample_type) {
            let case = cases.next().expect("a case per kernel, type and data");
            assert_eq!(case["kernel"], name);
            assert_eq!(case["dtype"], sample_type.dtype());
            assert_eq!(case["data"], Pattern::Image.name());
            assert_eq!(case["exact"], true);
            assert_eq!(case["bytes"], 1 << 20);
            assert_eq!(case["voxels"], (1 << 20) / sample_type.bytes());
            assert_eq!(case["size_mib"], 1);
            let runs = case["runs"].as_u64().expect("a number");
            // Slow ones are not waited for.
            assert!(
                runs >= 3 || (runs >= 1 && number(&case["seconds_median"]) >= 0.1),
                "{case}"
            );
            assert!(number(&case["seconds_min"]) > 0.0);
            assert!(number(&case["seconds_min"]) <= number(&case["seconds_median"]));
            assert!(number(&case["spread"]) >= 0.0);
            assert_eq!(case["device"], if name.ends_with("CPU") { "cpu" } else { "gpu" });
            let seconds = match &case["gpu_seconds_median"] {
                Value::Null => number(&case["seconds_median"]),
                by_gpu => number(by_gpu),
            };
            let rate = (1 << 20) as f64 / seconds / 1e9;
            assert!((number(&case["gb_per_s"]) / rate - 1.0).abs() < 1e-6);
            let share = if name.starts_with("upload") {
                "times_upload_alone"
            } else {
                "share_of_read_ceiling"
            };
            assert!(number(&case[share]) > 0.0);
        }
    }
    assert!(cases.next().is_none());
    let by_size = bench["ceilings_by_size"].as_array().expect("a list");
    assert_eq!(by_size.as_slice(), std::slice::from_ref(&bench["ceilings"]));
    for ceiling in ["gpu_read_gb_per_s", "gpu_copy_gb_per_s", "cpu_read_gb_per_s"] {
        assert!(number(&bench["ceilings"][ceiling]) > 0.0);
    }
    for text in ["adapter", "backend", "driver", "clock_reason"] {
        assert!(!bench[text].as_str().expect("text").is_empty(), "{text}");
    }
    assert!(bench["clock"] == "gpu" || bench["clock"] == "wall");
    assert!(number(&bench["limits"]["max_compute_workgroup_storage_size"]) > 0.0);
    assert!(number(&bench["threads"]) >= 1.0);
}

#[test]
fn the_table_has_what_was_asked_for_and_fits_a_terminal() {
    if gpu().is_none() {
        return;
    }
    let data = [
        "--kernel",
        "minmax,upload",
        "--dtype",
        "float32",
        "--data",
        "constant,image",
    ];
    let table = ok(&[&["--quick", "--size", "2,1"], data.as_slice()].concat());
    for line in table.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.contains("float32"))
        .map(|line| {
            line.split("  ")
                .map(str::trim)
                .filter(|cell| !cell.is_empty())
                .collect()
        })
        .collect();
    let wanted: Vec<String> = names(SampleType::F32)
        .into_iter()
        .filter(|name| name.contains("minmax") || name.contains("upload"))
        .collect();
    assert!(wanted.len() >= 4 && wanted.len() < names(SampleType::F32).len());
    assert_eq!(rows.len(), wanted.len() * 2 * 2, "{table}");
    for (row, name) in rows.iter().zip(wanted.iter().cycle()) {
        assert!(row[0].starts_with(name.as_str()), "{row:?}");
    }
    for (half, mib) in table
        .split("\n2 MiB:")
        .nth(1)
        .expect("a size")
        .split("\n1 MiB:")
        .zip([2, 1])
    {
        for pattern in ["constant", "image"] {
            let of_pattern = half.lines().filter(|line| line.contains(pattern)).count();
            assert_eq!(of_pattern, wanted.len(), "{pattern}, {mib} MiB: {table}");
        }
    }
    assert!(table.contains("GPU read") && table.contains("adapter"));
}

#[test]
fn every_shape_of_the_kernels_is_exact() {
    let Some(gpu) = gpu() else { return };
    let filter = ["--quick", "--size", "1", "--dtype", "uint8", "--variants", "--json"];
    let bench: Value = serde_json::from_str(&ok(&filter)).expect("JSON");
    let cases = bench["cases"].as_array().expect("a list");
    let shapes = variants(&gpu);
    assert!(shapes.len() >= 20);
    assert_eq!(cases.len(), names(SampleType::U8).len() + shapes.len());
    for shape in shapes {
        let is_it = |case: &&Value| case["kernel"] == shape.name && case["exact"] == true;
        assert_eq!(cases.iter().filter(is_it).count(), 1, "{}", shape.name);
    }
}

#[test]
fn the_naive_kernel_is_there_to_be_compared_with() {
    if gpu().is_none() {
        return;
    }
    let bench = ok(&["--size", "1", "--kernel", "naive", "--json"]);
    let bench: Value = serde_json::from_str(&bench).expect("JSON");
    let cases = bench["cases"].as_array().expect("a list");
    assert_eq!(cases.len(), Pattern::ALL.len());
    for (case, pattern) in cases.iter().zip(Pattern::ALL) {
        assert_eq!(case["kernel"], "minmax, naive");
        assert_eq!((&case["dtype"], &case["exact"]), (&"uint16".into(), &true.into()));
        assert_eq!(case["data"], pattern.name());
    }
}

#[test]
fn what_cannot_be_measured_is_one_line() {
    for (args, said) in [
        (["--size", "0"], "0 is not in 1..=1024"),
        (["--size", "2000"], "2000 is not in 1..=1024"),
        (["--dtype", "uint64"], "none of uint8, uint16"),
        (["--data", "noise"], "none of uniform, constant, image"),
    ] {
        let output = bench(&args);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(output.stdout.is_empty() && stderr.contains(said), "{stderr}");
    }
    if gpu().is_none() {
        return;
    }
    let output = bench(&["--kernel", "maxmin", "--quick"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: no kernel has maxmin in its name\n"
    );
}

/// A histogram of 16-bit voxels that leaves out the last SKIPPED of every plane.
const HISTOGRAM: &str = "
    @group(0) @binding(0) var voxels: texture_3d<u32>;
    @group(0) @binding(1) var<storage, read_write> bins: array<atomic<u32>>;
    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) at: vec3<u32>) {
        let size = textureDimensions(voxels);
        if at.y * size.x + at.x < size.x * size.y - SKIPPEDu {
            atomicAdd(&bins[textureLoad(voxels, at, 0).x], 1u);
        }
    }";

struct Counter {
    pipeline: wgpu::ComputePipeline,
    bind_group: wgpu::BindGroup,
    bins: wgpu::Buffer,
}

impl Counter {
    fn new(gpu: &Gpu, subject: &Subject, source: &str) -> Self {
        let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("a kernel on trial"),
            source: wgpu::ShaderSource::Wgsl(source.into()),
        });
        let pipeline = gpu.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("a kernel on trial"),
            layout: None,
            module: &module,
            entry_point: Some("main"),
            compilation_options: Default::default(),
            cache: None,
        });
        let bins = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("bins"),
            size: 65536 * 4,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("a kernel on trial"),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: wgpu::BindingResource::TextureView(subject.textures.view(0, 0)),
                },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: bins.as_entire_binding(),
                },
            ],
        });
        Self {
            pipeline,
            bind_group,
            bins,
        }
    }

    fn encode(&self, encoder: &mut wgpu::CommandEncoder, subject: &Subject) {
        let [z, y, x] = subject.extent.size().map(|n| n as u32);
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.dispatch_workgroups(x / 64, y, z);
    }
}

impl Contender for Counter {
    fn run(&mut self, stopwatch: &Stopwatch<'_>, subject: &Subject) -> Result<Took, GpuError> {
        stopwatch.gpu_run(|encoder| {
            self.encode(encoder, subject);
            Ok(())
        })
    }

    fn find(&mut self, gpu: &Gpu, subject: &Subject) -> Result<Vec<Found>, GpuError> {
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        encoder.clear_buffer(&self.bins, 0, None);
        self.encode(&mut encoder, subject);
        let readback = Readback::of_buffer(gpu, &mut encoder, &self.bins);
        gpu.queue.submit([encoder.finish()]);
        readback.map();
        let counts = bytemuck::pod_collect_to_vec::<u8, u32>(&readback.wait(gpu)?);
        Ok(vec![Found::Counts(counts.into_iter().map(u64::from).collect())])
    }
}

#[test]
fn a_broken_kernel_gets_no_row() {
    let Some(gpu) = gpu() else { return };
    let stopwatch = Stopwatch::new(&gpu).expect("the adapter works");
    for pattern in Pattern::ALL {
        let subject = Subject::new(&gpu, SampleType::U16, pattern, 1 << 20).expect("1 MiB fits");
        let counter = |skipped: &'static str| {
            on_gpu("on trial", move |gpu, subject| {
                Ok(Counter::new(gpu, subject, &HISTOGRAM.replace("SKIPPED", skipped)))
            })
        };
        let row = measure(&stopwatch, &subject, &counter("0"), Effort::QUICK).expect("it is right");
        assert_eq!((row.kernel.as_str(), row.voxels), ("on trial", 1 << 19));
        match measure(&stopwatch, &subject, &counter("1"), Effort::QUICK) {
            Err(error @ BenchError::Wrong { .. }) => {
                let said = error.to_string();
                assert!(
                    said.starts_with(&format!("on trial of uint16 ({pattern}) is wrong")),
                    "{said}"
                );
            }
            Err(error) => panic!("{error}"),
            Ok(row) => panic!("a row for a kernel that leaves out two voxels: {row:?}"),
        }
    }
}

/// Right when it is asked first, and wrong from then on.
struct Fickle(Vec<Found>, u32);

impl Contender for Fickle {
    fn run(&mut self, stopwatch: &Stopwatch<'_>, _: &Subject) -> Result<Took, GpuError> {
        stopwatch.wall_run(|| Ok(()))
    }

    fn find(&mut self, _: &Gpu, _: &Subject) -> Result<Vec<Found>, GpuError> {
        self.1 += 1;
        Ok(if self.1 == 1 { self.0.clone() } else { Vec::new() })
    }
}

#[test]
fn a_kernel_that_does_not_stay_right_gets_no_row() {
    let Some(gpu) = gpu() else { return };
    let stopwatch = Stopwatch::new(&gpu).expect("the adapter works");
    let subject = Subject::new(&gpu, SampleType::U8, Pattern::Image, 1 << 20).expect("1 MiB fits");
    let fickle = on_gpu("fickle", |gpu, subject| {
        let right = kernels().swap_remove(0).prepare(gpu, subject)?.find(gpu, subject)?;
        Ok(Fickle(right, 0))
    });
    let Err(error) = measure(&stopwatch, &subject, &fickle, Effort::QUICK) else {
        panic!("a row for a kernel that found nothing in the end");
    };
    assert!(error.to_string().contains("it found nothing"), "{error}");

    let wrong = on_cpu("wrong on the CPU", |_| vec![Found::Range(Default::default())]);
    assert!(measure(&stopwatch, &subject, &wrong, Effort::QUICK).is_err());
}

#[test]
fn the_fastest_shapes_are_kept_and_used() {
    if gpu().is_none() {
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_microtome"))
            .args(args)
            .envs(["HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"].map(|name| (name, home.path())))
            .output()
            .expect("the program starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {stderr}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let told = run(&["bench", "--tune", "--quick", "--size", "1"]);
    let line = told.lines().find_map(|line| line.strip_prefix("kept in "));
    let path = line.expect("it says where");
    let kept = std::fs::read_to_string(path).expect("it is there");
    let tunings: BTreeMap<String, Tuning> = serde_json::from_str(&kept).expect("tunings by adapter");
    let caps = &gpu().expect("as before").caps;
    assert!(tunings.len() == 1 && tunings.values().all(|tuning| tuning.is_possible(caps)));
    // Other shapes, impossible ones and rubbish: the same numbers.
    let numbers = || {
        let told = run(&["stats", "sample:kidney", "--device", "gpu", "--z", "0:2"]);
        told.lines()
            .filter(|line| !line.contains("measured in"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let right = numbers();
    assert!(right.starts_with("range: "), "{right}");
    let odd = kept.replace("\"join\": \"", "\"join\": \"x");
    for text in [
        kept.replace("8,", "4,"),
        kept.replace("1,", "100000,"),
        odd,
        "rubbish".into(),
    ] {
        std::fs::write(path, text).expect("a writable folder");
        assert_eq!(numbers(), right);
    }
}

#[test]
fn impossible_shapes_are_not_used() {
    let Some(gpu) = gpu() else { return };
    let possible = |minmax_lanes| {
        let tuning = Tuning {
            minmax_lanes,
            ..Tuning::SOFTWARE
        };
        tuning.is_possible(&gpu.caps)
    };
    assert!(Tuning::SOFTWARE.is_possible(&gpu.caps) && Tuning::HARDWARE.is_possible(&gpu.caps));
    for lanes in [
        [0, 1, 1],
        [1, 0, 1],
        [8, 1, 3],
        [8, 1, 0],
        [64, 1, 8],
        [257, 1, 1],
        [64, 5, 1],
        [u32::MAX; 3],
    ] {
        assert!(!possible(lanes), "{lanes:?}");
    }
}
