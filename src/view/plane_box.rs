use std::ops::Range;

use crate::volume::{Axis, Box3};

use super::{Rect, ViewState};

/// A box drawn over the planes along an axis: voxels along the two other axes, whatever the plane. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaneBox {
    normal: Axis,
    /// Stored voxels along the axes of [`Axis::plane_axes`], rows then columns.
    ranges: [Range<u64>; 2],
}

impl PlaneBox {
    /// The axis whose planes it lies on.
    pub fn normal(&self) -> Axis {
        self.normal
    }

    /// Whether it lies in an image of these extents, in (z, y, x) order.
    pub fn is_within(&self, extent: [u64; 3]) -> bool {
        let (v_axis, u_axis) = self.normal.plane_axes();
        let axes = [v_axis, u_axis].into_iter().zip(&self.ranges);
        axes.into_iter().all(|(axis, range)| range.end <= extent[axis.index()])
    }

    /// What of it lies on the plane at `index` along its normal.
    pub fn on_plane(&self, index: u64) -> Box3 {
        let (v_axis, u_axis) = self.normal.plane_axes();
        let mut ranges = [index..index + 1, index..index + 1, index..index + 1];
        for (axis, range) in [v_axis, u_axis].into_iter().zip(&self.ranges) {
            ranges[axis.index()] = range.clone();
        }
        let [z, y, x] = ranges;
        Box3 { z, y, x }
    }
}

impl ViewState {
    /// The voxels that the rectangle between two positions (u, v) of the picture touches, as far as they are in the
    /// plane; `None` if none is.
    pub fn box_between(&self, from_uv: [f64; 2], to_uv: [f64; 2]) -> Option<PlaneBox> {
        let shown = self.shown_axes();
        let mut ranges = [0..0, 0..0, 0..0];
        for (i, axis) in shown.into_iter().enumerate() {
            let (lo, hi) = (from_uv[i].min(to_uv[i]), from_uv[i].max(to_uv[i]));
            // Also a rectangle without area touches the voxel that it lies in.
            let first = lo.floor().max(0.0) as u64;
            let end = (hi.ceil().max(lo.floor() + 1.0).max(0.0) as u64).min(axis.extent);
            if first >= end {
                return None;
            }
            let (a, b) = (axis.flip(first), axis.flip(end - 1));
            ranges[axis.axis.index()] = a.min(b)..a.max(b) + 1;
        }
        let (v_axis, u_axis) = self.normal.plane_axes();
        Some(PlaneBox {
            normal: self.normal,
            ranges: [v_axis, u_axis].map(|axis| ranges[axis.index()].clone()),
        })
    }

    /// Where a box lies in a panel: left, top, right and bottom in output pixels. `None` if it lies on planes along
    /// another axis.
    pub fn px_from_box(&self, panel: Rect, area: &PlaneBox) -> Option<[f64; 4]> {
        if area.normal != self.normal {
            return None;
        }
        let [rows, columns] = &area.ranges;
        let corner = |column: u64, row: u64| self.px_from_uv(panel, self.uv_from_stored([column as f64, row as f64]));
        let (a, b) = (corner(columns.start, rows.start), corner(columns.end, rows.end));
        Some([a[0].min(b[0]), a[1].min(b[1]), a[0].max(b[0]), a[1].max(b[1])])
    }

    /// Voxels of a box across and down the picture.
    pub fn size_of_box(&self, area: &PlaneBox) -> [u64; 2] {
        let size = area.on_plane(0).size();
        self.shown_axes().map(|shown| size[shown.axis.index()])
    }

    /// The voxels of the shown plane: all, or those in a box where one is given that lies on planes along this axis.
    pub fn voxels_in(&self, area: Option<&PlaneBox>) -> Box3 {
        if let Some(area) = area.filter(|area| area.normal == self.normal) {
            return area.on_plane(self.plane());
        }
        let [z, y, x] = self.extent.map(|n| 0..n);
        Box3 { z, y, x }.layer(self.normal, self.plane())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::view::Camera;
    use crate::volume::{Dataset, Orientation, SampleType, Shape};

    const PANEL: Rect = Rect {
        x: 30,
        y: 10,
        width: 400,
        height: 300,
    };

    /// A stack of 7 × 11 × 17 voxels, each of 2 × 1 × 1.5.
    pub(in crate::view) fn view(orientation: Orientation) -> ViewState {
        let shape = Shape {
            t: 1,
            c: 1,
            z: 7,
            y: 11,
            x: 17,
        };
        let dataset = Dataset {
            orientation,
            ..Dataset::new(shape, SampleType::U8)
        };
        let mut view = ViewState::new(&dataset);
        view.spacing = [2.0, 1.0, 1.5];
        view
    }

    /// Whatever the orientation and the normal: what the corners of the rectangle show is what the corners of the box
    /// are, and the outline of the box holds the rectangle.
    #[test]
    fn a_box_is_what_lies_under_the_rectangle() {
        for orientation in Orientation::ALL {
            for normal in Axis::ALL {
                let mut view = view(orientation);
                view.set_normal(normal);
                view.zoom_at(PANEL, [100.0, 90.0], 1.7);
                let size = view.plane_size().map(|n| n as f64);
                let at = |across: f64, down: f64| view.px_from_uv(PANEL, [across * size[0], down * size[1]]);
                let (from, to) = (at(0.83, 0.21), at(0.14, 0.83));
                let uv = |px| view.uv_from_px(PANEL, px);
                let area = view.box_between(uv(from), uv(to)).expect("over the picture");
                let found = view.voxels_in(Some(&area));
                let corners = [from, to].map(|px| view.voxel_from_px(PANEL, px).expect("over the picture"));
                for axis in Axis::ALL {
                    let (a, b) = (corners[0][axis.index()], corners[1][axis.index()]);
                    let wanted = a.min(b)..a.max(b) + 1;
                    assert_eq!(*found.along(axis), wanted, "{axis} of {normal} {orientation}");
                }
                // The outline holds the rectangle; each edge lies within a voxel of the rectangle's.
                let [left, top, right, bottom] = view.px_from_box(PANEL, &area).expect("the same normal");
                let (_, [across, down]) = view.resolve_camera(PANEL);
                let is_just = |outer: f64, inner: f64, voxel: f64| outer <= inner && inner < outer + voxel;
                assert!(is_just(left, to[0], across) && is_just(-right, -from[0], across));
                assert!(is_just(top, from[1], down) && is_just(-bottom, -to[1], down));
                let [width, height] = view.size_of_box(&area).map(|n| n as f64);
                assert!((right - left - width * across).abs() < 1e-6 && (bottom - top - height * down).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn boxes_are_cut_to_the_plane_and_keep_their_place() {
        let mut view = view(Orientation::TopRight);
        let whole = view.box_between([-5.0, -1.0], [40.0, 99.0]).expect("it covers all");
        assert_eq!(view.voxels_in(Some(&whole)), view.voxels_in(None));
        assert_eq!(view.box_between([17.0, 0.0], [30.0, 5.0]), None, "beside the plane");
        assert_eq!(view.box_between([-3.0, -2.0], [5.0, 0.0]), None, "above the plane");
        // A place is a voxel, and columns are mirrored here.
        let one = view.box_between([2.5, 3.5], [2.5, 3.5]).expect("a voxel");
        assert_eq!(
            one.on_plane(4),
            Box3 {
                z: 4..5,
                y: 3..4,
                x: 14..15
            }
        );
        let edge = view.box_between([2.0, 3.0], [4.0, 5.0]).expect("four voxels");
        assert_eq!(
            edge.on_plane(4),
            Box3 {
                z: 4..5,
                y: 3..5,
                x: 13..15
            }
        );
        view.set_plane(6);
        view.camera = Camera::OnePixelPerVoxel;
        assert_eq!(view.voxels_in(Some(&edge)), edge.on_plane(6));
        view.set_normal(Axis::Y);
        assert_eq!(view.px_from_box(PANEL, &edge), None);
        assert_eq!(
            view.voxels_in(Some(&edge)),
            view.voxels_in(None),
            "it lies on other planes"
        );
    }
}
