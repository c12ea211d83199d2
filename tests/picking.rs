//! The values under the pointer: those of the voxel, the time and the planes that are asked for, or none yet.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::gpu::{MemorySource, gpu, gpu_with_memory, gpu_with_tiles};
use common::viewer::{pump_until, settle};
use microtome::gpu::VoxelFormat;
use microtome::session::{Phase, Picked, Picking, Viewer, Wake};
use microtome::source::Source;
use microtome::view::ViewOptions;
use microtome::volume::{Axis, Box3, Region, SampleType, Value};

fn silent() -> Wake {
    Arc::new(|| ())
}

fn show(source: MemorySource) -> Viewer {
    Viewer::show(source.shared(), ViewOptions::default(), silent())
}

/// Values of three channels at a voxel, in their own type.
fn full_values(source: &MemorySource, [z, y, x]: [u64; 3]) -> Vec<Value> {
    let zyx = Box3 {
        z: z..z + 1,
        y: y..y + 1,
        x: x..x + 1,
    };
    let region = Region {
        level: 0,
        t: 0,
        c: 0..3,
        zyx,
    };
    let sample_type = Source::dataset(source).sample_type;
    let mut bytes = vec![0; 3 * sample_type.bytes()];
    source.read(&region, &mut bytes).expect("it is in memory");
    let value = |voxel: &[u8]| {
        let voxel = voxel.try_into().expect("eight bytes");
        match sample_type {
            SampleType::U64 => Value::Integer(u64::from_ne_bytes(voxel).into()),
            SampleType::I64 => Value::Integer(i64::from_ne_bytes(voxel).into()),
            _ => Value::Float(f64::from_ne_bytes(voxel)),
        }
    };
    bytes.chunks(8).map(value).collect()
}

#[test]
fn values_under_the_pointer() {
    let Some(gpu) = gpu_with_tiles(16) else { return };
    for (index, sample_type) in SampleType::ALL.into_iter().enumerate() {
        let source = MemorySource::random(sample_type, [1, 3, 4, 21, 35], 20 + index as u64);
        let mut viewer = show(source.clone());
        viewer.pick(&gpu, Some([0, 0, 0]));
        assert!(viewer.picked().is_none(), "nothing is there yet");
        settle(&mut viewer, &gpu);
        let format = VoxelFormat::of(sample_type);
        for voxel in [[0, 0, 0], [3, 20, 34], [1, 15, 16]] {
            viewer.pick(&gpu, Some(voxel));
            pump_until(&mut viewer, &gpu, "values", |v| {
                v.picked().is_some_and(|picked| picked.spot.voxel == voxel)
            });
            let values = &viewer.picked().expect("just came").values;
            let expected: Vec<_> = match sample_type.is_wide() {
                // More than a texture holds: the file's own values.
                true => full_values(&source, voxel),
                false => (0..3)
                    .map(|c| format.value_from_stored(source.stored(0, c, voxel)))
                    .collect(),
            };
            // Compared as text, in which NaN equals itself.
            assert_eq!(
                format!("{values:?}"),
                format!("{expected:?}"),
                "{sample_type} at {voxel:?}"
            );
        }
        viewer.pick(&gpu, Some([4, 0, 0]));
        viewer.pump(&gpu);
        assert!(!viewer.is_busy(), "there is no such voxel");
        assert!(viewer.picked().is_some_and(|picked| picked.values.is_empty()));
        viewer.pick(&gpu, None);
        assert!(viewer.picked().is_none());
        gpu.check().expect("no error of the device");
    }
}

/// Whether values are those of their place: in 16-bit voxels, the largest of its planes.
fn is_true(picked: &Picked, source: &MemorySource) -> bool {
    let spot = &picked.spot;
    let value = |c| {
        let stored = |voxel| source.stored(spot.t, c, voxel);
        let largest = match &spot.slab {
            None => Some(stored(spot.voxel)),
            Some((normal, planes)) => planes
                .clone()
                .map(|plane| {
                    let mut voxel = spot.voxel;
                    voxel[normal.index()] = plane;
                    stored(voxel)
                })
                .max(),
        };
        Value::Integer(largest.expect("a voxel").into())
    };
    picked.values == (0..source.dataset.shape.c).map(value).collect::<Vec<_>>()
}

/// Planes that come one after the other.
fn slow_planes() -> MemorySource {
    let mut source = MemorySource::between(SampleType::U16, [1, 1, 40, 300, 300], (500.0, 4000.0), 31);
    source.delay = Duration::from_millis(10);
    source
}

#[test]
fn a_voxel_that_has_not_arrived_has_no_value() {
    let Some(gpu) = gpu() else { return };
    let source = slow_planes();
    for normal in [Axis::Y, Axis::Z] {
        let options = ViewOptions {
            normal: Some(normal),
            plane: Some(39),
            ..Default::default()
        };
        let mut viewer = Viewer::show(source.clone().shared(), options, silent());
        pump_until(&mut viewer, &gpu, "a picture", |viewer| {
            matches!(viewer.phase(), Phase::Loading { done: 1.., .. })
        });
        if normal == Axis::Z {
            viewer.view_mut().expect("open").slab = u64::MAX;
            let _ = viewer.picture(&gpu, [8, 8]);
        }
        let last = if normal == Axis::Z { 0 } else { 39 };
        viewer.pick(&gpu, Some([last, 39, 7]));
        assert_eq!(viewer.picking(), Picking::Awaited, "along {normal}");
        // Nobody asks again.
        pump_until(&mut viewer, &gpu, "the values", |viewer| viewer.picked().is_some());
        let picked = viewer.picked().expect("just came");
        assert!(is_true(picked, &source), "along {normal}: {picked:?}");
        assert_eq!(picked.spot.slab.is_some(), normal == Axis::Z);
    }
}

#[test]
fn what_was_not_loaded_is_read_from_the_file() {
    let Some(gpu) = gpu() else { return };
    let source = slow_planes();
    let mut viewer = show(source.clone());
    pump_until(&mut viewer, &gpu, "a plane", Viewer::is_plane_ready);
    viewer.cancel();
    assert!(matches!(viewer.phase(), Phase::Cancelled { .. }));
    for z in [39, 20, 0] {
        viewer.pick(&gpu, Some([z, 39, 7]));
        pump_until(&mut viewer, &gpu, "the values", |viewer| viewer.picked().is_some());
        let picked = viewer.picked().expect("just came");
        assert!(is_true(picked, &source), "{picked:?}");
    }
}

#[test]
fn values_are_of_the_time_that_is_asked_for() {
    let small = || MemorySource::random(SampleType::U16, [3, 2, 6, 9, 11], 33);
    // Larger than memory: its values are read from the file.
    let large = || MemorySource::random(SampleType::U16, [3, 2, 9, 900, 1100], 34);
    for (gpu, mut source) in [(gpu(), small()), (gpu_with_memory(24 << 20, 256), large())] {
        let Some(gpu) = gpu else { return };
        source.delay = Duration::from_millis(3);
        let mut viewer = show(source.clone());
        pump_until(&mut viewer, &gpu, "a plane", Viewer::is_plane_ready);
        let voxel = Some([4, 3, 2]);
        viewer.pick(&gpu, voxel);
        let expect_true = |viewer: &Viewer| {
            let (Some(picked), Some(view)) = (viewer.picked(), viewer.view()) else {
                return;
            };
            assert_eq!(picked.spot.t, view.t);
            assert!(is_true(picked, &source), "{picked:?}");
        };
        for t in [1, 0, 2, 1, 0, 1] {
            assert!(viewer.view_mut().expect("open").set_time(t));
            viewer.pick(&gpu, voxel);
            for _ in 0..3 {
                expect_true(&viewer);
                viewer.pump(&gpu);
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        pump_until(&mut viewer, &gpu, "the values", |viewer| viewer.picked().is_some());
        expect_true(&viewer);
    }
}

#[test]
fn going_back_to_a_voxel_brings_its_values_back() {
    let Some(gpu) = gpu() else { return };
    // Of 64 bits: read from the file.
    let mut source = MemorySource::random(SampleType::U64, [1, 3, 4, 21, 35], 35);
    source.delay = Duration::from_millis(20);
    let mut viewer = show(source.clone());
    settle(&mut viewer, &gpu);
    let (here, there) = ([0, 0, 0], [3, 20, 34]);
    for voxel in [here, there, here] {
        viewer.pick(&gpu, Some(voxel));
        viewer.pump(&gpu);
    }
    let holds = |viewer: &Viewer| viewer.picked().is_some_and(|picked| picked.spot.voxel == here);
    pump_until(&mut viewer, &gpu, "the values", holds);
    for _ in 0..60 {
        viewer.pump(&gpu);
        assert!(holds(&viewer), "they stay");
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(viewer.picked().expect("here").values, full_values(&source, here));
}
