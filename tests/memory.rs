//! Many files opened one after another: what a file took is given back.
#![cfg(target_os = "linux")]

mod common;

use std::path::Path;
use std::sync::Arc;

use common::gpu::{gpu, random_bits};
use common::tiff_files::LITTLE;
use common::tiff_writer::Page;
use common::viewer::{pump_until, settle};
use microtome::gpu::Gpu;
use microtome::session::{OpenRequest, Viewer};
use microtome::view::{ContrastRule, ProfileLine};
use microtome::volume::SampleType;

const FILES: usize = 100;
/// After so many every kind of use has happened once: drivers have compiled their kernels, allocators have their arenas.
const FIRST: usize = 4;
const PLANES: u64 = 24;
const SIDE: u32 = 256;

/// Bytes of main memory that the test takes.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux says");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    1024 * kib.expect("a number")
}

/// Bytes that the device has allocated, where it tells: on lavapipe they are of main memory, too.
fn device_bytes(gpu: &Gpu) -> Option<u64> {
    gpu.wait();
    gpu.poll();
    gpu.device
        .generate_allocator_report()
        .map(|report| report.total_allocated_bytes)
}

/// Opens, looks at, measures and closes it; or leaves it while it is being read.
fn use_once(gpu: &Gpu, path: &Path, is_left_early: bool) {
    let request = OpenRequest {
        path: path.to_owned(),
        ..OpenRequest::default()
    };
    let mut viewer = Viewer::open(request, Arc::new(|| ()));
    pump_until(&mut viewer, gpu, "the first plane", Viewer::is_plane_ready);
    viewer.picture(gpu, [640, 480]).expect("a picture");
    if is_left_early {
        return;
    }
    viewer
        .view_mut()
        .expect("open")
        .set_contrast(None, ContrastRule::Percentile(1.0, 99.0));
    let scope = viewer.scope(None);
    viewer.measure(gpu, scope);
    let line = ProfileLine {
        from_uv: [3.0, 3.0],
        to_uv: [200.0, 180.0],
    };
    viewer.profile(gpu, Some(line));
    settle(&mut viewer, gpu);
    assert!(viewer.measured().is_some() && viewer.profiled().is_some() && viewer.histogram(0).is_some());
    viewer.picture(gpu, [640, 480]).expect("a picture");
}

#[test]
fn a_hundred_files_take_no_more_than_the_first_few() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let paths = [0, 1].map(|seed| {
        let plane = u64::from(SIDE * SIDE);
        let bits = random_bits(SampleType::U16, PLANES * plane, seed);
        let pages: Vec<Page> = bits
            .chunks(2 * plane as usize)
            .map(|plane| Page::gray(SIDE, SIDE, 16, 1, plane.to_vec()))
            .collect();
        let path = folder.path().join(format!("{seed}.tif"));
        std::fs::write(&path, LITTLE.write(&pages)).expect("the file is written");
        path
    });
    let mut first = (0, None);
    for index in 0..FILES {
        use_once(&gpu, &paths[index % 2], index % 4 == 3);
        let now = (resident_bytes(), device_bytes(&gpu));
        if index + 1 == FIRST {
            first = now;
        }
        if index < FIRST || index % 10 == 9 {
            println!("after file {index}: {} resident, {:?} on the device", now.0, now.1);
        }
        if index + 1 == FILES {
            let (resident, device) = first;
            let most = resident + resident / 10;
            assert!(now.0 <= most, "{} bytes resident, after the first {resident}", now.0);
            let is_back = now.1.zip(device).is_none_or(|(now, first)| now <= first + first / 10);
            assert!(is_back, "{:?} bytes on the device, after the first {device:?}", now.1);
        }
    }
    gpu.check().expect("no error of the device");
}
