use std::fmt;
use std::str::FromStr;

use crate::volume::Window;

/// Where a channel's window comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ContrastRule {
    /// Exact minimum and maximum of the channel in the whole volume of the shown time point.
    Volume,
    /// Two percentiles of it, in percent, interpolated as `numpy.percentile` does.
    Percentile(f64, f64),
    /// Exact minimum and maximum of the channel in the shown plane.
    Plane,
    /// Exact minimum and maximum over all shown channels in the shown plane: one window for all.
    PlaneShared,
    /// Given by the user, or by the file.
    Given,
}

impl ContrastRule {
    /// What `percentile` alone means.
    pub const DEFAULT_PERCENTILE: ContrastRule = ContrastRule::Percentile(0.1, 99.9);

    /// The rule of two percentiles, in percent; `None` if they do not rise, from 0 to 100.
    pub fn percentile(lo: f64, hi: f64) -> Option<Self> {
        (0.0 <= lo && lo < hi && hi <= 100.0).then_some(Self::Percentile(lo, hi))
    }
}

/// As the command line takes it; `given`, which it does not, for a window that was given.
impl fmt::Display for ContrastRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ContrastRule::Volume => f.write_str("volume"),
            ContrastRule::Percentile(lo, hi) => write!(f, "percentile:{lo},{hi}"),
            ContrastRule::Plane => f.write_str("plane"),
            ContrastRule::PlaneShared => f.write_str("plane-shared"),
            ContrastRule::Given => f.write_str("given"),
        }
    }
}

impl FromStr for ContrastRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "volume" => Ok(Self::Volume),
            "plane" => Ok(Self::Plane),
            "plane-shared" => Ok(Self::PlaneShared),
            "percentile" => Ok(Self::DEFAULT_PERCENTILE),
            _ => {
                let limits = text.strip_prefix("percentile:").ok_or_else(|| {
                    format!("{text:?} is none of volume, percentile, percentile:LO,HI, plane, plane-shared")
                })?;
                let window = parse_pair(limits)?;
                Self::percentile(window.lo, window.hi)
                    .ok_or_else(|| format!("percentiles {limits:?} must rise, from 0 to 100"))
            }
        }
    }
}

/// A window given as `LO,HI` for all channels, or `C:LO,HI` for one.
///
/// # Errors
/// A sentence about what is wrong.
pub fn parse_range(text: &str) -> Result<(Option<usize>, Window), String> {
    let (channel, limits) = split_channel(text)?;
    Ok((channel, parse_pair(limits)?))
}

/// Cuts `C:REST` in two; without a channel all are meant.
///
/// # Errors
/// If what is before the colon is no number.
pub fn split_channel(text: &str) -> Result<(Option<usize>, &str), String> {
    match text.split_once(':') {
        Some((channel, rest)) => {
            let number = channel.parse();
            Ok((
                Some(number.map_err(|_| format!("{channel:?} is not a channel number"))?),
                rest,
            ))
        }
        None => Ok((None, text)),
    }
}

fn parse_pair(text: &str) -> Result<Window, String> {
    let wrong = || format!("{text:?} is not LO,HI");
    let (lo, hi) = text.split_once(',').ok_or_else(wrong)?;
    let number = |text: &str| {
        text.trim()
            .parse::<f64>()
            .ok()
            .filter(|value| value.is_finite())
            .ok_or_else(wrong)
    };
    Ok(Window::new(number(lo)?, number(hi)?))
}
