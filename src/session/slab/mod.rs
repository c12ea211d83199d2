//! Slabs: which planes of them can be had, and how they come to be projected. [`live`] does it for a window, a step at
//! a time; [`whole`] for a picture without one.

mod live;
mod whole;

use std::ops::Range;

use crate::view::{Hatched, ViewState};
use crate::volume::{Axis, Box3, Damage, Shape};

use super::salvage::hatched_planes;

pub(super) use live::LiveSlab;
pub(super) use whole::{Chunks, project_whole};

/// Whether a view shows more than a plane.
pub(super) fn is_slab(view: &ViewState) -> bool {
    let range = view.slab_range();
    range.end - range.start > 1
}

/// The planes of a level that a view's slab covers.
pub(super) fn range_in_level(view: &ViewState, level: &Shape) -> Range<u64> {
    let (own, full) = (level.along(view.normal), view.plane_count());
    let scaled = |plane: u64| u128::from(plane) * u128::from(own);
    let range = view.slab_range();
    let start = (scaled(range.start) / u128::from(full.max(1))) as u64;
    let end = scaled(range.end).div_ceil(u128::from(full.max(1))) as u64;
    start.min(own.saturating_sub(1))..end.clamp(start + 1, own.max(start + 1))
}

/// A box with another range along an axis.
pub(super) fn with_range(part: &Box3, axis: Axis, range: Range<u64>) -> Box3 {
    let mut part = part.clone();
    *match axis {
        Axis::Z => &mut part.z,
        Axis::Y => &mut part.y,
        Axis::X => &mut part.x,
    } = range;
    part
}

/// The planes of a range along an axis whose voxels count: those that cannot be read are zeros in the textures. In
/// planes across those of the file, they are rows of their own, and left to be hatched.
pub(super) fn readable_planes(range: &Range<u64>, normal: Axis, channel: usize, lost: &[Damage]) -> Vec<Range<u64>> {
    let is_lost = |plane: u64| {
        let covers = |damage: &Damage| damage.z.contains(&plane) && damage.c.contains(&(channel as u64));
        normal == Axis::Z && lost.iter().any(covers)
    };
    runs(range.clone().filter(|&plane| !is_lost(plane)))
}

/// Ascending numbers as ranges without gaps.
pub(super) fn runs(planes: impl Iterator<Item = u64>) -> Vec<Range<u64>> {
    let mut runs: Vec<Range<u64>> = Vec::new();
    for plane in planes {
        match runs.last_mut() {
            Some(run) if run.end == plane => run.end += 1,
            _ => runs.push(plane..plane + 1),
        }
    }
    runs
}

/// What of a view's planes cannot be read; of a slab along the planes of the file, where none of its planes can.
pub(super) fn hatched_of_view(lost: &[Damage], view: &ViewState, whole: &Box3) -> Vec<Hatched> {
    let mut hatched = hatched_planes(lost, view, whole);
    if is_slab(view) && view.normal == Axis::Z {
        let shown: Vec<&Damage> = lost.iter().filter(|damage| damage.t.contains(&view.t)).collect();
        hatched.retain(|missing| {
            let is_lost = |z: u64| {
                let covers = |damage: &&&Damage| damage.z.contains(&z) && damage.c.start <= missing.c.start;
                shown.iter().filter(covers).any(|damage| damage.c.end >= missing.c.end)
            };
            view.slab_range().all(is_lost)
        });
    }
    hatched
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_planes_are_left_out() {
        let lost = |z: Range<u64>, c: Range<u64>| Damage {
            t: 0..1,
            c,
            z,
            reason: String::new(),
        };
        let all = [lost(3..4, 0..2), lost(5..7, 1..2)];
        let planes = |normal, channel| readable_planes(&(2..8), normal, channel, &all);
        assert_eq!(planes(Axis::Z, 0), [2..3, 4..8]);
        assert_eq!(planes(Axis::Z, 1), [2..3, 4..5, 7..8]);
        assert_eq!(planes(Axis::Z, 2), [Range { start: 2, end: 8 }]);
        assert_eq!(planes(Axis::Y, 1), [Range { start: 2, end: 8 }]);
    }
}
