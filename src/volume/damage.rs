use std::fmt;
use std::ops::Range;

/// Planes of level 0 that cannot be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Time points.
    pub t: Range<u64>,
    /// Channels.
    pub c: Range<u64>,
    /// Planes along z.
    pub z: Range<u64>,
    /// One line for people: which page, which bytes it wants, and how many the file has.
    pub reason: String,
}

impl Damage {
    /// Number of planes, those of every channel and time counted.
    pub fn planes(&self) -> u64 {
        let planes = |range: &Range<u64>| range.end.saturating_sub(range.start);
        planes(&self.t)
            .saturating_mul(planes(&self.c))
            .saturating_mul(planes(&self.z))
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let range = |range: &Range<u64>| match range.end.saturating_sub(range.start) {
            0 | 1 => range.start.to_string(),
            _ => format!("{}\u{2013}{}", range.start, range.end - 1),
        };
        let (t, c, z) = (range(&self.t), range(&self.c), range(&self.z));
        write!(f, "t {t}, channel {c}, z {z}: {}", self.reason)
    }
}
