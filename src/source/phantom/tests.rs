use std::sync::OnceLock;

use super::*;

fn sample() -> &'static [u16] {
    static SAMPLE: OnceLock<Vec<u16>> = OnceLock::new();
    SAMPLE.get_or_init(kidney)
}

fn plane(z: usize) -> &'static [u16] {
    let size = SHAPE[1] * SHAPE[2] * SHAPE[3];
    &sample()[z * size..(z + 1) * size]
}

fn channel(voxels: &[u16], c: usize) -> impl Iterator<Item = u16> + '_ {
    voxels.iter().skip(c).step_by(SHAPE[3]).copied()
}

fn range(values: impl Iterator<Item = u16>) -> (u16, u16) {
    values.fold((u16::MAX, 0), |(lo, hi), v| (lo.min(v), hi.max(v)))
}

/// Pearson's correlation of one channel in two planes.
fn correlation(c: usize, z0: usize, z1: usize) -> f64 {
    let values = |z| -> Vec<f64> { channel(plane(z), c).map(f64::from).collect() };
    let centred = |v: Vec<f64>| -> Vec<f64> {
        let mean = v.iter().sum::<f64>() / v.len() as f64;
        v.iter().map(|x| x - mean).collect()
    };
    let (a, b) = (centred(values(z0)), centred(values(z1)));
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
}

#[test]
fn has_its_shape() {
    assert_eq!(sample().len(), 16 * 512 * 512 * 3);
    assert_eq!(SHAPE[3], CHANNEL_NAMES.len());
}

#[test]
fn has_its_ranges() {
    assert_eq!(range(sample().iter().copied()), (10, 4095));
    for (c, expected) in [(10, 4095), (68, 4095), (35, 4095)].into_iter().enumerate() {
        assert_eq!(range(channel(sample(), c)), expected, "channel {c}");
    }
    assert_eq!(range(plane(8).iter().copied()), (64, 4095));
}

#[test]
fn dark_level_is_reached_in_every_plane_and_drifts_without_jumps() {
    for c in 0..SHAPE[3] {
        for z in 0..SHAPE[0] {
            let level = camera::dark(c, z);
            let (lo, _) = range(channel(plane(z), c));
            assert_eq!(u32::from(lo), level, "channel {c}, plane {z}");
            // More than a voxel or two: a level, not an outlier.
            assert!(
                channel(plane(z), c).filter(|v| *v == lo).count() > 100,
                "channel {c}, plane {z}"
            );
            let before = camera::dark(c, z.saturating_sub(1));
            assert!((before..=before + 9).contains(&level), "channel {c}, plane {z}");
        }
    }
}

#[test]
fn does_not_depend_on_the_run_or_the_threads() {
    let alone = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a pool of one thread");
    assert!(alone.install(kidney) == sample());
    let several = rayon::ThreadPoolBuilder::new()
        .num_threads(3)
        .build()
        .expect("a pool of three threads");
    assert!(several.install(kidney) == sample());
}

#[test]
fn structures_go_on_from_plane_to_plane() {
    for z in 1..SHAPE[0] {
        for c in 0..SHAPE[3] {
            let r = correlation(c, z - 1, z);
            assert!(r > 0.6, "channel {c}, planes {} and {z}: {r}", z - 1);
        }
    }
    // And change on the way: tubes are tilted.
    assert!(correlation(1, 0, 15) < 0.6);
}

#[test]
fn is_mostly_dark_with_bright_structure_and_hardly_saturated() {
    for c in 0..SHAPE[3] {
        let mut values: Vec<u16> = channel(sample(), c).collect();
        let saturated = values.iter().filter(|v| **v == 4095).count();
        assert!(
            saturated > 0 && saturated * 200 < values.len(),
            "channel {c}: {saturated} saturated"
        );
        values.sort_unstable();
        let share = |p: f64| values[(p * (values.len() - 1) as f64) as usize];
        assert!(share(0.5) < 1024, "channel {c}: median {}", share(0.5));
        assert!(share(0.98) > 2048, "channel {c}: 98th percentile {}", share(0.98));
    }
}
