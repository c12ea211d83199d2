//! Pictures drawn by the shaders equal those of the twin within 1/255.

mod common;

use std::sync::Arc;

use common::gpu::{MemorySource, gpu, random_between, voxels_of};
use common::pictures::{Drawn, Subject, check, differences, draw, gpus, is_black, reference};
use microtome::gpu::{AdapterChoice, Gpu};
use microtome::reduce::{percentile_from_neighbours, ranks_of_percentile, twin as reduce_twin};
use microtome::session::Headless;
use microtome::view::{Blend, ContrastRule, Filter, LUT_NAMES, Layout, Palette, ViewOptions, ViewState, lut_by_name};
use microtome::volume::{Axis, Lut, Orientation, SampleType, VoxelSize, Window};

/// Three channels of 16 bits, several tiles along each axis where those are small.
fn three_channels() -> MemorySource {
    MemorySource::between(SampleType::U16, [1, 3, 19, 37, 41], (10.0, 4095.0), 1)
}

fn given(lo: f64, hi: f64) -> Vec<(Option<usize>, Window)> {
    vec![(None, Window::new(lo, hi))]
}

/// Zooms that put no voxel boundary on a pixel's centre, where rounding would decide.
fn zoomed(zoom: f64, center: [f64; 2]) -> ViewOptions {
    ViewOptions {
        zoom: Some(zoom),
        center: Some(center),
        size: Some([61, 47]),
        ..Default::default()
    }
}

#[test]
fn every_sample_type() {
    let Some(gpus) = gpus() else { return };
    for (index, sample_type) in SampleType::ALL.into_iter().enumerate() {
        let limits = match sample_type {
            SampleType::U8 => (0.0, 255.0),
            SampleType::I8 => (-128.0, 127.0),
            SampleType::I16 => (-32768.0, 32767.0),
            SampleType::U32 => (0.0, 4294967295.0),
            SampleType::I32 => (-2147483648.0, 2147483647.0),
            SampleType::F16 => (-60000.0, 60000.0),
            SampleType::F32 | SampleType::F64 => (-1.0, 3.0),
            SampleType::U16 => (0.0, 65535.0),
            // Beyond what float32 tells apart, and beyond what it has.
            SampleType::U64 => (0.0, 1e19),
            SampleType::I64 => (-9e18, 9e18),
        };
        let source = MemorySource::between(sample_type, [1, 2, 3, 21, 23], limits, index as u64);
        let mut subject = Subject::new(&gpus, source);
        for filter in [Filter::Nearest, Filter::Linear] {
            let options = ViewOptions {
                filter: Some(filter),
                ..zoomed(2.713, [11.31, 9.77])
            };
            let drawn = subject.check(&format!("{sample_type}, {filter:?}"), &options);
            assert!(!is_black(&drawn.colors));
        }
    }
}

#[test]
fn every_normal_with_times_and_montage() {
    let Some(gpus) = gpus() else { return };
    let source = MemorySource::between(SampleType::U16, [2, 3, 19, 37, 41], (10.0, 4095.0), 2);
    let mut subject = Subject::new(&gpus, source);
    for normal in Axis::ALL {
        for (plane, t) in [(None, None), (Some(0), Some(1)), (Some(18), Some(0))] {
            let options = ViewOptions {
                normal: Some(normal),
                plane,
                t,
                ..Default::default()
            };
            let drawn = subject.check(&format!("normal {normal}, plane {plane:?}"), &options);
            let expected = match normal {
                Axis::Z => [41, 37],
                Axis::Y => [41, 19],
                Axis::X => [37, 19],
            };
            assert_eq!(drawn.size, expected);
        }
        let options = ViewOptions {
            normal: Some(normal),
            layout: Some(Layout::Montage),
            filter: Some(Filter::Linear),
            ..Default::default()
        };
        let drawn = subject.check(&format!("montage, normal {normal}"), &options);
        assert_eq!(u64::from(drawn.size[0]), 3 * drawn.view.plane_size()[0]);
    }
}

#[test]
fn any_number_of_channels() {
    let Some(gpus) = gpus() else { return };
    for count in [1, 2, 3, 5, 8, 9, 40] {
        let source = MemorySource::between(SampleType::U8, [1, count, 1, 18, 20], (0.0, 255.0), count).in_strips(4);
        let mut subject = Subject::new(&gpus, source);
        for (blend, layout, dim) in [
            (Blend::Add, Layout::Composite, 1.0 / count as f64),
            (Blend::Add, Layout::Composite, 1.0),
            (Blend::Max, Layout::Composite, 1.0),
            (Blend::Add, Layout::Montage, 1.0),
        ] {
            let options = ViewOptions {
                blend: Some(blend),
                layout: Some(layout),
                palette: Some(Palette::Safe),
                ranges: given(0.0, 255.0 / dim),
                ..Default::default()
            };
            let name = format!("{count} channels, {blend:?}, {layout:?}, {dim}");
            let drawn = subject.check(&name, &options);
            assert!(!is_black(&drawn.colors), "{name}");
        }
    }
}

#[test]
fn any_number_of_inks() {
    let Some(gpus) = gpus() else { return };
    for count in [1u64, 2, 4, 5, 8, 9, 40] {
        let mut source = MemorySource::between(SampleType::U8, [1, count, 1, 18, 20], (0.0, 255.0), count).in_strips(4);
        source.dataset.is_subtractive = true;
        for (index, channel) in source.dataset.channels.iter_mut().enumerate() {
            let ink = Palette::Safe.lut(index, count as usize, None).top();
            channel.lut = Some(Lut::between([255; 3], ink));
            // No level half way between two entries of a LUT, where rounding would decide.
            channel.window = Some(Window::new(0.0, 256.3 * count as f64));
        }
        let mut subject = Subject::new(&gpus, source);
        let name = format!("{count} inks");
        subject.check(&name, &zoomed(2.713, [9.31, 8.77]));
        let montage = ViewOptions {
            layout: Some(Layout::Montage),
            ..Default::default()
        };
        subject.check(&name, &montage);
        // Lights multiply as well; far up in their windows, so that something is left of white.
        let lights = ViewOptions {
            luts: vec![(None, Lut::Solid([255, 250, 245]))],
            ranges: given(-2550.0 * count as f64, 255.0),
            ..Default::default()
        };
        assert!(!is_black(&subject.check(&name, &lights).colors), "{count} lights");
        let drawn = subject.check(&name, &ViewOptions::default());
        assert_eq!(drawn.view.blend, Blend::Multiply);
        assert!(drawn.colors.iter().all(|color| *color != [0; 3]), "{name} on white");
        if count > 4 {
            let mut ink = |channel| {
                subject.check(
                    "one ink",
                    &ViewOptions {
                        channels: Some(vec![channel]),
                        ..Default::default()
                    },
                )
            };
            assert_ne!(ink(0).colors, ink(4).colors);
        }
    }
}

#[test]
fn every_orientation() {
    let Some(gpus) = gpus() else { return };
    for orientation in Orientation::ALL {
        let mut source = three_channels();
        source.dataset.orientation = orientation;
        source.dataset.voxel_size = Some(VoxelSize {
            z: Some(2.0),
            y: 0.7,
            x: 0.5,
            unit: None,
        });
        let mut subject = Subject::new(&gpus, source);
        let is_turned = orientation.value() >= 5;
        for normal in Axis::ALL {
            let with = || ViewOptions {
                normal: Some(normal),
                ..Default::default()
            };
            let name = format!("orientation {orientation:?}, normal {normal}");
            let expected = match normal {
                Axis::Z if is_turned => [37, 41],
                Axis::Z => [41, 37],
                Axis::Y => [41, 19],
                Axis::X => [37, 19],
            };
            assert_eq!(subject.check(&name, &with()).size, expected);
            subject.check(
                &name,
                &ViewOptions {
                    layout: Some(Layout::Montage),
                    filter: Some(Filter::Linear),
                    size: Some([211, 97]),
                    ..with()
                },
            );
            subject.check(
                &name,
                &ViewOptions {
                    normal: Some(normal),
                    filter: Some(Filter::Linear),
                    ..zoomed(3.117, [9.3, 14.1])
                },
            );
        }
    }
}

#[test]
fn some_channels_in_any_order() {
    let Some(gpus) = gpus() else { return };
    let mut subject = Subject::new(&gpus, three_channels());
    for channels in [vec![], vec![1], vec![2, 0]] {
        for layout in [Layout::Composite, Layout::Montage] {
            let options = ViewOptions {
                channels: Some(channels.clone()),
                layout: Some(layout),
                ..Default::default()
            };
            let drawn = subject.check(&format!("{channels:?}, {layout:?}"), &options);
            assert_eq!(is_black(&drawn.colors), channels.is_empty());
        }
    }
}

#[test]
fn gamma_and_colours() {
    let Some(gpus) = gpus() else { return };
    for gamma in [0.5, 2.2] {
        let options = ViewOptions {
            gammas: vec![(None, gamma)],
            ..Default::default()
        };
        check(&format!("gamma {gamma}"), &gpus, &three_channels(), &options);
    }
    // A byte per table entry: nothing lies between two entries, where rounding would decide.
    let voxels = voxels_of(SampleType::U8, (0..2 * 16 * 32).map(|i| f64::from(i % 256)));
    let source = MemorySource::new(SampleType::U8, [1, 2, 1, 16, 32], voxels);
    let mut subject = Subject::new(&gpus, source);
    for name in LUT_NAMES {
        let options = ViewOptions {
            luts: vec![(Some(1), lut_by_name(name).expect("listed"))],
            layout: Some(Layout::Montage),
            ranges: given(0.0, 255.0),
            ..Default::default()
        };
        subject.check(name, &options);
    }
    let options = ViewOptions {
        luts: vec![
            (Some(0), lut_by_name("viridis").expect("listed")),
            (Some(1), lut_by_name("magma").expect("listed")),
        ],
        ranges: given(0.0, 255.0),
        ..Default::default()
    };
    subject.check("two tables", &options);
}

/// Windows of all channels by a rule, from the sorted values of the voxels it looks at.
fn windows(source: &MemorySource, planes: std::ops::Range<u64>, of: impl Fn(&[f64]) -> Window) -> Vec<Window> {
    let shape = source.dataset.shape;
    let plane = (shape.y * shape.x) as usize * source.dataset.sample_type.bytes();
    (0..shape.c)
        .map(|c| {
            let voxels = &source.channel(0, c)[planes.start as usize * plane..planes.end as usize * plane];
            of(&reduce_twin::numbers(voxels, source.dataset.sample_type).sorted)
        })
        .collect()
}

#[test]
fn every_contrast_rule() {
    let Some(gpus) = gpus() else { return };
    let (shape, full) = ([1, 3, 5, 20, 33], |sorted: &[f64]| {
        Window::new(sorted[0], sorted[sorted.len() - 1])
    });
    let percentile = |sorted: &[f64], percent: f64| {
        let (below, above, fraction) = ranks_of_percentile(percent, sorted.len() as u64);
        percentile_from_neighbours(sorted[below as usize], sorted[above as usize], fraction)
    };
    for sample_type in [SampleType::I16, SampleType::U32, SampleType::F32, SampleType::F64] {
        let source = MemorySource::between(sample_type, shape, (0.0, 30000.0), 21);
        let plane = windows(&source, 2..3, full);
        let shared = plane.iter().copied().reduce(Window::union).expect("three");
        let rules = [
            (ContrastRule::Volume, windows(&source, 0..5, full)),
            (ContrastRule::Plane, plane),
            (ContrastRule::PlaneShared, vec![shared; 3]),
            (
                ContrastRule::Percentile(2.0, 95.5),
                windows(&source, 0..5, |s| Window::new(percentile(s, 2.0), percentile(s, 95.5))),
            ),
        ];
        // One after the other with the same voxels: what is known of one rule must not stand for another.
        let mut kept = Headless::new(gpus[0].clone(), source.clone().shared());
        for (rule, expected) in rules {
            let options = ViewOptions {
                contrast: Some(rule),
                ..Default::default()
            };
            let name = format!("{sample_type}, {rule:?}");
            let drawn = check(&name, &gpus, &source, &options);
            let again = draw(&mut kept, &options);
            assert_eq!(again.colors, drawn.colors, "{name}, drawn again");
            for (channel, wanted) in drawn.view.channels.iter().zip(expected) {
                let found = channel.window;
                // Planes of 64-bit floats are measured as they are drawn, in 32 bits.
                let slack = if sample_type == SampleType::F64 { 1e-2 } else { 0.0 };
                assert!(
                    (found.lo - wanted.lo).abs() <= slack && (found.hi - wanted.hi).abs() <= slack,
                    "{name}: {found:?} instead of {wanted:?}"
                );
            }
        }
    }
}

#[test]
fn given_windows() {
    let Some(gpus) = gpus() else { return };
    let source = MemorySource::between(SampleType::U16, [1, 1, 1, 20, 33], (0.0, 300.0), 31);
    let mut subject = Subject::new(&gpus, source);
    for (lo, hi) in [
        (0.4, 299.7),
        (-1000.0, 1000.0),
        (100.2, 101.9),
        (1e12, 2e12),
        (-2e12, -1e12),
        (-1e12, 1e12),
        (0.0, 1e-35),
        (150.0, 150.000000001),
    ] {
        let options = ViewOptions {
            ranges: given(lo, hi),
            filter: Some(Filter::Linear),
            ..zoomed(1.937, [15.1, 9.3])
        };
        subject.check(&format!("window {lo} to {hi}"), &options);
    }
    for (lo, hi) in [(200.0, 100.0), (100.0, 100.0)] {
        let options = ViewOptions {
            ranges: given(lo, hi),
            ..Default::default()
        };
        let drawn = subject.check("empty window", &options);
        assert!(is_black(&drawn.colors), "a window from {lo} to {hi} is drawn black");
    }
    let constant = MemorySource::new(
        SampleType::I16,
        [1, 1, 2, 9, 9],
        voxels_of(SampleType::I16, [-77.0; 162]),
    );
    assert!(is_black(
        &check("constant", &gpus, &constant, &ViewOptions::default()).colors
    ));
}

#[test]
fn integers_too_large_for_f32() {
    let Some(gpus) = gpus() else { return };
    for (sample_type, lo) in [
        (SampleType::U32, 4_000_000_000.0),
        (SampleType::I32, -2_000_000_000.0),
        (SampleType::I32, 2_000_000_011.0),
    ] {
        let source = MemorySource::between(sample_type, [1, 1, 1, 20, 20], (lo - 20.0, lo + 120.0), 41);
        let mut subject = Subject::new(&gpus, source);
        for shift in [0.0, 0.37] {
            let options = ViewOptions {
                ranges: given(lo + shift, lo + 100.0),
                ..Default::default()
            };
            let drawn = subject.check(&format!("100 levels above {lo}"), &options);
            let levels: std::collections::BTreeSet<_> = drawn.colors.iter().collect();
            assert!(levels.len() > 80, "{} grey levels of 100", levels.len());
        }
    }
}

#[test]
fn floats_of_any_size() {
    let Some(gpus) = gpus() else { return };
    let max = f64::from(f32::MAX);
    /// Type, limits of the voxels, and the window if it is not the volume's.
    type Case = (SampleType, (f64, f64), Option<(f64, f64)>);
    let cases: [Case; 11] = [
        (SampleType::F32, (-max, max), None),
        (SampleType::F32, (0.0, max), None),
        (SampleType::F32, (-1e37, 2e37), None),
        (SampleType::F32, (2e-38, 5e-38), None),
        (SampleType::F32, (1e6, 1e6 + 8.0), Some((1e6 + 0.03, 1e6 + 0.55))),
        (SampleType::F32, (0.0, 1.0), Some((-1e39, 1e39))),
        (SampleType::F32, (0.0, 1.0), Some((1e39, 2e39))),
        (SampleType::F32, (-max, max), Some((0.0, 1.0))),
        (SampleType::F16, (-6e-6, 6e-6), None),
        (SampleType::F64, (-1e308, 1.7e308), None),
        (SampleType::F64, (0.0, 1e-20), None),
    ];
    for (sample_type, limits, window) in cases {
        for filter in [Filter::Nearest, Filter::Linear] {
            let source = MemorySource::between(sample_type, [1, 1, 1, 20, 20], limits, 51);
            let options = ViewOptions {
                ranges: window.map(|(lo, hi)| given(lo, hi)).unwrap_or_default(),
                filter: Some(filter),
                ..zoomed(2.317, [10.2, 9.3])
            };
            let name = format!(
                "{sample_type} from {:e} to {:e}, {window:?}, {filter:?}",
                limits.0, limits.1
            );
            check(&name, &gpus[..1], &source, &options);
        }
    }
}

#[test]
fn nan_and_infinities() {
    let Some(gpus) = gpus() else { return };
    for sample_type in [SampleType::F16, SampleType::F32, SampleType::F64] {
        let mut numbers: Vec<f64> =
            reduce_twin::values(&random_between(SampleType::F64, 400, (-5.0, 5.0), 61), SampleType::F64);
        for (place, number) in numbers.iter_mut().enumerate() {
            match place % 17 {
                3 => *number = f64::NAN,
                7 => *number = f64::INFINITY,
                12 => *number = f64::NEG_INFINITY,
                _ => {}
            }
        }
        let source = MemorySource::new(sample_type, [1, 1, 1, 20, 20], voxels_of(sample_type, numbers));
        for filter in [Filter::Nearest, Filter::Linear] {
            let options = ViewOptions {
                filter: Some(filter),
                ..zoomed(2.317, [10.2, 9.3])
            };
            let drawn = check(&format!("{sample_type}, {filter:?}"), &gpus, &source, &options);
            assert!(!is_black(&drawn.colors));
        }
    }
}

#[test]
fn zooms_over_tile_edges() {
    let Some(gpus) = gpus() else { return };
    let mut subject = Subject::new(&gpus, three_channels());
    for filter in [Filter::Nearest, Filter::Linear] {
        for normal in Axis::ALL {
            for (zoom, center) in [
                (7.913, [15.9, 16.1]),
                (31.77, [14.03, 17.61]),
                (0.5, [20.25, 18.25]),
                (0.377, [20.1, 18.3]),
                (3.117, [0.0, 0.0]),
                (3.117, [41.0, 37.0]),
                (2.119, [-7.3, 44.4]),
            ] {
                let options = ViewOptions {
                    filter: Some(filter),
                    normal: Some(normal),
                    ..zoomed(zoom, center)
                };
                let name = format!("{filter:?}, {normal}, zoom {zoom} at {center:?}");
                let drawn = subject.check(&name, &options);
                assert!(normal != Axis::Z || !is_black(&drawn.colors));
            }
        }
    }
}

#[test]
fn far_away_is_black() {
    let Some(gpus) = gpus() else { return };
    let mut subject = Subject::new(&gpus, three_channels());
    for (zoom, center) in [
        (1.0, [1e6, 0.0]),
        (1.0, [0.0, -1e18]),
        (1e-300, [-1e300, 1e300]),
        (1e300, [-1e300, 5.0]),
        (256.0, [-1.0, -1.0]),
    ] {
        let drawn = subject.check("far away", &zoomed(zoom, center));
        assert!(is_black(&drawn.colors), "zoom {zoom} at {center:?}");
    }
}

#[test]
fn voxels_with_their_physical_aspect() {
    let Some(gpus) = gpus() else { return };
    let mut subject = Subject::new(&gpus, three_channels().spaced([2.97, 1.0, 0.731]));
    for normal in Axis::ALL {
        for filter in [Filter::Nearest, Filter::Linear] {
            let options = ViewOptions {
                size: Some([113, 71]),
                normal: Some(normal),
                filter: Some(filter),
                ..Default::default()
            };
            subject.check(&format!("fit, {normal}, {filter:?}"), &options);
        }
    }
}

#[test]
fn rows_longer_than_a_texture_may_be() {
    let Some(gpus) = gpus() else { return };
    let source = MemorySource::between(SampleType::U16, [1, 2, 2, 3, 5000], (0.0, 1000.0), 71);
    for filter in [Filter::Nearest, Filter::Linear] {
        let options = ViewOptions {
            filter: Some(filter),
            ..Default::default()
        };
        check("5000 columns", &gpus[..1], &source, &options);
    }
    let source = MemorySource::between(SampleType::U16, [1, 2, 2, 3, 500], (0.0, 1000.0), 72);
    check("500 columns", &gpus, &source, &ViewOptions::default());
}

#[test]
fn a_sweep_draws_what_single_pictures_show() {
    let Some(gpus) = gpus() else { return };
    let source = MemorySource::between(SampleType::U16, [3, 2, 5, 18, 20], (0.0, 1000.0), 81);
    for gpu in &gpus {
        for over_time in [false, true] {
            let mut frames = Vec::new();
            let options = ViewOptions::default();
            Headless::new(gpu.clone(), source.clone().shared())
                .sweep(&options, over_time, |_, picture, _| {
                    frames.push(picture);
                    Ok::<_, microtome::session::SessionError>(())
                })
                .expect("a sweep");
            assert_eq!(frames.len(), if over_time { 3 } else { 5 });
            for (index, frame) in frames.into_iter().enumerate() {
                let index = index as u64;
                let single = ViewOptions {
                    plane: (!over_time).then_some(index),
                    t: over_time.then_some(index),
                    ..Default::default()
                };
                let mut headless = Headless::new(gpu.clone(), source.clone().shared());
                let (picture, _) = headless.render(&single, &|_| ()).expect("a picture");
                assert_eq!(picture, frame, "frame {index}, over time: {over_time}");
            }
        }
    }
}

/// A picture that no target of the adapter holds is drawn in parts, and is the same to the last bit.
#[test]
fn pictures_in_parts_are_those_in_one() {
    let Some(large) = gpu() else { return };
    let Some(mut small) = Gpu::headless(&AdapterChoice::from_env()).ok() else {
        return;
    };
    // It divides none of the sizes below.
    small.caps.max_texture_2d = 96;
    let small = Arc::new(small);
    let many = MemorySource::between(SampleType::U8, [1, 19, 2, 9, 11], (0.0, 255.0), 83);
    let mut damaged = three_channels();
    damaged.damaged_plane = Some(7);
    let with = |options: ViewOptions, size: [u32; 2]| ViewOptions {
        size: Some(size),
        ..options
    };
    for (what, source, options) in [
        ("whole", three_channels(), with(ViewOptions::default(), [301, 203])),
        ("a row", three_channels(), with(zoomed(2.713, [11.31, 9.77]), [1500, 3])),
        (
            "linear",
            three_channels(),
            ViewOptions {
                filter: Some(Filter::Linear),
                ..with(zoomed(17.3, [20.0, 21.0]), [333, 97])
            },
        ),
        (
            "montage, scale bar and labels",
            three_channels(),
            ViewOptions {
                layout: Some(Layout::Montage),
                has_labels: true,
                has_scale_bar: true,
                ..with(ViewOptions::default(), [611, 200])
            },
        ),
        (
            "hatched",
            damaged,
            ViewOptions {
                normal: Some(Axis::Y),
                ..with(ViewOptions::default(), [311, 290])
            },
        ),
        (
            "many channels",
            many,
            ViewOptions {
                blend: Some(Blend::Max),
                ..with(ViewOptions::default(), [210, 111])
            },
        ),
    ] {
        let [wanted, found] = [&large, &small].map(|gpu| {
            let mut headless = Headless::new(gpu.clone(), source.clone().shared());
            let (mut picture, view) = headless.render(&options, &|_| ()).expect(what);
            picture.annotate(&source.dataset, &view, options.overlay());
            picture
        });
        assert!(wanted.rgba.iter().any(|&byte| byte != 0 && byte != 255), "{what}");
        assert!(found == wanted, "{what}");
    }
    // What is done is told, and never less than before.
    let told = std::cell::RefCell::new(Vec::new());
    let mut headless = Headless::new(small, three_channels().shared());
    let options = with(ViewOptions::default(), [301, 203]);
    let progress = |share: f64| told.borrow_mut().push(share);
    headless.render(&options, &progress).expect("a picture");
    let told = told.into_inner();
    assert!(
        told.len() > 12 && told.is_sorted() && told.last() == Some(&1.0),
        "{told:?}"
    );
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let Some(gpu) = gpu() else { return };
    let refuse = |options: ViewOptions, part: &str| {
        let mut headless = Headless::new(gpu.clone(), three_channels().shared());
        let error = headless.render(&options, &|_| ()).expect_err(part).to_string();
        assert!(error.contains(part) && !error.contains('\n'), "{error}");
    };
    let with = ViewOptions::default;
    refuse(
        ViewOptions {
            plane: Some(19),
            ..with()
        },
        "19",
    );
    refuse(ViewOptions { t: Some(1), ..with() }, "time point 1");
    refuse(
        ViewOptions {
            channels: Some(vec![0, 3]),
            ..with()
        },
        "channel 3",
    );
    refuse(
        ViewOptions {
            zoom: Some(0.0),
            ..with()
        },
        "zoom",
    );
    refuse(
        ViewOptions {
            zoom: Some(f64::NAN),
            ..with()
        },
        "zoom",
    );
    refuse(
        ViewOptions {
            zoom: Some(1e300),
            ..with()
        },
        "pixels",
    );
    refuse(
        ViewOptions {
            gammas: vec![(None, -1.0)],
            ..with()
        },
        "gamma",
    );
    refuse(
        ViewOptions {
            center: Some([f64::INFINITY, 0.0]),
            ..with()
        },
        "place",
    );
    refuse(
        ViewOptions {
            size: Some([0, 10]),
            ..with()
        },
        "0x10",
    );
    refuse(
        ViewOptions {
            size: Some([1 << 20, 1 << 20]),
            ..with()
        },
        "1048576",
    );
    gpu.check().expect("no error of the device");
}

#[test]
fn a_volume_over_the_budget_is_refused() {
    let choice = microtome::gpu::AdapterChoice {
        memory_bytes: Some(10_000),
        ..microtome::gpu::AdapterChoice::from_env()
    };
    let Some(gpu) = common::gpu::open(choice) else { return };
    let source = MemorySource::random(SampleType::U16, [1, 3, 2, 100, 100], 1);
    let mut headless = Headless::new(gpu, source.shared());
    let error = headless
        .render(&ViewOptions::default(), &|_| ())
        .expect_err("60,000 bytes")
        .to_string();
    assert!(error.contains("60000") && error.contains("10000"), "{error}");
}

#[test]
fn a_wrong_picture_is_noticed() {
    let Some(gpu) = gpu() else { return };
    let source = three_channels();
    let drawn = draw(
        &mut Headless::new(gpu, source.clone().shared()),
        &ViewOptions {
            filter: Some(Filter::Linear),
            palette: Some(Palette::Safe),
            ..zoomed(3.117, [20.0, 18.0])
        },
    );
    assert_eq!(differences(&drawn.colors, &reference(&source, &drawn)).0, 0);
    type Change = fn(&mut ViewState);
    let wrongs: [(&str, Change); 8] = [
        ("plane", |view| view.set_plane(8)),
        ("filter", |view| view.filter = Filter::Nearest),
        ("gamma", |view| view.channels[1].gamma = 1.05),
        ("window", |view| view.channels[2].window.lo += 40.0),
        ("colours", |view| view.channels.swap(0, 1)),
        ("blend", |view| view.blend = Blend::Max),
        ("orientation", |view| view.orientation = Orientation::BottomRight),
        ("place", |view| {
            view.pan(
                microtome::view::Rect {
                    x: 0,
                    y: 0,
                    width: 61,
                    height: 47,
                },
                [1.0, 0.0],
            )
        }),
    ];
    for (what, change) in wrongs {
        let mut view = drawn.view.clone();
        change(&mut view);
        let wrong = Drawn {
            view,
            colors: Vec::new(),
            ..drawn
        };
        let (count, _) = differences(&drawn.colors, &reference(&source, &wrong));
        assert!(count > 0, "another {what} is not noticed");
    }
}
