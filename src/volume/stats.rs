use std::fmt;

use serde::{Serialize, Serializer};

use super::Window;

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
            Value::Integer(value) => serializer.serialize_i128(*value),
            Value::Float(value) => serializer.serialize_f64(*value),
        }
    }
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
        self.range
            .map_or(Window::new(0.0, 0.0), |(lo, hi)| Window::new(lo.as_f64(), hi.as_f64()))
    }
}
