//! Every image of `../shared/data`, compared with its `truth.json`: voxels by hash, shape, axes, type, ranges of the
//! channels, voxel size, channel names and levels; and malformed files, none of which may panic or take long.
//!
//! `MICROTOME_SHARED` is another place of `shared`; `MICROTOME_CORPUS` names folders (with `:` between them) that its
//! `tools/make_corpus.py write` filled, which are checked in the same way. With `--nocapture`, what was refused and why,
//! and how many of each group passed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use microtome::source::tiff::{OpenOptions, TiffSource, open};
use microtome::source::{Source, SourceError};
use microtome::volume::{Box3, Region};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What became of a file.
enum Outcome {
    Passed,
    Refused(String),
    Failed(String),
}

/// Files of `../shared/data` that are read right; more is better, fewer is a step back.
const KNOWN_TO_PASS: usize = 85;
/// Counts that a lossy codec may be off: decoders round differently.
const LOSSY_COUNTS: f64 = 4.0;
/// Voxels of damaged files that are read before that is enough.
const MAX_DAMAGED_BYTES: u64 = 64 << 20;

fn shared_data() -> Option<PathBuf> {
    let shared = std::env::var_os("MICROTOME_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let data = shared.join("data");
    if data.join("truth.json").is_file() {
        return Some(data);
    }
    println!("skipped: {} is not here", data.display());
    None
}

fn truth_of(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("truth.json")).expect("truth.json can be read");
    serde_json::from_str(&text).expect("truth.json is JSON")
}

/// All voxels in (t, c, z, y, x) order, little-endian; on the way, boxes are compared with the whole.
fn read_all(source: &TiffSource, wrong: &mut Vec<String>) -> Result<Vec<u8>, SourceError> {
    let dataset = source.dataset();
    let width = dataset.sample_type.bytes();
    let mut all = Vec::new();
    for t in 0..dataset.shape.t {
        let whole = Region {
            level: 0,
            t,
            c: 0..dataset.shape.c,
            zyx: dataset.shape.volume_box(),
        };
        let mut voxels = vec![0xa5; whole.voxels() as usize * width];
        source.read(&whole, &mut voxels)?;
        for seed in 0..4 {
            check_box(source, &whole, &voxels, seed, wrong)?;
        }
        if cfg!(target_endian = "big") {
            voxels.chunks_exact_mut(width).for_each(<[u8]>::reverse);
        }
        all.extend(voxels);
    }
    Ok(all)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One little-endian voxel; 64-bit integers as the nearest.
fn value_of(voxel: &[u8], dtype: &str) -> f64 {
    let mut wide = [0; 8];
    wide[..voxel.len()].copy_from_slice(voxel);
    let bits = u64::from_le_bytes(wide);
    match dtype {
        "float16" => half::f16::from_bits(bits as u16).to_f64(),
        "float32" => f32::from_bits(bits as u32).into(),
        "float64" => f64::from_bits(bits),
        signed if signed.starts_with("int") => {
            let unused = 64 - 8 * voxel.len();
            ((bits << unused) as i64 >> unused) as f64
        }
        _ => bits as f64,
    }
}

/// Reads a box somewhere in `whole`, whose voxels are known.
fn check_box(
    source: &TiffSource,
    whole: &Region,
    voxels: &[u8],
    seed: u64,
    wrong: &mut Vec<String>,
) -> Result<(), SourceError> {
    let width = source.dataset().sample_type.bytes();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    let mut part = |range: &std::ops::Range<u64>| {
        let mut below = |n: u64| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 33) % n
        };
        let start = below(range.end);
        start..start + 1 + below(range.end - start)
    };
    let zyx = Box3 {
        z: part(&whole.zyx.z),
        y: part(&whole.zyx.y),
        x: part(&whole.zyx.x),
    };
    let region = Region {
        c: part(&whole.c),
        zyx,
        ..whole.clone()
    };
    let mut found = vec![0x5a; region.voxels() as usize * width];
    source.read(&region, &mut found)?;
    let [depth, height, columns] = whole.zyx.size();
    let mut expected = Vec::with_capacity(found.len());
    for c in region.c.clone() {
        for z in region.zyx.z.clone() {
            for y in region.zyx.y.clone() {
                let row = ((c * depth + z) * height + y) * columns;
                let at = |x: u64| (row + x) as usize * width;
                expected.extend_from_slice(&voxels[at(region.zyx.x.start)..at(region.zyx.x.end)]);
            }
        }
    }
    if found != expected {
        wrong.push(format!("{region:?} differs from the whole"));
    }
    Ok(())
}

/// One comparison: what it is about, what is expected, what was found.
fn compare(wrong: &mut Vec<String>, what: &str, wanted: &Value, found: Value) {
    if *wanted != found {
        wrong.push(format!("{what}: {found} instead of {wanted}"));
    }
}

fn check(path: &Path, truth: &Value, options: &OpenOptions) -> Outcome {
    let source = match open(path, options) {
        Ok(source) => source,
        Err(SourceError::Unsupported(reason)) => return Outcome::Refused(reason),
        Err(error) => return Outcome::Failed(format!("not opened: {error}")),
    };
    let mut wrong = Vec::new();
    let voxels = match read_all(&source, &mut wrong) {
        Ok(voxels) => voxels,
        Err(SourceError::Unsupported(reason)) => return Outcome::Refused(reason),
        Err(error) => return Outcome::Failed(format!("not read: {error}")),
    };
    // What a lossy file should be is told by how another reader decodes it.
    let (expected, is_lossy) = match &truth["decoded_by_tifffile"] {
        Value::Null => (truth, truth["expect"] == "lossy"),
        decoded => (decoded, true),
    };
    wrong.extend(differences(&source, &voxels, expected, is_lossy));
    let other = &truth["also_accept"];
    if !wrong.is_empty() && !other.is_null() && differences(&source, &voxels, other, is_lossy).is_empty() {
        return Outcome::Passed;
    }
    let dataset = source.dataset();
    check_voxel_size(&mut wrong, truth, &source);
    if let Some(channels) = truth["ome_channels"].as_array() {
        for (info, wanted) in dataset.channels.iter().zip(channels) {
            let name = info.name.clone().map_or(Value::Null, Value::from);
            compare(&mut wrong, "channel name", &wanted["name"], name);
        }
    }
    if let Some(levels) = truth["levels"].as_array() {
        check_levels(&mut wrong, levels, &source);
    }
    if !source.damage().is_empty() {
        wrong.push(format!("damage: {:?}", source.damage()));
    }
    if wrong.is_empty() {
        Outcome::Passed
    } else {
        wrong.extend(dataset.warnings.iter().map(|warning| format!("(warning: {warning})")));
        Outcome::Failed(wrong.join("; "))
    }
}

/// Shape and type have to be the same; voxels too, or close to it after a lossy codec.
fn differences(source: &TiffSource, voxels: &[u8], truth: &Value, is_lossy: bool) -> Vec<String> {
    let dataset = source.dataset();
    let mut wrong = Vec::new();
    compare(&mut wrong, "axes", &truth["axes"], dataset.axes.clone().into());
    let stored = dataset.stored_shape.clone();
    compare(&mut wrong, "shape", &truth["shape"], stored.into());
    let shape = dataset.shape;
    let sizes = serde_json::json!({"t": shape.t, "c": shape.c, "z": shape.z, "y": shape.y, "x": shape.x});
    compare(&mut wrong, "sizes", &truth["canonical_shape"], sizes);
    if !is_lossy {
        compare(&mut wrong, "sha256", &truth["sha256"], sha256(voxels).into());
    }
    if truth["dtype"].is_null() {
        return wrong;
    }
    let dtype = dataset.sample_type.dtype();
    compare(&mut wrong, "dtype", &truth["dtype"], dtype.into());

    let tolerance = if is_lossy { LOSSY_COUNTS } else { 0.0 };
    let mut near = |what: String, wanted: &Value, found: f64| {
        let is_near = match wanted.as_f64() {
            // Decimals are read to the last bit but one or so; the hash is what is exact.
            Some(wanted) => (found - wanted).abs() <= tolerance + 4.0 * f64::EPSILON * wanted.abs(),
            None => found.is_nan() || found.is_infinite(),
        };
        if !is_near {
            wrong.push(format!("{what}: {found} instead of {wanted}"));
        }
    };
    let width = dataset.sample_type.bytes();
    let plane = (shape.z * shape.y * shape.x) as usize * width;
    for (c, wanted) in truth["channels"].as_array().into_iter().flatten().enumerate() {
        let of_channel = voxels.chunks_exact(plane).skip(c).step_by(shape.c as usize);
        let values = of_channel.flat_map(|plane| plane.chunks_exact(width));
        let mut values: Vec<f64> = values.map(|voxel| value_of(voxel, dtype)).collect();
        values.retain(|value| value.is_finite());
        values.sort_by(f64::total_cmp);
        let (Some(&low), Some(&high)) = (values.first(), values.last()) else {
            continue;
        };
        near(format!("minimum of channel {c}"), &wanted["min"], low);
        near(format!("maximum of channel {c}"), &wanted["max"], high);
        if is_lossy {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            near(format!("mean of channel {c}"), &wanted["mean"], mean);
            for (name, share) in [("p0_1", 0.001), ("p99_9", 0.999)] {
                let place = (values.len() - 1) as f64 * share;
                near(
                    format!("{name} of channel {c}"),
                    &wanted[name],
                    values[place.round() as usize],
                );
            }
        }
    }
    for sample in truth["samples"].as_array().into_iter().flatten() {
        let extents = [shape.t, shape.c, shape.z, shape.y, shape.x];
        let place = sample["tczyx"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_u64);
        let index = place.zip(extents).fold(0, |index, (at, extent)| index * extent + at) as usize;
        let Some(voxel) = voxels.chunks_exact(width).nth(index) else {
            continue;
        };
        near(
            format!("voxel at {}", sample["tczyx"]),
            &sample["value"],
            value_of(voxel, dtype),
        );
    }
    wrong
}

/// Levels have the sizes they should have, and can be read.
fn check_levels(wrong: &mut Vec<String>, levels: &[Value], source: &TiffSource) {
    let voxels = |level: &Value| {
        let extents = level.as_array();
        extents.map(|shape| shape.iter().filter_map(Value::as_u64).product::<u64>())
    };
    let wanted: Vec<_> = levels.iter().map(voxels).collect();
    let found = &source.dataset().levels;
    if wanted != found.iter().map(|shape| shape.voxels()).collect::<Vec<_>>() {
        wrong.push(format!("levels: {found:?}, not {levels:?}"));
    }
    for (level, shape) in found.iter().enumerate() {
        let region = Region {
            level,
            t: shape.t - 1,
            c: 0..shape.c,
            zyx: shape.volume_box(),
        };
        let mut voxels = vec![0; region.voxels() as usize * source.dataset().sample_type.bytes()];
        if let Err(error) = source.read(&region, &mut voxels) {
            wrong.push(format!("level {level} is not read: {error}"));
        }
    }
}

fn check_voxel_size(wrong: &mut Vec<String>, truth: &Value, source: &TiffSource) {
    let wanted = &truth["physical_size"];
    let is_in_metadata = matches!(wanted["source"].as_str(), Some("ome" | "imagej"));
    if !is_in_metadata || wanted["x"].is_null() {
        return;
    }
    let scale = |axis: char| match wanted[format!("unit_{axis}")].as_str().or(wanted["unit"].as_str()) {
        _ if wanted["source"] == "imagej" => Some(1.0),
        Some("nm") => Some(1e-3),
        Some("mm") => Some(1e3),
        Some("in") => Some(25_400.0),
        Some("pixel") => None,
        _ => Some(1.0),
    };
    let found = source.dataset().voxel_size.as_ref();
    for axis in ['x', 'y', 'z'] {
        let wanted = wanted[axis.to_string()]
            .as_f64()
            .zip(scale(axis))
            .map(|(size, scale)| size * scale);
        let found = found.and_then(|size| match axis {
            'x' => Some(size.x),
            'y' => Some(size.y),
            _ => size.z,
        });
        let is_same = match (wanted, found) {
            (Some(wanted), Some(found)) => (wanted - found).abs() <= 1e-9 * wanted.abs(),
            (wanted, found) => wanted.is_none() && found.is_none(),
        };
        if !is_same {
            wrong.push(format!("voxel size along {axis}: {found:?} instead of {wanted:?}"));
        }
    }
}

/// Prints what became of the files of each group; returns how many passed, and the failed ones.
fn report(outcomes: BTreeMap<(String, String), Outcome>) -> (usize, Vec<String>) {
    let mut groups: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    let mut failed = Vec::new();
    for ((group, name), outcome) in outcomes {
        let counts = groups.entry(group).or_default();
        match outcome {
            Outcome::Passed => counts[0] += 1,
            Outcome::Refused(reason) => {
                counts[1] += 1;
                println!("refused {name}: {reason}");
            }
            Outcome::Failed(reason) => {
                counts[2] += 1;
                println!("FAILED  {name}: {reason}");
                failed.push(name);
            }
        }
    }
    let mut sum = [0; 3];
    for (group, counts) in &groups {
        let [passed, refused, failed] = counts;
        println!("{group:>16}: {passed:4} passed, {refused:4} refused, {failed:4} failed");
        sum = std::array::from_fn(|i| sum[i] + counts[i]);
    }
    let [passed, refused, _] = sum;
    println!("{passed} passed, {refused} refused, {} failed", failed.len());
    (passed, failed)
}

/// Opens a damaged file, and reads what it seems to have.
fn probe(path: &Path) -> Result<String, SourceError> {
    let source = open(path, &OpenOptions::default())?;
    let dataset = source.dataset();
    let shape = dataset.shape;
    let (levels, mut bytes) = (dataset.levels.len(), 0);
    let damage = source.damage();
    assert!(damage.len() <= 1001, "{} entries of damage", damage.len());
    for t in 0..shape.t {
        for c in 0..shape.c {
            for z in 0..shape.z {
                let mut zyx = shape.volume_box();
                zyx.z = z..z + 1;
                let region = Region {
                    level: 0,
                    t,
                    c: c..c + 1,
                    zyx,
                };
                let plane = region.voxels() * dataset.sample_type.bytes() as u64;
                bytes += plane;
                if bytes > MAX_DAMAGED_BYTES {
                    return Ok(format!("{:?} {}, too large to read here", shape, dataset.sample_type));
                }
                source.read(&region, &mut vec![0; plane as usize])?;
            }
        }
    }
    Ok(format!(
        "{} {:?} {}, {levels} levels, {} damaged",
        dataset.axes,
        dataset.stored_shape,
        dataset.sample_type,
        damage.len()
    ))
}

fn check_damaged(name: &str, path: &Path) -> Outcome {
    let start = Instant::now();
    let path = path.to_owned();
    let result = std::panic::catch_unwind(|| probe(&path));
    let seconds = start.elapsed();
    match result {
        Err(_) => Outcome::Failed("panicked".into()),
        Ok(_) if seconds > Duration::from_secs(10) => Outcome::Failed(format!("took {seconds:?}")),
        Ok(Ok(what)) => {
            println!("opened  {name} ({seconds:.0?}): {what}");
            Outcome::Passed
        }
        Ok(Err(error)) => {
            let message = error.to_string();
            if message.contains('\n') {
                return Outcome::Failed(format!("an error of several lines: {message:?}"));
            }
            Outcome::Refused(format!("({seconds:.0?}) {message}"))
        }
    }
}

#[test]
fn shared_images_are_read_right() {
    let Some(data) = shared_data() else { return };
    let truth = truth_of(&data);
    let mut outcomes = BTreeMap::new();
    for (name, truth) in truth["files"].as_object().expect("files") {
        let (group, _) = name.split_once('/').unwrap_or(("one file", name));
        let is_tiff = name.ends_with(".tif") || name.ends_with(".tiff") || group == "sequence";
        if !is_tiff || matches!(group, "malformed" | "zarr") {
            continue;
        }
        let mut series = truth["series"][0].clone();
        for key in ["expect", "also_accept"] {
            series[key] = truth[key].clone();
        }
        let outcome = check(&data.join(name), &series, &OpenOptions::default());
        outcomes.insert((group.to_owned(), name.clone()), outcome);
    }
    let (passed, failed) = report(outcomes);
    assert!(failed.is_empty(), "read wrong: {failed:?}");
    assert!(passed >= KNOWN_TO_PASS, "{passed} files pass, {KNOWN_TO_PASS} did");
}

#[test]
fn shared_malformed_files_do_no_harm() {
    let Some(data) = shared_data() else { return };
    let mut outcomes = BTreeMap::new();
    for entry in std::fs::read_dir(data.join("malformed")).expect("the folder of malformed files") {
        let path = entry.expect("an entry of the folder").path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let outcome = check_damaged(&name, &path);
        outcomes.insert(("malformed".to_owned(), name), outcome);
    }
    let (_, failed) = report(outcomes);
    assert!(failed.is_empty(), "harmful: {failed:?}");
}

#[test]
fn corpus_is_read_right() {
    let Some(corpora) = std::env::var_os("MICROTOME_CORPUS") else {
        println!("skipped: MICROTOME_CORPUS is not set");
        return;
    };
    let mut outcomes = BTreeMap::new();
    for corpus in std::env::split_paths(&corpora) {
        let truth = truth_of(&corpus);
        for truth in truth["files"].as_array().expect("files") {
            let path = corpus.join(truth["file"].as_str().expect("file"));
            let name = path.display().to_string();
            let outcome = match truth["expect"].as_str() {
                Some("exact" | "exact-or-unsupported" | "lossy") => check(&path, truth, &OpenOptions::default()),
                Some("reject") => match check_damaged(&name, &path) {
                    Outcome::Passed => Outcome::Failed("opened, but should be refused".into()),
                    other => other,
                },
                _ => check_damaged(&name, &path),
            };
            let group = truth["category"].as_str().expect("category").to_owned();
            outcomes.insert((group, name), outcome);
        }
    }
    let (_, failed) = report(outcomes);
    assert!(failed.is_empty(), "read wrong: {failed:?}");
}
