use std::borrow::Cow;

use bytemuck::{AnyBitPattern, NoUninit};

use crate::gpu::VoxelFormat;
use crate::volume::{SampleType, Value};

pub(super) const SIGN_64: u64 = 1 << 63;

/// Voxels as numbers: in place where they lie as such, which those of a source do.
pub(super) fn native<T: NoUninit + AnyBitPattern>(voxels: &[u8]) -> Cow<'_, [T]> {
    match bytemuck::try_cast_slice(voxels) {
        Ok(numbers) => Cow::Borrowed(numbers),
        Err(_) => Cow::Owned(bytemuck::pod_collect_to_vec(voxels)),
    }
}

/// The key of a voxel of a 64-bit type: as [`VoxelFormat::key_from_stored`].
pub(in crate::reduce) fn wide_key(stored: u64, sample_type: SampleType) -> Option<u64> {
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

/// 64-bit numbers as 32-bit floats, for display: values beyond the largest f32 become it, so that they stay finite.
pub fn narrowed(voxels: &[u8], sample_type: SampleType) -> Vec<u8> {
    let narrow = |value: f64| match value.is_finite() {
        true => value.clamp(f32::MIN.into(), f32::MAX.into()) as f32,
        false => value as f32,
    };
    let narrow = |&stored: &u64| match sample_type {
        SampleType::U64 => narrow(stored as f64),
        SampleType::I64 => narrow(stored as i64 as f64),
        _ => narrow(f64::from_bits(stored)),
    };
    native::<u64>(voxels)
        .iter()
        .flat_map(|stored| narrow(stored).to_ne_bytes())
        .collect()
}
