use num_bigint::{BigInt, BigUint};

use crate::reduce::Moments;
use crate::volume::SampleType;

/// Sums over voxels of a 64-bit type, by the exponent of floats: as many as there are never overflow.
#[derive(Clone, Debug)]
pub(super) struct WideSums {
    sample_type: SampleType,
    count: u64,
    groups: Vec<Group>,
}

/// Sums over voxels that are integers times the same power of two.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    sum: i128,
    /// Of the lower and of the upper 64 bits of the squares.
    squares: [u128; 2],
}

impl Group {
    #[inline(always)]
    fn add(&mut self, magnitude: u64, is_negative: bool) {
        let signed = i128::from(magnitude);
        self.sum += if is_negative { -signed } else { signed };
        let square = u128::from(magnitude) * u128::from(magnitude);
        self.squares[0] += square & u128::from(u64::MAX);
        self.squares[1] += square >> 64;
    }
}

impl WideSums {
    pub(super) fn new(sample_type: SampleType) -> Self {
        let groups = if sample_type.is_float() { 1 << 11 } else { 1 };
        Self {
            sample_type,
            count: 0,
            groups: vec![Group::default(); groups],
        }
    }

    /// Adds a voxel that is finite, by its bits.
    #[inline(always)]
    pub(super) fn add(&mut self, stored: u64) {
        self.count += 1;
        match self.sample_type {
            SampleType::U64 => self.groups[0].add(stored, false),
            SampleType::I64 => self.groups[0].add((stored as i64).unsigned_abs(), (stored as i64) < 0),
            _ => {
                let exponent = (stored >> 52) as usize & 0x7ff;
                let fraction = stored & ((1 << 52) - 1);
                let leading = u64::from(exponent > 0) << 52;
                self.groups[exponent].add(fraction | leading, stored >> 63 == 1);
            }
        }
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.count += other.count;
        for (mine, theirs) in self.groups.iter_mut().zip(&other.groups) {
            mine.sum += theirs.sum;
            mine.squares[0] += theirs.squares[0];
            mine.squares[1] += theirs.squares[1];
        }
    }

    pub(super) fn moments(&self) -> Moments {
        let mut moments = Moments::none(self.sample_type);
        moments.count = self.count;
        for (exponent, group) in self.groups.iter().enumerate() {
            // Denormals have the same exponent as the smallest normal numbers.
            let shift = exponent.saturating_sub(1);
            moments.sum += BigInt::from(group.sum) << shift;
            let squares = BigUint::from(group.squares[0]) + (BigUint::from(group.squares[1]) << 64);
            moments.squares += squares << (2 * shift);
        }
        moments
    }
}
