//! MP4 through the command line: what is handed to ffmpeg, frame by frame, by way of a stand-in for it; what becomes of
//! failures; and, where ffmpeg is installed, what other programs read from the file.
#![cfg(unix)]

mod common;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::tiff_files::LITTLE;
use common::tiff_writer::{Page, Values};

const WIDTH: u32 = 33;
const HEIGHT: u32 = 21;
const PLANES: u32 = 5;

/// A smooth plane, another for every z.
fn plane(z: u32) -> Vec<u8> {
    let place = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
    place.map(|(x, y)| (20 + 4 * x + 2 * y + 10 * z) as u8).collect()
}

/// A folder with a small stack in it.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("stack.tif");
    let pages: Vec<Page> = (0..PLANES).map(|z| Page::gray(WIDTH, HEIGHT, 8, 1, plane(z))).collect();
    fs::write(&path, LITTLE.write(&pages)).expect("the file is written");
    (folder, path)
}

/// A program that is run in place of ffmpeg.
fn stand_in(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("stand-in");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("the script is written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it may be run");
    path
}

fn movie(stack: &Path, out: &Path, ffmpeg: Option<&Path>, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_microtome"));
    command.arg("movie").arg(stack).arg("-o").arg(out).args(more);
    command.args(["--range", "0,255"]).env_remove("MICROTOME_FFMPEG");
    if let Some(ffmpeg) = ffmpeg {
        command.env("MICROTOME_FFMPEG", ffmpeg);
    }
    command.output().expect("the program starts")
}

fn has_gpu() -> bool {
    common::gpu::gpu().is_some()
}

/// What is in a folder, but for the stack and the stand-in.
fn left(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = names
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| !["stack.tif", "stand-in"].contains(&name.as_str()))
        .collect();
    names.sort();
    names
}

fn error_line(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    stderr
}

#[test]
fn frames_and_words_reach_the_encoder() {
    if !has_gpu() {
        return;
    }
    let (folder, stack) = folder();
    let kept = folder.path().join("kept");
    fs::create_dir(&kept).expect("a folder");
    let script = format!(
        "for last; do :; done\nprintf '%s\\n' \"$@\" > '{0}/words'\ncat > '{0}/frames'\n\
         echo encoded > \"${{last#file:}}\"",
        kept.display()
    );
    let ffmpeg = stand_in(folder.path(), &script);
    let out = folder.path().join("-movie.mp4");
    fs::write(&out, "what was there before").expect("the file is written");
    let output = movie(&stack, &out, Some(&ffmpeg), &["--fps", "12.5"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(&out).expect("the movie"), "encoded\n");
    assert_eq!(left(folder.path()), ["-movie.mp4", "kept"], "nothing else is left");

    let words = fs::read_to_string(kept.join("words")).expect("the words");
    let words: Vec<&str> = words.lines().collect();
    let after = |word: &str| {
        let place = words.iter().position(|&known| known == word);
        words[place.unwrap_or_else(|| panic!("no {word}")) + 1]
    };
    assert_eq!(after("-video_size"), "34x22");
    assert_eq!(after("-framerate"), "12.5");
    assert_eq!(after("-pixel_format"), "rgb24");
    assert_eq!((after("-c:v"), after("-pix_fmt")), ("libx264", "yuv420p"));
    assert!(after("-crf").parse::<u32>().expect("a number") <= 18);
    assert!(words.iter().any(|word| word.starts_with("comment=Software: microtome")));
    assert!(words.contains(&"Source: stack.tif"));
    assert!(words.contains(&"microtome:frames: count=5 fps=12.5"));

    let frames = fs::read(kept.join("frames")).expect("the frames");
    let bytes = 3 * 34 * 22;
    assert_eq!(frames.len(), PLANES as usize * bytes);
    for (z, frame) in frames.chunks_exact(bytes).enumerate() {
        let voxels = plane(z as u32);
        for (index, pixel) in frame.chunks_exact(3).enumerate() {
            let (x, y) = (index % 34, index / 34);
            let is_inside = x < WIDTH as usize && y < HEIGHT as usize;
            let wanted = if is_inside { voxels[y * WIDTH as usize + x] } else { 0 };
            let off = pixel.iter().map(|&byte| byte.abs_diff(wanted)).max();
            assert!(
                off <= Some(u8::from(is_inside)),
                "frame {z}, {x}, {y}: {pixel:?}, not {wanted}"
            );
        }
    }
}

#[test]
fn without_the_program_one_line_says_so_before_anything_is_read() {
    let (folder, _) = folder();
    let out = folder.path().join("movie.mp4");
    let mut command = Command::new(env!("CARGO_BIN_EXE_microtome"));
    command
        .arg("movie")
        .arg(folder.path().join("no such file.tif"))
        .arg("-o")
        .arg(&out);
    command.env_remove("MICROTOME_FFMPEG").env("PATH", folder.path());
    let line = error_line(&command.output().expect("the program starts"));
    let wanted = "error: MP4 needs ffmpeg, which is not installed; .gif and .png need nothing: ";
    assert!(
        line.starts_with(wanted) && line.trim_end().ends_with("movie.mp4"),
        "{line}"
    );
    assert!(left(folder.path()).is_empty());
}

#[test]
fn failures_say_why_and_leave_what_was_there() {
    if !has_gpu() {
        return;
    }
    for (script, reason) in [
        (
            "cat > /dev/null\necho first >&2\necho 'no such encoder' >&2\nexit 3",
            "no such encoder",
        ),
        ("echo 'cannot begin' >&2\nexit 1", "cannot begin"),
        ("cat > /dev/null\nexit 4", "it did not say why"),
        // More than a pipe holds, before a frame is taken.
        (
            "i=0\nwhile [ $i -lt 9000 ]; do echo 'a long complaint' >&2; i=$((i+1)); done\ncat > /dev/null\nexit 1",
            "a long complaint",
        ),
    ] {
        let (folder, stack) = folder();
        let ffmpeg = stand_in(folder.path(), script);
        let out = folder.path().join("movie.mp4");
        fs::write(&out, "what was there before").expect("the file is written");
        let line = error_line(&movie(&stack, &out, Some(&ffmpeg), &[]));
        assert!(line.contains("ffmpeg ended with exit status: "), "{line}");
        assert!(
            line.contains(reason) && line.trim_end().ends_with("movie.mp4"),
            "{line}"
        );
        assert_eq!(fs::read_to_string(&out).expect("the file"), "what was there before");
        assert_eq!(left(folder.path()), ["movie.mp4"]);
    }
    let (folder, stack) = folder();
    let out = folder.path().join("movie.mp4");
    let line = error_line(&movie(&stack, &out, Some(&folder.path().join("nowhere")), &[]));
    assert!(line.contains("needs ffmpeg"), "{line}");
    assert!(left(folder.path()).is_empty());
}

/// A movie that is given up: the program ends, and so does the file.
#[test]
fn an_error_in_the_middle_leaves_no_file_and_no_process() {
    if !has_gpu() {
        return;
    }
    let (folder, stack) = folder();
    // The last plane is there, and cannot be unpacked: that is found when it is read.
    let packed = |z: u32| {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&plane(z)).expect("in memory");
        encoder.finish().expect("in memory")
    };
    let page = |z: u32| Page::gray(WIDTH, HEIGHT, 8, 1, packed(z)).with(259, Values::Short(vec![8]));
    let mut pages: Vec<Page> = (0..PLANES).map(page).collect();
    pages[PLANES as usize - 1].chunks[0].fill(0x55);
    fs::write(&stack, LITTLE.write(&pages)).expect("the file is written");
    let ffmpeg = stand_in(
        folder.path(),
        "for last; do :; done\necho begun > \"${last#file:}\"\necho $$ > \"$(dirname \"$0\")/pid\"\nexec cat > /dev/null",
    );
    let out = folder.path().join("movie.mp4");
    // A frame of more than a pipe holds: it is not handed over before the stand-in reads, and so it has begun by then.
    let output = movie(&stack, &out, Some(&ffmpeg), &["--size", "256x256", "--strict"]);
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(left(folder.path()), ["pid"]);
    let pid = fs::read_to_string(folder.path().join("pid")).expect("it had begun");
    assert!(!Path::new("/proc").join(pid.trim()).exists(), "it is still there");
}

/// With the real program: as many frames of that size as there are planes, that look like them.
#[test]
fn what_is_read_from_the_file_is_what_was_shown() {
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        println!("skipped: ffmpeg is not installed");
        return;
    }
    if !has_gpu() {
        return;
    }
    let (folder, stack) = folder();
    let out = folder.path().join("movie.mp4");
    let output = movie(&stack, &out, None, &["--fps", "5"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |more: &[&str]| {
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-i"]).arg(&out).args(more);
        let output = command.output().expect("ffmpeg runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let frames = read(&["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]);
    let bytes = 3 * 34 * 22;
    assert_eq!(frames.len(), PLANES as usize * bytes);
    for (z, frame) in frames.chunks_exact(bytes).enumerate() {
        let voxels = plane(z as u32);
        let off: u64 = (0..HEIGHT as usize)
            .flat_map(|y| (0..WIDTH as usize).map(move |x| (x, y)))
            .map(|(x, y)| u64::from(frame[3 * (y * 34 + x)].abs_diff(voxels[y * WIDTH as usize + x])))
            .sum();
        let mean = off as f64 / f64::from(WIDTH * HEIGHT);
        assert!(mean < 2.0, "frame {z} is off by {mean} on average");
    }
    let told = String::from_utf8(read(&["-f", "ffmetadata", "-"])).expect("UTF-8");
    assert!(told.contains("Source: stack.tif"), "{told}");
}
