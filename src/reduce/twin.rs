//! The reductions once more, in the plainest Rust: what tests compare the shaders with.

use crate::volume::{SampleType, Value};

/// Numbers of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// Smallest and largest finite value.
    pub range: Option<(f64, f64)>,
    /// NaN and infinities.
    pub non_finite: u64,
    /// All finite values, ascending.
    pub sorted: Vec<f64>,
}

/// Every value of voxels in native byte order; 64-bit integers beyond 2^53 are rounded.
pub fn values(voxels: &[u8], sample_type: SampleType) -> Vec<f64> {
    macro_rules! each {
        ($type:ty) => {
            each!($type, f64::from)
        };
        ($type:ty, $f64_from:expr) => {
            voxels
                .chunks_exact(size_of::<$type>())
                .map(|bytes| $f64_from(<$type>::from_ne_bytes(bytes.try_into().expect("exact chunks"))))
                .collect()
        };
    }
    match sample_type {
        SampleType::U8 => each!(u8),
        SampleType::I8 => each!(i8),
        SampleType::U16 => each!(u16),
        SampleType::I16 => each!(i16),
        SampleType::F16 => each!(half::f16),
        SampleType::U32 => each!(u32),
        SampleType::I32 => each!(i32),
        SampleType::F32 => each!(f32),
        SampleType::U64 => each!(u64, |value| value as f64),
        SampleType::I64 => each!(i64, |value| value as f64),
        SampleType::F64 => each!(f64),
    }
}

/// The numbers of voxels in native byte order.
pub fn numbers(voxels: &[u8], sample_type: SampleType) -> Numbers {
    let all = values(voxels, sample_type);
    let mut sorted: Vec<f64> = all.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    Numbers {
        range: sorted.first().copied().zip(sorted.last().copied()),
        non_finite: (all.len() - sorted.len()) as u64,
        sorted,
    }
}

/// A value as [`crate::volume::Value`] of this type.
pub fn value(number: f64, sample_type: SampleType) -> Value {
    if sample_type.is_float() {
        Value::Float(number)
    } else {
        Value::Integer(number as i128)
    }
}
