//! Files that are cut or damaged, through the command line: what is there is measured and drawn, what is not is told.

mod common;

use std::path::Path;
use std::process::{Command, Output};

use common::gpu::gpu;
use common::tiff_files::{LITTLE, noise};
use common::tiff_writer::{Page, Values};
use serde_json::Value;

const WIDTH: u32 = 40;
const HEIGHT: u32 = 30;
const PLANE_BYTES: usize = (WIDTH * HEIGHT * 2) as usize;
const PLANES: usize = 10;

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_microtome"))
        .args(args)
        .output()
        .expect("the program starts")
}

/// Runs what must fail in one line, and returns that.
fn fails(args: &[&str]) -> String {
    let output = run(args);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{args:?}: {stderr}");
    let errors = stderr.lines().filter(|line| line.starts_with("error: ")).count();
    assert_eq!(errors, 1, "{args:?}: {stderr}");
    stderr
}

/// Runs what must succeed, and returns its stdout and stderr.
fn ok(args: &[&str]) -> (String, String) {
    let output = run(args);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{args:?}: {stderr}");
    (String::from_utf8_lossy(&output.stdout).into_owned(), stderr)
}

fn plane(z: usize) -> Vec<u8> {
    noise(PLANE_BYTES, 70 + z as u64)
}

/// A stack of 16-bit planes, as one directory and planes behind it, of which the last bytes are missing.
fn write_cut(path: &Path, missing: usize) {
    let text = format!("ImageJ=1.54f\nimages={PLANES}\nslices={PLANES}\n");
    let page = Page::gray(WIDTH, HEIGHT, 16, 1, plane(0)).with_description(&text);
    let length = LITTLE.write(std::slice::from_ref(&page)).len();
    // Its pixels, and those of all others, stand behind everything else.
    let mut bytes = LITTLE.write(&[page.with(273, Values::Long(vec![length as u32]))]);
    assert_eq!(bytes.len(), length);
    bytes.extend((0..PLANES).flat_map(plane));
    bytes.truncate(bytes.len() - missing);
    std::fs::write(path, bytes).expect("written");
}

fn range_of(planes: impl Iterator<Item = usize>) -> (u16, u16) {
    let values: Vec<u16> = planes
        .flat_map(plane)
        .collect::<Vec<u8>>()
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    (
        *values.iter().min().expect("voxels"),
        *values.iter().max().expect("voxels"),
    )
}

#[test]
fn a_cut_stack_shows_what_is_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cut.tif");
    // Two planes and a piece of a third.
    write_cut(&path, 2 * PLANE_BYTES + 100);
    let path = path.to_str().expect("UTF-8");
    let picture = folder.path().join("out.png");
    let picture = picture.to_str().expect("UTF-8");

    let (info, _) = ok(&["info", path, "--json"]);
    let info: Value = serde_json::from_str(&info).expect("JSON");
    assert_eq!(info["sizes"]["z"], PLANES);
    let damaged: u64 = info["damage"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|part| part["z"][1].as_u64().expect("a number") - part["z"][0].as_u64().expect("a number"))
        .sum();
    assert_eq!(damaged, 3, "{}", info["damage"]);

    let error = fails(&["info", path, "--strict"]);
    assert!(
        error.contains("3 planes cannot be read") && error.contains("--strict"),
        "{error}"
    );
    if gpu().is_none() {
        return;
    }
    let (stats, warnings) = ok(&["stats", path, "--json"]);
    let stats: Value = serde_json::from_str(&stats).expect("JSON");
    let (low, high) = range_of(0..7);
    assert_eq!(
        (&stats["range"][0], &stats["range"][1]),
        (&Value::from(low), &Value::from(high))
    );
    assert_eq!(stats["exact"], false, "not every voxel was seen");
    assert_eq!(stats["damage"].as_array().map(Vec::len), Some(3));
    assert!(warnings.contains("3 planes cannot be read"), "{warnings}");
    let (text, _) = ok(&["stats", path, "--check-cpu"]);
    assert!(
        text.contains("exact but for 3 planes") && text.contains("not measured: "),
        "{text}"
    );

    let (_, warnings) = ok(&["render", path, "-o", picture, "--z", "6"]);
    assert!(warnings.contains("3 planes cannot be read"), "{warnings}");
    // Across the planes, what is missing is hatched.
    ok(&["render", path, "-o", picture, "--normal", "y"]);
    let decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(picture).expect("written")));
    let mut reader = decoder.read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a small picture")];
    let frame = reader.next_frame(&mut pixels).expect("a picture");
    let bytes = frame.buffer_size() / (frame.width * frame.height) as usize;
    let is_amber = |row: usize| {
        let row = &pixels[row * frame.line_size..(row + 1) * frame.line_size];
        row.chunks_exact(bytes).any(|pixel| pixel[0] > pixel[2])
    };
    let rows: Vec<bool> = (0..PLANES).map(is_amber).collect();
    assert_eq!(
        rows,
        [false, false, false, false, false, false, false, true, true, true]
    );

    std::fs::remove_file(picture).expect("it was there");
    for missing in ["7", "9"] {
        let error = fails(&["render", path, "-o", picture, "--z", missing]);
        assert!(error.contains("past the end of the file"), "{error}");
        assert!(!Path::new(picture).exists(), "nothing is written");
    }
    // A movie goes on: they are hatched.
    let movie = folder.path().join("frames");
    let movie = movie.to_str().expect("UTF-8");
    let (_, warnings) = ok(&["movie", path, "-o", movie]);
    assert!(warnings.contains("3 planes cannot be read"), "{warnings}");
    assert_eq!(std::fs::read_dir(movie).expect("a folder").count(), PLANES);
    std::fs::remove_dir_all(movie).expect("it was there");
    fails(&["movie", path, "-o", movie, "--strict"]);
    assert!(!Path::new(movie).exists(), "nothing is written");
    for command in [["stats", path, "--strict"], ["stats", path, "--hash"]] {
        fails(&command);
    }
    fails(&["render", path, "-o", picture, "--z", "0", "--strict"]);
}

#[test]
fn nothing_left_is_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("nothing.tif");
    write_cut(&path, PLANES * PLANE_BYTES - 10);
    fails(&["info", path.to_str().expect("UTF-8")]);
}
