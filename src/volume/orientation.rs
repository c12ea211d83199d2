use std::fmt;

use super::Axis;

/// Where the first row and the first column of a stored plane belong in the picture: TIFF 6.0, tag 274 (Orientation).
///
/// | value | first row | first column | shown |
/// |---|---|---|---|
/// | 1 | top | left | as stored |
/// | 2 | top | right | mirrored left to right |
/// | 3 | bottom | right | turned by 180° |
/// | 4 | bottom | left | mirrored top to bottom |
/// | 5 | left | top | transposed |
/// | 6 | right | top | turned by 90° clockwise |
/// | 7 | right | bottom | transposed along the other diagonal |
/// | 8 | left | bottom | turned by 90° anticlockwise |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the table says it: first row, then first column
pub enum Orientation {
    #[default]
    TopLeft = 1,
    TopRight,
    BottomRight,
    BottomLeft,
    LeftTop,
    RightTop,
    RightBottom,
    LeftBottom,
}

impl Orientation {
    /// All eight, in the order of their values.
    pub const ALL: [Orientation; 8] = [
        Orientation::TopLeft,
        Orientation::TopRight,
        Orientation::BottomRight,
        Orientation::BottomLeft,
        Orientation::LeftTop,
        Orientation::RightTop,
        Orientation::RightBottom,
        Orientation::LeftBottom,
    ];

    /// The one of a tag's value, 1 to 8.
    pub fn from_value(value: u64) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|orientation| u64::from(orientation.value()) == value)
    }

    /// Its value in the tag, 1 to 8.
    pub fn value(self) -> u8 {
        self as u8
    }

    /// Whether a stored row is shown as a column of the picture: values 5 to 8.
    pub fn is_transposed(self) -> bool {
        self.value() >= 5
    }

    /// Whether a stored axis runs from right to left, or from the bottom to the top. Depth never does.
    pub fn is_reversed(self, axis: Axis) -> bool {
        use Orientation::{BottomLeft, BottomRight, LeftBottom, RightBottom, RightTop, TopRight};
        match axis {
            Axis::Z => false,
            Axis::Y => matches!(self, BottomRight | BottomLeft | RightTop | RightBottom),
            Axis::X => matches!(self, TopRight | BottomRight | RightBottom | LeftBottom),
        }
    }
}

impl fmt::Display for Orientation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Orientation::TopLeft => "as stored",
            Orientation::TopRight => "mirrored left to right",
            Orientation::BottomRight => "turned by 180°",
            Orientation::BottomLeft => "mirrored top to bottom",
            Orientation::LeftTop => "transposed",
            Orientation::RightTop => "turned by 90° clockwise",
            Orientation::RightBottom => "transposed along the other diagonal",
            Orientation::LeftBottom => "turned by 90° anticlockwise",
        })
    }
}
