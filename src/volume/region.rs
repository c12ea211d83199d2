use std::ops::Range;

use super::Axis;

/// Extent of a 5D image, always in (t, c, z, y, x) order, in voxels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Time points.
    pub t: u64,
    /// Channels.
    pub c: u64,
    /// Planes.
    pub z: u64,
    /// Rows.
    pub y: u64,
    /// Columns.
    pub x: u64,
}

impl Shape {
    /// Number of voxels, or `None` if it does not fit in 64 bits.
    pub fn voxels(&self) -> Option<u64> {
        [self.c, self.z, self.y, self.x]
            .iter()
            .try_fold(self.t, |n, &extent| n.checked_mul(extent))
    }

    /// Extent along a spatial axis.
    pub fn along(&self, axis: Axis) -> u64 {
        [self.z, self.y, self.x][axis.index()]
    }

    /// The whole of one channel at one time.
    pub fn volume_box(&self) -> Box3 {
        Box3 {
            z: 0..self.z,
            y: 0..self.y,
            x: 0..self.x,
        }
    }
}

/// A box of voxels of one channel at one time: half-open ranges.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names say it
pub struct Box3 {
    pub z: Range<u64>,
    pub y: Range<u64>,
    pub x: Range<u64>,
}

impl Box3 {
    /// The range along an axis.
    pub fn along(&self, axis: Axis) -> &Range<u64> {
        [&self.z, &self.y, &self.x][axis.index()]
    }

    /// The same, to be set.
    pub fn along_mut(&mut self, axis: Axis) -> &mut Range<u64> {
        match axis {
            Axis::Z => &mut self.z,
            Axis::Y => &mut self.y,
            Axis::X => &mut self.x,
        }
    }

    /// This box cut to one layer at `index` along `axis`.
    pub fn layer(&self, axis: Axis, index: u64) -> Box3 {
        let mut layer = self.clone();
        *layer.along_mut(axis) = index..index + 1;
        layer
    }

    /// Extents in (z, y, x) order.
    pub fn size(&self) -> [u64; 3] {
        [&self.z, &self.y, &self.x].map(|r| r.end.saturating_sub(r.start))
    }

    /// First voxel in (z, y, x) order.
    pub fn origin(&self) -> [u64; 3] {
        [self.z.start, self.y.start, self.x.start]
    }

    /// Number of voxels.
    pub fn voxels(&self) -> u64 {
        self.size().iter().product()
    }

    /// Whether there is no voxel in it.
    pub fn is_empty(&self) -> bool {
        self.size().contains(&0)
    }

    /// The voxels that are in the other box as well, wherever that lies along an axis.
    pub fn intersect_across(&self, other: &Box3, axis: Axis) -> Box3 {
        let mut reaching = other.clone();
        *match axis {
            Axis::Z => &mut reaching.z,
            Axis::Y => &mut reaching.y,
            Axis::X => &mut reaching.x,
        } = self.along(axis).clone();
        self.intersect(&reaching)
    }

    /// The voxels in both.
    pub fn intersect(&self, other: &Box3) -> Box3 {
        let cut = |a: &Range<u64>, b: &Range<u64>| {
            let start = a.start.max(b.start);
            start..a.end.min(b.end).max(start)
        };
        Box3 {
            z: cut(&self.z, &other.z),
            y: cut(&self.y, &other.y),
            x: cut(&self.x, &other.x),
        }
    }
}

/// A box of voxels in a dataset: one level, one time, a range of channels, and a box in each of them.
///
/// Its voxels are laid out in (c, z, y, x) order, C order, whatever the file does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Region {
    /// Resolution level; 0 is full resolution.
    pub level: usize,
    /// Time point.
    pub t: u64,
    /// Channels.
    pub c: Range<u64>,
    /// The same box in each channel.
    pub zyx: Box3,
}

impl Region {
    /// Number of voxels.
    pub fn voxels(&self) -> u64 {
        (self.c.end.saturating_sub(self.c.start)) * self.zyx.voxels()
    }
}
