//! Statistics of the shown plane and of a box of it: exact, of what they say they are of, wherever the voxels lie.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::gpu::{MemorySource, gpu, gpu_with_memory, gpu_with_tiles};
use common::viewer::{pump_until, settle};
use microtome::gpu::Gpu;
use microtome::reduce::{percentile_from_neighbours, ranks_of_percentile, twin};
use microtome::session::{FullStats, Measured, Phase, Scope, Viewer};
use microtome::view::{PlaneBox, ViewOptions};
use microtome::volume::{Axis, Box3, PERCENTILES, SampleType, Value, bit_depth};

fn show(source: MemorySource) -> Viewer {
    Viewer::show(source.shared(), ViewOptions::default(), Arc::new(|| ()))
}

/// Voxels of a channel in a box, but for planes that `is_lost`, in native byte order.
fn voxels(source: &MemorySource, t: u64, c: u64, part: &Box3, is_lost: impl Fn(u64) -> bool) -> Vec<u8> {
    let shape = source.dataset.shape;
    let bytes = source.dataset.sample_type.bytes();
    let channel = source.channel(t, c);
    let mut found = Vec::new();
    for z in part.z.clone().filter(|&z| !is_lost(z)) {
        for y in part.y.clone() {
            let at = |x: u64| ((z * shape.y + y) * shape.x + x) as usize * bytes;
            found.extend_from_slice(&channel[at(part.x.start)..at(part.x.end)]);
        }
    }
    found
}

/// Compares every number with those of the plainest code there is.
fn check(numbers: &FullStats, voxels: &[u8], sample_type: SampleType, what: &str) {
    let wanted = twin::numbers(voxels, sample_type);
    assert_eq!(numbers.stats.range, wanted.range, "{what}");
    assert_eq!(numbers.stats.non_finite, wanted.non_finite, "{what}");
    assert_eq!(numbers.count, wanted.moments.count, "{what}");
    assert_eq!(numbers.mean, wanted.moments.mean(), "{what}");
    assert_eq!(numbers.std, wanted.moments.std(), "{what}");
    let Some((min, max)) = wanted.range else {
        assert!(numbers.percentiles.is_empty(), "{what}");
        return;
    };
    assert_eq!(numbers.bit_depth, bit_depth(sample_type, min, max), "{what}");
    let count = |wanted_one: Value| {
        wanted
            .sorted_values
            .iter()
            .filter(|&&value| value == wanted_one)
            .count() as u64
    };
    assert_eq!((numbers.at_min, numbers.at_max), (count(min), count(max)), "{what}");
    for (&percent, found) in PERCENTILES.iter().zip(&numbers.percentiles) {
        let (below, above, fraction) = ranks_of_percentile(percent, wanted.sorted.len() as u64);
        let [below, above] = [below, above].map(|rank| wanted.sorted[rank as usize]);
        let value = percentile_from_neighbours(below, above, fraction);
        assert_eq!((found.percent, found.value), (percent, value), "{what}");
    }
    assert_eq!(numbers.percentiles.len(), PERCENTILES.len(), "{what}");
}

/// Asks, waits, and hands over what came for this question.
fn measure(viewer: &mut Viewer, gpu: &Gpu, area: Option<&PlaneBox>) -> Measured {
    let scope = viewer.scope(area).expect("open, with visible channels");
    viewer.measure(gpu, Some(scope.clone()));
    pump_until(viewer, gpu, "statistics", |viewer| {
        viewer.measured().is_some_and(|measured| measured.scope == scope)
    });
    viewer.measured().cloned().expect("just came")
}

fn check_all(measured: &Measured, source: &MemorySource, what: &str) {
    let Scope { plane, zyx, channels } = &measured.scope;
    let numbers = measured.numbers.as_ref().expect("it can be read");
    assert_eq!(numbers.channels.len(), channels.len());
    for (numbers, &channel) in numbers.channels.iter().zip(channels) {
        let voxels = voxels(source, plane.t, channel as u64, zyx, |_| false);
        check(
            numbers,
            &voxels,
            source.dataset.sample_type,
            &format!("{what}, channel {channel}, {zyx:?}"),
        );
    }
    assert!(numbers.lost.is_empty());
}

/// Planes and boxes along every axis.
fn check_everywhere(viewer: &mut Viewer, gpu: &Gpu, source: &MemorySource, what: &str) {
    for normal in Axis::ALL {
        let view = viewer.view_mut().expect("open");
        view.set_normal(normal);
        let (last, [u, v]) = (view.plane_count() - 1, view.plane_size().map(|n| n as f64));
        let boxes = [
            None,
            view.box_between([0.2 * u, 0.3 * v], [0.9 * u, 0.8 * v]),
            view.box_between([0.5 * u, 0.5 * v], [0.5 * u, 0.5 * v]),
        ];
        assert!(boxes[1].is_some() && boxes[2].is_some());
        for (plane, area) in [0, last, last / 2]
            .into_iter()
            .flat_map(|plane| boxes.iter().map(move |area| (plane, area)))
        {
            viewer.view_mut().expect("open").set_plane(plane);
            let measured = measure(viewer, gpu, area.as_ref());
            assert_eq!(*measured.scope.zyx.along(normal), plane..plane + 1);
            check_all(&measured, source, what);
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
        let source = MemorySource::random(sample_type, [1, 2, 5, 33, 20], 40 + index as u64);
        for (gpu, what) in [(&whole, "whole"), (&tiled, "tiled")] {
            let mut viewer = show(source.clone());
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
        let source = MemorySource::random(sample_type, [1, 2, 21, 40, 50], 60 + index as u64).in_strips(7);
        let mut viewer = show(source.clone());
        settle(&mut viewer, &small);
        check_everywhere(&mut viewer, &small, &source, &format!("{sample_type} streamed"));
    }
}

/// More voxels than are counted at once, with runs of equal ones.
#[test]
fn a_plane_of_many_steps() {
    let Some(gpu) = gpu() else { return };
    for (sample_type, limits) in [(SampleType::U8, (0.0, 3.0)), (SampleType::I32, (-9e8, 2e9))] {
        let source = MemorySource::between(sample_type, [1, 1, 1, 2500, 2100], limits, 71);
        let mut viewer = show(source.clone());
        settle(&mut viewer, &gpu);
        check_all(&measure(&mut viewer, &gpu, None), &source, "many steps");
    }
}

#[test]
fn the_newest_question_wins_and_the_last_answer_stays_until_then() {
    let Some(gpu) = gpu() else { return };
    let source = MemorySource::random(SampleType::U16, [1, 3, 6, 90, 110], 72);
    let mut viewer = show(source.clone());
    settle(&mut viewer, &gpu);
    let first = measure(&mut viewer, &gpu, None);
    let mut last = None;
    for end in 2..60 {
        let view = viewer.view().expect("open");
        let area = view.box_between([1.0, 1.0], [f64::from(end), 40.0]);
        last = viewer.scope(area.as_ref());
        viewer.measure(&gpu, last.clone());
        assert!(viewer.is_busy(), "an answer is awaited");
        let shown = viewer.measured().expect("an answer stays");
        assert_eq!(shown.numbers.is_ok(), first.numbers.is_ok());
    }
    pump_until(&mut viewer, &gpu, "the last one", |v| {
        v.measured().map(|m| &m.scope) == last.as_ref()
    });
    check_all(viewer.measured().expect("just came"), &source, "the last one");
    assert!(!viewer.pump(&gpu) && !viewer.is_busy(), "nothing is left to do");

    // Of the channels that are seen.
    viewer.view_mut().expect("open").show_only(1);
    let measured = measure(&mut viewer, &gpu, None);
    assert_eq!(measured.scope.channels, [1]);
    check_all(&measured, &source, "one channel");
    viewer.view_mut().expect("open").toggle_channel(1);
    assert_eq!(viewer.scope(None), None);
    viewer.measure(&gpu, None);
    assert_eq!(viewer.measured(), None);
}

#[test]
fn questions_before_the_voxels_are_there_are_answered_when_they_are() {
    let Some(gpu) = gpu() else { return };
    let mut source = MemorySource::random(SampleType::U16, [3, 1, 12, 300, 400], 73);
    source.delay = Duration::from_millis(20);
    let mut viewer = show(source.clone());
    pump_until(&mut viewer, &gpu, "opening", |viewer| viewer.view().is_some());
    // One axis needs one plane, another all of them; another time, other voxels.
    check_all(&measure(&mut viewer, &gpu, None), &source, "a plane that is loading");
    viewer.view_mut().expect("open").set_normal(Axis::X);
    check_all(
        &measure(&mut viewer, &gpu, None),
        &source,
        "across planes that are loading",
    );
    viewer.view_mut().expect("open").set_time(2);
    let measured = measure(&mut viewer, &gpu, None);
    assert_eq!(measured.scope.plane.t, 2);
    check_all(&measured, &source, "another time");

    // What was not loaded, because that was stopped, is read for it.
    let mut viewer = show(source.clone());
    pump_until(&mut viewer, &gpu, "a plane", Viewer::is_plane_ready);
    viewer.cancel();
    assert!(matches!(viewer.phase(), Phase::Cancelled { .. }));
    viewer.view_mut().expect("open").set_normal(Axis::Y);
    check_all(
        &measure(&mut viewer, &gpu, None),
        &source,
        "a plane that was not loaded",
    );
}

#[test]
fn planes_that_cannot_be_read_are_left_out_and_told() {
    let (Some(large), Some(small)) = (gpu(), gpu_with_memory(96 << 10, 16)) else {
        return;
    };
    let source = MemorySource::random(SampleType::I16, [1, 2, 21, 40, 50], 74);
    let damaged = MemorySource {
        damaged_plane: Some(7),
        ..source.clone()
    };
    for (gpu, what) in [(large, "whole"), (small, "streamed")] {
        let mut viewer = show(damaged.clone());
        settle(&mut viewer, &gpu);
        viewer.view_mut().expect("open").set_normal(Axis::Y);
        let measured = measure(&mut viewer, &gpu, None);
        let numbers = measured.numbers.expect("most of it can be read");
        for (channel, numbers) in numbers.channels.iter().enumerate() {
            let voxels = voxels(&source, 0, channel as u64, &measured.scope.zyx, |z| z == 7);
            check(numbers, &voxels, SampleType::I16, what);
        }
        assert!(
            numbers.lost.iter().all(|damage| damage.z == (7..8)),
            "{what}: {:?}",
            numbers.lost
        );
        assert!(!numbers.lost.is_empty(), "{what}");
        // Nothing of this one, and everything of the next.
        let view = viewer.view_mut().expect("open");
        view.set_normal(Axis::Z);
        view.set_plane(7);
        match measure(&mut viewer, &gpu, None).numbers {
            Ok(numbers) => assert!(
                numbers.channels.iter().all(|channel| channel.stats.range.is_none()),
                "{what}"
            ),
            Err(reason) => assert!(reason.contains("plane 7") && !reason.contains('\n'), "{what}: {reason}"),
        }
        viewer.view_mut().expect("open").set_plane(8);
        check_all(&measure(&mut viewer, &gpu, None), &source, what);
    }
}
