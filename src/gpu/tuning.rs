use serde::{Deserialize, Serialize};

use super::Caps;

/// Where a reduction finds its voxels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Load {
    /// One by one in a texture.
    Texture,
    /// In staging memory, 16 bytes at a time.
    Packed,
}

/// How lanes join what they found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Join {
    /// Each by itself, with atomics in the result.
    Atomic,
    /// In workgroup memory.
    Workgroup,
    /// In registers, as far as a subgroup is in one cell.
    Subgroup,
}

/// How lanes count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Counting {
    /// Straight into the bins.
    Direct,
    /// A page of bins near each other in workgroup memory first.
    Near,
}

/// Lanes of a workgroup: side by side along x, at most 256 columns in all, and rows; and columns that each walks down
/// side by side: 1, 2, 4 or 8.
pub type Lanes = [u32; 3];

/// The shape of the reductions on an adapter. Any shape gives the same numbers; which is fastest was measured
/// (`benches/README.md`), and `microtome bench --tune` measures it on an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tuning {
    /// Of minimum and maximum.
    pub join: Join,
    /// Lanes of minimum and maximum.
    pub minmax_lanes: Lanes,
    /// Of histograms.
    pub counting: Counting,
    /// Lanes of histograms and sums.
    pub histogram_lanes: Lanes,
}

impl Tuning {
    /// What suits a software adapter: its lanes are those of one vector of the CPU, 8 of them, and every further one makes
    /// it keep all registers in memory; memory is fetched ahead only where long runs of it are read; its atomics are
    /// those of the CPU wherever the memory lies.
    pub const SOFTWARE: Self = Self {
        join: Join::Atomic,
        minmax_lanes: [8, 1, 8],
        counting: Counting::Direct,
        histogram_lanes: [8, 1, 8],
    };

    /// What suits a GPU: enough lanes to wait for memory, few atomics outside of workgroup memory.
    pub const HARDWARE: Self = Self {
        join: Join::Workgroup,
        minmax_lanes: [64, 4, 1],
        counting: Counting::Near,
        histogram_lanes: [64, 4, 1],
    };

    /// What suits an adapter, as far as can be said without measuring.
    pub fn of(caps: &Caps) -> Self {
        if caps.is_software {
            Self::SOFTWARE
        } else {
            Self::HARDWARE
        }
    }

    /// Whether an adapter can run it.
    pub fn is_possible(&self, caps: &Caps) -> bool {
        let is_possible = |[x, y, columns]: Lanes| {
            (1..=256).contains(&x)
                && (1..=256 / x).contains(&y)
                && [1, 2, 4, 8].contains(&columns)
                && x.saturating_mul(columns) <= 256
        };
        is_possible(self.minmax_lanes)
            && is_possible(self.histogram_lanes)
            && (self.join != Join::Subgroup || caps.has_subgroups)
    }
}
