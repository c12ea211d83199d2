use std::ops::Range;

/// Planes of level 0 that cannot be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Time points.
    pub t: Range<u64>,
    /// Channels.
    pub c: Range<u64>,
    /// Planes.
    pub z: Range<u64>,
    /// One line for people: which page, which bytes it wants, and how many the file has.
    pub reason: String,
}
