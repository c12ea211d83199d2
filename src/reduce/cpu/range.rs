use crate::gpu::VoxelFormat;
use crate::volume::{ChannelStats, SampleType};

use super::keys::{native, value_from_key, wide_key};

/// Minimum, maximum and non-finite count of one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuRange {
    /// Smallest and largest key; `None` without a finite voxel.
    pub keys: Option<(u64, u64)>,
    /// NaN and infinite voxels.
    pub non_finite: u64,
}

/// Voxels looked at in one go: sums of them fit in 32 bits, and they stay in the nearest cache.
pub(super) const STRIDE_BYTES: usize = 16 << 10;

/// Smallest and largest of integers.
macro_rules! integers {
    ($type:ty, $voxels:expr) => {{
        let voxels = native::<$type>($voxels);
        let (mut low, mut high) = (<$type>::MAX, <$type>::MIN);
        for &voxel in voxels.iter() {
            low = low.min(voxel);
            high = high.max(voxel);
        }
        (!voxels.is_empty()).then_some((low as u64, high as u64, 0))
    }};
}

/// Smallest and largest of floats by their bits, which as signed integers have the order of the values once those below
/// the sign are inverted where it is set; and how many are not finite. `$mask` is all bits of the exponent.
macro_rules! floats {
    ($signed:ty, $unsigned:ty, $mask:expr, $voxels:expr) => {{
        let ordered = |bits: $signed| bits ^ ((bits >> (<$signed>::BITS - 1)) as $unsigned >> 1) as $signed;
        let voxels = native::<$signed>($voxels);
        let (mut low, mut high, mut non_finite) = (<$signed>::MAX, <$signed>::MIN, 0u64);
        for part in voxels.chunks(STRIDE_BYTES / size_of::<$signed>()) {
            let mut odd: $unsigned = 0;
            for &bits in part {
                let is_finite = bits & $mask != $mask;
                low = low.min(if is_finite { ordered(bits) } else { <$signed>::MAX });
                high = high.max(if is_finite { ordered(bits) } else { <$signed>::MIN });
                odd += <$unsigned>::from(!is_finite);
            }
            non_finite += u64::from(odd);
        }
        // Without a finite voxel, high is still below low.
        let bits = |place: $signed| ordered(place) as $unsigned as u64;
        match low <= high {
            true => Some((bits(low), bits(high), non_finite)),
            false => Some((u64::MAX, u64::MAX, non_finite)),
        }
    }};
}

impl CpuRange {
    /// The range of voxels in native byte order.
    pub fn of(voxels: &[u8], sample_type: SampleType) -> Self {
        // Stored bits of the smallest and the largest, and the number of non-finite ones.
        let found: Option<(u64, u64, u64)> = match sample_type {
            SampleType::U8 => integers!(u8, voxels),
            SampleType::I8 => integers!(i8, voxels),
            SampleType::U16 => integers!(u16, voxels),
            SampleType::I16 => integers!(i16, voxels),
            SampleType::U32 => integers!(u32, voxels),
            SampleType::I32 => integers!(i32, voxels),
            SampleType::U64 => integers!(u64, voxels),
            SampleType::I64 => integers!(i64, voxels),
            SampleType::F16 => floats!(i16, u16, 0x7c00, voxels),
            SampleType::F32 => floats!(i32, u32, 0x7f80_0000, voxels),
            SampleType::F64 => floats!(i64, u64, 0x7ff0_0000_0000_0000, voxels),
        };
        let Some((low, high, non_finite)) = found else {
            return Self::default();
        };
        let key = |bits: u64| match sample_type.is_wide() {
            true => wide_key(bits, sample_type),
            false => {
                let format = VoxelFormat::of(sample_type);
                format.key_from_stored(bits as u32 & format.mask()).map(u64::from)
            }
        };
        Self {
            keys: key(low).zip(key(high)),
            non_finite,
        }
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
