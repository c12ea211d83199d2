use crate::gpu::VoxelFormat;
use crate::volume::{BinCounts, SampleType, Value};

use super::{MAX_PREFIXES, key_bits, value_from_key};

/// Bins that are reported.
const MAX_BINS: usize = 256;

/// How many voxels there are in each of equal intervals of keys, from the smallest key to the largest: a histogram in
/// the making.
///
/// The counts of a digit are such intervals, and so are those of the digit below each of a few of them: where the range
/// is so narrow that it lies in a few, they are refined all.
#[derive(Clone, Debug)]
pub struct KeyBins {
    sample_type: SampleType,
    /// Bits of a key that an interval leaves open.
    shift: u32,
    /// The keys of the first interval, without those bits.
    first: u64,
    counts: Vec<u64>,
    is_final: bool,
}

impl KeyBins {
    /// Intervals from the counts of the most significant digit; `None` without a voxel.
    pub fn new(sample_type: SampleType, first_digit: &[u64]) -> Option<Self> {
        let bins = Self {
            sample_type,
            shift: key_bits(sample_type).saturating_sub(16),
            first: 0,
            counts: first_digit.to_vec(),
            is_final: false,
        };
        bins.trimmed()
    }

    /// Without empty intervals at the ends.
    fn trimmed(mut self) -> Option<Self> {
        let is_there = |count: &u64| *count > 0;
        let first = self.counts.iter().position(is_there)?;
        let last = self.counts.iter().rposition(is_there)?;
        self.counts.truncate(last + 1);
        self.counts.drain(..first);
        self.first += first as u64;
        self.is_final = self.shift == 0 || self.counts.len() > MAX_PREFIXES;
        Some(self)
    }

    /// The prefixes below which the next digit is to be counted, ascending: all, or none where they are too many.
    pub fn prefixes(&self) -> Vec<u64> {
        let prefixes = self.first..self.first + self.counts.len() as u64;
        if self.is_final { Vec::new() } else { prefixes.collect() }
    }

    /// Takes the counts of the next digit below each of [`KeyBins::prefixes`], if there are any. `None` if they are those of
    /// no voxel.
    pub fn refined<'a>(mut self, counts: impl Iterator<Item = &'a Vec<u64>>) -> Option<Self> {
        if self.is_final {
            return Some(self);
        }
        self.counts = counts.flatten().copied().collect();
        self.first <<= 16;
        self.shift -= 16;
        self.trimmed()
    }

    /// At most 256 bins from the smallest to the largest value, `low` and `high`.
    pub fn bins(&self, low: Value, high: Value) -> BinCounts {
        match (low, high) {
            (Value::Float(low), Value::Float(high)) => self.float_bins(low, high),
            _ => self.integer_bins(),
        }
    }

    /// Bins of the same whole number of intervals.
    fn integer_bins(&self) -> BinCounts {
        let per_bin = self.counts.len().div_ceil(MAX_BINS);
        let counts: Vec<u64> = self.counts.chunks(per_bin).map(|part| part.iter().sum()).collect();
        let Value::Integer(start) = value_from_key(self.sample_type, self.first << self.shift) else {
            return BinCounts::default();
        };
        let width = (per_bin as i128) << self.shift;
        let edges = (0..=counts.len() as i128).map(|bin| Value::Integer(start + bin * width));
        BinCounts {
            edges: edges.collect(),
            counts,
        }
    }

    /// Bins that begin with an interval, as near to equal widths as intervals allow: theirs double with every power of
    /// two.
    fn float_bins(&self, low: f64, high: f64) -> BinCounts {
        let (mut edges, mut counts) = (vec![Value::Float(low)], Vec::new());
        let mut done = 0;
        for step in 1..MAX_BINS {
            let share = step as f64 / MAX_BINS as f64;
            let target = low * (1.0 - share) + high * share;
            let cell =
                (key_of_float(self.sample_type, target.clamp(low, high)) >> self.shift).saturating_sub(self.first);
            let edge = value_from_key(self.sample_type, (self.first + cell) << self.shift);
            if cell as usize > done && edge.as_f64() < high {
                counts.push(self.counts[done..cell as usize].iter().sum());
                edges.push(edge);
                done = cell as usize;
            }
        }
        counts.push(self.counts[done..].iter().sum());
        edges.push(Value::Float(high));
        BinCounts { edges, counts }
    }
}

/// The key of the nearest finite value of a floating-point type.
fn key_of_float(sample_type: SampleType, value: f64) -> u64 {
    let stored = match sample_type {
        SampleType::F16 => half::f16::from_f64(value).to_bits().into(),
        SampleType::F32 => (value as f32).to_bits(),
        _ => return super::cpu::wide_key(value.to_bits(), sample_type).unwrap_or(0),
    };
    VoxelFormat::of(sample_type).key_from_stored(stored).unwrap_or(0).into()
}
