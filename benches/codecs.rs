//! Codecs through criterion: a plane of 16-bit voxels in strips, read by microtome and by the `tiff` crate, both on one
//! core. Each is checked against the plane before it is timed.
//!
//! The plane is like microscopy: smooth structure with about five bits of noise.

use std::io::{Cursor, Write};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use microtome::source::Source;
use microtome::source::tiff::{OpenOptions, open};
use microtome::volume::Region;

const SIDE: usize = 2048;
const STRIP_ROWS: usize = 64;

/// How bytes are packed.
type Pack = fn(&[u8]) -> Vec<u8>;

/// What a file is written with: its name, the code of its compression, and how that packs.
const PACKINGS: [(&str, u16, Pack); 4] = [
    ("none", 1, <[u8]>::to_vec),
    ("lzw", 5, lzw),
    ("deflate", 8, deflate),
    ("zstd", 50000, zstd),
];

fn lzw(bytes: &[u8]) -> Vec<u8> {
    weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
        .encode(bytes)
        .expect("bytes are symbols")
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(bytes, 9).expect("memory")
}

/// Seeded, the same on every run.
fn plane() -> Vec<u16> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    // The sum of four uniform numbers of 0..16 is nearly normal, with a deviation of 9.2 counts.
    let mut noise = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (0..4).map(|i| (state >> (40 + 6 * i)) & 15).sum::<u64>() as f32
    };
    (0..SIDE * SIDE)
        .map(|i| {
            let (y, x) = ((i / SIDE) as f32, (i % SIDE) as f32);
            let structure = 900.0 + 300.0 * (x / 90.0).sin() * (y / 70.0).cos();
            let blobs = 2000.0 * ((x / 41.0).sin() * (y / 37.0).sin()).powi(8);
            (structure + blobs + noise()) as u16
        })
        .collect()
}

/// A little-endian file of one page in strips.
fn file(plane: &[u16], code: u16, predictor: u16, pack: Pack) -> Vec<u8> {
    let mut rows: Vec<u16> = plane.to_vec();
    if predictor == 2 {
        for row in rows.chunks_mut(SIDE) {
            for i in (1..SIDE).rev() {
                row[i] = row[i].wrapping_sub(row[i - 1]);
            }
        }
    }
    let mut bytes = b"II\x2a\0\0\0\0\0".to_vec();
    let (mut offsets, mut counts) = (Vec::new(), Vec::new());
    for strip in rows.chunks(STRIP_ROWS * SIDE) {
        let samples: Vec<u8> = strip.iter().flat_map(|value| value.to_le_bytes()).collect();
        let packed = pack(&samples);
        offsets.push(bytes.len() as u32);
        counts.push(packed.len() as u32);
        bytes.extend(packed);
    }
    let mut table = |values: &[u32]| {
        let at = bytes.len() as u32;
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        at
    };
    let strips = offsets.len() as u32;
    let (offsets, counts) = (table(&offsets), table(&counts));
    let entries = [
        (256, 1, SIDE as u32),
        (257, 1, SIDE as u32),
        (258, 1, 16),
        (259, 1, code.into()),
        (262, 1, 1),
        (273, strips, offsets),
        (277, 1, 1),
        (278, 1, STRIP_ROWS as u32),
        (279, strips, counts),
        (317, 1, predictor.into()),
    ];
    let directory = bytes.len() as u32;
    bytes[4..8].copy_from_slice(&directory.to_le_bytes());
    bytes.extend((entries.len() as u16).to_le_bytes());
    for (tag, count, value) in entries {
        bytes.extend([(tag as u16).to_le_bytes(), 4u16.to_le_bytes()].concat());
        bytes.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
    }
    bytes.extend([0; 4]);
    bytes
}

fn by_the_tiff_crate(file: &[u8], out: &mut [u8]) {
    let mut decoder = tiff::decoder::Decoder::new(Cursor::new(file)).expect("a file");
    decoder.read_image_bytes(out).expect("an image");
}

fn codecs(criterion: &mut Criterion) {
    // One core each: what is compared is the decoders.
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build_global()
        .expect("no threads yet");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plane.tif");
    let plane = plane();
    let wanted: Vec<u8> = plane.iter().flat_map(|value| value.to_ne_bytes()).collect();
    for (name, code, pack) in PACKINGS {
        for predictor in [1, 2] {
            if code == 1 && predictor == 2 {
                continue;
            }
            let bytes = file(&plane, code, predictor, pack);
            std::fs::write(&path, &bytes).expect("the file is written");
            let source = open(&path, &OpenOptions::default()).expect("the file opens");
            let region = Region {
                level: 0,
                t: 0,
                c: 0..1,
                zyx: source.dataset().shape.volume_box(),
            };
            let mut out = vec![0; wanted.len()];
            source.read(&region, &mut out).expect("a plane");
            assert!(out == wanted, "{name}, predictor {predictor}");
            out.fill(0);
            by_the_tiff_crate(&bytes, &mut out);
            assert!(out == wanted, "{name}, predictor {predictor}: the tiff crate");

            let mut group = criterion.benchmark_group(format!("{name}, predictor {predictor}"));
            group.sample_size(10);
            group.throughput(Throughput::Bytes(wanted.len() as u64));
            group.bench_function("microtome", |bencher| {
                bencher.iter(|| source.read(&region, &mut out).expect("a plane"));
            });
            group.bench_function("tiff crate", |bencher| {
                bencher.iter(|| by_the_tiff_crate(&bytes, &mut out));
            });
            group.finish();
        }
    }
}

criterion_group!(benches, codecs);
criterion_main!(benches);
