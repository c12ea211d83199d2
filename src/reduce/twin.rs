//! The reductions once more, in the plainest Rust: what the shaders and the fast ways on the CPU are compared with.

use std::cmp::Ordering;

use num_bigint::BigInt;

use crate::volume::{BinCounts, SampleType, Value};

use super::Moments;

/// Numbers of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// Smallest and largest finite value.
    pub range: Option<(Value, Value)>,
    /// NaN and infinities.
    pub non_finite: u64,
    /// All finite values, ascending; 64-bit integers beyond 2^53 are rounded.
    pub sorted: Vec<f64>,
    /// All finite values, ascending.
    pub sorted_values: Vec<Value>,
    /// Their exact sums.
    pub moments: Moments,
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
    finite.sort_by(order);
    let mut moments = Moments::none(sample_type);
    finite.iter().for_each(|&value| add_to(&mut moments, value));
    Numbers {
        range: finite.first().copied().zip(finite.last().copied()),
        non_finite: (count - finite.len()) as u64,
        sorted: finite.iter().map(|value| value.as_f64()).collect(),
        sorted_values: finite,
        moments,
    }
}

/// The order of finite values; both zeros are equal.
pub fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (a, b) => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
    }
}

/// Adds a finite value to exact sums.
pub fn add_to(moments: &mut Moments, value: Value) {
    let integer = match value {
        Value::Integer(value) => BigInt::from(value),
        Value::Float(value) => integer_of(value, moments.exponent),
    };
    moments.count += 1;
    moments.squares += integer.magnitude() * integer.magnitude();
    moments.sum += integer;
}

/// A finite float as what it is: an integer times 2^`exponent`, which its type has as its smallest denormal.
fn integer_of(value: f64, exponent: i32) -> BigInt {
    let bits = value.to_bits();
    let (stored_exponent, fraction) = ((bits >> 52 & 0x7ff) as i32, bits & ((1 << 52) - 1));
    // IEEE 754: 1.fraction times 2^(exponent - 1023), or 0.fraction times 2^-1022.
    let (significand, power) = match stored_exponent {
        0 => (fraction, -1074),
        _ => (fraction | 1 << 52, stored_exponent - 1075),
    };
    let shift = power - exponent;
    let magnitude = match shift {
        0.. => BigInt::from(significand) << shift,
        _ => BigInt::from(significand) >> -shift,
    };
    if value.is_sign_negative() {
        -magnitude
    } else {
        magnitude
    }
}

/// Voxels counted one by one about numbers that somebody claims, in memory that does not depend on how many there are:
/// whether a value has a rank is told by how many voxels are less and how many are equal.
#[derive(Clone, Debug)]
pub struct Recount {
    sample_type: SampleType,
    /// Smallest and largest finite value.
    pub range: Option<(Value, Value)>,
    /// NaN and infinities.
    pub non_finite: u64,
    /// Exact sums.
    pub moments: Moments,
    /// Ascending and distinct; of each, how many voxels are less than it but not less than those before, and how many
    /// are equal.
    marks: Vec<(Value, u64, u64)>,
    /// Voxels between the edges that are claimed.
    pub bins: BinCounts,
    /// Voxels outside of them.
    pub outside: u64,
}

impl Recount {
    /// Nothing counted yet. `values` are those whose ranks are asked for, `edges` those of a histogram.
    pub fn new(sample_type: SampleType, mut values: Vec<Value>, edges: &[Value]) -> Self {
        values.sort_by(order);
        values.dedup_by(|a, b| order(a, b).is_eq());
        Self {
            sample_type,
            range: None,
            non_finite: 0,
            moments: Moments::none(sample_type),
            marks: values.into_iter().map(|value| (value, 0, 0)).collect(),
            bins: BinCounts {
                edges: edges.to_vec(),
                counts: vec![0; edges.len().saturating_sub(1)],
            },
            outside: 0,
        }
    }

    /// Of the voxels.
    pub fn sample_type(&self) -> SampleType {
        self.sample_type
    }

    /// Counts voxels in native byte order.
    pub fn add(&mut self, voxels: &[u8]) {
        for value in exact_values(voxels, self.sample_type) {
            if value.as_f64().is_finite() {
                self.add_finite(value);
            } else {
                self.non_finite += 1;
            }
        }
    }

    fn add_finite(&mut self, value: Value) {
        // Adding 0 turns −0 into +0, which is how either is reported.
        let value = match value {
            Value::Float(value) => Value::Float(value + 0.0),
            integer => integer,
        };
        let (low, high) = self.range.unwrap_or((value, value));
        self.range = Some((
            if order(&value, &low).is_lt() { value } else { low },
            if order(&value, &high).is_gt() { value } else { high },
        ));
        add_to(&mut self.moments, value);
        let place = self.marks.partition_point(|(mark, ..)| order(mark, &value).is_lt());
        if let Some((mark, less, equal)) = self.marks.get_mut(place) {
            *(if order(mark, &value).is_eq() { equal } else { less }) += 1;
        }
        let edges = &self.bins.edges;
        let bins = self.bins.counts.len();
        let above = edges.partition_point(|edge| order(edge, &value).is_le());
        let is_last = above == edges.len() && edges.last().is_some_and(|edge| order(edge, &value).is_eq());
        match above.checked_sub(1) {
            Some(bin) if bin < bins => self.bins.counts[bin] += 1,
            Some(_) if is_last && bins > 0 => self.bins.counts[bins - 1] += 1,
            _ => self.outside += 1,
        }
    }

    /// With what another counted about the same numbers.
    pub fn joined(mut self, other: Self) -> Self {
        self.range = match (self.range, other.range) {
            (Some(a), Some(b)) => Some((
                if order(&b.0, &a.0).is_lt() { b.0 } else { a.0 },
                if order(&b.1, &a.1).is_gt() { b.1 } else { a.1 },
            )),
            (a, b) => a.or(b),
        };
        self.non_finite += other.non_finite;
        self.moments.join(&other.moments);
        for (mine, theirs) in self.marks.iter_mut().zip(&other.marks) {
            mine.1 += theirs.1;
            mine.2 += theirs.2;
        }
        for (mine, theirs) in self.bins.counts.iter_mut().zip(&other.bins.counts) {
            *mine += theirs;
        }
        self.outside += other.outside;
        self
    }

    /// The ranks, from 0, that voxels of one of the values have: none if no voxel has it.
    pub fn ranks(&self, value: Value) -> std::ops::Range<u64> {
        let mut less = 0;
        for (mark, between, equal) in &self.marks {
            less += between;
            if order(mark, &value).is_eq() {
                return less..less + equal;
            }
            less += equal;
        }
        0..0
    }
}
