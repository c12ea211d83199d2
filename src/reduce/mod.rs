//! From textures to numbers: minimum and maximum, histograms, percentiles; and the CPU twins.

pub mod bench;
mod cpu;
mod grid;
mod histogram;
mod job;
mod key_bins;
mod minmax;
mod moments;
mod points;
mod rank;
mod reduction;
mod sums;
pub mod twin;

pub use cpu::{CpuCounts, CpuNumbers, CpuRange, CpuTally, key_bits, narrowed, value_from_key};
pub use grid::MinMaxGrid;
pub use histogram::{Histogram, MAX_PREFIXES};
pub use job::{BoxJob, CELL, Input, JobUniform};
pub use key_bins::KeyBins;
pub use minmax::{Cell, KeyRange, MinMax};
pub use moments::{GroupSums, Moments};
pub use points::{PointJob, PointKernel, PointMaxima, ProbeUniform};
pub use rank::{DIGIT_BINS, RankSearch, percentile_from_neighbours, ranks_of_percentile};
pub use sums::DigitSums;
