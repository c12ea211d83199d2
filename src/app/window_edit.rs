//! Windows that are edited by hand stay finite, and their `lo` stays below their `hi`.

use crate::volume::Window;

/// A drag across the whole canvas makes a window wider by this factor, or moves its level by that many widths.
const WINDOW_PER_CANVAS: f64 = 8.0;
const LEVEL_PER_CANVAS: f64 = 2.0;
/// The largest level, and the largest half of a width: sums of both are finite.
const MOST: f64 = f64::MAX / 2.0;
/// What a window of no width is widened to, as a part of the range of the data.
const FIRST: f64 = 1e-3;
/// What a window is narrowed to, as a part of it.
const LEAST: f64 = 1e-7;
/// No less than this part of its limits, so that they still differ.
const LEAST_OF_LIMIT: f64 = 1e-9;

/// The values that a window is set among.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    /// Finite and above zero: the width of the data's range, else of the window, else how large its values are.
    pub(crate) width: f64,
    is_integer: bool,
}

impl Scale {
    /// That of data between two values, where they are known, and of the window that is to be edited.
    pub(crate) fn new(data: Option<Window>, window: Window, is_integer: bool) -> Self {
        let width = |window: Window| (window.hi - window.lo).min(f64::MAX);
        let largest = window.lo.abs().max(window.hi.abs()).min(f64::MAX);
        let widths = [data.map_or(0.0, width), width(window), largest];
        Self {
            width: widths.into_iter().find(|&width| width > 0.0).unwrap_or(1.0),
            is_integer,
        }
    }

    /// A width near a value: of floats this part of the range, of integers one, and never too little to be seen.
    fn width_at(&self, value: f64, part: f64) -> f64 {
        let width = if self.is_integer { 1.0 } else { self.width * part };
        width.max(value.abs() * LEAST_OF_LIMIT).max(f64::MIN_POSITIVE)
    }

    /// The window with another `lo`, which pushes `hi` along.
    pub(crate) fn with_lo(&self, window: Window, lo: f64) -> Window {
        let lo = lo.clamp(-MOST, MOST);
        let hi = if lo < window.hi {
            window.hi
        } else {
            lo + self.width_at(lo, FIRST)
        };
        Window::new(lo, hi)
    }

    /// The window with another `hi`, which pushes `lo` along.
    pub(crate) fn with_hi(&self, window: Window, hi: f64) -> Window {
        let hi = hi.clamp(-MOST, MOST);
        let lo = if hi > window.lo {
            window.lo
        } else {
            hi - self.width_at(hi, FIRST)
        };
        Window::new(lo, hi)
    }

    /// The window after a drag by these shares of the canvas, right and down: to the right it is wider, up it is
    /// brighter, which is a lower level.
    pub(crate) fn dragged(&self, window: Window, [right, down]: [f64; 2]) -> Window {
        // Halves, because the whole may be beyond the largest number.
        let level = window.lo * 0.5 + window.hi * 0.5;
        let half = match window.is_empty() {
            true => self.width_at(level, FIRST) * 0.5,
            false => window.hi * 0.5 - window.lo * 0.5,
        };
        let half = half.max(f64::MIN_POSITIVE);
        let level = (level + down * LEVEL_PER_CANVAS * 2.0 * half).clamp(-MOST, MOST);
        let least = (self.width_at(level, LEAST) * 0.5).min(half);
        let half = (half * WINDOW_PER_CANVAS.powf(right)).clamp(least, MOST);
        let (lo, hi) = (level - half, level + half);
        match self.is_integer {
            true => Window::new(lo.round(), hi.round().max(lo.round() + self.width_at(lo, LEAST))),
            false => Window::new(lo, hi),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dragged(window: Window, shares: [f64; 2], is_integer: bool) -> Window {
        Scale::new(None, window, is_integer).dragged(window, shares)
    }

    #[test]
    fn right_is_wider_and_up_is_brighter() {
        let window = Window::new(100.0, 300.0);
        assert_eq!(dragged(window, [0.0, 0.0], true), window);
        let wider = dragged(window, [1.0, 0.0], true);
        assert_eq!(wider, Window::new(200.0 - 800.0, 200.0 + 800.0));
        let back = dragged(wider, [-1.0, 0.0], true);
        assert!((back.lo - 100.0).abs() < 1e-9 && (back.hi - 300.0).abs() < 1e-9);
        assert_eq!(dragged(window, [0.0, -0.25], true), Window::new(0.0, 200.0));
        let least = dragged(window, [-50.0, 0.0], true);
        assert_eq!(least.hi - least.lo, 1.0);
        let constant = dragged(Window::new(5.0, 5.0), [0.1, 0.0], true);
        assert!(constant.hi > 5.0, "of a constant channel");
    }

    #[test]
    fn a_window_of_no_width_can_be_widened() {
        let data = Some(Window::new(-2.0, 8.0));
        for (data, value) in [(data, 1.5), (None, 1.5), (None, 0.0), (None, -1e300), (None, 1e-300)] {
            let window = Window::new(value, value);
            let scale = Scale::new(data, window, false);
            let wider = scale.dragged(window, [0.5, 0.0]);
            assert!(!wider.is_empty() && wider.is_finite(), "{value}: {wider:?}");
            let wanted = scale.width * 1e-3 * 8f64.sqrt();
            assert!(
                ((wider.hi - wider.lo) / wanted - 1.0).abs() < 1e-6,
                "{value}: {wider:?}"
            );
        }
        // The narrow signal of data with a few far values can still be narrowed.
        let window = Window::new(0.0, 1.0);
        let narrower = Scale::new(Some(Window::new(0.0, 1e5)), window, false).dragged(window, [-1.0, 0.0]);
        assert!((narrower.hi - narrower.lo - 0.125).abs() < 1e-9, "{narrower:?}");
    }

    #[test]
    fn windows_stay_finite_and_in_order() {
        let far = [f64::MIN, -1e308, -1.0, 0.0, 5e-324, 1e308, f64::MAX];
        for lo in far {
            for hi in far {
                for is_integer in [false, true] {
                    let window = Window::new(lo, hi);
                    let scale = Scale::new(None, window, is_integer);
                    for shares in [[0.0, 0.0], [3.0, 2.0], [-3.0, -2.0], [1e4, -1e4]] {
                        let edited = scale.dragged(window, shares);
                        assert!(edited.is_finite() && !edited.is_empty(), "{window:?} {shares:?}");
                    }
                    for value in far {
                        let [lo, hi] = [scale.with_lo(window, value), scale.with_hi(window, value)];
                        for edited in [lo, hi] {
                            assert!(
                                edited.is_finite() && !edited.is_empty(),
                                "{window:?} {value}: {edited:?}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn one_limit_pushes_the_other() {
        let window = Window::new(10.0, 20.0);
        let scale = Scale::new(Some(Window::new(0.0, 100.0)), window, true);
        assert_eq!(scale.with_lo(window, 15.0), Window::new(15.0, 20.0));
        assert_eq!(scale.with_lo(window, 30.0), Window::new(30.0, 31.0));
        assert_eq!(scale.with_hi(window, 30.0), Window::new(10.0, 30.0));
        assert_eq!(scale.with_hi(window, 10.0), Window::new(9.0, 10.0));
        let scale = Scale::new(Some(Window::new(0.0, 100.0)), window, false);
        assert_eq!(scale.with_lo(window, 30.0), Window::new(30.0, 30.1));
    }
}
