use crate::gpu::VoxelFormat;
use crate::volume::{ChannelStats, SampleType, Value};

use super::DIGIT_BINS;

/// Keys of voxels of any type, 64 bits wide where the type is: the order-preserving integers of
/// [`VoxelFormat::key_from_stored`]. `None` for NaN and infinities.
fn keys(voxels: &[u8], sample_type: SampleType) -> Box<dyn Iterator<Item = Option<u64>> + '_> {
    let format = VoxelFormat::of(sample_type);
    let narrow = move |stored: u32| format.key_from_stored(stored).map(u64::from);
    match sample_type.bytes() {
        1 => Box::new(voxels.iter().map(move |&byte| narrow(byte.into()))),
        2 => Box::new(
            voxels
                .chunks_exact(2)
                .map(move |b| narrow(u16::from_ne_bytes([b[0], b[1]]).into())),
        ),
        4 => Box::new(
            voxels
                .chunks_exact(4)
                .map(move |b| narrow(u32::from_ne_bytes([b[0], b[1], b[2], b[3]]))),
        ),
        _ => Box::new(
            voxels
                .as_chunks::<8>()
                .0
                .iter()
                .map(move |&bytes| wide_key(u64::from_ne_bytes(bytes), sample_type)),
        ),
    }
}

/// Values of voxels of a 64-bit type.
fn wide_values(voxels: &[u8], sample_type: SampleType) -> impl Iterator<Item = Value> + '_ {
    voxels.as_chunks::<8>().0.iter().map(move |&bytes| match sample_type {
        SampleType::U64 => Value::Integer(u64::from_ne_bytes(bytes).into()),
        SampleType::I64 => Value::Integer(i64::from_ne_bytes(bytes).into()),
        _ => Value::Float(f64::from_ne_bytes(bytes)),
    })
}

const SIGN_64: u64 = 1 << 63;

fn wide_key(stored: u64, sample_type: SampleType) -> Option<u64> {
    match sample_type {
        SampleType::U64 => Some(stored),
        SampleType::I64 => Some(stored ^ SIGN_64),
        _ => {
            let value = f64::from_bits(stored);
            // Adding 0 turns −0 into +0: both zeros have one key.
            let bits = (value + 0.0).to_bits();
            let key = if bits & SIGN_64 != 0 { !bits } else { bits | SIGN_64 };
            value.is_finite().then_some(key)
        }
    }
}

fn f64_from_key(key: u64) -> f64 {
    f64::from_bits(if key & SIGN_64 != 0 { key ^ SIGN_64 } else { !key })
}

/// Bits of the keys of a type.
pub fn key_bits(sample_type: SampleType) -> u32 {
    if sample_type.is_wide() {
        64
    } else {
        VoxelFormat::of(sample_type).bits
    }
}

/// The value of a key.
pub fn value_from_key(sample_type: SampleType, key: u64) -> Value {
    match sample_type {
        SampleType::U64 => Value::Integer(key.into()),
        SampleType::I64 => Value::Integer(i128::from(key) - i128::from(SIGN_64)),
        SampleType::F64 => Value::Float(f64_from_key(key)),
        _ => VoxelFormat::of(sample_type).value_from_key(key as u32),
    }
}

/// Minimum, maximum and non-finite count of one channel, on the CPU: for 64-bit types, and to check the GPU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuRange {
    /// Smallest and largest key; `None` without a finite voxel.
    pub keys: Option<(u64, u64)>,
    /// NaN and infinite voxels.
    pub non_finite: u64,
}

impl CpuRange {
    /// The range of voxels in native byte order.
    pub fn of(voxels: &[u8], sample_type: SampleType) -> Self {
        let mut range = Self::default();
        for key in keys(voxels, sample_type) {
            match (key, &mut range.keys) {
                (None, _) => range.non_finite += 1,
                (Some(key), Some((low, high))) => (*low, *high) = ((*low).min(key), (*high).max(key)),
                (Some(key), none) => *none = Some((key, key)),
            }
        }
        range
    }

    /// As values.
    pub fn stats(&self, sample_type: SampleType) -> ChannelStats {
        let value = |key| value_from_key(sample_type, key);
        ChannelStats {
            range: self.keys.map(|(low, high)| (value(low), value(high))),
            non_finite: self.non_finite,
        }
    }

    /// The range of both.
    pub fn join(self, other: Self) -> Self {
        let keys = match (self.keys, other.keys) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        Self {
            keys,
            non_finite: self.non_finite + other.non_finite,
        }
    }
}

/// Counts of a 16-bit digit of the keys of one channel below given prefixes, on the CPU.
#[derive(Clone, Debug)]
pub struct CpuCounts {
    sample_type: SampleType,
    /// Digits above the counted one, ascending; `[0]` in the first pass.
    prefixes: Vec<u64>,
    shift: u32,
    counts: Vec<Vec<u64>>,
}

impl CpuCounts {
    /// Nothing counted yet. `digit` counts from the most significant, 0 first.
    pub fn new(sample_type: SampleType, digit: u32, prefixes: Vec<u64>) -> Self {
        let digits = key_bits(sample_type).div_ceil(16);
        let counts = vec![vec![0; DIGIT_BINS]; prefixes.len()];
        Self {
            sample_type,
            prefixes,
            shift: (digits - 1 - digit) * 16,
            counts,
        }
    }

    /// Counts voxels in native byte order.
    pub fn count(&mut self, voxels: &[u8]) {
        for key in keys(voxels, self.sample_type).flatten() {
            let prefix = (key >> self.shift).checked_shr(16).unwrap_or(0);
            if let Ok(place) = self.prefixes.binary_search(&prefix) {
                self.counts[place][(key >> self.shift) as usize & (DIGIT_BINS - 1)] += 1;
            }
        }
    }

    /// Adds what another counted.
    pub fn join(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().flatten().zip(other.counts.iter().flatten()) {
            *mine += theirs;
        }
    }

    /// Counts per prefix.
    pub fn into_counts(self) -> Vec<Vec<u64>> {
        self.counts
    }
}

/// 64-bit numbers as 32-bit floats, for display: values beyond the largest f32 become it, so that they stay finite.
pub fn narrowed(voxels: &[u8], sample_type: SampleType) -> Vec<u8> {
    let narrow = |value: f64| match value.is_finite() {
        true => value.clamp(f32::MIN.into(), f32::MAX.into()) as f32,
        false => value as f32,
    };
    wide_values(voxels, sample_type)
        .flat_map(|value| narrow(value.as_f64()).to_ne_bytes())
        .collect()
}
