//! The reductions once more, in the plainest Rust: what tests compare the shaders with.

use crate::volume::{SampleType, Value};

/// Numbers of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// Smallest and largest finite value.
    pub range: Option<(Value, Value)>,
    /// NaN and infinities.
    pub non_finite: u64,
    /// All finite values, ascending; 64-bit integers beyond 2^53 are rounded.
    pub sorted: Vec<f64>,
}

/// Every value of voxels in native byte order; 64-bit integers beyond 2^53 are rounded.
pub fn values(voxels: &[u8], sample_type: SampleType) -> Vec<f64> {
    exact_values(voxels, sample_type)
        .into_iter()
        .map(Value::as_f64)
        .collect()
}

/// Every value of voxels in native byte order.
pub fn exact_values(voxels: &[u8], sample_type: SampleType) -> Vec<Value> {
    macro_rules! each {
        ($type:ty, $kind:path) => {
            voxels
                .chunks_exact(size_of::<$type>())
                .map(|bytes| $kind(<$type>::from_ne_bytes(bytes.try_into().expect("exact chunks")).into()))
                .collect()
        };
    }
    match sample_type {
        SampleType::U8 => each!(u8, Value::Integer),
        SampleType::I8 => each!(i8, Value::Integer),
        SampleType::U16 => each!(u16, Value::Integer),
        SampleType::I16 => each!(i16, Value::Integer),
        SampleType::F16 => each!(half::f16, Value::Float),
        SampleType::U32 => each!(u32, Value::Integer),
        SampleType::I32 => each!(i32, Value::Integer),
        SampleType::F32 => each!(f32, Value::Float),
        SampleType::U64 => each!(u64, Value::Integer),
        SampleType::I64 => each!(i64, Value::Integer),
        SampleType::F64 => each!(f64, Value::Float),
    }
}

/// The numbers of voxels in native byte order.
pub fn numbers(voxels: &[u8], sample_type: SampleType) -> Numbers {
    let mut finite = exact_values(voxels, sample_type);
    let count = finite.len();
    finite.retain(|value| value.as_f64().is_finite());
    finite.sort_by(|a, b| match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (a, b) => a.as_f64().total_cmp(&b.as_f64()),
    });
    Numbers {
        range: finite.first().copied().zip(finite.last().copied()),
        non_finite: (count - finite.len()) as u64,
        sorted: finite.into_iter().map(Value::as_f64).collect(),
    }
}
