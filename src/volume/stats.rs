use std::fmt;

use serde::{Serialize, Serializer};

use super::{SampleType, Window};

/// The percentiles that are reported, in percent.
pub const PERCENTILES: [f64; 5] = [0.1, 1.0, 50.0, 99.0, 99.9];

/// A voxel's value in its full type: integers stay integers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// From an integer type: all of them fit.
    Integer(i128),
    /// From a floating-point type.
    Float(f64),
}

impl Value {
    /// As a number to compute with: exact, but for 64-bit integers beyond 2^53, which are rounded.
    pub fn as_f64(self) -> f64 {
        match self {
            Value::Integer(value) => value as f64,
            Value::Float(value) => value,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Integer(value) => write!(f, "{value}"),
            Value::Float(value) => write!(f, "{value:?}"),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // JSON has what 64 bits hold; an edge of a histogram may lie just beyond.
            Value::Integer(value) => match (u64::try_from(*value), i64::try_from(*value)) {
                (Ok(value), _) => serializer.serialize_u64(value),
                (_, Ok(value)) => serializer.serialize_i64(value),
                _ => serializer.serialize_f64(*value as f64),
            },
            Value::Float(value) => serializer.serialize_f64(*value),
        }
    }
}

/// A percentile among the finite values of a channel, as `numpy.percentile` finds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percentile {
    /// Where it is, in percent.
    pub percent: f64,
    /// Interpolated between its neighbours: NumPy's method `linear`.
    pub value: f64,
    /// The largest value of a voxel that is not above it: NumPy's method `lower`.
    pub lower: Value,
    /// The smallest value of a voxel that is not below it: NumPy's method `higher`.
    pub higher: Value,
}

impl Percentile {
    /// The interpolated value: an integer where the type is one and it is a whole number.
    pub fn as_value(&self) -> Value {
        match self.lower {
            lower if lower == self.higher => lower,
            Value::Integer(_) if self.value.fract() == 0.0 => Value::Integer(self.value as i128),
            _ => Value::Float(self.value),
        }
    }
}

/// A histogram: exact counts between exact edges.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BinCounts {
    /// One more than there are bins, ascending. A bin has the values from its lower edge on and below its upper one; the
    /// last has its upper one too. Those of integers are equally far apart. None without a finite voxel.
    pub edges: Vec<Value>,
    /// Number of voxels in each bin.
    pub counts: Vec<u64>,
}

/// Bits that integers between two values need: those of the largest for an unsigned type, the sign included for a signed
/// one; at least 1. `None` for floating-point types.
pub fn bit_depth(sample_type: SampleType, low: Value, high: Value) -> Option<u32> {
    let (Value::Integer(low), Value::Integer(high)) = (low, high) else {
        return None;
    };
    let bits = |value: i128| 128 - value.leading_zeros();
    Some(if sample_type.is_signed_integer() {
        // -128 needs as many bits as 127.
        1 + bits(high.max(-1 - low))
    } else {
        bits(high).max(1)
    })
}

/// Exact statistics of one channel over some box of voxels; NaN and infinities are counted and left out.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelStats {
    /// Smallest and largest finite value; `None` if there is no finite voxel.
    pub range: Option<(Value, Value)>,
    /// Voxels that are NaN or infinite.
    pub non_finite: u64,
}

impl ChannelStats {
    /// The window from minimum to maximum; empty if there is no finite voxel.
    pub fn window(&self) -> Window {
        self.limits().unwrap_or(Window::new(0.0, 0.0))
    }

    /// Minimum and maximum; `None` if there is no finite voxel.
    pub fn limits(&self) -> Option<Window> {
        self.range.map(|(lo, hi)| Window::new(lo.as_f64(), hi.as_f64()))
    }
}
