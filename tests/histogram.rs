//! Histograms in the viewer: those that `stats` reports of the time point on the screen, exact or not there.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::gpu::{MemorySource, gpu, gpu_with_memory, gpu_with_tiles, random_between, random_bits, voxels_of};
use common::viewer::{pump_until, settle};
use microtome::gpu::Gpu;
use microtome::reduce::twin;
use microtome::session::{MeasureRequest, Measurer, Viewer, measure};
use microtome::source::Source;
use microtome::view::{Rect, ViewOptions};
use microtome::volume::{BinCounts, SampleType, Value};

fn show(source: &MemorySource) -> Viewer {
    Viewer::show(source.clone().shared(), ViewOptions::default(), Arc::new(|| ()))
}

/// What `stats` reports of a time point, per channel.
fn reported(source: &MemorySource, t: u64) -> Vec<BinCounts> {
    let source: Arc<dyn Source> = source.clone().shared();
    let request = MeasureRequest {
        times: t..t + 1,
        ..MeasureRequest::whole_file(source.as_ref())
    };
    let stats = measure(Measurer::Cpu, &source, &request, &mut None, &|_| ()).expect("it can be read");
    stats.channels.into_iter().map(|channel| channel.histogram).collect()
}

/// Counts between edges, one voxel after the other.
fn counted(voxels: &[u8], sample_type: SampleType, edges: &[Value]) -> Vec<u64> {
    let mut counts = vec![0; edges.len().saturating_sub(1)];
    for value in twin::exact_values(voxels, sample_type) {
        let is_finite = !matches!(value, Value::Float(value) if !value.is_finite());
        if is_finite {
            let is_above = |edge: &&Value| twin::order(edge, &value).is_le();
            let bin = edges.iter().take_while(is_above).count() - 1;
            counts[bin.min(edges.len() - 2)] += 1;
        }
    }
    counts
}

/// Compares the histograms of all channels with those of `stats` and with plain counting of voxels that can be read.
fn check(viewer: &Viewer, source: &MemorySource, t: u64, what: &str) {
    let shape = source.dataset.shape;
    let sample_type = source.dataset.sample_type;
    let plane = (shape.y * shape.x) as usize * sample_type.bytes();
    for (channel, wanted) in reported(source, t).into_iter().enumerate() {
        let found = viewer
            .histogram(channel)
            .unwrap_or_else(|| panic!("{what}: none of channel {channel}"));
        assert_eq!(*found, wanted, "{what}, channel {channel}");
        let planes = source.channel(t, channel as u64).chunks(plane).enumerate();
        let readable = planes.filter(|&(z, _)| source.damaged_plane != Some(z as u64));
        let voxels: Vec<u8> = readable.flat_map(|(_, plane)| plane.to_vec()).collect();
        assert_eq!(
            found.counts,
            counted(&voxels, sample_type, &found.edges),
            "{what}, channel {channel}"
        );
        assert!(
            found.counts.len() <= 256 && found.counts.iter().sum::<u64>() > 0,
            "{what}"
        );
    }
}

fn check_settled(gpu: &Gpu, source: &MemorySource, what: &str) {
    let mut viewer = show(source);
    settle(&mut viewer, gpu);
    check(&viewer, source, 0, what);
    gpu.check().expect("no error of the device");
}

#[test]
fn every_type_in_tiles_and_whole() {
    let (Some(whole), Some(tiled)) = (gpu(), gpu_with_tiles(16)) else {
        return;
    };
    let types = SampleType::ALL.into_iter().filter(|sample_type| !sample_type.is_wide());
    for (index, sample_type) in types.enumerate() {
        let source = MemorySource::random(sample_type, [1, 2, 5, 33, 21], 300 + index as u64).in_strips(7);
        for (gpu, what) in [(&whole, "whole"), (&tiled, "tiled")] {
            check_settled(gpu, &source, &format!("{sample_type} {what}"));
        }
    }
}

/// 32-bit types whose keys begin alike are counted by their lower half.
#[test]
fn narrow_ranges_of_wide_types() {
    let Some(gpu) = gpu_with_tiles(16) else { return };
    for (sample_type, limits) in [
        (SampleType::U32, (3_000_000_000.0, 3_000_000_200.0)),
        (SampleType::U32, (65_530.0, 200_000.0)),
        (SampleType::I32, (-90_000.0, 90_000.0)),
        (SampleType::F32, (1.0, 1.01)),
        (SampleType::F32, (-0.001, 1000.0)),
    ] {
        let source = MemorySource::between(sample_type, [1, 2, 3, 35, 34], limits, 31);
        check_settled(&gpu, &source, &format!("{sample_type} {limits:?}"));
    }
    // Channels of one image that need different passes, and one without a finite voxel.
    let voxels = [
        random_between(SampleType::F32, 300, (2.0, 2.01), 5),
        voxels_of(SampleType::F32, [f64::NAN; 300]),
        random_bits(SampleType::F32, 300, 6),
    ];
    let source = MemorySource::new(SampleType::F32, [1, 3, 3, 10, 10], voxels.concat());
    let mut viewer = show(&source);
    settle(&mut viewer, &gpu);
    let wanted = reported(&source, 0);
    assert_eq!(wanted[1], BinCounts::default());
    for (channel, wanted) in wanted.iter().enumerate() {
        assert_eq!(viewer.histogram(channel), Some(wanted), "channel {channel}");
    }
}

/// Layers of more voxels than are counted at once, and many steps.
#[test]
fn large_planes_are_counted_in_steps() {
    let Some(gpu) = gpu() else { return };
    let source = MemorySource::between(SampleType::U16, [1, 1, 3, 1037, 1531], (100.0, 4000.0), 41);
    check_settled(&gpu, &source, "large planes");
    let source = MemorySource::between(SampleType::U8, [1, 2, 67, 211, 307], (0.0, 9.0), 42);
    check_settled(&gpu, &source, "many planes");
}

#[test]
fn planes_that_cannot_be_read_are_left_out() {
    let Some(gpu) = gpu_with_tiles(16) else { return };
    let mut source = MemorySource::between(SampleType::U16, [1, 2, 21, 19, 23], (5.0, 900.0), 43);
    source.damaged_plane = Some(7);
    check_settled(&gpu, &source, "a damaged plane");
}

#[test]
fn a_time_point_keeps_the_one_before_until_it_is_counted() {
    let Some(gpu) = gpu() else { return };
    let mut source = MemorySource::random(SampleType::U16, [3, 2, 6, 40, 50], 44);
    source.delay = Duration::from_millis(2);
    let mut viewer = show(&source);
    pump_until(&mut viewer, &gpu, "opening", |viewer| viewer.view().is_some());
    assert_eq!(viewer.histogram(0), None, "nothing was counted");
    settle(&mut viewer, &gpu);
    check(&viewer, &source, 0, "the first");
    let before = reported(&source, 0);
    let after = reported(&source, 2);
    assert!(viewer.view_mut().expect("open").set_time(2));
    pump_until(&mut viewer, &gpu, "the next", |viewer| {
        for channel in 0..2 {
            let found = viewer.histogram(channel).expect("the one before stays");
            assert!(
                *found == before[channel] || *found == after[channel],
                "it is of neither"
            );
        }
        viewer.histogram(1) == Some(&after[1])
    });
    settle(&mut viewer, &gpu);
    check(&viewer, &source, 2, "the next");
    assert!(!viewer.pump(&gpu) && !viewer.is_busy(), "nothing is left to do");
    assert_eq!(viewer.histogram(2), None, "there are two channels");
}

#[test]
fn they_come_while_frames_are_drawn_without_end() {
    let Some(gpu) = gpu() else { return };
    let source = MemorySource::random(SampleType::U8, [1, 2, 6, 40, 50], 45);
    let mut viewer = show(&source);
    let target = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("screen"),
        size: wgpu::Extent3d {
            width: 50,
            height: 40,
            depth_or_array_layers: 1,
        },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
        view_formats: &[],
    });
    let canvas = Rect {
        x: 0,
        y: 0,
        width: 50,
        height: 40,
    };
    let started = std::time::Instant::now();
    while viewer.histogram(0).is_none() || viewer.histogram(1).is_none() {
        assert!(started.elapsed() < common::viewer::TIMEOUT, "still not counted");
        viewer.pump(&gpu);
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        viewer.draw(&gpu, &mut encoder, &target, canvas, false);
        gpu.queue.submit([encoder.finish()]);
        std::thread::sleep(Duration::from_millis(1));
    }
    check(&viewer, &source, 0, "while frames are drawn");
}

#[test]
fn a_stopped_load_and_what_no_texture_holds_have_none() {
    let Some(gpu) = gpu() else { return };
    let mut source = MemorySource::random(SampleType::U16, [1, 1, 60, 100, 100], 46);
    source.delay = Duration::from_millis(10);
    let mut viewer = show(&source);
    pump_until(&mut viewer, &gpu, "a plane", Viewer::is_plane_ready);
    viewer.cancel();
    pump_until(&mut viewer, &gpu, "the rest", |viewer| !viewer.is_busy());
    assert_eq!(viewer.histogram(0), None);

    let mut viewer = show(&MemorySource::random(SampleType::F64, [1, 1, 3, 10, 10], 47));
    settle(&mut viewer, &gpu);
    assert_eq!(viewer.histogram(0), None);
}

#[test]
fn larger_than_memory_they_come_with_the_numbers() {
    let Some(small) = gpu_with_memory(96 << 10, 16) else {
        return;
    };
    for (index, sample_type) in SampleType::ALL.into_iter().enumerate() {
        let mut source = MemorySource::random(sample_type, [1, 2, 21, 40, 50], 320 + index as u64).in_strips(7);
        check_settled(&small, &source, &format!("{sample_type} streamed"));
        source.damaged_plane = Some(5);
        check_settled(&small, &source, &format!("{sample_type} streamed and damaged"));
    }
    // Values that are alike in their upper bits have no histogram that is exact.
    let narrow = MemorySource::between(SampleType::U32, [1, 1, 30, 40, 50], (3e9, 3e9 + 200.0), 350);
    let mut viewer = show(&narrow);
    settle(&mut viewer, &small);
    assert_eq!(viewer.histogram(0), None);
}

#[test]
fn larger_than_memory_a_time_point_keeps_the_one_before() {
    let Some(small) = gpu_with_memory(96 << 10, 16) else {
        return;
    };
    let mut source = MemorySource::random(SampleType::U16, [3, 2, 21, 40, 50], 351);
    source.delay = Duration::from_millis(1);
    let mut viewer = show(&source);
    settle(&mut viewer, &small);
    check(&viewer, &source, 0, "the first");
    let (before, after) = (reported(&source, 0), reported(&source, 2));
    assert!(viewer.view_mut().expect("open").set_time(2));
    pump_until(&mut viewer, &small, "the next", |viewer| {
        let found = viewer.histogram(1).expect("the one before stays");
        assert!(*found == before[1] || *found == after[1], "it is of neither");
        *found == after[1]
    });
    settle(&mut viewer, &small);
    check(&viewer, &source, 2, "the next");
    // One that was measured is known at once; one that is stopped has none.
    assert!(viewer.view_mut().expect("open").set_time(0));
    viewer.pump(&small);
    check(&viewer, &source, 0, "the first again");
    assert!(viewer.view_mut().expect("open").set_time(1));
    viewer.pump(&small);
    viewer.cancel();
    assert_eq!(viewer.histogram(0), None);
}
