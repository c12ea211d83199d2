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

/// Windows narrower than this part of the axis are offered to be seen closer.
const NARROW: f64 = 1.0 / 20.0;

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
        (value * 0.5 - self.lo * 0.5) / self.half()
    }

    /// The value at a place.
    fn value(&self, share: f64) -> f64 {
        self.lo * (1.0 - share) + self.hi * share
    }

    /// The values at both ends.
    pub(super) fn ends(&self) -> [f64; 2] {
        [self.lo, self.hi]
    }

    fn half(&self) -> f64 {
        self.hi * 0.5 - self.lo * 0.5
    }

    /// Closer by a factor to what is at a place; below 1, farther. Never beyond the whole axis, nor so close that
    /// places on the screen are no different values.
    pub(super) fn zoomed(&self, whole: Self, share: f64, factor: f64, is_integer: bool) -> Self {
        let (at, part) = (self.value(share), 1.0 / factor);
        let [lo, hi] = self.ends().map(|end| at * (1.0 - part) + end * part);
        let new = Self { lo, hi };
        let least = if is_integer { 4.0 } else { whole.half() * 1e-6 };
        if part < 1.0 && new.half() < least.max(at.abs() * 1e-7) {
            return *self;
        }
        new.within(whole)
    }

    /// Moved by this part of its width, as far as the whole axis goes.
    pub(super) fn panned(&self, whole: Self, share: f64) -> Self {
        let [lo, hi] = [share, 1.0 + share].map(|share| self.value(share));
        Self { lo, hi }.within(whole)
    }

    /// The window, with some room beside it, as far as the whole axis goes.
    pub(super) fn around(window: Window, whole: Self) -> Self {
        let Window { lo, hi } = window;
        Self { lo, hi }.zoomed(whole, 0.5, 2.0 / 3.0, false)
    }

    /// Moved into the whole axis; all of it where this one is no smaller part.
    fn within(self, whole: Self) -> Self {
        let shift = (whole.lo - self.lo).max(0.0) - (self.hi - whole.hi).max(0.0);
        let [lo, hi] = self.ends().map(|end| (end + shift).clamp(whole.lo, whole.hi));
        let is_part = self.half() < whole.half() && lo < hi;
        if is_part { Self { lo, hi } } else { whole }
    }

    /// Whether it lies in another one.
    pub(super) fn is_in(&self, whole: Self) -> bool {
        self.lo >= whole.lo && self.hi <= whole.hi
    }

    /// Whether a window is so narrow here, or so far away, that its handles cannot be told apart.
    pub(super) fn hides(&self, window: Window) -> bool {
        let [lo, hi] = [window.lo, window.hi].map(|value| self.share(value).clamp(0.0, 1.0));
        hi - lo < NARROW
    }

    /// The value at a place that a handle was dragged to, from another one: a whole number where voxels are such, else
    /// a short one. What is out of sight already may stay there.
    pub(super) fn dragged(&self, from: f64, moved: f64, is_integer: bool) -> f64 {
        let from = self.share(from);
        let share = (from + moved).clamp(from.min(-MARGIN), from.max(1.0 + MARGIN));
        let value = self.value(share).clamp(f64::MIN, f64::MAX);
        if is_integer {
            return value.round();
        }
        // Four digits of the width.
        let decimals = 4.0 - self.half().log10().floor();
        match decimals {
            ..=0.0 => value.round(),
            ..=15.0 => egui::emath::round_to_decimals(value, decimals as usize),
            _ => value,
        }
    }

    /// The smallest width that a window is dragged to.
    pub(super) fn least_width(&self, is_integer: bool) -> f64 {
        if is_integer { 1.0 } else { self.half() * 1e-3 }
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
