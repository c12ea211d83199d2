//! Every image of `../shared/data`, compared with its `truth.json`: voxels by hash, shape, axes, type, voxel size and
//! channel names; and malformed files, none of which may panic or take long.
//!
//! `MICROTOME_SHARED` is another place of `shared`; `MICROTOME_CORPUS` names a folder that its
//! `tools/make_corpus.py write` filled, which is checked in the same way.

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

/// Hash over all voxels in (t, c, z, y, x) order, little-endian; on the way, boxes are compared with the whole.
fn hash(source: &TiffSource, wrong: &mut Vec<String>) -> Result<String, SourceError> {
    let dataset = source.dataset();
    let width = dataset.sample_type.bytes();
    let mut hash = Sha256::new();
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
        hash.update(&voxels);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
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

fn try_open(path: &Path) -> Result<TiffSource, SourceError> {
    open(path, &OpenOptions::default())
}

/// One comparison: what it is about, what is expected, what was found.
fn compare(wrong: &mut Vec<String>, what: &str, wanted: &Value, found: Value) {
    if *wanted != found {
        wrong.push(format!("{what}: {found} instead of {wanted}"));
    }
}

/// `truth` is a series; of a lossy codec, what another decoder made of it.
fn check(path: &Path, truth: &Value, is_lossy: bool) -> Outcome {
    let source = match try_open(path) {
        Ok(source) => source,
        Err(SourceError::Unsupported(reason)) => return Outcome::Refused(reason),
        Err(error) => return Outcome::Failed(format!("not opened: {error}")),
    };
    let dataset = source.dataset();
    let mut wrong = Vec::new();
    compare(&mut wrong, "axes", &truth["axes"], dataset.axes.clone().into());
    compare(
        &mut wrong,
        "shape",
        &truth["shape"],
        dataset.stored_shape.clone().into(),
    );
    compare(&mut wrong, "dtype", &truth["dtype"], dataset.sample_type.dtype().into());
    let shape = dataset.shape;
    let sizes = serde_json::json!({"t": shape.t, "c": shape.c, "z": shape.z, "y": shape.y, "x": shape.x});
    compare(&mut wrong, "sizes", &truth["canonical_shape"], sizes);
    check_voxel_size(&mut wrong, truth, &source);
    if let Some(channels) = truth["ome_channels"].as_array() {
        for (info, wanted) in dataset.channels.iter().zip(channels) {
            let name = info.name.clone().map_or(Value::Null, Value::from);
            compare(&mut wrong, "channel name", &wanted["name"], name);
        }
    }
    if let Some(levels) = truth["levels"].as_array() {
        let voxels = |level: &Value| {
            level
                .as_array()
                .map(|shape| shape.iter().filter_map(Value::as_u64).product::<u64>())
        };
        let wanted: Vec<_> = levels.iter().map(voxels).collect();
        let found: Vec<_> = dataset.levels.iter().map(|shape| shape.voxels()).collect();
        if wanted != found {
            wrong.push(format!("levels: {:?}, not {levels:?}", dataset.levels));
        }
    }
    match hash(&source, &mut wrong) {
        Ok(_) if is_lossy => check_lossy(&mut wrong, truth, &source),
        Ok(hash) => compare(&mut wrong, "sha256", &truth["sha256"], hash.into()),
        Err(error) => wrong.push(format!("not read: {error}")),
    }
    if wrong.is_empty() {
        Outcome::Passed
    } else {
        wrong.extend(dataset.warnings.iter().map(|warning| format!("(warning: {warning})")));
        Outcome::Failed(wrong.join("; "))
    }
}

/// Decoders of lossy codecs may differ by a few counts, but not on average. Such images have 8 bits and one time.
fn check_lossy(wrong: &mut Vec<String>, truth: &Value, source: &TiffSource) {
    const COUNTS: f64 = 8.0;
    let shape = source.dataset().shape;
    let whole = Region {
        level: 0,
        t: 0,
        c: 0..shape.c,
        zyx: shape.volume_box(),
    };
    let mut voxels = vec![0; whole.voxels() as usize];
    if let Err(error) = source.read(&whole, &mut voxels) {
        return wrong.push(format!("not read: {error}"));
    }
    let mut near = |what: String, wanted: &Value, found: f64, tolerance: f64| {
        if wanted.as_f64().is_none_or(|wanted| (wanted - found).abs() > tolerance) {
            wrong.push(format!("{what}: {found} instead of {wanted}"));
        }
    };
    let channel_voxels = voxels.len() / shape.c as usize;
    let wanted = truth["channels"].as_array().expect("channels");
    for (c, (channel, wanted)) in voxels.chunks(channel_voxels).zip(wanted).enumerate() {
        let mean = channel.iter().map(|&value| f64::from(value)).sum::<f64>() / channel_voxels as f64;
        let (low, high) = (
            channel.iter().min().expect("voxels"),
            channel.iter().max().expect("voxels"),
        );
        near(format!("mean of channel {c}"), &wanted["mean"], mean, 0.5);
        near(
            format!("minimum of channel {c}"),
            &wanted["min"],
            f64::from(*low),
            COUNTS,
        );
        near(
            format!("maximum of channel {c}"),
            &wanted["max"],
            f64::from(*high),
            COUNTS,
        );
    }
    for sample in truth["samples"].as_array().expect("samples") {
        let place: Vec<usize> = sample["tczyx"]
            .as_array()
            .expect("a place")
            .iter()
            .filter_map(|index| index.as_u64().map(|index| index as usize))
            .collect();
        let row = (place[1] * shape.z as usize + place[2]) * shape.y as usize + place[3];
        let found = voxels[row * shape.x as usize + place[4]];
        near(format!("voxel {place:?}"), &sample["value"], found.into(), COUNTS);
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

/// Prints what became of the files; returns how many passed, and the failed ones.
fn report(outcomes: BTreeMap<String, Outcome>) -> (usize, Vec<String>) {
    let (mut passed, mut refused, mut failed) = (0, 0, Vec::new());
    for (name, outcome) in outcomes {
        match outcome {
            Outcome::Passed => passed += 1,
            Outcome::Refused(reason) => {
                refused += 1;
                println!("refused {name}: {reason}");
            }
            Outcome::Failed(reason) => {
                println!("FAILED  {name}: {reason}");
                failed.push(name);
            }
        }
    }
    println!("{passed} passed, {refused} refused, {} failed", failed.len());
    (passed, failed)
}

/// Opens a damaged file, and reads what it seems to have.
fn probe(path: &Path) -> Result<String, SourceError> {
    let source = try_open(path)?;
    let dataset = source.dataset();
    let shape = dataset.shape;
    let (levels, mut bytes) = (dataset.levels.len(), 0);
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
        "{} {:?} {}, {levels} levels",
        dataset.axes, dataset.stored_shape, dataset.sample_type
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
        let is_tiff = name.ends_with(".tif") || name.ends_with(".tiff");
        if !is_tiff || name.starts_with("malformed/") || name.starts_with("zarr/") {
            continue;
        }
        outcomes.insert(
            name.clone(),
            check(&data.join(name), &truth["series"][0], truth["expect"] == "lossy"),
        );
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
        outcomes.insert(name, outcome);
    }
    let (_, failed) = report(outcomes);
    assert!(failed.is_empty(), "harmful: {failed:?}");
}

#[test]
fn corpus_is_read_right() {
    let Some(corpus) = std::env::var_os("MICROTOME_CORPUS").map(PathBuf::from) else {
        println!("skipped: MICROTOME_CORPUS is not set");
        return;
    };
    let truth = truth_of(&corpus);
    let mut outcomes = BTreeMap::new();
    for truth in truth["files"].as_array().expect("files") {
        let name = truth["file"].as_str().expect("file").to_owned();
        let path = corpus.join(&name);
        let outcome = match truth["expect"].as_str() {
            Some("exact" | "exact-or-unsupported") => check(&path, truth, false),
            Some("lossy") => check(&path, &truth["decoded_by_tifffile"], true),
            Some("reject") => match check_damaged(&name, &path) {
                Outcome::Passed => Outcome::Failed("opened, but should be refused".into()),
                other => other,
            },
            _ => check_damaged(&name, &path),
        };
        outcomes.insert(name, outcome);
    }
    let (_, failed) = report(outcomes);
    assert!(failed.is_empty(), "read wrong: {failed:?}");
}
