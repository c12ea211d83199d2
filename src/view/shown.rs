use crate::volume::Axis;

use super::ViewState;

/// A stored axis as it lies in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownAxis {
    /// Which one.
    pub axis: Axis,
    /// Its extent in voxels.
    pub extent: u64,
    /// Whether its first voxel is at the right, or at the bottom.
    pub is_reversed: bool,
}

impl ShownAxis {
    /// The stored index of the voxel shown at a place counted from the left or the top, and the other way round.
    pub fn flip(&self, index: u64) -> u64 {
        if self.is_reversed {
            self.extent.saturating_sub(1).saturating_sub(index)
        } else {
            index
        }
    }

    /// As [`ShownAxis::flip`], of a position: voxel centres are at +0.5.
    pub fn flip_position(&self, position: f64) -> f64 {
        if self.is_reversed {
            self.extent as f64 - position
        } else {
            position
        }
    }
}

/// How a plane lies in the picture. Positions (u, v) count voxels of the picture from its left and top; stored ones
/// count along the plane's axes, columns first.
impl ViewState {
    /// The axes that run across (u) and down (v) the picture: `[u, v]`.
    ///
    /// The orientation of the file turns planes along z; in the others, z runs down, and rows or columns run across in
    /// the direction that they have in those.
    pub fn shown_axes(&self) -> [ShownAxis; 2] {
        let (v, u) = self.normal.plane_axes();
        let axes = if self.is_transposed() { [v, u] } else { [u, v] };
        axes.map(|axis| ShownAxis {
            axis,
            extent: self.extent[axis.index()],
            is_reversed: self.orientation.is_reversed(axis),
        })
    }

    fn is_transposed(&self) -> bool {
        self.normal == Axis::Z && self.orientation.is_transposed()
    }

    /// Extents of the planes along an axis, as they are stored: rows, then columns.
    pub fn stored_plane_size(&self, normal: Axis) -> [u64; 2] {
        let (v, u) = normal.plane_axes();
        [v, u].map(|axis| self.extent[axis.index()])
    }

    /// Extents of the picture in voxels: `[u, v]`, columns then rows.
    pub fn plane_size(&self) -> [u64; 2] {
        self.shown_axes().map(|shown| shown.extent)
    }

    /// Length of a voxel along v in units of its length along u.
    pub fn aspect(&self) -> f64 {
        let [u, v] = self.shown_axes().map(|shown| self.spacing[shown.axis.index()]);
        let ratio = v / u;
        if ratio.is_finite() && ratio > 0.0 { ratio } else { 1.0 }
    }

    /// The voxel (z, y, x) shown at a place in the picture that is within [`ViewState::plane_size`].
    pub fn voxel_from_uv(&self, uv: [u64; 2]) -> [u64; 3] {
        let mut voxel = self.index;
        for (shown, place) in self.shown_axes().into_iter().zip(uv) {
            voxel[shown.axis.index()] = shown.flip(place);
        }
        voxel
    }

    /// Stored position (column first) of a position in the picture.
    pub fn stored_from_uv(&self, [u, v]: [f64; 2]) -> [f64; 2] {
        let [across, down] = self.shown_axes();
        let flipped = [across.flip_position(u), down.flip_position(v)];
        if self.is_transposed() {
            [flipped[1], flipped[0]]
        } else {
            flipped
        }
    }

    /// Position in the picture of a stored position (column first).
    pub fn uv_from_stored(&self, [column, row]: [f64; 2]) -> [f64; 2] {
        let [across, down] = self.shown_axes();
        let [u, v] = if self.is_transposed() {
            [row, column]
        } else {
            [column, row]
        };
        [across.flip_position(u), down.flip_position(v)]
    }
}
