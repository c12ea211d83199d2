use crate::volume::Box3;

use super::{CELL, KeyRange};

/// Side of a cell, in voxels.
const SIDE: u64 = CELL as u64;

/// Smallest and largest key of every cell of 32 x 32 x 32 voxels of a box, per channel; those at its far sides are cut
/// off there. A renderer skips cells in which nothing would be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinMaxGrid {
    /// The box.
    pub extent: Box3,
    /// Number of cells (z, y, x).
    pub shape: [u64; 3],
    /// Per channel, cells in (z, y, x) order.
    pub cells: Vec<Vec<KeyRange>>,
}

impl MinMaxGrid {
    /// Number of cells (z, y, x) of a box.
    pub fn shape_of(extent: &Box3) -> [u64; 3] {
        extent.size().map(|side| side.div_ceil(SIDE))
    }

    /// The range of every channel.
    pub fn ranges(&self) -> impl Iterator<Item = KeyRange> + '_ {
        let range = |cells: &Vec<KeyRange>| cells.iter().copied().fold(KeyRange::default(), KeyRange::join);
        self.cells.iter().map(range)
    }

    /// The voxels of a cell (z, y, x).
    pub fn cell_box(&self, place: [u64; 3]) -> Box3 {
        let [z, y, x] = [0, 1, 2].map(|axis| {
            let origin = self.extent.origin()[axis];
            let end = origin + self.extent.size()[axis];
            let first = origin + place[axis] * SIDE;
            first..(first + SIDE).min(end)
        });
        Box3 { z, y, x }
    }
}
