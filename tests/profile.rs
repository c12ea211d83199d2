//! Line profiles: exact values of the voxels under a line, wherever these lie, against plain indexing.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::gpu::{MemorySource, gpu, gpu_with_memory, gpu_with_tiles};
use common::viewer::{pump_until, settle};
use microtome::gpu::Gpu;
use microtome::reduce::twin;
use microtome::session::{Profile, Viewer};
use microtome::view::{ProfileLine, ViewOptions};
use microtome::volume::{Axis, SampleType, Value};

fn show(source: &MemorySource) -> Viewer {
    Viewer::show(source.clone().shared(), ViewOptions::default(), Arc::new(|| ()))
}

fn line(from_uv: [f64; 2], to_uv: [f64; 2]) -> ProfileLine {
    ProfileLine { from_uv, to_uv }
}

/// Asks, waits, and hands over what came for this line and view.
fn profile(viewer: &mut Viewer, gpu: &Gpu, line: ProfileLine) -> Profile {
    viewer.profile(gpu, Some(line));
    let view = viewer.view().expect("open");
    let (t, normal, planes) = (view.t, view.normal, view.slab_range());
    let (index, channels) = (view.plane(), view.visible_channels());
    pump_until(viewer, gpu, "a profile", |viewer| {
        viewer.profiled().is_some_and(|found| {
            let plane = found.plane;
            (plane.t, plane.normal, plane.index) == (t, normal, index)
                && (found.line, &found.planes, &found.channels) == (line, &planes, &channels)
        })
    });
    viewer.profiled().cloned().expect("just came")
}

fn is_nan(value: &Value) -> bool {
    matches!(value, Value::Float(value) if value.is_nan())
}

/// The largest value at a place, one voxel after the other.
fn expected(source: &MemorySource, profile: &Profile, channel: usize, voxel: [u64; 3]) -> Option<Value> {
    let (shape, sample_type) = (source.dataset.shape, source.dataset.sample_type);
    let voxels = source.channel(profile.plane.t, channel as u64);
    let mut found: Option<Value> = None;
    for index in profile.planes.clone() {
        let mut at = voxel;
        at[profile.plane.normal.index()] = index;
        let [z, y, x] = at;
        if source.damaged_plane == Some(z) {
            continue;
        }
        let start = ((z * shape.y + y) * shape.x + x) as usize * sample_type.bytes();
        let value = twin::exact_values(&voxels[start..start + sample_type.bytes()], sample_type)[0];
        let is_larger = found.is_none_or(|found| is_nan(&found) || twin::order(&value, &found).is_gt());
        if found.is_none() || is_larger && !is_nan(&value) {
            found = Some(value);
        }
    }
    found
}

fn check(profile: &Profile, source: &MemorySource, what: &str) {
    assert!(!profile.samples.is_empty(), "{what}: no points");
    assert_eq!(profile.values.len(), profile.channels.len(), "{what}");
    for (values, &channel) in profile.values.iter().zip(&profile.channels) {
        assert_eq!(values.len(), profile.samples.len(), "{what}");
        for (sample, value) in profile.samples.iter().zip(values) {
            let wanted = expected(source, profile, channel, sample.voxel);
            let are_nan = value.as_ref().is_some_and(is_nan) && wanted.as_ref().is_some_and(is_nan);
            assert!(
                are_nan || *value == wanted,
                "{what}, channel {channel}, {:?} of {:?}: {value:?}, not {wanted:?}",
                sample.voxel,
                profile.planes
            );
        }
    }
}

/// Lines across tiles along every axis, of planes and of slabs.
fn check_everywhere(viewer: &mut Viewer, gpu: &Gpu, source: &MemorySource, what: &str) {
    for (normal, slab) in Axis::ALL
        .into_iter()
        .flat_map(|normal| [1, 4, 1000].map(|slab| (normal, slab)))
    {
        let view = viewer.view_mut().expect("open");
        view.set_normal(normal);
        view.slab = slab;
        let [u, v] = view.plane_size().map(|n| n as f64);
        for (from, to) in [
            ([0.2, 0.7], [u - 0.1, v - 0.6]),
            ([u - 0.5, 0.5], [0.5, v * 0.5]),
            ([u / 2.0, -3.0], [u / 2.0, v + 3.0]),
        ] {
            let found = profile(viewer, gpu, line(from, to));
            check(&found, source, &format!("{what}, {normal}, slab {slab}"));
        }
    }
    gpu.check().expect("no error of the device");
}

#[test]
fn every_type_along_every_axis_in_tiles_and_whole() {
    let (Some(whole), Some(tiled)) = (gpu(), gpu_with_tiles(16)) else {
        return;
    };
    for (index, sample_type) in SampleType::ALL.into_iter().enumerate() {
        let source = MemorySource::random(sample_type, [1, 2, 18, 33, 20], 500 + index as u64);
        for (gpu, what) in [(&whole, "whole"), (&tiled, "tiled")] {
            let mut viewer = show(&source);
            settle(&mut viewer, gpu);
            check_everywhere(&mut viewer, gpu, &source, &format!("{sample_type} {what}"));
        }
    }
}

#[test]
fn every_type_where_nothing_fits_memory() {
    let Some(small) = gpu_with_memory(96 << 10, 16) else {
        return;
    };
    for (index, sample_type) in [SampleType::U8, SampleType::U16, SampleType::F32, SampleType::F64]
        .into_iter()
        .enumerate()
    {
        let source = MemorySource::random(sample_type, [1, 2, 21, 40, 50], 520 + index as u64).in_strips(7);
        let mut viewer = show(&source);
        settle(&mut viewer, &small);
        check_everywhere(&mut viewer, &small, &source, &format!("{sample_type} streamed"));
    }
}

#[test]
fn planes_that_cannot_be_read_have_no_values() {
    let Some(gpu) = gpu_with_tiles(16) else { return };
    let mut source = MemorySource::between(SampleType::U16, [1, 2, 21, 19, 23], (5.0, 900.0), 530);
    source.damaged_plane = Some(7);
    let mut viewer = show(&source);
    settle(&mut viewer, &gpu);
    check_everywhere(&mut viewer, &gpu, &source, "a damaged plane");
    let view = viewer.view_mut().expect("open");
    (view.normal, view.slab) = (Axis::Z, 1);
    view.set_plane(7);
    let found = profile(&mut viewer, &gpu, line([1.5, 1.5], [9.5, 1.5]));
    assert_eq!(found.values, vec![vec![None; 9]; 2]);
    assert!(!viewer.is_busy(), "nothing is left to do");
}

#[test]
fn many_points_through_a_thick_slab_take_several_steps() {
    let Some(gpu) = gpu() else { return };
    let source = MemorySource::between(SampleType::U8, [1, 2, 400, 30, 1600], (0.0, 254.0), 531);
    let mut viewer = show(&source);
    settle(&mut viewer, &gpu);
    viewer.view_mut().expect("open").slab = 400;
    let found = profile(&mut viewer, &gpu, line([0.5, 3.5], [1599.5, 20.5]));
    assert_eq!((found.planes.clone(), found.samples.len()), (0..400, 1601));
    check(&found, &source, "a thick slab");
}

#[test]
fn the_newest_line_wins_and_follows_the_view() {
    let Some(gpu) = gpu() else { return };
    let mut source = MemorySource::random(SampleType::U16, [2, 3, 6, 90, 110], 532);
    source.delay = Duration::from_millis(2);
    let mut viewer = show(&source);
    pump_until(&mut viewer, &gpu, "opening", |viewer| viewer.view().is_some());
    // Before the voxels are there.
    let first = profile(&mut viewer, &gpu, line([1.5, 1.5], [80.0, 70.0]));
    check(&first, &source, "while it loads");
    settle(&mut viewer, &gpu);
    let mut last = first.line;
    for end in 2..60 {
        last = line([1.5, 1.5], [f64::from(end), 40.0]);
        viewer.profile(&gpu, Some(last));
        assert!(viewer.profiled().is_some(), "an answer stays");
    }
    check(&profile(&mut viewer, &gpu, last), &source, "the last one");
    // Another plane and another time are followed without being asked for again.
    viewer.view_mut().expect("open").set_plane(0);
    pump_until(&mut viewer, &gpu, "another plane", |viewer| {
        viewer.profiled().is_some_and(|found| found.plane.index == 0)
    });
    check(viewer.profiled().expect("just came"), &source, "another plane");
    viewer.view_mut().expect("open").set_time(1);
    pump_until(&mut viewer, &gpu, "another time", |viewer| {
        viewer.profiled().is_some_and(|found| found.plane.t == 1)
    });
    check(viewer.profiled().expect("just came"), &source, "another time");
    // Of the channels that are seen.
    viewer.view_mut().expect("open").show_only(1);
    assert_eq!(profile(&mut viewer, &gpu, last).channels, [1]);
    viewer.view_mut().expect("open").toggle_channel(1);
    let none = profile(&mut viewer, &gpu, last);
    assert!(none.values.is_empty() && !none.samples.is_empty());
    settle(&mut viewer, &gpu);
    assert!(!viewer.pump(&gpu) && !viewer.is_busy(), "nothing is left to do");
    viewer.profile(&gpu, None);
    assert_eq!(viewer.profiled(), None);
    // Beside the picture.
    let beside = profile(&mut viewer, &gpu, line([-9.0, -9.0], [-1.0, -2.0]));
    assert!(beside.samples.is_empty());
}

#[test]
fn its_table_has_tabs_and_names() {
    let Some(gpu) = gpu() else { return };
    let voxels = (0..24u16).flat_map(u16::to_ne_bytes).collect();
    let source = MemorySource::new(SampleType::U16, [1, 2, 1, 3, 4], voxels).spaced([1.0, 0.5, 0.25]);
    let mut viewer = show(&source);
    settle(&mut viewer, &gpu);
    let found = profile(&mut viewer, &gpu, line([1.5, 0.5], [1.5, 2.5]));
    let name = |channel: usize| format!("channel\t{channel}");
    assert_eq!(
        found.text(Some("µm"), name),
        "distance (voxels)\tdistance (µm)\tchannel 0\tchannel 1\n0\t0\t1\t13\n1\t0.5\t5\t17\n2\t1\t9\t21\n"
    );
    assert_eq!(
        found.text(None, name),
        "distance (voxels)\tchannel 0\tchannel 1\n0\t1\t13\n1\t5\t17\n2\t9\t21\n"
    );
}
