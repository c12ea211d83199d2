use crate::gpu::VoxelFormat;
use crate::reduce::{DIGIT_BINS, GroupSums, Moments};
use crate::volume::SampleType;

use super::keys::{native, wide_key};
use super::range::{CpuRange, STRIDE_BYTES};
use super::wide::WideSums;

/// What one pass over the voxels of one channel finds.
#[derive(Clone, Debug)]
pub struct CpuNumbers {
    /// Minimum and maximum.
    pub range: CpuRange,
    /// Number of voxels per most significant digit of their keys.
    pub counts: Vec<u64>,
    /// Exact sums.
    pub moments: Moments,
}

/// Everything about the voxels of one channel that one pass over them tells: as one thread finds it.
///
/// 8- and 16-bit voxels are only counted, by their stored bits: everything else is in the counts.
#[derive(Debug)]
pub struct CpuTally {
    sample_type: SampleType,
    bins: Bins,
    /// Voxels that can be counted until a bin could overflow.
    room: usize,
    /// Voxels per most significant digit, of the stored bits; of the keys for 64-bit types.
    totals: Vec<u64>,
    /// Of 32-bit types.
    sums: Vec<GroupSums>,
    /// Whose stored bits differ from those of zero, but not their keys: only looked for where bits are not all counted.
    negative_zeros: u64,
    range: CpuRange,
    wide: Option<WideSums>,
}

#[derive(Debug)]
enum Bins {
    /// By 16 bits, which are one voxel or a pair of them. Neighbours go to different tables: they are often equal, and
    /// a processor waits for a bin that it has just written.
    Short([Box<[u32; DIGIT_BINS]>; 2]),
    /// By the upper 16 bits of 32: the number of voxels times 2^40, plus the sum of their lower halves. And the sums of the
    /// squares of these, by the upper 9 bits. Neighbours again go to different tables.
    Long([Box<[u64; DIGIT_BINS]>; 2], [Box<[u64; 512]>; 4]),
    /// By the upper 16 bits of the key of 64.
    Wide(Box<[u32; DIGIT_BINS]>),
}

/// Bits of the sum of the lower halves in a bin.
const LOW_BITS: u32 = 40;

impl Bins {
    fn new(sample_type: SampleType) -> Self {
        match sample_type.bytes() {
            1 | 2 => Bins::Short([zeros(), zeros()]),
            4 => Bins::Long([zeros(), zeros()], [zeros(), zeros(), zeros(), zeros()]),
            _ => Bins::Wide(zeros()),
        }
    }

    /// Voxels that empty bins take.
    fn room(sample_type: SampleType) -> usize {
        match sample_type.bytes() {
            4 => (1 << (64 - LOW_BITS)) - 1,
            _ => u32::MAX as usize,
        }
    }
}

/// An array that never was on the stack.
fn zeros<T: Clone + Default, const N: usize>() -> Box<[T; N]> {
    let boxed = vec![T::default(); N].into_boxed_slice();
    boxed.try_into().unwrap_or_else(|_| unreachable!("it has that length"))
}

impl CpuTally {
    /// Nothing counted yet. It takes up to 2 MiB.
    pub fn new(sample_type: SampleType) -> Self {
        Self {
            sample_type,
            bins: Bins::new(sample_type),
            room: Bins::room(sample_type),
            totals: Vec::new(),
            sums: Vec::new(),
            negative_zeros: 0,
            range: CpuRange::default(),
            wide: sample_type.is_wide().then(|| WideSums::new(sample_type)),
        }
    }

    /// Counts voxels in native byte order.
    pub fn add(&mut self, voxels: &[u8]) {
        // Each part is in the nearest cache for what looks at it after the first.
        for part in voxels.chunks(STRIDE_BYTES) {
            let count = part.len() / self.sample_type.bytes();
            if self.room < count {
                self.spill();
            }
            self.room -= count;
            match &mut self.bins {
                Bins::Short(bins) if self.sample_type.bytes() == 1 => {
                    let (first, pairs, last) = bytemuck::pod_align_to::<u8, u16>(part);
                    count_short(pairs, bins);
                    self.totals.resize(DIGIT_BINS, 0);
                    for &voxel in first.iter().chain(last) {
                        self.totals[usize::from(voxel)] += 1;
                    }
                }
                Bins::Short(bins) => count_short(&native::<u16>(part), bins),
                Bins::Long(bins, squares) => {
                    let part_bits = native::<u32>(part);
                    self.range = self.range.join(CpuRange::of(part, self.sample_type));
                    if self.sample_type.is_float() {
                        let is_negative_zero = |bits: &&u32| **bits == 1 << 31;
                        self.negative_zeros += part_bits.iter().filter(is_negative_zero).count() as u64;
                        count_floats(&part_bits, bins, squares);
                    } else {
                        count_integers(&part_bits, bins, &mut squares[0][0]);
                    }
                }
                Bins::Wide(bins) => {
                    self.range = self.range.join(CpuRange::of(part, self.sample_type));
                    if let Some(sums) = &mut self.wide {
                        count_wide(&native::<u64>(part), self.sample_type, bins, sums);
                    }
                }
            }
        }
    }

    /// Empties the bins into the totals.
    fn spill(&mut self) {
        self.totals.resize(DIGIT_BINS, 0);
        match &mut self.bins {
            Bins::Short([first, second]) => {
                for (place, (a, b)) in first.iter_mut().zip(second.iter_mut()).enumerate() {
                    let count = u64::from(std::mem::take(a)) + u64::from(std::mem::take(b));
                    if self.sample_type.bytes() == 1 {
                        self.totals[place & 0xff] += count;
                        self.totals[place >> 8] += count;
                    } else {
                        self.totals[place] += count;
                    }
                }
            }
            Bins::Long(bins, squares) => {
                let sample_type = self.sample_type;
                self.sums.resize(GroupSums::groups(sample_type), GroupSums::default());
                let bins = bins.iter_mut().flat_map(|table| table.iter_mut().enumerate());
                for (stored, bin) in bins.filter(|(_, bin)| **bin > 0) {
                    let bin = std::mem::take(bin);
                    self.totals[stored] += bin >> LOW_BITS;
                    let low = u128::from(bin & ((1 << LOW_BITS) - 1));
                    let (group, high) = group_and_high(stored, sample_type);
                    self.sums[group].low += low;
                    self.sums[group].high_low += high * low;
                }
                let squares = squares.iter_mut().flat_map(|table| table.iter_mut().enumerate());
                for (place, square) in squares.filter(|(_, square)| **square > 0) {
                    let (group, _) = group_and_high(place << 7, sample_type);
                    self.sums[group].low_squared += u128::from(std::mem::take(square));
                }
            }
            Bins::Wide(bins) => {
                for (total, bin) in self.totals.iter_mut().zip(bins.iter_mut()) {
                    *total += u64::from(std::mem::take(bin));
                }
            }
        }
        self.room = Bins::room(self.sample_type);
    }

    /// With what another thread found.
    pub fn joined(mut self, mut other: Self) -> Self {
        self.spill();
        other.spill();
        for (mine, theirs) in self.totals.iter_mut().zip(&other.totals) {
            *mine += theirs;
        }
        for (mine, theirs) in self.sums.iter_mut().zip(&other.sums) {
            mine.join(theirs);
        }
        self.negative_zeros += other.negative_zeros;
        self.range = self.range.join(other.range);
        if let (Some(mine), Some(theirs)) = (&mut self.wide, &other.wide) {
            mine.join(theirs);
        }
        self
    }

    /// What was found.
    pub fn finish(mut self) -> CpuNumbers {
        self.spill();
        if let Some(sums) = &self.wide {
            return CpuNumbers {
                range: self.range,
                moments: sums.moments(),
                counts: self.totals,
            };
        }
        let sample_type = self.sample_type;
        let (counts, non_finite) = counts_of_keys(&self.totals, self.negative_zeros, sample_type);
        if sample_type.bytes() == 4 {
            return CpuNumbers {
                range: self.range,
                moments: Moments::from_digit_sums(sample_type, &counts, &self.sums),
                counts,
            };
        }
        let is_there = |count: &u64| *count > 0;
        let ends = counts.iter().position(is_there).zip(counts.iter().rposition(is_there));
        CpuNumbers {
            range: CpuRange {
                keys: ends.map(|(low, high)| (low as u64, high as u64)),
                non_finite,
            },
            moments: Moments::from_counts(sample_type, &counts),
            counts,
        }
    }
}

/// From voxels per upper 16 bits as stored (or all of them) to voxels per upper 16 bits of the key, and those without.
fn counts_of_keys(totals: &[u64], negative_zeros: u64, sample_type: SampleType) -> (Vec<u64>, u64) {
    let format = VoxelFormat::of(sample_type);
    let shift = format.bits.saturating_sub(16);
    let (mut counts, mut non_finite) = (vec![0; DIGIT_BINS], 0);
    for (stored, &count) in totals.iter().enumerate().filter(|&(_, &count)| count > 0) {
        // Any lower half will do but that of the negative zero, which has the key of the other zero.
        let any_low = ((1u32 << shift) - 1) & 1;
        match format.key_from_stored((stored as u32) << shift | any_low) {
            Some(key) => counts[(key >> shift) as usize] += count,
            None => non_finite += count,
        }
    }
    let zero = format.sign_bit() >> shift;
    if negative_zeros > 0 {
        counts[zero as usize] += negative_zeros;
        counts[zero as usize - 1] -= negative_zeros;
    }
    (counts, non_finite)
}

/// The group of [`GroupSums`] that voxels with these upper 16 bits are in, and their `high`.
fn group_and_high(stored: usize, sample_type: SampleType) -> (usize, u128) {
    if !sample_type.is_float() {
        let sign = if sample_type.is_signed_integer() { 0x8000 } else { 0 };
        return (0, (stored ^ sign) as u128);
    }
    let (is_negative, exponent) = (stored >> 15 == 1, stored >> 7 & 0xff);
    let group = if is_negative { 255 - exponent } else { 256 + exponent };
    let leading = if exponent > 0 { 0x80 } else { 0 };
    (group, (stored & 0x7f | leading) as u128)
}

fn count_short(voxels: &[u16], [first, second]: &mut [Box<[u32; DIGIT_BINS]>; 2]) {
    let (fours, rest) = voxels.as_chunks::<4>();
    for &[a, b, c, d] in fours {
        first[usize::from(a)] += 1;
        second[usize::from(b)] += 1;
        first[usize::from(c)] += 1;
        second[usize::from(d)] += 1;
    }
    for &voxel in rest {
        first[usize::from(voxel)] += 1;
    }
}

fn count_integers(voxels: &[u32], [first, second]: &mut [Box<[u64; DIGIT_BINS]>; 2], squares: &mut u64) {
    let (pairs, rest) = voxels.as_chunks::<2>();
    for &[a, b] in pairs {
        count_long(first, a);
        count_long(second, b);
    }
    rest.iter().for_each(|&voxel| count_long(first, voxel));
    *squares += voxels.iter().map(|&voxel| square_of_low(voxel)).sum::<u64>();
}

fn count_floats(voxels: &[u32], [first, second]: &mut [Box<[u64; DIGIT_BINS]>; 2], squares: &mut [Box<[u64; 512]>; 4]) {
    let (fours, rest) = voxels.as_chunks::<4>();
    for four in fours {
        count_long(first, four[0]);
        count_long(second, four[1]);
        count_long(first, four[2]);
        count_long(second, four[3]);
        for (&voxel, squares) in four.iter().zip(squares.iter_mut()) {
            squares[(voxel >> 23) as usize] += square_of_low(voxel);
        }
    }
    for &voxel in rest {
        count_long(first, voxel);
        squares[0][(voxel >> 23) as usize] += square_of_low(voxel);
    }
}

#[inline(always)]
fn count_long(bins: &mut [u64; DIGIT_BINS], voxel: u32) {
    bins[(voxel >> 16) as usize] += 1 << LOW_BITS | u64::from(voxel & 0xffff);
}

fn square_of_low(voxel: u32) -> u64 {
    let low = voxel & 0xffff;
    u64::from(low * low)
}

fn count_wide(voxels: &[u64], sample_type: SampleType, bins: &mut [u32; DIGIT_BINS], sums: &mut WideSums) {
    for &stored in voxels {
        if let Some(key) = wide_key(stored, sample_type) {
            bins[(key >> 48) as usize] += 1;
            sums.add(stored);
        }
    }
}
