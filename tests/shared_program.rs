//! The program on every file of `../shared/data`: `stats --device gpu --hash --check-cpu` against `truth.json`, and no
//! file, however malformed, that crashes it, hangs it, or makes it take memory that it does not need.
//!
//! `MICROTOME_SHARED` is another place of `shared`.

#![cfg(target_os = "linux")]

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Files that are measured right; more is better, fewer is a step back.
const KNOWN_TO_PASS: usize = 85;
/// Counts that a number of a lossy image may be off: decoders round differently.
const LOSSY_COUNTS: f64 = 4.0;
const LONGEST: Duration = Duration::from_secs(10);
const MOST_MEMORY_KIB: u64 = 1 << 20;

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

/// What became of a run.
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    time: Duration,
    peak_kib: u64,
}

/// Runs the program to its end, and looks at its memory meanwhile.
fn run(args: &[&str]) -> Run {
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_microtome"))
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdout = child.stdout.take().expect("a pipe");
    let mut stderr = child.stderr.take().expect("a pipe");
    let read_stdout = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text).unwrap_or_default()
    });
    let read_stderr = std::thread::spawn(move || {
        let mut text = String::new();
        stderr.read_to_string(&mut text).map(|_| text).unwrap_or_default()
    });
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    let status = loop {
        let peak = std::fs::read_to_string(&status_file).ok().and_then(|status| {
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        });
        peak_kib = peak_kib.max(peak.unwrap_or(0));
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status;
        }
        if started.elapsed() > 2 * LONGEST {
            child.kill().expect("it can be killed");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    Run {
        code: status.code(),
        stdout: read_stdout.join().expect("read"),
        stderr: read_stderr.join().expect("read"),
        time: started.elapsed(),
        peak_kib,
    }
}

fn has_gpu() -> bool {
    let found = run(&["adapters", "--json"]).stdout.contains("\"name\"");
    if !found {
        assert!(
            std::env::var_os("MICROTOME_REQUIRE_GPU").is_none(),
            "no graphics adapter, and one is required"
        );
        println!("skipped: there is no graphics adapter");
    }
    found
}

#[test]
fn stats_are_the_truth() {
    let (Some(data), true) = (shared_data(), has_gpu()) else {
        return;
    };
    let truth: Value =
        serde_json::from_str(&std::fs::read_to_string(data.join("truth.json")).expect("truth.json")).expect("JSON");
    let (mut passed, mut refused, mut failed) = (0, Vec::new(), Vec::new());
    for (name, file) in truth["files"].as_object().expect("an object") {
        let is_tiff = !name.ends_with('/') && !name.starts_with("zarr/") && !name.starts_with("malformed/");
        if !is_tiff {
            continue;
        }
        let path = data.join(name);
        let run = run(&[
            "stats",
            path.to_str().expect("UTF-8"),
            "--json",
            "--hash",
            "--check-cpu",
            "--device",
            "gpu",
        ]);
        if run.code == Some(1) && run.stderr.contains("not supported") {
            refused.push(run.stderr.trim().rsplit('/').next().unwrap_or_default().to_owned());
            continue;
        }
        let Ok(stats) = serde_json::from_str::<Value>(&run.stdout) else {
            failed.push(format!("{name}: {}", run.stderr));
            continue;
        };
        let is_lossy = file["expect"] == "lossy";
        let rights: Vec<&Value> = file["series"]
            .get(0)
            .into_iter()
            .chain(file.get("also_accept"))
            .collect();
        match rights
            .iter()
            .map(|right| difference(&stats, right, is_lossy))
            .find(|difference| difference.is_none())
        {
            Some(_) => passed += 1,
            None => failed.push(format!(
                "{name}: {:?}",
                rights.first().and_then(|right| difference(&stats, right, is_lossy))
            )),
        }
    }
    println!("{passed} passed, {} refused, {} failed", refused.len(), failed.len());
    refused.iter().for_each(|line| println!("refused: {line}"));
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(passed >= KNOWN_TO_PASS, "only {passed}");
}

/// What differs from the truth, if anything: the hash, and per channel range and percentiles to the last bit; of a
/// lossy image, those about.
fn difference(stats: &Value, right: &Value, is_lossy: bool) -> Option<String> {
    if !is_lossy && stats["sha256"] != right["sha256"] {
        return Some(format!("sha256 {} is not {}", stats["sha256"], right["sha256"]));
    }
    let channels = stats["channels"].as_array()?;
    for (channel, right) in channels.iter().zip(right["channels"].as_array().into_iter().flatten()) {
        let pairs = [
            (&channel["min"], &right["min"]),
            (&channel["max"], &right["max"]),
            (&channel["percentiles"]["0.1"], &right["p0_1"]),
            (&channel["percentiles"]["99.9"], &right["p99_9"]),
        ];
        for (place, (ours, theirs)) in pairs.into_iter().enumerate() {
            // NumPy interpolates between 32- and 16-bit floats in their own precision.
            let (ours, theirs) = (ours.as_f64(), theirs.as_f64());
            let tolerance = match place {
                _ if is_lossy => LOSSY_COUNTS,
                0 | 1 => 0.0,
                _ => 1e-6 * theirs.unwrap_or(0.0).abs(),
            };
            let is_near = match (ours, theirs) {
                (Some(ours), Some(theirs)) => (ours - theirs).abs() <= tolerance,
                (None, None) => true,
                _ => false,
            };
            if !is_near {
                return Some(format!("number {place}: {ours:?} is not {theirs:?}"));
            }
        }
    }
    None
}

#[test]
fn malformed_files_do_no_harm() {
    let (Some(data), true) = (shared_data(), has_gpu()) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out.png");
    let mut files: Vec<PathBuf> = std::fs::read_dir(data.join("malformed"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    // And one that broke off in the middle.
    let whole = std::fs::read(data.join("imagej/xyzc_16bit__dna_conf_wf.tif")).expect("it is there");
    let half = folder.path().join("half.tif");
    std::fs::write(&half, &whole[..whole.len() / 2]).expect("it can be written");
    files.push(half);

    let (mut pictures, mut longest, mut most) = (0, Duration::ZERO, 0);
    for file in &files {
        let path = file.to_str().expect("UTF-8");
        for args in [
            &["info", path][..],
            &["stats", path],
            &["render", path, "-o", out.to_str().expect("UTF-8")],
        ] {
            let run = run(args);
            let errors = run.stderr.lines().filter(|line| line.starts_with("error: ")).count();
            let others = run.stderr.lines().filter(|line| !line.starts_with("warning: ")).count() - errors;
            assert_eq!(others, 0, "{args:?}: {}", run.stderr);
            match run.code {
                Some(0) => assert_eq!(errors, 0, "{args:?}: {}", run.stderr),
                Some(1) => assert_eq!(errors, 1, "{args:?}: {}", run.stderr),
                other => panic!("{args:?} ended with {other:?}: {}", run.stderr),
            }
            assert!(run.time < LONGEST, "{args:?} took {:?}", run.time);
            assert!(run.peak_kib < MOST_MEMORY_KIB, "{args:?} took {} KiB", run.peak_kib);
            longest = longest.max(run.time);
            most = most.max(run.peak_kib);
            pictures += usize::from(args[0] == "render" && run.code == Some(0));
        }
    }
    println!(
        "{} files, {pictures} gave a picture; at most {longest:?} and {most} KiB",
        files.len()
    );
}
