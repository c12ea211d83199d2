/// The values that are drawn black (`lo`) and in full colour (`hi`), in data units.
///
/// `hi < lo` inverts nothing: such a window is drawn as an empty one.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)] // the names say it
pub struct Window {
    pub lo: f64,
    pub hi: f64,
}

impl Window {
    /// The window from `lo` to `hi`.
    pub fn new(lo: f64, hi: f64) -> Self {
        Self { lo, hi }
    }

    /// A window of no width (a constant channel) is drawn black.
    pub fn is_empty(&self) -> bool {
        // Written so that a NaN bound counts as empty.
        !matches!(self.hi.partial_cmp(&self.lo), Some(std::cmp::Ordering::Greater))
    }

    /// Whether both limits are numbers that can be reckoned with.
    pub fn is_finite(&self) -> bool {
        self.lo.is_finite() && self.hi.is_finite()
    }

    /// The smallest window that holds both.
    pub fn union(self, other: Self) -> Self {
        Self {
            lo: self.lo.min(other.lo),
            hi: self.hi.max(other.hi),
        }
    }
}
