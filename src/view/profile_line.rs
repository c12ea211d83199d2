use super::ViewState;

/// Points of a profile at most.
const MAX_SAMPLES: u64 = 8192;

/// A line drawn on the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProfileLine {
    /// Where it starts: position (u, v) of the picture in voxels; voxel centres are at +0.5.
    pub from_uv: [f64; 2],
    /// Where it ends.
    pub to_uv: [f64; 2],
}

/// A point of a line: the voxel that it lies in, and how far it is from the line's start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProfileSample {
    /// The voxel (z, y, x) of the shown plane.
    pub voxel: [u64; 3],
    /// Distance from the start in voxels, whatever their aspect.
    pub distance_voxels: f64,
    /// Distance from the start in the unit of [`ViewState::spacing`].
    pub distance: f64,
}

impl ViewState {
    /// The points of a line that lie in the shown plane: `ceil(length in voxels) + 1` of them, but 8192 at most, equally far
    /// apart from its start to its end, so that no two neighbours are more than a voxel apart unless it is longer.
    pub fn profile_samples(&self, line: &ProfileLine) -> Vec<ProfileSample> {
        let [du, dv] = [0, 1].map(|i| line.to_uv[i] - line.from_uv[i]);
        let length = du.hypot(dv);
        if !length.is_finite() {
            return Vec::new();
        }
        let [u_step, v_step] = self.shown_axes().map(|shown| self.spacing[shown.axis.index()]);
        let physical_length = (du * u_step).hypot(dv * v_step);
        let size = self.plane_size();
        let intervals = (length.ceil() as u64).clamp(1, MAX_SAMPLES - 1);
        let count = if length > 0.0 { intervals + 1 } else { 1 };
        let sample = |step: u64| {
            let share = step as f64 / intervals as f64;
            let uv = [line.from_uv[0] + share * du, line.from_uv[1] + share * dv];
            let is_inside = (0..2).all(|i| uv[i] >= 0.0 && uv[i] < size[i] as f64);
            is_inside.then(|| ProfileSample {
                voxel: self.voxel_from_uv(uv.map(|place| place as u64)),
                distance_voxels: share * length,
                distance: share * physical_length,
            })
        };
        (0..count).filter_map(sample).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::plane_box::tests::view;
    use crate::volume::{Axis, Orientation};

    fn line(from_uv: [f64; 2], to_uv: [f64; 2]) -> ProfileLine {
        ProfileLine { from_uv, to_uv }
    }

    #[test]
    fn points_are_a_voxel_apart_and_know_how_far_they_are() {
        let mut view = view(Orientation::default());
        view.set_plane(4);
        // Three voxels right, four down: five long, and sqrt(4.5² + 4²) with a voxel 1.5 wide.
        let found = view.profile_samples(&line([2.5, 1.5], [5.5, 5.5]));
        assert_eq!(found.len(), 6);
        assert_eq!((found[0].voxel, found[0].distance), ([4, 1, 2], 0.0));
        let last = found[5];
        assert_eq!((last.voxel, last.distance_voxels), ([4, 5, 5], 5.0));
        assert!((last.distance - 36.25f64.sqrt()).abs() < 1e-12);
        assert_eq!(found[2].voxel, [4, 3, 3], "(3.7, 3.1)");
        assert!((found[2].distance_voxels - 2.0).abs() < 1e-12);
        // A length that is no whole number has one point more, not one less.
        assert_eq!(view.profile_samples(&line([0.5, 0.5], [3.6, 0.5])).len(), 5);
        // A place is one point.
        assert_eq!(view.profile_samples(&line([3.2, 0.1], [3.2, 0.1])).len(), 1);
    }

    #[test]
    fn other_axes_and_orientations_have_their_own_voxels_and_spacing() {
        let mut view = view(Orientation::TopRight);
        let found = view.profile_samples(&line([0.5, 0.5], [2.5, 0.5]));
        let columns: Vec<u64> = found.iter().map(|sample| sample.voxel[2]).collect();
        assert_eq!(columns, [16, 15, 14], "columns are mirrored here");
        view.set_normal(Axis::X);
        view.set_plane(9);
        let found = view.profile_samples(&line([3.5, 0.5], [3.5, 2.5]));
        let last = found.last().expect("three points");
        assert_eq!(
            (last.voxel, last.distance),
            ([2, 3, 9], 4.0),
            "z is down, two units a voxel"
        );
    }

    #[test]
    fn what_lies_beside_the_plane_is_left_out_and_long_lines_are_bounded() {
        let view = view(Orientation::default());
        let found = view.profile_samples(&line([-1.5, 2.5], [18.5, 2.5]));
        assert_eq!(found.len(), 17);
        assert_eq!((found[0].voxel[2], found[0].distance_voxels), (0, 2.0));
        assert_eq!(found[16].voxel[2], 16);
        let far = view.profile_samples(&line([0.5, 0.5], [1e9, 0.5]));
        assert_eq!(far.len(), 1, "a point every 1e9 / 8191 voxels");
        assert!(view.profile_samples(&line([0.5, 0.5], [f64::NAN, 0.5])).is_empty());
        assert!(view.profile_samples(&line([0.5, 0.5], [f64::INFINITY, 0.5])).is_empty());
    }
}
