//! Images larger than the memory budget: planes are loaded as they are looked at, and everything is measured in the
//! background. What is shown in the end is what is shown where everything fits.

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::gpu::{MemorySource, gpu, gpu_with_memory, voxels_of};
use common::viewer::{TIMEOUT, pump_until, settle};
use microtome::gpu::Gpu;
use microtome::reduce::twin;
use microtome::session::{Headless, Phase, Viewer};
use microtome::source::Source;
use microtome::view::{Camera, ContrastRule, Filter, Layout, Picture, ViewOptions, ViewState};
use microtome::volume::{Axis, SampleType};

const MAX_TILE: u64 = 16;

fn show(source: MemorySource) -> Viewer {
    Viewer::show(source.shared(), ViewOptions::default(), Arc::new(|| ()))
}

/// The picture once everything that it needs is there: what is in view follows from the canvas.
fn settled_picture(viewer: &mut Viewer, gpu: &Gpu, size: [u32; 2]) -> (Picture, ViewState) {
    settle(viewer, gpu);
    viewer.picture(gpu, size).expect("a picture");
    settle(viewer, gpu);
    let started = Instant::now();
    loop {
        viewer.pump(gpu);
        let (picture, view) = viewer.picture(gpu, size).expect("a picture");
        if viewer.is_plane_ready() && !viewer.is_busy() && view.index == viewer.view().expect("open").index {
            return (picture, view);
        }
        assert!(started.elapsed() < TIMEOUT, "no picture");
    }
}

/// The same view of the same image, where all of it fits.
fn expected(whole: &mut Viewer, gpu: &Gpu, view: &ViewState, size: [u32; 2]) -> Picture {
    settle(whole, gpu);
    *whole.view_mut().expect("open") = view.clone();
    settle(whole, gpu);
    whole.picture(gpu, size).expect("a picture").0
}

#[test]
fn every_plane_is_that_of_the_whole() {
    let Some(large) = gpu() else { return };
    // Two planes of one channel, about.
    let Some(small) = gpu_with_memory(96 << 10, MAX_TILE) else {
        return;
    };
    for (seed, sample_type) in [SampleType::U16, SampleType::I8, SampleType::F32, SampleType::F64]
        .into_iter()
        .enumerate()
    {
        let source = MemorySource::random(sample_type, [1, 2, 21, 40, 50], 5 + seed as u64).in_strips(7);
        let mut stream = show(source.clone());
        let mut whole = show(source.clone());
        settle(&mut stream, &small);
        for channel in 0..2 {
            let numbers = twin::numbers(source.channel(0, channel), sample_type);
            let stats = stream.channel_stats(channel as usize).expect("measured");
            assert_eq!(
                (stats.range, stats.non_finite),
                (numbers.range, numbers.non_finite),
                "{sample_type}"
            );
        }
        for normal in Axis::ALL {
            for plane in [0, 20, 3, 4, 5, 19] {
                let view = stream.view_mut().expect("open");
                view.set_normal(normal);
                view.set_plane(plane);
                let (found, view) = settled_picture(&mut stream, &small, [90, 70]);
                assert_eq!((view.normal, view.plane()), (normal, plane));
                let wanted = expected(&mut whole, &large, &view, [90, 70]);
                assert!(found == wanted, "{sample_type}: plane {plane} along {normal}");
            }
        }
        small.check().expect("no error of the device");
    }
}

#[test]
fn tiles_meet_without_seams() {
    let Some(large) = gpu() else { return };
    let Some(small) = gpu_with_memory(1 << 20, MAX_TILE) else {
        return;
    };
    let source = MemorySource::random(SampleType::U16, [1, 1, 9, 61, 53], 77);
    let source = MemorySource {
        chunk: [1, 1, 5, 7],
        ..source
    };
    let (mut stream, mut whole) = (show(source.clone()), show(source));
    settle(&mut stream, &small);
    // Too large only as a whole of 32 MiB and more: the budget counts what loading takes.
    for (filter, center, zoom) in [
        (Filter::Linear, [14.0, 15.0], 11.0),
        (Filter::Nearest, [28.3, 44.1], 5.5),
        (Filter::Linear, [50.0, 2.0], 9.0),
    ] {
        let view = stream.view_mut().expect("open");
        view.filter = filter;
        view.camera = Camera::At {
            center,
            zoom,
            is_square: false,
        };
        let (found, view) = settled_picture(&mut stream, &small, [120, 100]);
        let wanted = expected(&mut whole, &large, &view, [120, 100]);
        let differences = found.rgba.iter().zip(&wanted.rgba).map(|(a, b)| a.abs_diff(*b));
        assert!(differences.max() <= Some(1), "at {center:?}");
    }
}

#[test]
fn channels_times_layouts_and_rules() {
    let Some(large) = gpu() else { return };
    let Some(small) = gpu_with_memory(200 << 10, 32) else {
        return;
    };
    let source = MemorySource::between(SampleType::I16, [3, 11, 5, 30, 31], (-3000.0, 3000.0), 8);
    let (mut stream, mut whole) = (show(source.clone()), show(source));
    settle(&mut stream, &small);
    let mut check = |what: &str, edit: &dyn Fn(&mut ViewState)| {
        edit(stream.view_mut().expect("open"));
        settle(&mut stream, &small);
        let (found, view) = settled_picture(&mut stream, &small, [64, 64]);
        let wanted = expected(&mut whole, &large, &view, [64, 64]);
        let differences = found.rgba.iter().zip(&wanted.rgba).map(|(a, b)| a.abs_diff(*b));
        assert!(differences.max() <= Some(1), "{what}");
    };
    check("eleven channels", &|_| ());
    check("the last time", &|view| {
        view.set_time(2);
    });
    check("hidden channels", &|view| {
        view.toggle_channel(3);
        view.toggle_channel(0);
    });
    check("montage", &|view| view.layout = Layout::Montage);
    check("the plane's contrast", &|view| {
        view.set_contrast(None, ContrastRule::Plane)
    });
    check("another plane's", &|view| view.set_plane(1));
    check("the planes' together", &|view| {
        view.set_contrast(None, ContrastRule::PlaneShared)
    });
    check("percentiles", &|view| {
        view.set_contrast(None, ContrastRule::Percentile(5.0, 90.0))
    });
    check("volume, another time", &|view| {
        view.set_contrast(None, ContrastRule::Volume);
        view.set_time(0);
    });
}

#[test]
fn the_last_picture_stays_until_the_next_is_there() {
    let Some(small) = gpu_with_memory(2 << 20, 512) else {
        return;
    };
    let mut source = MemorySource::random(SampleType::U16, [1, 1, 60, 300, 300], 3);
    source.delay = Duration::from_millis(20);
    let mut viewer = show(source);
    pump_until(&mut viewer, &small, "the first plane", Viewer::is_plane_ready);
    assert!(matches!(viewer.phase(), Phase::Measuring { .. }) && !viewer.is_exact());
    viewer.picture(&small, [40, 40]).expect("a picture");
    pump_until(&mut viewer, &small, "the first plane", Viewer::is_plane_ready);
    let (before, _) = viewer.picture(&small, [40, 40]).expect("a picture");
    viewer.view_mut().expect("open").set_contrast(None, ContrastRule::Given);
    viewer.view_mut().expect("open").set_plane(55);
    assert!(!viewer.is_plane_ready());
    let (after, drawn) = viewer.picture(&small, [40, 40]).expect("a picture");
    assert_eq!(drawn.plane(), 30);
    assert!(before == after, "the picture changed");
    pump_until(&mut viewer, &small, "the next plane", Viewer::is_plane_ready);
    assert_eq!(viewer.picture(&small, [40, 40]).expect("a picture").1.plane(), 55);
    // Stopped: what was found stays an estimate.
    viewer.cancel();
    assert!(matches!(viewer.phase(), Phase::Cancelled { .. }) && !viewer.is_exact());
}

#[test]
fn a_coarse_level_is_shown_first() {
    let Some(small) = gpu_with_memory(40 << 10, MAX_TILE) else {
        return;
    };
    let constant = |value: f64, [z, y, x]: [u64; 3]| {
        let voxels = voxels_of(SampleType::U16, (0..z * y * x).map(|_| value));
        MemorySource::new(SampleType::U16, [1, 1, z, y, x], voxels)
    };
    // The coarse level is brighter, so that one sees which is shown.
    let mut source = constant(100.0, [5, 100, 90]).with_level(constant(200.0, [5, 50, 45]));
    source.delay = Duration::from_millis(30);
    let mut viewer = show(source);
    pump_until(&mut viewer, &small, "opening", |viewer| viewer.view().is_some());
    viewer
        .view_mut()
        .expect("open")
        .set_window(0, microtome::volume::Window::new(0.0, 255.0));
    // 18 kB of a plane do not fit in half of the budget: the coarse one is what there is.
    settle(&mut viewer, &small);
    let (picture, _) = settled_picture(&mut viewer, &small, [90, 100]);
    assert!(
        picture.rgba.chunks_exact(4).all(|pixel| pixel[0] == 200),
        "all of the coarse level"
    );
    // Close up, the fine level fits.
    viewer.view_mut().expect("open").camera = Camera::At {
        center: [20.0, 20.0],
        zoom: 8.0,
        is_square: false,
    };
    let (picture, _) = settled_picture(&mut viewer, &small, [90, 100]);
    assert!(
        picture.rgba.chunks_exact(4).all(|pixel| pixel[0] == 100),
        "all of the fine level"
    );
    viewer.view_mut().expect("open").set_plane(4);
    pump_until(&mut viewer, &small, "the coarse tiles", |_| true);
    std::thread::sleep(Duration::from_millis(5));
    viewer.pump(&small);
    let (picture, drawn) = viewer.picture(&small, [90, 100]).expect("a picture");
    assert!(
        drawn.plane() != 4 || viewer.is_plane_ready() || picture.rgba.chunks_exact(4).any(|pixel| pixel[0] == 200),
        "coarse, or the last, or all of it"
    );
    let (picture, _) = settled_picture(&mut viewer, &small, [90, 100]);
    assert!(picture.rgba.chunks_exact(4).all(|pixel| pixel[0] == 100));
}

#[test]
fn a_plane_that_nearly_fills_the_memory_gives_way_to_the_next() {
    let Some(large) = gpu() else { return };
    // A plane takes 28 kB of 48.
    let Some(small) = gpu_with_memory(96 << 10, MAX_TILE) else {
        return;
    };
    let source = MemorySource::random(SampleType::U16, [1, 1, 4, 110, 96], 31);
    let (mut stream, mut whole) = (show(source.clone()), show(source));
    for plane in [0, 3, 1] {
        settle(&mut stream, &small);
        stream.view_mut().expect("open").set_plane(plane);
        let (found, view) = settled_picture(&mut stream, &small, [96, 110]);
        assert!(found == expected(&mut whole, &large, &view, [96, 110]), "plane {plane}");
    }
    assert_eq!(stream.shortage(), None);
    // One that does not fit shows what does, and says so.
    let Some(tiny) = gpu_with_memory(16 << 10, MAX_TILE) else {
        return;
    };
    let mut stream = show(MemorySource::random(SampleType::U16, [1, 1, 2, 110, 96], 32));
    pump_until(&mut stream, &tiny, "measuring", Viewer::is_exact);
    assert!(
        stream
            .shortage()
            .is_some_and(|(needed, room)| needed > room && room == 8 << 10)
    );
    assert!(stream.picture(&tiny, [96, 110]).is_ok());
}

#[test]
fn channels_that_are_switched_on_meanwhile_are_read() {
    let Some(large) = gpu() else { return };
    let Some(small) = gpu_with_memory(256 << 10, MAX_TILE) else {
        return;
    };
    let mut source = MemorySource::random(SampleType::U16, [1, 3, 8, 40, 40], 41).in_strips(10);
    let mut whole = show(source.clone());
    source.delay = Duration::from_millis(15);
    let mut stream = show(source);
    pump_until(&mut stream, &small, "opening", |viewer| viewer.view().is_some());
    stream.view_mut().expect("open").show_only(1);
    stream.pump(&small);
    std::thread::sleep(Duration::from_millis(5));
    stream.pump(&small);
    // Tiles of one channel are on the way when three are wanted.
    stream.view_mut().expect("open").show_all();
    let (found, view) = settled_picture(&mut stream, &small, [40, 40]);
    assert!(found == expected(&mut whole, &large, &view, [40, 40]));
}

#[test]
fn a_time_that_is_lost_is_no_end() {
    let Some(large) = gpu() else { return };
    let Some(small) = gpu_with_memory(96 << 10, MAX_TILE) else {
        return;
    };
    let mut source = MemorySource::between(SampleType::U16, [3, 1, 6, 40, 40], (10.0, 900.0), 51);
    source.damaged_time = Some(1);
    for gpu in [large, small] {
        let mut viewer = show(source.clone());
        settle(&mut viewer, &gpu);
        let (before, _) = settled_picture(&mut viewer, &gpu, [40, 40]);
        viewer.view_mut().expect("open").set_time(1);
        let (lost, view) = settled_picture(&mut viewer, &gpu, [40, 40]);
        assert_eq!(view.t, 1);
        assert!(
            lost.rgba.chunks_exact(4).any(|p| p[0] > p[1] && p[1] > p[2]),
            "it is hatched"
        );
        assert_eq!(viewer.damage().len(), 6);
        viewer.view_mut().expect("open").set_time(0);
        let (after, _) = settled_picture(&mut viewer, &gpu, [40, 40]);
        assert!(before == after && !viewer.has_lost_planes());
    }
}

#[test]
fn lost_planes_are_no_numbers() {
    let Some(large) = gpu() else { return };
    let Some(small) = gpu_with_memory(96 << 10, MAX_TILE) else {
        return;
    };
    let mut source = MemorySource::between(SampleType::U16, [1, 1, 12, 40, 40], (200.0, 900.0), 61);
    source.damaged_plane = Some(4);
    for gpu in [large, small] {
        let mut viewer = show(source.clone());
        settle(&mut viewer, &gpu);
        let view = viewer.view_mut().expect("open");
        view.set_normal(Axis::Y);
        view.set_contrast(None, ContrastRule::Percentile(0.1, 99.9));
        let (across, view) = settled_picture(&mut viewer, &gpu, [40, 12]);
        let window = view.channels[0].window;
        assert!(window.lo >= 200.0 && window.hi <= 900.0, "{window:?}");
        // Around the plane that is missing, all others are there.
        let rows: Vec<_> = across.rgba.chunks_exact(40 * 4).collect();
        for (z, row) in rows.iter().enumerate().filter(|&(z, _)| z != 4) {
            assert!(
                row.chunks_exact(4).any(|pixel| pixel[0] > 60 && pixel[0] == pixel[2]),
                "row {z}"
            );
        }
        viewer.view_mut().expect("open").set_contrast(None, ContrastRule::Plane);
        let (_, view) = settled_picture(&mut viewer, &gpu, [40, 12]);
        assert!(view.channels[0].window.lo >= 200.0, "{:?}", view.channels[0].window);
    }
}

#[test]
fn what_cannot_be_read_is_hatched_and_told() {
    let Some(large) = gpu() else { return };
    let Some(small) = gpu_with_memory(96 << 10, MAX_TILE) else {
        return;
    };
    let mut source = MemorySource::between(SampleType::U16, [1, 1, 12, 40, 40], (10.0, 900.0), 21);
    source.damaged_plane = Some(4);
    let others: Vec<u8> = (0..12)
        .filter(|&z| z != 4)
        .flat_map(|z| source.channel(0, 0)[z * 3200..(z + 1) * 3200].to_vec())
        .collect();
    let range = twin::numbers(&others, SampleType::U16).range;
    for gpu in [large, small] {
        let mut viewer = show(source.clone());
        settle(&mut viewer, &gpu);
        let found = viewer.channel_stats(0).and_then(|stats| stats.range).expect("measured");
        assert_eq!(Some(found), range);
        assert_eq!(viewer.damage().len(), 1);
        assert_eq!(
            (viewer.damage()[0].z.clone(), viewer.damage()[0].t.clone()),
            (4..5, 0..1)
        );
        assert!(viewer.damage()[0].reason.contains("plane 4"), "{:?}", viewer.damage());
        let is_hatched = |picture: &Picture| picture.rgba.chunks_exact(4).any(|p| p[0] > p[1] && p[1] > p[2]);
        for plane in [3, 4, 5] {
            viewer.view_mut().expect("open").set_plane(plane);
            let (picture, drawn) = settled_picture(&mut viewer, &gpu, [40, 40]);
            assert_eq!(drawn.plane(), plane);
            assert_eq!(is_hatched(&picture), plane == 4, "plane {plane}");
        }
        let mut headless = Headless::new(gpu.clone(), source.clone().shared());
        let of_plane = |plane| ViewOptions {
            plane: Some(plane),
            ..Default::default()
        };
        headless.render(&of_plane(3), &|_| ()).expect("a picture");
        assert_eq!(headless.lost().len(), 1);
        let error = headless.render(&of_plane(4), &|_| ()).expect_err("a missing plane");
        assert!(error.to_string().contains("plane 4"), "{error}");
    }
    assert_eq!(source.dataset().shape.z, 12);
}
