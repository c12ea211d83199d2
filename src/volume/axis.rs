use std::fmt;

use serde::{Deserialize, Serialize};

/// A spatial axis of a volume; as a view's normal, the axis that is stepped through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// Depth: the planes of a stack.
    Z,
    /// Rows of a plane, top to bottom.
    Y,
    /// Columns of a plane, left to right.
    X,
}

impl Axis {
    /// All three, in storage order (z, y, x).
    pub const ALL: [Axis; 3] = [Axis::Z, Axis::Y, Axis::X];

    /// Place in (z, y, x) order.
    pub fn index(self) -> usize {
        self as usize
    }

    /// The axes that run down (v) and across (u) a plane with this normal: `(v, u)`.
    ///
    /// As NumPy's `volume.take(i, axis)` leaves them: normal z shows (y, x), y shows (z, x), x shows (z, y).
    pub fn plane_axes(self) -> (Axis, Axis) {
        match self {
            Axis::Z => (Axis::Y, Axis::X),
            Axis::Y => (Axis::Z, Axis::X),
            Axis::X => (Axis::Z, Axis::Y),
        }
    }

    /// Lower-case letter.
    pub fn letter(self) -> char {
        ['z', 'y', 'x'][self.index()]
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.letter())
    }
}
