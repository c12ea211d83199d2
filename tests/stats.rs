//! `stats` through the command line: every number of every sample type, of any region, on either device, against plain
//! counting of the same voxels.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::gpu::{random_between, random_bits, voxels_of};
use common::tiff_writer::{Layout, Page, Values};
use microtome::reduce::{percentile_from_neighbours, ranks_of_percentile, twin};
use microtome::volume::{SampleType, Value as Voxel};
use serde_json::{Value, json};

fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_microtome"));
    command.args(args).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command.output().expect("the program starts")
}

/// Runs what must succeed without a warning and returns its stdout.
fn ok(args: &[&str]) -> String {
    let output = run(args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.is_empty(), "{args:?}: {stderr}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn stats(args: &[&str]) -> Value {
    let args = [&["stats", "--json"], args].concat();
    serde_json::from_str(&ok(&args)).expect("JSON")
}

fn has_gpu() -> bool {
    let adapters: Value = serde_json::from_str(&ok(&["adapters", "--json"])).expect("JSON");
    let found = !adapters["adapters"].as_array().expect("a list").is_empty();
    let is_required = std::env::var_os("MICROTOME_REQUIRE_GPU").is_some();
    assert!(found || !is_required, "no graphics adapter, and one is required");
    found
}

/// An image as it lies in a file: planes of rows of columns of channels, (z, y, x, c), in native byte order.
struct Image {
    sample_type: SampleType,
    shape: [usize; 4],
    voxels: Vec<u8>,
}

impl Image {
    fn new(sample_type: SampleType, shape: [usize; 4], voxels: Vec<u8>) -> Self {
        assert_eq!(voxels.len(), shape.iter().product::<usize>() * sample_type.bytes());
        Self {
            sample_type,
            shape,
            voxels,
        }
    }

    /// One row of one channel.
    fn row(sample_type: SampleType, voxels: Vec<u8>) -> Self {
        let width = voxels.len() / sample_type.bytes();
        Self::new(sample_type, [1, 1, width, 1], voxels)
    }

    /// Written as pages of one strip with all channels of a voxel beside each other.
    fn write(&self, folder: &Path) -> PathBuf {
        let [z, y, x, c] = self.shape;
        let bits = self.sample_type.bytes() as u16 * 8;
        let format = match self.sample_type {
            float if float.is_float() => 3,
            signed if signed.is_signed_integer() => 2,
            _ => 1,
        };
        let planes = self.voxels.chunks(self.voxels.len() / z);
        let pages: Vec<Page> = planes
            .map(|plane| {
                Page::gray(x as u32, y as u32, bits, format, plane.to_vec())
                    .with(277, Values::Short(vec![c as u16]))
                    .with(258, Values::Short(vec![bits; c]))
                    .with(339, Values::Short(vec![format; c]))
                    .with(338, Values::Short(vec![0; c - 1]))
            })
            .map(|page| {
                if c == 1 {
                    Page {
                        tags: page.tags.into_iter().filter(|tag| tag.0 != 338).collect(),
                        ..page
                    }
                } else {
                    page
                }
            })
            .collect();
        let layout = Layout {
            is_big_endian: cfg!(target_endian = "big"),
            is_bigtiff: false,
        };
        let path = folder.join(format!("{}-{z}-{y}-{x}-{c}.tif", self.sample_type));
        std::fs::write(&path, layout.write(&pages)).expect("it can be written");
        path
    }

    /// The voxels of a channel in a box.
    fn part(&self, channel: usize, ranges: [std::ops::Range<usize>; 3]) -> Vec<u8> {
        let [_, height, width, channels] = self.shape;
        let bytes = self.sample_type.bytes();
        let [zs, ys, xs] = ranges;
        let mut part = Vec::new();
        for z in zs {
            for y in ys.clone() {
                for x in xs.clone() {
                    let place = (((z * height + y) * width + x) * channels + channel) * bytes;
                    part.extend(&self.voxels[place..place + bytes]);
                }
            }
        }
        part
    }

    fn whole(&self, channel: usize) -> Vec<u8> {
        let [z, y, x, _] = self.shape;
        self.part(channel, [0..z, 0..y, 0..x])
    }
}

/// A number as it is after it was printed and read again: the reader of JSON may be off by the last bit, and is so in
/// the same way on either side.
fn printed(number: f64) -> Option<f64> {
    serde_json::from_str(&json!(number).to_string()).ok()
}

/// Whether a printed number is this one.
fn assert_number(found: &Value, wanted: Voxel, what: &str) {
    match wanted {
        Voxel::Integer(wanted) => assert_eq!(found.to_string(), wanted.to_string(), "{what}"),
        Voxel::Float(wanted) => assert_eq!(found.as_f64(), printed(wanted), "{what}"),
    }
}

/// Compares all that is printed of a channel with the twin of its voxels.
fn assert_channel(found: &Value, voxels: &[u8], sample_type: SampleType, percentiles: &[f64], what: &str) {
    let numbers = twin::numbers(voxels, sample_type);
    let sorted = &numbers.sorted_values;
    assert_eq!(found["count"], sorted.len(), "{what}");
    assert_eq!(found["non_finite"], numbers.non_finite, "{what}");
    let Some((low, high)) = numbers.range else {
        for key in ["min", "max", "mean", "std", "bit_depth"] {
            assert_eq!(found[key], Value::Null, "{what}: {key}");
        }
        for key in ["percentiles", "percentiles_lower", "percentiles_higher"] {
            assert_eq!(found[key], json!({}), "{what}: {key}");
        }
        assert_eq!(found["histogram"], json!({"edges": [], "counts": []}), "{what}");
        return;
    };
    assert_number(&found["min"], low, what);
    assert_number(&found["max"], high, what);
    let equal = |value| sorted.iter().filter(|voxel| **voxel == value).count();
    assert_eq!(found["at_min"], equal(low), "{what}");
    assert_eq!(found["at_max"], equal(high), "{what}");
    assert_eq!(
        found["mean"].as_f64(),
        numbers.moments.mean().and_then(printed),
        "{what}"
    );
    assert_eq!(found["std"].as_f64(), numbers.moments.std().and_then(printed), "{what}");
    assert_eq!(found["bit_depth"].is_u64(), !sample_type.is_float(), "{what}");
    let counts = found["histogram"]["counts"].as_array().expect("a list");
    assert_eq!(
        counts.iter().filter_map(Value::as_u64).sum::<u64>(),
        sorted.len() as u64,
        "{what}"
    );
    assert_eq!(
        found["percentiles"].as_object().expect("an object").len(),
        percentiles.len()
    );
    for percent in percentiles {
        let key = percent.to_string();
        let what = format!("{what}, percentile {key}");
        let place = (sorted.len() - 1) as f64 * (percent / 100.0);
        let (lower, higher) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
        assert_number(&found["percentiles_lower"][&key], lower, &what);
        assert_number(&found["percentiles_higher"][&key], higher, &what);
        let (.., fraction) = ranks_of_percentile(*percent, sorted.len() as u64);
        let wanted = percentile_from_neighbours(lower.as_f64(), higher.as_f64(), fraction);
        let found = &found["percentiles"][&key];
        let is_whole = !found.is_f64();
        let wanted = if is_whole { Some(wanted) } else { printed(wanted) };
        assert_eq!(found.as_f64(), wanted, "{what}");
    }
}

const PERCENTILES: [f64; 5] = [0.1, 1.0, 50.0, 99.0, 99.9];

/// Numbers alone: without what says who found them, and when.
fn without_device(mut stats: Value) -> Value {
    for key in ["device", "adapter", "seconds"] {
        assert_ne!(stats[key].take(), Value::Null, "{key}");
    }
    stats
}

/// Measures a file on every device and compares all numbers.
fn check(image: &Image, devices: &[&str], what: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = image.write(folder.path());
    let path = path.to_str().expect("UTF-8");
    let mut first: Option<Value> = None;
    for device in devices {
        let found = stats(&[path, "--device", device, "--check-cpu"]);
        let is_gpu = *device == "gpu" && !image.sample_type.is_wide();
        assert_eq!(found["device"], if is_gpu { "gpu" } else { "cpu" }, "{what}");
        let channels = found["channels"].as_array().expect("a list");
        assert_eq!(channels.len(), image.shape[3], "{what}");
        for (channel, numbers) in channels.iter().enumerate() {
            let what = format!("{what}, {device}, channel {channel}");
            assert_channel(numbers, &image.whole(channel), image.sample_type, &PERCENTILES, &what);
        }
        let found = without_device(found);
        assert_eq!(
            first.get_or_insert_with(|| found.clone()),
            &found,
            "{what}: devices agree"
        );
    }
}

#[test]
fn every_number_of_every_type_on_every_device() {
    let devices: &[&str] = if has_gpu() { &["cpu", "gpu"] } else { &["cpu"] };
    for (index, sample_type) in SampleType::ALL.into_iter().enumerate() {
        let shape = [3, 41, 43, 3];
        let voxels = random_bits(sample_type, shape.iter().product::<usize>() as u64, 300 + index as u64);
        check(&Image::new(sample_type, shape, voxels), devices, sample_type.dtype());
    }
}

#[test]
fn sizes_and_values_that_are_special() {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    for (index, sample_type) in SampleType::ALL.into_iter().enumerate() {
        for count in [1, 2, 3, 7, 8191, 16411, 65537] {
            let voxels = random_bits(sample_type, count, 400 + index as u64);
            check(
                &Image::row(sample_type, voxels),
                &["cpu"],
                &format!("{count} of {sample_type}"),
            );
        }
        let voxels = voxels_of(sample_type, vec![101.0; 20_000]);
        check(
            &Image::row(sample_type, voxels),
            &["cpu"],
            &format!("{sample_type}, all equal"),
        );
        let voxels = random_between(sample_type, 30_000, (90.0, 100.0), 5);
        check(
            &Image::row(sample_type, voxels),
            &["cpu"],
            &format!("{sample_type}, close together"),
        );
        if !sample_type.is_float() {
            continue;
        }
        let tiny = match sample_type {
            SampleType::F16 => 2f64.powi(-24),
            SampleType::F32 => 2f64.powi(-149),
            _ => f64::from_bits(1),
        };
        for (what, list) in [
            ("all NaN", vec![nan; 17]),
            ("nothing finite", vec![nan, inf, -inf]),
            ("infinities", vec![inf, 2.0, -inf, -3.0, nan]),
            ("zeros", vec![-0.0, 0.0, -0.0]),
            ("negative zeros", vec![-0.0; 9]),
            ("denormals", vec![tiny, -tiny, 3.0 * tiny, -0.0, 5.0 * tiny, 1.0]),
        ] {
            let voxels = voxels_of(sample_type, list);
            check(
                &Image::row(sample_type, voxels),
                &["cpu"],
                &format!("{sample_type}, {what}"),
            );
        }
    }
    for (sample_type, low, high) in [
        (SampleType::I32, f64::from(i32::MIN), f64::from(i32::MAX)),
        (SampleType::U32, 0.0, f64::from(u32::MAX)),
        (SampleType::I64, i64::MIN as f64, i64::MAX as f64),
        (SampleType::U64, 0.0, u64::MAX as f64),
        (SampleType::F64, f64::MIN, f64::MAX),
    ] {
        let voxels = voxels_of(sample_type, [high, low, high, 1.0, high]);
        check(
            &Image::row(sample_type, voxels),
            &["cpu"],
            &format!("{sample_type}, the full range"),
        );
    }
}

#[test]
fn numbers_that_are_known() {
    // numpy.mean, numpy.std and numpy.histogram of [-8, 1, 3, 3, 7].
    let folder = tempfile::tempdir().expect("a folder");
    let image = Image::row(SampleType::I16, voxels_of(SampleType::I16, [3.0, -8.0, 7.0, 1.0, 3.0]));
    let path = image.write(folder.path());
    let path = path.to_str().expect("UTF-8");
    let found = &stats(&[path, "--device", "cpu"])["channels"][0];
    assert_eq!(found["mean"], 1.2);
    assert_eq!(found["std"].as_f64(), Some(24.96f64.sqrt()));
    assert_eq!(found["bit_depth"], 4);
    let edges: Vec<i64> = (-8..=8).collect();
    let mut counts = [0; 16];
    for value in [-8i64, 1, 3, 3, 7] {
        counts[(value + 8) as usize] += 1;
    }
    assert_eq!(found["histogram"], json!({"edges": edges, "counts": counts}));
    let text = ok(&["stats", path, "--device", "cpu"]);
    assert!(
        text.contains("mean for channel 0: 1.2, standard deviation 4.995998398718719, 5 finite voxels, 4 bits"),
        "{text}"
    );
    assert!(
        text.contains("region: t 0:1, channels 0, z 0:1, y 0:1, x 0:5"),
        "{text}"
    );
    assert!(text.lines().last().expect("a line").contains(" s on CPU ("), "{text}");
}

#[test]
fn regions_are_those_that_numpy_cuts() {
    let shape = [6, 37, 41, 3];
    let voxels = random_bits(SampleType::U16, shape.iter().product::<usize>() as u64, 17);
    let image = Image::new(SampleType::U16, shape, voxels);
    let folder = tempfile::tempdir().expect("a folder");
    let path = image.write(folder.path());
    let path = path.to_str().expect("UTF-8");
    let devices: &[&str] = if has_gpu() { &["cpu", "gpu"] } else { &["cpu"] };
    type Case<'a> = (&'a [&'a str], [std::ops::Range<usize>; 3], &'a [usize]);
    let cases: [Case<'_>; 6] = [
        (&["--z", "2"], [2..3, 0..37, 0..41], &[0, 1, 2]),
        (&["--z", "-1", "--t", "0"], [5..6, 0..37, 0..41], &[0, 1, 2]),
        (
            &["--z", "1:4", "--y", "-10:", "--x", ":7"],
            [1..4, 27..37, 0..7],
            &[0, 1, 2],
        ),
        (
            &["--y", "5:-5", "--x", "-3:-1", "--channels", "1"],
            [0..6, 5..32, 38..40],
            &[1],
        ),
        (
            &["--channels", "2,0", "--x", "40", "--t", "-1:"],
            [0..6, 0..37, 40..41],
            &[0, 2],
        ),
        (&["--z", ":", "--t", "0:1"], [0..6, 0..37, 0..41], &[0, 1, 2]),
    ];
    for (options, [z, y, x], channels) in cases {
        for device in devices {
            let args = [&[path, "--device", device, "--check-cpu"], options].concat();
            let found = stats(&args);
            let pair = |range: &std::ops::Range<usize>| json!([range.start, range.end]);
            let region = json!({"t": [0, 1], "channels": channels, "z": pair(&z), "y": pair(&y), "x": pair(&x)});
            assert_eq!(found["region"], region, "{options:?}");
            let listed = found["channels"].as_array().expect("a list");
            assert_eq!(listed.len(), channels.len());
            for (numbers, &channel) in listed.iter().zip(channels) {
                assert_eq!(numbers["channel"], channel);
                let part = image.part(channel, [z.clone(), y.clone(), x.clone()]);
                assert_channel(
                    numbers,
                    &part,
                    SampleType::U16,
                    &PERCENTILES,
                    &format!("{options:?}, {device}"),
                );
            }
        }
    }
    let text = ok(&["stats", path, "--device", "cpu", "--channels", "2", "--z", "3:"]);
    assert!(
        text.contains("range for channel 2: ") && !text.contains("channel 0"),
        "{text}"
    );
    assert!(
        text.contains("region: t 0:1, channels 2, z 3:6, y 0:37, x 0:41"),
        "{text}"
    );
}

#[test]
fn neighbours_of_percentiles_are_exact_at_any_q() {
    let folder = tempfile::tempdir().expect("a folder");
    for (sample_type, count) in [
        (SampleType::U8, 1009),
        (SampleType::U16, 997),
        (SampleType::F16, 1013),
        (SampleType::I32, 500),
        (SampleType::F32, 1021),
        (SampleType::I64, 211),
        (SampleType::F64, 307),
    ] {
        let voxels = random_bits(sample_type, count, 1000 + count);
        let image = Image::row(sample_type, voxels);
        let path = image.write(folder.path());
        // A hundred at a time: whole ones, thirds, and ranks that are hit exactly.
        let lists: [Vec<f64>; 3] = [
            (0..100).map(f64::from).collect(),
            (0..100).map(|i| f64::from(i) + 1.0 / 3.0).collect(),
            (0..100)
                .map(|i| f64::from(i) * 100.0 / 99.0)
                .map(|q: f64| q.min(100.0))
                .collect(),
        ];
        for list in lists {
            let text: Vec<String> = list.iter().map(f64::to_string).collect();
            let found = stats(&[
                path.to_str().expect("UTF-8"),
                "--device",
                "cpu",
                "--percentiles",
                &text.join(","),
            ]);
            let channel = &found["channels"][0];
            assert_channel(channel, &image.voxels, sample_type, &list, sample_type.dtype());
        }
    }
}

#[test]
fn the_cpu_needs_no_adapter_and_auto_says_what_it_took() {
    let folder = tempfile::tempdir().expect("a folder");
    let image = Image::row(SampleType::U8, random_bits(SampleType::U8, 100, 1));
    let path = image.write(folder.path());
    let path = path.to_str().expect("UTF-8");
    let on_cpu = stats(&[path, "--device", "cpu", "--adapter", "no such adapter"]);
    assert_eq!(on_cpu["device"], "cpu");
    assert!(on_cpu["adapter"].as_str().expect("text").starts_with("CPU ("));
    for device in ["auto", "gpu"] {
        let output = run(&["stats", path, "--device", device, "--adapter", "no such adapter"]);
        assert_eq!(output.status.code(), Some(1), "{device}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("no such adapter"));
    }
    let auto = stats(&[path]);
    let is_software = auto["adapter"].as_str().expect("text").contains("llvmpipe");
    assert!(
        !is_software,
        "a software adapter is never better than the CPU it runs on: {auto}"
    );
    assert_eq!(without_device(auto), without_device(on_cpu));
    if has_gpu() {
        let adapters: Value = serde_json::from_str(&ok(&["adapters", "--json"])).expect("JSON");
        let name = adapters["adapters"][0]["name"].as_str().expect("a name");
        let named = stats(&[path, "--adapter", name]);
        assert_eq!(named["device"] == "cpu", name.contains("llvmpipe"), "{named}");
    }
}

#[test]
fn regions_that_are_not_there_are_refused_in_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let image = Image::new(SampleType::U8, [4, 5, 6, 2], random_bits(SampleType::U8, 240, 1));
    let path = image.write(folder.path());
    let path = path.to_str().expect("UTF-8");
    for (options, part) in [
        (&["--z", "4"][..], "--z 4: planes: they count from 0 to 3"),
        (&["--z", "-5:"], "--z -5:: planes: they count from 0 to 3"),
        (&["--y", "0:6"], "--y 0:6: rows: they count from 0 to 4"),
        (&["--x", "4:-3"], "--x 4:-3: columns: nothing is between 4 and 3"),
        (&["--t", "1"], "--t 1: time points: they count from 0 to 0"),
        (&["--channels", "0,2"], "there is no channel 2: they count from 0 to 1"),
    ] {
        let output = run(&[&["stats", path, "--device", "cpu"], options].concat());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{options:?}: {stderr}");
        assert!(
            output.stdout.is_empty() && stderr.lines().count() == 1,
            "{options:?}: {stderr}"
        );
        assert!(
            stderr.starts_with("error: ") && stderr.contains(part),
            "{options:?}: {stderr}"
        );
    }
    let many = vec!["1"; 101].join(",");
    for options in [
        &["--z", "3:3"][..],
        &["--z", "3:1"],
        &["--x", "a:b"],
        &["--t", "1.5"],
        &["--y", "1:2:3"],
        &["--y", ""],
        &["--channels", "one"],
        &["--percentiles", "101"],
        &["--percentiles", "-1"],
        &["--percentiles", "NaN"],
        &["--percentiles", &many],
        &["--device", "abacus"],
    ] {
        let output = run(&[&["stats", path], options].concat());
        assert_eq!(output.status.code(), Some(2), "{options:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{options:?}");
    }
}
