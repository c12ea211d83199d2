//! From values to places on the histogram's axis, and back.

use crate::volume::Window;

/// What lies between the left and the right end of a histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    lo: f64,
    hi: f64,
}

/// How far beyond the ends a handle can be dragged, as a part of the axis.
const MARGIN: f64 = 0.1;

/// Gammas that can be chosen.
pub(super) const GAMMAS: std::ops::RangeInclusive<f64> = 0.05..=20.0;

impl Axis {
    /// Over the range of the data, and the window where that is wider; none where there is no width.
    pub(super) fn of(data: Option<Window>, window: Window) -> Option<Self> {
        let is_fit = |window: &Window| !window.is_empty() && window.lo.is_finite() && window.hi.is_finite();
        let (data, window) = (data.filter(is_fit), Some(window).filter(is_fit));
        let all = match (data, window) {
            (Some(data), Some(window)) => data.union(window),
            (one, other) => one.or(other)?,
        };
        Some(Self { lo: all.lo, hi: all.hi })
    }

    /// Where a value lies: 0 at the left end, 1 at the right one. Halved, because the widest range of floats has a width
    /// beyond the largest of them.
    pub(super) fn share(&self, value: f64) -> f64 {
        (value * 0.5 - self.lo * 0.5) / (self.hi * 0.5 - self.lo * 0.5)
    }

    /// The value at a place.
    fn value(&self, share: f64) -> f64 {
        self.lo * (1.0 - share) + self.hi * share
    }

    /// The value at a place that a handle was dragged to: a whole number where voxels are such, else a short one.
    pub(super) fn dragged(&self, share: f64, is_integer: bool) -> f64 {
        let value = self.value(share.clamp(-MARGIN, 1.0 + MARGIN)).clamp(f64::MIN, f64::MAX);
        if is_integer {
            return value.round();
        }
        // Four digits of the width.
        let decimals = 4.0 - (self.hi * 0.5 - self.lo * 0.5).log10().floor();
        match decimals {
            ..=0.0 => value.round(),
            ..=15.0 => egui::emath::round_to_decimals(value, decimals as usize),
            _ => value,
        }
    }

    /// The smallest width that a window is dragged to.
    pub(super) fn least_width(&self, is_integer: bool) -> f64 {
        if is_integer {
            1.0
        } else {
            (self.hi * 0.5 - self.lo * 0.5) * 1e-3
        }
    }
}

/// Brightness (0 to 1) in the middle of the window.
pub(super) fn middle_from_gamma(gamma: f64) -> f64 {
    0.5f64.powf(gamma)
}

/// The gamma that makes the middle of the window this bright.
pub(super) fn gamma_from_middle(brightness: f64) -> f64 {
    let gamma = brightness.clamp(1e-6, 1.0 - 1e-6).ln() / 0.5f64.ln();
    egui::emath::round_to_decimals(gamma.clamp(*GAMMAS.start(), *GAMMAS.end()), 2)
}
