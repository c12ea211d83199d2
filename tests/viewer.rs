//! A viewer without a window: it loads in the background, becomes exact, follows the view, and never hangs.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use common::gpu::{MemorySource, gpu, gpu_with_memory, gpu_with_tiles};
use common::viewer::{TIMEOUT, pump_until, settle};
use microtome::gpu::Gpu;
use microtome::reduce::twin;
use microtome::session::{Headless, OpenRequest, Phase, Viewer, Wake};
use microtome::source::{KidneySample, Source, SourceError};
use microtome::view::{ContrastRule, Rect, ViewOptions};
use microtome::volume::{Axis, Dataset, Region, SampleType, Value, Window};

fn silent() -> Wake {
    Arc::new(|| ())
}

fn show(source: MemorySource) -> Viewer {
    Viewer::show(source.shared(), ViewOptions::default(), silent())
}

/// The range of a channel's voxels at a time, or of a part of them.
fn range(source: &MemorySource, t: u64, c: u64, keep: impl Fn([u64; 3]) -> bool) -> (f64, f64) {
    let shape = source.dataset.shape;
    let values = twin::values(source.channel(t, c), source.dataset.sample_type);
    let kept = (0..).zip(values).filter(|&(index, _): &(u64, f64)| {
        keep([index / (shape.y * shape.x), index / shape.x % shape.y, index % shape.x])
    });
    kept.map(|(_, value)| value)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)))
}

fn windows(viewer: &Viewer) -> Vec<(f64, f64)> {
    let view = viewer.view().expect("open");
    view.channels.iter().map(|c| (c.window.lo, c.window.hi)).collect()
}

fn stats_range(viewer: &Viewer, channel: usize) -> (Value, Value) {
    viewer
        .channel_stats(channel)
        .and_then(|s| s.range)
        .expect("finite voxels")
}

fn f64_range((lo, hi): (Value, Value)) -> (f64, f64) {
    (lo.as_f64(), hi.as_f64())
}

#[test]
fn the_sample_becomes_exact_and_is_drawn_as_without_a_window() {
    let Some(gpu) = gpu() else { return };
    let request = OpenRequest {
        path: KidneySample::PATH.into(),
        ..Default::default()
    };
    let mut viewer = Viewer::open(request, silent());
    assert_eq!(*viewer.phase(), Phase::Opening);
    settle(&mut viewer, &gpu);
    for (channel, range) in [(10, 4095), (68, 4095), (35, 4095)].into_iter().enumerate() {
        let stats = viewer.channel_stats(channel).expect("measured");
        assert_eq!(stats.range, Some((Value::Integer(range.0), Value::Integer(range.1))));
        assert_eq!(stats.non_finite, 0);
    }
    assert_eq!(windows(&viewer), [(10.0, 4095.0), (68.0, 4095.0), (35.0, 4095.0)]);
    let (picture, _) = viewer.picture(&gpu, [512, 512]).expect("a picture");
    let options = ViewOptions {
        size: Some([512, 512]),
        ..Default::default()
    };
    let mut headless = Headless::new(gpu, Arc::new(KidneySample::new()));
    let (expected, view) = headless.render(&options, &|_| ()).expect("a picture");
    assert_eq!(view.channels, viewer.view().expect("open").channels);
    assert!(picture == expected, "the pictures differ");
}

#[test]
fn every_type_becomes_exact_in_tiles() {
    let Some(gpu) = gpu_with_tiles(16) else { return };
    for (index, sample_type) in SampleType::ALL.into_iter().enumerate() {
        let source = MemorySource::random(sample_type, [1, 2, 5, 33, 20], 10 + index as u64).in_strips(7);
        let mut viewer = show(source.clone());
        settle(&mut viewer, &gpu);
        for channel in 0..2 {
            let numbers = twin::numbers(source.channel(0, channel), sample_type);
            let stats = viewer.channel_stats(channel as usize).expect("measured");
            assert_eq!(stats.non_finite, numbers.non_finite, "{sample_type}");
            assert_eq!(
                Some(stats_range(&viewer, channel as usize)),
                numbers.range,
                "{sample_type}"
            );
        }
        gpu.check().expect("no error of the device");
    }
}

#[test]
fn the_shown_plane_comes_first() {
    let Some(gpu) = gpu() else { return };
    let mut source = MemorySource::random(SampleType::U16, [1, 1, 60, 300, 300], 3);
    source.delay = Duration::from_millis(10);
    let options = ViewOptions {
        plane: Some(47),
        ..Default::default()
    };
    let mut viewer = Viewer::show(source.shared(), options, silent());
    pump_until(&mut viewer, &gpu, "the first plane", Viewer::is_plane_ready);
    assert!(!viewer.is_exact(), "59 planes are still to come");
    let Phase::Loading { done, total } = *viewer.phase() else {
        panic!("{:?}", viewer.phase());
    };
    assert!(done < total && total == 60);
    // Another plane that is not there yet: the last one stays.
    let canvas = [8, 8];
    let (before, _) = viewer.picture(&gpu, canvas).expect("a picture");
    viewer.view_mut().expect("open").set_plane(0);
    assert!(!viewer.is_plane_ready());
    let (after, drawn) = viewer.picture(&gpu, canvas).expect("a picture");
    assert_eq!(drawn.plane(), 47);
    assert!(before == after);
    settle(&mut viewer, &gpu);
    assert_eq!(viewer.picture(&gpu, canvas).expect("a picture").1.plane(), 0);
}

#[test]
fn time_steps_and_the_newest_wins() {
    let Some(gpu) = gpu() else { return };
    let mut source = MemorySource::random(SampleType::U16, [4, 2, 6, 9, 11], 4);
    source.delay = Duration::from_millis(2);
    let mut viewer = show(source.clone());
    settle(&mut viewer, &gpu);
    for t in [1, 3, 2] {
        assert!(viewer.view_mut().expect("open").set_time(t));
        viewer.pump(&gpu);
        assert!(!viewer.is_plane_ready(), "time {t} is still to come");
        viewer.picture(&gpu, [11, 9]).expect("the last picture stays");
    }
    // Back to the time point on the screen: nothing to wait for.
    viewer.view_mut().expect("open").set_time(0);
    viewer.pump(&gpu);
    assert!(viewer.is_plane_ready() && *viewer.phase() == Phase::Ready);
    viewer.view_mut().expect("open").set_time(2);
    settle(&mut viewer, &gpu);
    assert_eq!(viewer.view().expect("open").t, 2);
    viewer.picture(&gpu, [0, 9]).expect_err("without a pixel");
    gpu.check().expect("no error of the device");
    for channel in 0..2 {
        assert_eq!(
            f64_range(stats_range(&viewer, channel)),
            range(&source, 2, channel as u64, |_| true)
        );
    }
    let options = ViewOptions {
        t: Some(2),
        size: Some([11, 9]),
        ..Default::default()
    };
    let (expected, _) = Headless::new(gpu.clone(), source.shared())
        .render(&options, &|_| ())
        .expect("a picture");
    assert!(viewer.picture(&gpu, [11, 9]).expect("a picture").0 == expected);
}

/// Goes on to the next time with every picture, without waiting for any, and notes the times that are drawn.
fn play(viewer: &mut Viewer, gpu: &Gpu, count: u64, is_enough: impl Fn(&[u64]) -> bool) {
    let started = Instant::now();
    let mut drawn: Vec<u64> = Vec::new();
    for t in (0..count).cycle() {
        viewer.view_mut().expect("open").set_time(t);
        viewer.pump(gpu);
        let (_, view) = viewer.picture(gpu, [11, 9]).expect("a picture");
        if drawn.last() != Some(&view.t) {
            drawn.push(view.t);
        }
        if is_enough(&drawn) {
            return;
        }
        assert!(started.elapsed() < TIMEOUT, "only {drawn:?}");
    }
}

#[test]
fn times_that_are_asked_for_faster_than_they_come_are_shown() {
    let Some(gpu) = gpu() else { return };
    let mut source = MemorySource::random(SampleType::U16, [7, 1, 6, 300, 300], 12);
    source.delay = Duration::from_millis(20);
    let mut viewer = show(source);
    settle(&mut viewer, &gpu);
    play(&mut viewer, &gpu, 7, |drawn| drawn.len() > 4);
}

/// Counts what is read.
struct Counted(MemorySource, Arc<AtomicUsize>);

impl Source for Counted {
    fn dataset(&self) -> &Dataset {
        self.0.dataset()
    }

    fn chunk_shape(&self, level: usize) -> [u64; 4] {
        self.0.chunk_shape(level)
    }

    fn read(&self, region: &Region, out: &mut [u8]) -> Result<(), SourceError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.read(region, out)
    }
}

#[test]
fn times_that_fit_the_memory_budget_are_read_once() {
    // Room for all of them, and for three.
    let some = gpu_with_memory((128 << 20) + (3 << 20), 256);
    for (gpu, is_room) in [(gpu(), true), (some, false)] {
        let Some(gpu) = gpu else { return };
        let source = MemorySource::random(SampleType::U16, [5, 1, 4, 350, 300], 13);
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::new(Counted(source.clone(), count.clone()));
        let mut viewer = Viewer::show(counted, ViewOptions::default(), silent());
        settle(&mut viewer, &gpu);
        let mut round = |times: &[u64]| {
            let before = count.load(Ordering::Relaxed);
            for &t in times {
                viewer.view_mut().expect("open").set_time(t);
                settle(&mut viewer, &gpu);
                assert_eq!(f64_range(stats_range(&viewer, 0)), range(&source, t, 0, |_| true));
                assert_eq!(viewer.picture(&gpu, [11, 9]).expect("a picture").1.t, t);
            }
            count.load(Ordering::Relaxed) - before
        };
        let all = round(&[1, 2, 3, 4]);
        assert!(all > 0);
        assert_eq!(round(&[3, 4, 3]), 0, "the last ones are there");
        let again = round(&[0, 1, 2, 3, 4]);
        assert_eq!(again == 0, is_room, "{again} reads");
        viewer.forget_other_times();
        viewer.view_mut().expect("open").set_time(1);
        settle(&mut viewer, &gpu);
        assert!(
            count.load(Ordering::Relaxed) > all + again + all / 4,
            "it is read again"
        );
    }
}

#[test]
fn contrast_follows_the_plane_the_rule_and_the_normal() {
    let Some(gpu) = gpu_with_tiles(16) else { return };
    let source = MemorySource::between(SampleType::I16, [1, 2, 18, 19, 20], (-3000.0, 3000.0), 5);
    let mut viewer = show(source.clone());
    let of_volume: Vec<_> = (0..2).map(|c| range(&source, 0, c, |_| true)).collect();
    settle(&mut viewer, &gpu);
    assert_eq!(windows(&viewer), of_volume);
    for normal in Axis::ALL {
        for plane in [0, 16] {
            let view = viewer.view_mut().expect("open");
            view.set_contrast(None, ContrastRule::Plane);
            view.set_normal(normal);
            view.set_plane(plane);
            settle(&mut viewer, &gpu);
            let in_plane = |c| range(&source, 0, c, |voxel| voxel[normal.index()] == plane);
            let expected = [in_plane(0), in_plane(1)];
            assert_eq!(windows(&viewer), expected, "plane {plane} along {normal}");
            viewer
                .view_mut()
                .expect("open")
                .set_contrast(None, ContrastRule::PlaneShared);
            settle(&mut viewer, &gpu);
            let both = (expected[0].0.min(expected[1].0), expected[0].1.max(expected[1].1));
            assert_eq!(windows(&viewer), [both; 2]);
        }
    }
    let view = viewer.view_mut().expect("open");
    view.set_contrast(Some(0), ContrastRule::Percentile(5.0, 90.0));
    view.set_window(1, Window::new(-1.0, 2.5));
    settle(&mut viewer, &gpu);
    let found = windows(&viewer);
    let sorted = twin::numbers(source.channel(0, 0), SampleType::I16).sorted;
    let percentile = |percent| {
        let (below, above, fraction) = microtome::reduce::ranks_of_percentile(percent, sorted.len() as u64);
        microtome::reduce::percentile_from_neighbours(sorted[below as usize], sorted[above as usize], fraction)
    };
    assert_eq!(found, [(percentile(5.0), percentile(90.0)), (-1.0, 2.5)]);
    viewer
        .view_mut()
        .expect("open")
        .set_contrast(None, ContrastRule::Volume);
    settle(&mut viewer, &gpu);
    assert_eq!(windows(&viewer), of_volume);
}

#[test]
fn a_plane_across_the_stack_is_measured_when_all_of_it_is_there() {
    let Some(gpu) = gpu() else { return };
    let mut source = MemorySource::between(SampleType::U16, [1, 1, 30, 300, 300], (500.0, 4000.0), 6);
    source.delay = Duration::from_millis(5);
    let options = ViewOptions {
        normal: Some(Axis::X),
        plane: Some(2),
        contrast: Some(ContrastRule::Plane),
        ..Default::default()
    };
    let mut viewer = Viewer::show(source.clone().shared(), options, silent());
    settle(&mut viewer, &gpu);
    assert_eq!(windows(&viewer), [range(&source, 0, 0, |voxel| voxel[2] == 2)]);
}

#[test]
fn percentiles_of_32_bits_are_exact() {
    let Some(gpu) = gpu_with_tiles(16) else { return };
    for sample_type in [SampleType::U32, SampleType::F32] {
        let source = MemorySource::between(sample_type, [1, 2, 3, 33, 34], (3e6, 4e6), 7);
        let options = ViewOptions {
            contrast: Some(ContrastRule::DEFAULT_PERCENTILE),
            ..Default::default()
        };
        let mut viewer = Viewer::show(source.clone().shared(), options.clone(), silent());
        settle(&mut viewer, &gpu);
        let (_, view) = Headless::new(gpu.clone(), source.shared())
            .render(&options, &|_| ())
            .expect("a picture");
        let expected: Vec<_> = view.channels.iter().map(|c| (c.window.lo, c.window.hi)).collect();
        assert_eq!(windows(&viewer), expected, "{sample_type}");
    }
}

#[test]
fn cancelling_keeps_what_has_arrived() {
    let Some(gpu) = gpu() else { return };
    let mut source = MemorySource::random(SampleType::U8, [2, 1, 50, 400, 400], 8);
    source.delay = Duration::from_millis(5);
    let mut viewer = show(source);
    pump_until(&mut viewer, &gpu, "a plane", Viewer::is_plane_ready);
    viewer.cancel();
    let Phase::Cancelled { done, total } = *viewer.phase() else {
        panic!("{:?}", viewer.phase());
    };
    assert!(done > 0 && done < total);
    pump_until(&mut viewer, &gpu, "rest", |viewer| !viewer.is_busy());
    assert!(matches!(viewer.phase(), Phase::Cancelled { .. }));
    assert!(!viewer.is_exact());
    viewer.picture(&gpu, [4, 4]).expect("the plane that arrived");
    // A time step from here, cancelled as well, goes back to a time point that is still not all there.
    viewer.view_mut().expect("open").set_time(1);
    viewer.pump(&gpu);
    viewer.cancel();
    assert_eq!(viewer.view().expect("open").t, 0);
    viewer.pump(&gpu);
    assert!(
        matches!(viewer.phase(), Phase::Cancelled { .. }),
        "{:?}",
        viewer.phase()
    );
    // One that is not cancelled arrives.
    viewer.view_mut().expect("open").set_time(1);
    settle(&mut viewer, &gpu);
}

#[test]
fn what_fails_says_why_in_one_line() {
    let Some(gpu) = gpu() else { return };
    let fails = |mut viewer: Viewer, part: &str| {
        pump_until(&mut viewer, &gpu, part, |v| matches!(v.phase(), Phase::Failed(_)));
        let Phase::Failed(reason) = viewer.phase() else { return };
        assert!(reason.contains(part) && !reason.contains('\n'), "{reason}");
        assert!(!viewer.is_busy());
        assert!(!viewer.pump(&gpu), "nothing happens after that");
    };
    let request = OpenRequest {
        path: "no/such/file.tif".into(),
        ..Default::default()
    };
    fails(Viewer::open(request, silent()), "no/such/file.tif");
    let options = ViewOptions {
        plane: Some(99),
        ..Default::default()
    };
    let source = MemorySource::random(SampleType::U8, [1, 1, 5, 4, 4], 9);
    fails(Viewer::show(source.clone().shared(), options, silent()), "plane 99");
    // One plane of several that cannot be read is no reason not to show the others.
    let damaged = MemorySource {
        damaged_plane: Some(0),
        ..MemorySource::random(SampleType::U8, [1, 2, 1, 4, 4], 9)
    };
    fails(show(damaged), "plane 0");
    fails(
        show(MemorySource::new(SampleType::U8, [1, 1, 0, 4, 4], Vec::new())),
        "no voxel",
    );
    gpu.check().expect("no error of the device");
}

#[test]
fn dropping_while_loading_waits_for_nobody() {
    let Some(gpu) = gpu() else { return };
    let mut source = MemorySource::random(SampleType::U8, [1, 1, 40, 4, 4], 10);
    source.delay = Duration::from_secs(5);
    for pumps in [0, 3] {
        let mut viewer = show(source.clone());
        for _ in 0..pumps {
            viewer.pump(&gpu);
            std::thread::sleep(Duration::from_millis(20));
        }
        let started = Instant::now();
        drop(viewer);
        assert!(started.elapsed() < Duration::from_secs(2));
    }
}

/// As a window does: it sleeps until it is woken, and pumps again soon only while the viewer is busy.
#[test]
fn wakes_are_enough() {
    let Some(gpu) = gpu() else { return };
    for sample_type in [SampleType::U16, SampleType::F64] {
        let (sender, woken) = mpsc::channel();
        let wakes = Arc::new(AtomicUsize::new(0));
        let wake: Wake = {
            let wakes = wakes.clone();
            Arc::new(move || {
                wakes.fetch_add(1, Ordering::Relaxed);
                // The viewer may be gone.
                let _ = sender.send(());
            })
        };
        let source = MemorySource::random(sample_type, [1, 2, 200, 30, 30], 11);
        let mut viewer = Viewer::show(source.shared(), ViewOptions::default(), wake);
        let started = Instant::now();
        while !(*viewer.phase() == Phase::Ready && viewer.is_exact()) {
            let rest = if viewer.is_busy() {
                Duration::from_millis(2)
            } else {
                TIMEOUT
            };
            if woken.recv_timeout(rest).is_err() {
                assert!(viewer.is_busy(), "{sample_type}: asleep at {:?}", viewer.phase());
            }
            // Wakes that came meanwhile are answered by one pump.
            while woken.try_recv().is_ok() {}
            viewer.pump(&gpu);
            assert!(started.elapsed() < TIMEOUT);
        }
        assert!(wakes.load(Ordering::Relaxed) > 0);
    }
}

#[test]
fn nothing_is_drawn_before_there_is_anything() {
    let Some(gpu) = gpu() else { return };
    let mut source = MemorySource::random(SampleType::U8, [1, 1, 2, 4, 4], 12);
    // Nobody waits for it: it is given up at the end.
    source.delay = Duration::from_secs(5);
    let mut viewer = show(source);
    let target = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("target"),
        size: wgpu::Extent3d {
            width: 8,
            height: 8,
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
        width: 8,
        height: 8,
    };
    for _ in 0..3 {
        viewer.pump(&gpu);
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        viewer.draw(&gpu, &mut encoder, &target, canvas, false);
        gpu.queue.submit([encoder.finish()]);
        assert!(viewer.picture(&gpu, [8, 8]).is_err());
    }
    gpu.wait();
    gpu.check().expect("no error of the device");
}

#[test]
fn a_picture_leaves_what_is_around_it_where_that_is_asked_for() {
    let Some(gpu) = gpu() else { return };
    let canvas = Rect {
        x: 24,
        y: 8,
        width: 32,
        height: 40,
    };
    let (width, height) = (64, 56);
    let format = wgpu::TextureFormat::Rgba8Unorm;
    // In one pass, and in several that are joined.
    for channels in [3, 11] {
        let source = MemorySource::random(SampleType::U16, [1, channels, 1, 30, 20], 71);
        let mut viewer = show(source);
        assert!(
            !draw_around(&gpu, &mut viewer, canvas, [width, height], format, true).1,
            "there is nothing yet"
        );
        settle(&mut viewer, &gpu);
        let (cleared, is_kept) = draw_around(&gpu, &mut viewer, canvas, [width, height], format, false);
        assert!(!is_kept);
        let (kept, is_kept) = draw_around(&gpu, &mut viewer, canvas, [width, height], format, true);
        assert!(is_kept);
        let pairs = cleared.chunks_exact(4).zip(kept.chunks_exact(4));
        for (index, (cleared, kept)) in pairs.enumerate() {
            let (x, y) = (index as u32 % width, index as u32 / width);
            let is_inside =
                (canvas.x..canvas.x + canvas.width).contains(&x) && (canvas.y..canvas.y + canvas.height).contains(&y);
            let wanted: (&[u8], &[u8]) = match is_inside {
                true => (cleared, cleared),
                false => (&[0, 0, 0, 255], &[0, 255, 0, 255]),
            };
            assert_eq!((cleared, kept), wanted, "{channels} channels at {x}, {y}");
        }
    }
}

/// Draws a viewer's picture into a target that was green. Returns its pixels, and whether it says that they are kept.
fn draw_around(
    gpu: &microtome::gpu::Gpu,
    viewer: &mut Viewer,
    canvas: Rect,
    [width, height]: [u32; 2],
    format: wgpu::TextureFormat,
    keeps_rest: bool,
) -> (Vec<u8>, bool) {
    let size = wgpu::Extent3d {
        width,
        height,
        depth_or_array_layers: 1,
    };
    let target = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("target"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let green = [0, 255, 0, 255].repeat((width * height) as usize);
    let layout = wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(4 * width),
        rows_per_image: None,
    };
    gpu.queue.write_texture(target.as_image_copy(), &green, layout, size);
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let is_kept = viewer.draw(gpu, &mut encoder, &target, canvas, keeps_rest);
    let readback = microtome::gpu::Readback::new(gpu, u64::from(4 * width * height));
    let to = wgpu::TexelCopyBufferInfo {
        buffer: readback.buffer(),
        layout,
    };
    encoder.copy_texture_to_buffer(target.as_image_copy(), to, size);
    gpu.queue.submit([encoder.finish()]);
    readback.map();
    (readback.wait(gpu).expect("pixels"), is_kept)
}
