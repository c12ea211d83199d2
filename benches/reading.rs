//! Whole stacks read by microtome, by tifffile with imagecodecs, and by the `tiff` crate: all in turn, in one run, into
//! memory that is there already. What each reads is checked before it is timed.
//!
//!     MICROTOME_PYTHON=python3 cargo bench --bench reading
//!
//! `MICROTOME_PACKING=none` (lzw, zlib, zstd) measures one of the packings. That Python needs numpy, tifffile and
//! imagecodecs; `reading.py` writes the files, one after the other, into the system's folder for temporary files.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use microtome::source::Source;
use microtome::source::tiff::{OpenOptions, open};
use microtome::volume::{Region, Shape};
use sha2::{Digest, Sha256};
use tiff::decoder::{Decoder, Limits};

const ROUNDS: usize = 5;

/// Compression, and whether samples are stored as differences.
const PACKINGS: [(&str, u8); 7] = [
    ("none", 1),
    ("lzw", 1),
    ("lzw", 2),
    ("zlib", 1),
    ("zlib", 2),
    ("zstd", 1),
    ("zstd", 2),
];

/// Who reads.
#[derive(Clone, Copy)]
enum Reader {
    /// With so many threads.
    Microtome(usize),
    /// With so many workers; 0: as many as it likes.
    Tifffile(usize),
    TiffCrate,
}

const READERS: [(&str, Reader); 6] = [
    ("microtome, 1 thread", Reader::Microtome(1)),
    ("microtome, 2 threads", Reader::Microtome(2)),
    ("tifffile, 1 worker", Reader::Tifffile(1)),
    ("tifffile, default", Reader::Tifffile(0)),
    ("tifffile, 2 workers", Reader::Tifffile(2)),
    ("tiff crate", Reader::TiffCrate),
];

/// Columns of ratios: how many times as long the second takes as the first, by their places in [`READERS`].
const RATIOS: [(&str, usize, usize); 4] = [
    ("tifffile 1 : microtome 1", 0, 2),
    ("tifffile default : microtome 2", 1, 3),
    ("tifffile 2 : microtome 2", 1, 4),
    ("tiff crate : microtome 1", 0, 5),
];

/// The Python side: it answers a line with a line.
struct Python {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    fn start() -> Option<Self> {
        let python = std::env::var("MICROTOME_PYTHON").unwrap_or_else(|_| "python3".into());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/reading.py");
        let mut process = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let requests = process.stdin.take()?;
        let answers = BufReader::new(process.stdout.take()?);
        Some(Self {
            process,
            requests,
            answers,
        })
    }

    /// `None` if the process has ended.
    fn ask(&mut self, request: &str) -> Option<String> {
        writeln!(self.requests, "{request}").ok()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).ok()?;
        (!answer.is_empty()).then(|| answer.trim_end().to_owned())
    }
}

/// Half planes: 4 MiB, as the program's blocks are.
fn half_of(shape: Shape, half: u64) -> Region {
    let mut zyx = shape.volume_box();
    zyx.z = half / 2..half / 2 + 1;
    zyx.y = shape.y / 2 * (half % 2)..shape.y / 2 * (half % 2 + 1);
    Region {
        level: 0,
        t: 0,
        c: 0..1,
        zyx,
    }
}

fn on_threads(threads: usize, read: impl Fn() + Sync) {
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(&read);
        }
        read();
    });
}

/// Reads all planes of a stack by halves, each thread the next one.
fn by_microtome(path: &Path, threads: usize, out: &mut [u8]) {
    let source = open(path, &OpenOptions::default()).expect("the file opens");
    let shape = source.dataset().shape;
    let half_bytes = out.len() / shape.z as usize / 2;
    let halves = Mutex::new(out.chunks_exact_mut(half_bytes).zip(0..));
    on_threads(threads, || {
        loop {
            let next = halves.lock().expect("no reader panics").next();
            let Some((place, half)) = next else { return };
            source.read(&half_of(shape, half), place).expect("the plane is read");
        }
    });
}

/// Reads all planes by halves, on as many threads as there are memories, each into one that it uses again, as the program
/// does. `seen` is told of each.
fn through_by_microtome(path: &Path, memories: &mut [Vec<u8>], seen: impl Fn(u64, &[u8]) + Sync) {
    let source = open(path, &OpenOptions::default()).expect("the file opens");
    let shape = source.dataset().shape;
    let next = AtomicU64::new(0);
    let threads = memories.len();
    let memories = Mutex::new(memories.iter_mut());
    on_threads(threads, || {
        let mine = memories.lock().expect("no reader panics").next();
        let out = aligned(mine.expect("one per thread"));
        loop {
            let half = next.fetch_add(1, Ordering::Relaxed);
            if half >= 2 * shape.z {
                return;
            }
            source.read(&half_of(shape, half), out).expect("the plane is read");
            seen(half, out);
        }
    });
}

/// Reads page by page, as the crate does by itself.
fn by_the_tiff_crate(path: &Path, out: &mut [u8]) {
    let file = BufReader::new(File::open(path).expect("the file opens"));
    let decoder = Decoder::new(file).expect("a TIFF file");
    let mut decoder = decoder.with_limits(Limits::unlimited());
    let (width, height) = decoder.dimensions().expect("a page");
    for plane in out.chunks_exact_mut(width as usize * height as usize * 2) {
        decoder.read_image_bytes(plane).expect("the page is read");
        if decoder.more_images() {
            decoder.next_image().expect("a page");
        }
    }
}

/// What all readers work with.
struct Bench {
    python: Python,
    memory: Vec<u8>,
    /// A pool of one thread: microtome shares a region out where it may.
    alone: rayon::ThreadPool,
}

/// Half planes of a stack.
const HALVES: usize = 64;

/// Bytes of a cache line, where microtome's own buffers begin.
const LINE_BYTES: usize = 64;

/// Memory to read into, from a cache line on.
fn aligned(memory: &mut [u8]) -> &mut [u8] {
    let bytes = memory.len() - LINE_BYTES;
    let skipped = memory.as_ptr().align_offset(LINE_BYTES);
    &mut memory[skipped..skipped + bytes]
}

impl Bench {
    fn seconds(&mut self, reader: Reader, path: &Path) -> f64 {
        let out = aligned(&mut self.memory);
        let start = Instant::now();
        match reader {
            Reader::Microtome(1) => self.alone.install(|| by_microtome(path, 1, out)),
            Reader::Microtome(threads) => by_microtome(path, threads, out),
            Reader::TiffCrate => by_the_tiff_crate(path, out),
            Reader::Tifffile(workers) => {
                let answer = self.python.ask(&format!("read {} {workers}", path.display()));
                return answer
                    .and_then(|answer| answer.parse().ok())
                    .expect("tifffile reads it");
            }
        }
        start.elapsed().as_secs_f64()
    }

    /// The SHA-256 of what a reader makes of the file.
    fn hash(&mut self, reader: Reader, path: &Path) -> String {
        if let Reader::Tifffile(workers) = reader {
            let answer = self.python.ask(&format!("check {} {workers}", path.display()));
            return answer.expect("tifffile reads it");
        }
        self.memory.fill(0);
        self.seconds(reader, path);
        let digest = Sha256::digest(aligned(&mut self.memory));
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Writes a file, checks every reader, times them in turn, and prints a row.
    fn row(&mut self, path: &Path, layout: &str, compression: &str, predictor: u8) {
        let request = format!("write {} {layout} {compression} {predictor}", path.display());
        let answer = self.python.ask(&request).expect("the file is written");
        let (hash, extents) = answer.split_once(' ').expect("a hash and a shape");
        let extents = extents
            .split(' ')
            .map(|extent| extent.parse::<usize>().expect("a number"));
        self.memory.resize(extents.product::<usize>() * 2 + LINE_BYTES, 0);
        for (name, reader) in READERS {
            assert_eq!(
                self.hash(reader, path),
                hash,
                "{name}: {compression} {predictor} {layout}"
            );
        }
        let mut seconds = READERS.map(|_| Vec::new());
        for _ in 0..ROUNDS {
            for (seconds, (_, reader)) in seconds.iter_mut().zip(READERS) {
                seconds.push(self.seconds(reader, path));
            }
        }
        for seconds in &mut seconds {
            seconds.sort_by(f64::total_cmp);
        }
        let median = |seconds: &Vec<f64>| seconds[ROUNDS / 2];
        let megabytes = aligned(&mut self.memory).len() as f64 / 1e6;
        print!("| {compression}, predictor {predictor}, {layout} |");
        for seconds in &seconds {
            let speed = |seconds: f64| megabytes / seconds;
            let (slowest, fastest) = (speed(seconds[ROUNDS - 1]), speed(seconds[0]));
            print!(" {:.0} ({slowest:.0}\u{2013}{fastest:.0}) |", speed(median(seconds)));
        }
        for (_, base, other) in RATIOS {
            print!(" {:.2} |", median(&seconds[other]) / median(&seconds[base]));
        }
        println!();
    }
}

/// Going through a stack, plane by plane, in memory that is used again: what statistics, uploads and scripts do.
fn through(bench: &mut Bench, path: &Path, layout: &str) {
    let mut ask = |request: &str| -> String {
        let answer = bench.python.ask(&format!("{request} {}", path.display()));
        answer.expect("tifffile reads it")
    };
    let sum = AtomicU64::new(0);
    let half_bytes = (bench.memory.len() - LINE_BYTES) / HALVES;
    let mut memories = [vec![1; half_bytes + LINE_BYTES], vec![1; half_bytes + LINE_BYTES]];
    through_by_microtome(path, &mut memories, |half, voxels| {
        let words = voxels
            .chunks_exact(8)
            .map(|word| u64::from_ne_bytes(word.try_into().expect("8 bytes")));
        let of_half = words.fold(0u64, u64::wrapping_add).wrapping_mul(half + 1);
        sum.fetch_add(of_half, Ordering::Relaxed);
    });
    assert_eq!(ask("sum"), sum.into_inner().to_string(), "{layout}");
    let mut seconds = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..2 * ROUNDS {
        for (threads, seconds) in [1, 2].into_iter().zip(&mut seconds) {
            let start = Instant::now();
            through_by_microtome(path, &mut memories[..threads], |_, voxels| {
                std::hint::black_box(voxels);
            });
            seconds.push(start.elapsed().as_secs_f64());
        }
        seconds[2].push(ask("pages").parse().expect("seconds"));
    }
    let megabytes = bench.memory.len() as f64 / 1e6;
    let [alone, together, tifffile] = seconds.map(|mut seconds| {
        seconds.sort_by(f64::total_cmp);
        seconds[ROUNDS]
    });
    println!(
        "none, {layout}, through memory that is used again: microtome {:.0}, 2 threads {:.0}, tifffile {:.0} MB/s; \
         tifffile : microtome {:.2}, : 2 threads {:.2}",
        megabytes / alone,
        megabytes / together,
        megabytes / tifffile,
        tifffile / alone,
        tifffile / together,
    );
}

fn main() {
    let Some(mut python) = Python::start() else {
        println!("not measured: no Python; MICROTOME_PYTHON names one with numpy, tifffile and imagecodecs");
        return;
    };
    let Some(versions) = python.ask("versions") else {
        println!("not measured: benches/reading.py needs numpy, tifffile and imagecodecs");
        return;
    };
    println!("{versions}");
    println!("MB/s of voxels: the median of {ROUNDS} in turn (slowest\u{2013}fastest); ratios are of the medians\n");
    let heads = READERS
        .map(|(name, _)| name)
        .into_iter()
        .chain(RATIOS.map(|(name, _, _)| name));
    println!("| file | {} |", heads.collect::<Vec<_>>().join(" | "));
    println!("|---{}|", "|---".repeat(READERS.len() + RATIOS.len()));

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("stack.tif");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let mut bench = Bench {
        python,
        memory: Vec::new(),
        alone: pool.expect("a thread"),
    };
    let only = std::env::var("MICROTOME_PACKING").ok();
    for (compression, predictor) in PACKINGS {
        if only.as_ref().is_some_and(|only| only != compression) {
            continue;
        }
        for layout in ["strips", "tiles"] {
            bench.row(&path, layout, compression, predictor);
            if compression == "none" {
                through(&mut bench, &path, layout);
            }
        }
    }
    drop(bench.python.requests);
    bench.python.process.wait().expect("it ends");
}
