//! Voxels at or beyond the window are marked: as the twin does, and as it is said.

mod common;

use common::gpu::{MemorySource, random_between, voxels_of};
use common::pictures::{Subject, check, differences, gpus, reference};
use microtome::gpu::VoxelFormat;
use microtome::view::{Blend, ContrastRule, Filter, Layout, ViewOptions, twin};
use microtome::volume::{Axis, SampleType, Window};

const RED: [u8; 3] = [255, 0, 0];
const BLUE: [u8; 3] = [0, 0, 255];

fn count(colors: &[[u8; 3]], color: [u8; 3]) -> usize {
    colors.iter().filter(|&&found| found == color).count()
}

fn all_marked() -> ViewOptions {
    ViewOptions {
        marked: vec![None],
        ..Default::default()
    }
}

fn zoomed(filter: Filter) -> ViewOptions {
    ViewOptions {
        filter: Some(filter),
        zoom: Some(2.713),
        center: Some([11.31, 9.77]),
        size: Some([61, 47]),
        ..all_marked()
    }
}

/// Of every type, the extremes are marked in the window that they span: limits are reached, not nearly.
#[test]
fn the_limits_themselves_are_marked() {
    let Some(gpus) = gpus() else { return };
    for (index, sample_type) in SampleType::ALL.into_iter().enumerate() {
        let limits = match sample_type {
            SampleType::F16 => (-60000.0, 60000.0),
            SampleType::F32 | SampleType::F64 => (-1.3, 3.1),
            _ => (1.0, 100.0),
        };
        let limits = match sample_type {
            SampleType::U32 => (3_000_000_001.0, 4_294_967_295.0),
            SampleType::U64 => (1e15 + 1.0, 1e19),
            _ => limits,
        };
        let voxels = random_between(sample_type, 3 * 21 * 23, limits, index as u64);
        let source = MemorySource::new(sample_type, [1, 1, 3, 21, 23], voxels);
        let mut subject = Subject::new(&gpus, source);
        let options = ViewOptions {
            contrast: Some(ContrastRule::Plane),
            ..all_marked()
        };
        let drawn = subject.check(&format!("{sample_type}"), &options);
        let (high, low) = (count(&drawn.colors, RED), count(&drawn.colors, BLUE));
        assert!(high > 0 && low > 0, "{sample_type}: {high} and {low}");
        let without = subject.check(
            "unmarked",
            &ViewOptions {
                marked: Vec::new(),
                ..options
            },
        );
        let changed = differences(&drawn.colors, &without.colors).0;
        assert_eq!(changed, high + low, "{sample_type}: nothing else is changed");
        for filter in [Filter::Nearest, Filter::Linear] {
            let middle = (limits.1 - limits.0) * 0.31;
            let options = ViewOptions {
                ranges: vec![(None, Window::new(limits.0 + middle, limits.1 - middle))],
                ..zoomed(filter)
            };
            let drawn = subject.check(&format!("{sample_type}, {filter:?}"), &options);
            assert!(count(&drawn.colors, RED) > 50 && count(&drawn.colors, BLUE) > 50);
        }
    }
}

/// A voxel next to the limit is not marked, and one at it is: the twin is asked, and the numbers themselves.
#[test]
fn neighbours_of_a_limit_are_told_apart() {
    let Some(gpus) = gpus() else { return };
    let top = 4_000_000_000.0;
    let values = [top - 1.0, top, top + 1.0, 9.0, 10.0, 11.0];
    let source = MemorySource::new(SampleType::U32, [1, 1, 1, 1, 6], voxels_of(SampleType::U32, values));
    let options = |lo: f64, hi: f64| ViewOptions {
        ranges: vec![(None, Window::new(lo, hi))],
        ..all_marked()
    };
    let marks = |lo, hi| {
        let drawn = check("neighbours", &gpus, &source, &options(lo, hi));
        drawn
            .colors
            .iter()
            .map(|color| match *color {
                RED => 'h',
                BLUE => 'l',
                _ => '-',
            })
            .collect::<String>()
    };
    assert_eq!(marks(10.0, top), "-hhll-");
    assert_eq!(marks(10.5, top + 0.5), "--hll-");
    assert_eq!(marks(9.5, top - 0.5), "-hhl--");
    // Limits that no voxel can reach.
    assert_eq!(marks(-5.0, 1e12), "------");
    assert_eq!(marks(1e10, 1e12), "llllll");
    assert_eq!(marks(-9.0, -5.0), "hhhhhh");
}

#[test]
fn what_has_no_place_in_the_window_is_not_marked() {
    let Some(gpus) = gpus() else { return };
    let values = [f64::NAN, 1.0, 2.0, f64::INFINITY, f64::NEG_INFINITY, 3.0];
    let source = MemorySource::new(SampleType::F32, [1, 1, 1, 1, 6], voxels_of(SampleType::F32, values));
    let drawn = check("not finite", &gpus, &source, &all_marked());
    let color = |i: usize| drawn.colors[i];
    assert_eq!([0, 1, 2, 3, 4, 5].map(color), [[0; 3], BLUE, [128; 3], RED, BLUE, RED]);
    let linear = ViewOptions {
        size: Some([61, 11]),
        filter: Some(Filter::Linear),
        ..all_marked()
    };
    check("not finite, linear", &gpus, &source, &linear);
    // A constant channel has an empty window.
    let constant = MemorySource::new(SampleType::U8, [1, 1, 1, 3, 4], vec![7; 12]);
    let drawn = check("constant", &gpus, &constant, &all_marked());
    assert_eq!(count(&drawn.colors, [0; 3]), 12);
}

/// Marks of several channels, also beyond a batch, however they are mixed; red goes before blue.
#[test]
fn marks_of_many_channels() {
    let Some(gpus) = gpus() else { return };
    for channels in [2u64, 3, 8, 9, 17] {
        let source = MemorySource::between(SampleType::U16, [1, channels, 5, 21, 23], (0.0, 4000.0), channels);
        let mut subject = Subject::new(&gpus, source);
        let window = Window::new(900.3, 3100.7);
        for (blend, layout) in [
            (Blend::Add, Layout::Composite),
            (Blend::Max, Layout::Composite),
            (Blend::Multiply, Layout::Composite),
            (Blend::Add, Layout::Montage),
        ] {
            for marked in [vec![None], vec![Some(1)], vec![Some(channels as usize - 1)]] {
                let options = ViewOptions {
                    blend: Some(blend),
                    layout: Some(layout),
                    ranges: vec![(None, window)],
                    marked: marked.clone(),
                    ..zoomed(Filter::Linear)
                };
                let name = format!("{channels} channels, {blend:?}, {layout:?}, {marked:?}");
                let drawn = subject.check(&name, &options);
                let least = if layout == Layout::Composite { 5 } else { 1 };
                let found = [RED, BLUE].map(|color| count(&drawn.colors, color));
                assert!(found.iter().all(|&count| count >= least), "{name}: {found:?}");
            }
        }
        // Across the tiles of other normals.
        for normal in [Axis::Y, Axis::X] {
            let options = ViewOptions {
                normal: Some(normal),
                ranges: vec![(None, window)],
                ..all_marked()
            };
            subject.check(&format!("{channels} channels, normal {normal}"), &options);
        }
    }
}

/// The comparison can fail: without marks, and with other limits, the twin draws another picture.
#[test]
fn wrong_marks_are_noticed() {
    let Some(gpus) = gpus() else { return };
    let source = MemorySource::between(SampleType::U16, [1, 2, 1, 21, 23], (0.0, 4000.0), 3);
    let options = ViewOptions {
        ranges: vec![(None, Window::new(500.0, 3000.0))],
        ..all_marked()
    };
    let drawn = check("right", &gpus, &source, &options);
    assert_eq!(differences(&drawn.colors, &reference(&source, &drawn)).0, 0);
    let format = VoxelFormat::of(SampleType::U16);
    let stored = |channel: usize, voxel| source.stored(0, channel as u64, voxel);
    let mut others = vec![drawn.view.clone(), drawn.view.clone()];
    others[0].channels[1].marks_clipping = false;
    others[1].channels[0].window.hi += 5.0;
    for other in &others {
        let wrong = twin::render(other, drawn.size, format, &stored);
        assert!(differences(&drawn.colors, &wrong).0 > 0);
    }
}
