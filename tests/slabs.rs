//! The picture of a slab is that of the voxel-wise maximum of its planes.

mod common;

use std::process::Command;
use std::sync::Arc;

use common::gpu::{MemorySource, gpu, gpu_with_memory, gpu_with_tiles, random_bits, voxels_of};
use common::pictures::{Drawn, Subject, check, differences, gpus, reference};
use common::viewer::{pump_until, settle};
use microtome::session::{Headless, Phase, Picked, SessionError, Spot, Viewer};
use microtome::view::{Blend, ContrastRule, Filter, Layout, Picture, ViewOptions, ViewState};
use microtome::volume::{Axis, SampleType, Value, Window};

fn slab(normal: Axis, plane: u64, planes: u64) -> ViewOptions {
    ViewOptions {
        normal: Some(normal),
        plane: Some(plane),
        slab: Some(planes),
        ..Default::default()
    }
}

fn with_window(options: ViewOptions, lo: f64, hi: f64) -> ViewOptions {
    ViewOptions {
        ranges: vec![(None, Window::new(lo, hi))],
        ..options
    }
}

/// Three channels of 16 bits, several tiles along each axis where those are small.
fn three_channels() -> MemorySource {
    MemorySource::between(SampleType::U16, [1, 3, 19, 37, 41], (10.0, 4095.0), 1)
}

fn silent(source: MemorySource, options: ViewOptions) -> Viewer {
    Viewer::show(source.shared(), options, Arc::new(|| ()))
}

fn drawn((picture, view): (Picture, ViewState)) -> Drawn {
    Drawn {
        size: picture.size(),
        colors: picture.rgba.chunks_exact(4).map(|p| [p[0], p[1], p[2]]).collect(),
        view,
    }
}

#[test]
fn every_normal_and_thickness() {
    let Some(gpus) = gpus() else { return };
    let mut subject = Subject::new(&gpus, three_channels());
    for normal in Axis::ALL {
        let mut last = None;
        for (plane, planes) in [(9, 1), (9, 2), (9, 5), (0, 5), (18, 7), (9, 17), (9, u64::MAX)] {
            let name = format!("{planes} along {normal} about {plane}");
            let drawn = subject.check(&name, &slab(normal, plane, planes));
            assert_ne!(last.as_ref(), Some(&drawn.colors), "{name}");
            last = Some(drawn.colors);
        }
        let options = ViewOptions {
            filter: Some(Filter::Linear),
            layout: Some(Layout::Montage),
            zoom: Some(3.117),
            center: Some([9.3, 14.1]),
            size: Some([211, 97]),
            ..slab(normal, 8, 6)
        };
        subject.check(&format!("zoomed, along {normal}"), &options);
        let options = ViewOptions {
            contrast: Some(ContrastRule::PlaneShared),
            marked: vec![None],
            blend: Some(Blend::Max),
            ..slab(normal, 8, 6)
        };
        subject.check(&format!("marked, along {normal}"), &options);
    }
}

/// Any bits: all integers, infinities, NaN, both zeros.
#[test]
fn every_sample_type_of_any_bits() {
    let Some(gpus) = gpus() else { return };
    for (index, sample_type) in SampleType::ALL.into_iter().enumerate() {
        let shape = [1, 2, 18, 5, 23];
        let voxels = random_bits(sample_type, shape.iter().product(), index as u64 + 1);
        let mut subject = Subject::new(&gpus, MemorySource::new(sample_type, shape, voxels));
        // Where maxima of a few voxels lie.
        let (lo, hi) = match sample_type {
            SampleType::U8 => (150.0, 255.0),
            SampleType::I8 => (10.0, 127.0),
            SampleType::I16 => (1000.0, 32767.0),
            SampleType::U32 => (2e9, 4.3e9),
            SampleType::I32 => (-1e9, 2.2e9),
            SampleType::F16 => (-300.0, 60000.0),
            SampleType::F32 | SampleType::F64 => (-1e3, 1e9),
            SampleType::U16 => (30000.0, 65535.0),
            SampleType::U64 => (1e18, 1.9e19),
            SampleType::I64 => (-9e17, 9.3e18),
        };
        for normal in Axis::ALL {
            let options = with_window(slab(normal, 2, 5), lo, hi);
            let drawn = subject.check(&format!("{sample_type} along {normal}"), &options);
            let first = drawn.colors[0];
            assert!(drawn.colors.iter().any(|color| *color != first), "{sample_type}");
        }
    }
}

#[test]
fn nan_is_left_out_unless_there_is_nothing_else() {
    let Some(gpus) = gpus() else { return };
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    // Three planes of four voxels.
    let values = [nan, nan, -2.0, 1.0, -1.0, nan, -inf, inf, nan, nan, nan, 2.0];
    let source = MemorySource::new(SampleType::F32, [1, 1, 3, 1, 4], voxels_of(SampleType::F32, values));
    let drawn = check("NaN", &gpus, &source, &with_window(slab(Axis::Z, 1, 3), -3.0, 1.0));
    // The maxima are -1, NaN, -2 and infinity; NaN is drawn as lo.
    assert_eq!(drawn.colors, [[128; 3], [0; 3], [64; 3], [255; 3]]);
}

#[test]
fn many_channels_and_a_long_normal() {
    let Some(gpus) = gpus() else { return };
    let source = MemorySource::between(SampleType::U8, [1, 11, 4, 18, 20], (0.0, 200.0), 5);
    let options = with_window(slab(Axis::Z, 2, 3), 0.0, 2000.0);
    check("11 channels", &gpus, &source, &options);
    // One voxel across, and many tiles along the normal.
    let source = MemorySource::between(SampleType::U16, [1, 1, 301, 3, 1], (0.0, 60000.0), 6);
    for planes in [100, 300, 301] {
        let options = with_window(slab(Axis::Z, 150, planes), 0.0, 65000.0);
        let drawn = check("long", &gpus, &source, &options);
        assert!(drawn.colors.iter().all(|color| color[0] > 200));
    }
}

/// The comparison can fail.
#[test]
fn a_wrong_slab_is_noticed() {
    let Some(gpus) = gpus() else { return };
    let source = three_channels();
    let right = check("right", &gpus, &source, &slab(Axis::Z, 9, 5));
    for thickness in [1, 4, 6] {
        let mut view = right.view.clone();
        view.slab = thickness;
        let wrong = Drawn {
            view,
            colors: Vec::new(),
            ..right
        };
        let wrong = reference(&source, &wrong);
        assert!(differences(&right.colors, &wrong).0 > 0, "{thickness}");
    }
}

/// A volume larger than memory is read piece by piece, and the picture is the same.
#[test]
fn slabs_of_what_does_not_fit() {
    let source = three_channels();
    let plane_bytes = 3 * 37 * 41 * 2;
    // Half of it is for voxels: three planes along z at a time, and a few along y and x.
    let (Some(small), Some(large)) = (gpu_with_memory(7 * plane_bytes, 16), gpu()) else {
        return;
    };
    for normal in Axis::ALL {
        for planes in [2, 5, u64::MAX] {
            let options = slab(normal, 9, planes);
            let [a, b] = [&small, &large].map(|gpu| {
                let mut headless = Headless::new(gpu.clone(), source.clone().shared());
                headless.render(&options, &|_| ()).expect("a picture").0
            });
            assert!(a == b, "{planes} along {normal}");
        }
    }
    let mut headless = Headless::new(small, source.shared());
    let mut frames = 0;
    let swept: Result<(), SessionError> = headless.sweep(&slab(Axis::Z, 0, 3), false, |_, _, view| {
        frames += 1;
        assert_eq!(view.slab_range().end - view.slab_range().start, 3);
        Ok(())
    });
    swept.expect("all planes");
    assert_eq!(frames, 19);
}

/// A plane that cannot be read leaves the others.
#[test]
fn damaged_planes_are_left_out() {
    let bytes = 21 * 23 * 2;
    let (Some(large), Some(small)) = (gpu(), gpu_with_memory(5 * 2 * bytes as u64, 16)) else {
        return;
    };
    let mut source = MemorySource::between(SampleType::I16, [1, 2, 9, 21, 23], (-4000.0, -10.0), 4);
    // What it would be without the plane: as if all of it were the least there is.
    let mut without = source.clone();
    source.damaged_plane = Some(4);
    for channel in 0..2 {
        let start = (channel * 9 + 4) * bytes;
        for voxel in without.voxels[start..start + bytes].chunks_exact_mut(2) {
            voxel.copy_from_slice(&i16::MIN.to_ne_bytes());
        }
    }
    let options = with_window(slab(Axis::Z, 4, 3), -4000.0, 0.0);
    let mut headless = Headless::new(large.clone(), without.clone().shared());
    let (wanted, _) = headless.render(&options, &|_| ()).expect("a picture");
    for gpu in [&large, &small] {
        let mut headless = Headless::new(gpu.clone(), source.clone().shared());
        let (found, _) = headless.render(&options, &|_| ()).expect("a picture");
        assert!(found == wanted);
        let lost: Vec<_> = headless.lost().iter().map(|damage| damage.z.clone()).collect();
        assert!(!lost.is_empty() && lost.iter().all(|z| *z == (4..5)), "{lost:?}");
        let alone = with_window(slab(Axis::Z, 4, 1), -4000.0, 0.0);
        headless.render(&alone, &|_| ()).expect_err("the plane itself");
    }
    let [found, wanted] = [source, without].map(|source| {
        let mut viewer = silent(source, options.clone());
        settle(&mut viewer, &large);
        assert!(viewer.is_plane_ready());
        viewer.picture(&large, [23, 21]).expect("a picture").0
    });
    assert!(found == wanted, "in a window");
}

/// In a window: the slab of the view, whatever is changed, and the maxima under the pointer.
#[test]
fn a_window_shows_the_slab() {
    for gpu in [gpu(), gpu_with_tiles(16)] {
        let Some(gpu) = gpu else { return };
        let source = three_channels();
        let mut viewer = silent(source.clone(), ViewOptions::default());
        settle(&mut viewer, &gpu);
        let expect = |viewer: &mut Viewer, what: &str| {
            // What was asked for begins with the next picture.
            let _ = viewer.picture(&gpu, [123, 111]);
            pump_until(viewer, &gpu, what, |viewer| {
                viewer.is_plane_ready() && !viewer.is_busy()
            });
            let found = drawn(viewer.picture(&gpu, [123, 111]).expect("a picture"));
            let range = viewer.view().expect("a view").slab_range();
            assert_eq!(found.view.slab_range(), range, "{what}");
            let (count, worst) = differences(&found.colors, &reference(&source, &found));
            assert_eq!(count, 0, "{what}: {count} pixels differ by up to {worst}");
        };
        for normal in Axis::ALL {
            let all = u64::MAX;
            for (plane, planes) in [(9, 5), (10, 5), (10, 1), (3, 1), (3, 2), (3, all), (12, all)] {
                let view = viewer.view_mut().expect("a view");
                view.set_normal(normal);
                view.set_plane(plane);
                view.slab = planes;
                expect(&mut viewer, &format!("{planes} along {normal} about {plane}"));
            }
            let view = viewer.view_mut().expect("a view");
            view.slab = 4;
            view.toggle_channel(1);
            expect(&mut viewer, "without a channel");
            viewer.view_mut().expect("a view").toggle_channel(1);
            let view = viewer.view_mut().expect("a view");
            view.set_window(0, Window::new(100.0, 3000.0));
            expect(&mut viewer, "another window");
            assert_eq!(viewer.slab_note(), None);

            let view = viewer.view().expect("a view").clone();
            let mut voxel = [7, 20, 30];
            voxel[normal.index()] = view.plane();
            viewer.pick(&gpu, Some(voxel));
            pump_until(&mut viewer, &gpu, "the values", |viewer| {
                viewer.picked().is_some_and(|picked| picked.spot.voxel == voxel)
            });
            let largest = |channel: u64| {
                let stored = |plane| {
                    let mut at = voxel;
                    at[normal.index()] = plane;
                    source.stored(0, channel, at)
                };
                Value::Integer(view.slab_range().map(stored).max().expect("planes").into())
            };
            let wanted: Vec<Value> = (0..3).map(largest).collect();
            let slab = (view.slab > 1).then(|| (normal, view.slab_range()));
            let spot = Spot { voxel, t: 0, slab };
            let wanted = Picked { spot, values: wanted };
            assert_eq!(viewer.picked(), Some(&wanted), "along {normal}");
        }
        assert_eq!(*viewer.phase(), Phase::Ready);
    }
}

/// While planes still arrive, the slab is that of those that are there, and is not called whole.
#[test]
fn a_slab_fills_as_planes_arrive() {
    let Some(gpu) = gpu() else { return };
    // Planes so large that each is read by itself.
    let mut source = MemorySource::between(SampleType::U16, [1, 1, 16, 310, 305], (10.0, 4095.0), 7);
    source.delay = std::time::Duration::from_millis(15);
    let options = with_window(slab(Axis::Z, 9, u64::MAX), 0.0, 9000.0);
    let mut viewer = silent(source.clone(), options);
    let (mut seen, mut is_early) = (Vec::new(), false);
    while !(viewer.is_plane_ready() && *viewer.phase() == Phase::Ready) {
        viewer.pump(&gpu);
        let is_ready = viewer.is_plane_ready();
        if let Ok((picture, _)) = viewer.picture(&gpu, [305, 310]) {
            is_early |= !is_ready;
            // One pixel per voxel: all that a plane adds is seen.
            seen.push(picture.rgba.iter().map(|&byte| u64::from(byte)).sum::<u64>());
        }
        gpu.check().expect("no error of the device");
    }
    assert!(is_early, "something is shown before all planes are there");
    assert!(seen.is_sorted(), "more planes are never darker");
    settle(&mut viewer, &gpu);
    let found = drawn(viewer.picture(&gpu, [305, 310]).expect("a picture"));
    assert_eq!(differences(&found.colors, &reference(&source, &found)).0, 0);
}

/// Where the image is loaded plane by plane, the plane is shown and it is said.
#[test]
fn an_image_larger_than_memory_says_that_it_shows_a_plane() {
    let source = three_channels();
    let Some(gpu) = gpu_with_memory(200_000, 16) else {
        return;
    };
    let mut viewer = silent(source, slab(Axis::Z, 9, 5));
    settle(&mut viewer, &gpu);
    assert!(viewer.slab_note().is_some_and(|note| note.contains("plane")));
    let (_, view) = viewer.picture(&gpu, [41, 37]).expect("a picture");
    assert_eq!(view.slab_range(), 9..10, "what is said to be drawn is what is drawn");
    viewer.view_mut().expect("a view").slab = 1;
    assert_eq!(viewer.slab_note(), None);
}

/// Through the command line, on the built-in sample: the brightest of the planes' pictures.
#[test]
fn render_takes_slabs_and_marks() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("x.png");
    let render = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_microtome"))
            .args(["render", "sample:kidney", "-o", out.to_str().expect("UTF-8")])
            .args(args)
            .output()
            .expect("the program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let file = std::io::BufReader::new(std::fs::File::open(&out).expect("a picture"));
        let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("it fits")];
        reader.next_frame(&mut pixels).expect("pixels");
        pixels
    };
    let one = ["--channels", "0", "--range", "0,4095"];
    for (slab, planes) in [("3", 7..10), ("all", 0..16)] {
        let thick = render(&[&one[..], &["--z", "8", "--slab", slab]].concat());
        let mut largest = vec![0u8; thick.len()];
        for plane in planes {
            let thin = render(&[&one[..], &["--z", &plane.to_string()]].concat());
            let brightest = largest.iter().zip(thin).map(|(&a, b)| a.max(b)).collect();
            largest = brightest;
        }
        assert!(largest == thick, "{slab}");
    }
    let marked = render(&["--range", "500,2000", "--mark-clipping", "all"]);
    let count = |color: [u8; 3]| marked.chunks_exact(3).filter(|pixel| **pixel == color).count();
    assert!(count([255, 0, 0]) > 0 && count([0, 0, 255]) > 0);
}
