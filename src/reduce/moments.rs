use num_bigint::{BigInt, BigUint};

use crate::gpu::VoxelFormat;
use crate::volume::SampleType;

use super::{DIGIT_BINS, value_from_key};

/// Number, sum and sum of squares of finite voxels, exactly.
///
/// Every voxel of every sample type is an integer times a power of two that the type has: its smallest denormal, or 1.
/// So the sums are integers too, however large, and the mean and the standard deviation are rounded once, at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moments {
    /// Number of finite voxels.
    pub count: u64,
    /// Their sum, in units of 2^`exponent`.
    pub sum: BigInt,
    /// The sum of their squares, in units of 4^`exponent`.
    pub squares: BigUint,
    /// Of the sample type: 0 for integers, -24 for float16, -149 for float32, -1074 for float64.
    pub exponent: i32,
}

/// Sums over the lower halves of 32-bit voxels: with the counts of the upper halves they say what [`Moments`] are.
///
/// A float32 is its sign, its exponent and a significand of 24 bits, the leading one included where there is one. Voxels
/// of the same sign and exponent are a group, numbered by the upper 9 bits of the key (both zeros are in 256); the
/// significand is `high` · 2^16 + `low`. Integers are one group; the key is `high` · 2^16 + `low`. In either case `low`
/// is the lower 16 bits of a voxel as stored. Groups of infinities and NaNs are not looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupSums {
    /// Sum of `low`.
    pub low: u128,
    /// Sum of `low` · `low`.
    pub low_squared: u128,
    /// Sum of `high` · `low`.
    pub high_low: u128,
}

impl GroupSums {
    /// Number of groups of a 32-bit type.
    pub fn groups(sample_type: SampleType) -> usize {
        if sample_type.is_float() { 512 } else { 1 }
    }

    /// Adds the sums of other voxels of the same group.
    pub fn join(&mut self, other: &Self) {
        self.low += other.low;
        self.low_squared += other.low_squared;
        self.high_low += other.high_low;
    }
}

impl Moments {
    /// Of no voxel.
    pub fn none(sample_type: SampleType) -> Self {
        let exponent = match sample_type {
            SampleType::F16 => -24,
            SampleType::F32 => -149,
            SampleType::F64 => -1074,
            _ => 0,
        };
        Self {
            count: 0,
            sum: BigInt::ZERO,
            squares: BigUint::ZERO,
            exponent,
        }
    }

    /// From the number of voxels of every key of an 8- or 16-bit type.
    ///
    /// # Panics
    /// If the type is wider: a bug of the caller.
    pub fn from_counts(sample_type: SampleType, counts: &[u64]) -> Self {
        assert!(
            sample_type.bytes() <= 2,
            "a key of {sample_type} has more than one digit"
        );
        // The sums of as many as 2^64 float16, which take 41 bits each, do not fit 128 bits once they are squared.
        const HALF: u32 = 41;
        let (mut total, mut sum, mut squares) = (0u64, 0i128, [0u128; 2]);
        for (key, &count) in counts.iter().enumerate().filter(|&(_, &count)| count > 0) {
            let value = match value_from_key(sample_type, key as u64) {
                crate::volume::Value::Integer(value) => value,
                crate::volume::Value::Float(value) => (value * f64::from(1 << 24)) as i128,
            };
            let square = (value * value) as u128;
            total += count;
            sum += value * i128::from(count);
            squares[0] += (square & ((1 << HALF) - 1)) * u128::from(count);
            squares[1] += (square >> HALF) * u128::from(count);
        }
        Self {
            count: total,
            sum: sum.into(),
            squares: BigUint::from(squares[0]) + (BigUint::from(squares[1]) << HALF),
            ..Self::none(sample_type)
        }
    }

    /// From the number of voxels of every upper half of the keys of a 32-bit type, and the sums of every group.
    ///
    /// # Panics
    /// If the type has other than 32 bits, or other groups: a bug of the caller.
    pub fn from_digit_sums(sample_type: SampleType, counts: &[u64], sums: &[GroupSums]) -> Self {
        assert!(sample_type.bytes() == 4 && counts.len() == DIGIT_BINS && sums.len() == GroupSums::groups(sample_type));
        let mut moments = Self::none(sample_type);
        let digits_per_group = DIGIT_BINS / sums.len();
        for (group, (counts, sums)) in counts.chunks(digits_per_group).zip(sums).enumerate() {
            // Number of voxels, sums of the upper halves and their squares.
            let (mut count, mut high_sum, mut high_squares) = (0u64, 0u128, 0u128);
            let mut exponent = 0;
            let mut is_negative = false;
            for (place, &voxels) in counts.iter().enumerate().filter(|&(_, &voxels)| voxels > 0) {
                let digit = (group * digits_per_group + place) as u32;
                let high = if sample_type.is_float() {
                    // Keys of negative floats are their bits inverted, those of others have the highest bit set.
                    is_negative = digit & 0x8000 == 0;
                    let stored = if is_negative { !digit } else { digit } & 0x7fff;
                    exponent = stored >> 7;
                    stored & 0x7f | if exponent > 0 { 0x80 } else { 0 }
                } else {
                    digit
                };
                count += voxels;
                high_sum += u128::from(high) * u128::from(voxels);
                high_squares += u128::from(high) * u128::from(high) * u128::from(voxels);
            }
            if count == 0 {
                continue;
            }
            // In units of the smallest denormal; those have the same exponent as the smallest normal numbers.
            let shift = exponent.max(1) - 1;
            let sum = BigInt::from((high_sum << 16) + sums.low) << shift;
            moments.count += count;
            moments.sum += if is_negative { -sum } else { sum };
            let squares = BigUint::from(high_squares) << 32;
            moments.squares +=
                (squares + (BigUint::from(sums.high_low) << 17) + BigUint::from(sums.low_squared)) << (2 * shift);
        }
        if sample_type.is_signed_integer() {
            moments.subtract_from_each(VoxelFormat::of(sample_type).sign_bit());
        }
        moments
    }

    /// What it would be of the voxels less a bias each.
    fn subtract_from_each(&mut self, bias: u32) {
        let (bias, count) = (BigInt::from(bias), BigInt::from(self.count));
        let squares = BigInt::from(std::mem::take(&mut self.squares)) - &self.sum * &bias * 2 + &bias * &bias * &count;
        self.squares = BigInt::into_parts(squares).1;
        self.sum -= bias * count;
    }

    /// Adds those of other voxels of the same type.
    pub fn join(&mut self, other: &Self) {
        debug_assert_eq!(self.exponent, other.exponent, "voxels of one type");
        self.count += other.count;
        self.sum += &other.sum;
        self.squares += &other.squares;
    }

    /// The mean, rounded to the nearest f64; `None` of no voxel.
    pub fn mean(&self) -> Option<f64> {
        let (sign, sum) = self.sum.clone().into_parts();
        let (mantissa, exponent) = quotient(&sum, &self.count.into(), self.exponent.into(), -1074)?;
        let mean = scaled(mantissa as f64, exponent);
        Some(if sign == num_bigint::Sign::Minus { -mean } else { mean })
    }

    /// The standard deviation of the population (`ddof` 0): the square root of the variance rounded to 53 bits, of
    /// which neither overflows. `None` of no voxel.
    pub fn std(&self) -> Option<f64> {
        let count = BigUint::from(self.count);
        let squared_sum = self.sum.magnitude() * self.sum.magnitude();
        // Never negative: Cauchy and Schwarz.
        let spread = &self.squares * &count - squared_sum;
        let unit = 2 * i64::from(self.exponent);
        let (mantissa, exponent) = quotient(&spread, &(&count * &count), unit, i64::MIN / 2)?;
        // The square root of an even power of two is one too.
        let odd = exponent.rem_euclid(2);
        let root = ((mantissa << odd) as f64).sqrt();
        Some(scaled(root, (exponent - odd) / 2))
    }
}

/// `numerator` / `denominator` · 2^`exponent`, rounded to the nearest mantissa of 53 bits and its exponent, which is
/// `least` or more: then the mantissa has fewer bits. Halves are rounded to even. `None` if the denominator is 0.
fn quotient(numerator: &BigUint, denominator: &BigUint, exponent: i64, least: i64) -> Option<(u64, i64)> {
    if denominator.bits() == 0 {
        return None;
    }
    // 66 bits of it or one more, and whether anything is left.
    let shift = 66 - numerator.bits() as i64 + denominator.bits() as i64;
    let dividend = numerator << shift.max(0);
    let divisor = denominator << (-shift).max(0);
    let quotient = &dividend / &divisor;
    let is_more = &quotient * &divisor != dividend;
    let digits = quotient
        .iter_u64_digits()
        .rev()
        .fold(0u128, |all, digit| all << 64 | u128::from(digit));
    let exponent = exponent - shift;
    let bits = 128 - i64::from(digits.leading_zeros());
    // More than there are bits: it is less than half of the least there is.
    let drop = (bits - 53).max(least - exponent).clamp(0, 100);
    let (kept, rest) = (digits >> drop, digits & ((1 << drop) - 1));
    let half = if drop == 0 { 0 } else { 1u128 << (drop - 1) };
    let is_up = drop > 0 && (rest > half || rest == half && (is_more || kept & 1 == 1));
    Some((kept as u64 + u64::from(is_up), exponent.max(least - drop) + drop))
}

/// `value` · 2^`exponent`, rounded if it is a denormal.
fn scaled(value: f64, exponent: i64) -> f64 {
    let power = |exponent: i64| f64::from_bits(((1023 + exponent) as u64) << 52);
    // In two steps: one alone may be beyond the largest power of two, or the smallest.
    let first = exponent.clamp(-1022, 1023);
    let second = (exponent - first).clamp(-1022, 1023);
    value * power(first) * power(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The nearest float64 of a quotient.
    fn nearest(numerator: u64, denominator: u64, exponent: i64) -> f64 {
        let (mantissa, exponent) =
            quotient(&numerator.into(), &denominator.into(), exponent, -1074).expect("not by zero");
        scaled(mantissa as f64, exponent)
    }

    #[test]
    fn quotients_are_rounded_as_the_processor_does() {
        let mut state = 1u64;
        let mut next = || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            state >> 11 >> (state & 31)
        };
        for _ in 0..20_000 {
            // Both are exact as float64, so that the processor rounds once.
            let (a, b) = (next(), next().max(1));
            assert_eq!(nearest(a, b, 0), a as f64 / b as f64, "{a} / {b}");
            assert_eq!(nearest(a, b, -3), a as f64 / 8.0 / b as f64, "{a} / {b} / 8");
        }
        assert_eq!(nearest(u64::MAX, 1, 0), u64::MAX as f64);
        assert_eq!(quotient(&1u32.into(), &0u32.into(), 0, -1074), None);
    }

    #[test]
    fn quotients_that_are_denormals_are_rounded_once() {
        let smallest = f64::from_bits(1);
        assert_eq!(nearest(1, 1, -1074), smallest);
        for (numerator, denominator, wanted) in [(1, 2, 0), (3, 2, 2), (5, 2, 2), (2, 3, 1), (1, 3, 0), (7, 2, 4)] {
            assert_eq!(
                nearest(numerator, denominator, -1074).to_bits(),
                wanted,
                "{numerator} / {denominator}"
            );
        }
        // A little more than a half, which a first rounding to 53 bits would have made a half.
        assert_eq!(nearest((1 << 60) + 1, 1 << 61, -1074).to_bits(), 1);
        assert_eq!(nearest(1, 1, -3000), 0.0);
        assert_eq!(nearest(f64::MAX.to_bits() << 12 >> 12 | 1 << 52, 1, 971), f64::MAX);
    }

    #[test]
    fn the_deviation_of_huge_and_tiny_numbers() {
        let of = |values: &[i64], exponent: i32| {
            let sum: i128 = values.iter().map(|&value| i128::from(value)).sum();
            let squares: u128 = values.iter().map(|&value| (i128::from(value).pow(2)) as u128).sum();
            Moments {
                count: values.len() as u64,
                sum: sum.into(),
                squares: squares.into(),
                exponent,
            }
        };
        assert_eq!(of(&[2, 4, 4, 4, 5, 5, 7, 9], 0).std(), Some(2.0));
        assert_eq!(of(&[-1, 1], 1023).std(), Some(2f64.powi(1023)));
        assert_eq!(of(&[-1, 1], -1074).std(), Some(f64::from_bits(1)));
        assert_eq!(of(&[-3, 1], -1074).mean(), Some(-f64::from_bits(1)));
        assert_eq!(of(&[7; 3], -30).std(), Some(0.0));
        assert_eq!((of(&[], 0).mean(), of(&[], 0).std()), (None, None));
    }
}
