//! From textures to numbers: minimum and maximum, histograms, percentiles; and the CPU twins.

pub mod bench;
mod cells;
mod cpu;
mod histogram;
mod job;
mod minmax;
mod moments;
mod rank;
pub mod twin;

pub use cells::Cells;
pub use cpu::{CpuCounts, CpuNumbers, CpuRange, CpuTally, key_bits, narrowed, value_from_key};
pub use histogram::{Histogram, HistogramUniform, MAX_PREFIXES};
pub use job::{BoxJob, WORKGROUP_COLUMNS, WORKGROUP_ROWS};
pub use minmax::{Accumulator, BoxUniform, KeyRange, MinMax};
pub use moments::{GroupSums, Moments};
pub use rank::{DIGIT_BINS, RankSearch, percentile_from_neighbours, ranks_of_percentile};
