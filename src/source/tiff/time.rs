//! The time between two time points, as metadata tell of it.

/// A unit of time in seconds, as OME-XML and ImageJ spell them, as a factor and a divisor, both of them whole: 9 ms are
/// 9 / 1000 s, the nearest number to 0.009, which 9 times 0.001 is not. `None` for units that are none.
fn seconds_of(unit: &str) -> Option<(f64, f64)> {
    Some(match unit.trim() {
        "s" | "sec" | "secs" | "second" | "seconds" => (1.0, 1.0),
        "ms" | "msec" | "millisecond" | "milliseconds" => (1.0, 1e3),
        "\u{b5}s" | "\u{3bc}s" | "us" | "usec" => (1.0, 1e6),
        "ns" => (1.0, 1e9),
        "ps" => (1.0, 1e12),
        "min" | "minute" | "minutes" => (60.0, 1.0),
        "h" | "hr" | "hour" | "hours" => (3600.0, 1.0),
        "d" | "day" | "days" => (86_400.0, 1.0),
        _ => return None,
    })
}

/// So many of a unit in seconds, if that can be the time between two pictures.
pub(super) fn interval_s(count: f64, unit: &str) -> Option<f64> {
    let (factor, divisor) = seconds_of(unit)?;
    let seconds = count * factor / divisor;
    (1e-15..=1e15).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_in_seconds_or_there_is_none() {
        assert_eq!(interval_s(1.5, "s"), Some(1.5));
        assert_eq!(interval_s(250.0, "ms"), Some(0.25));
        assert_eq!(interval_s(9.0, "ms"), Some(0.009));
        assert_eq!(interval_s(2.0, " min "), Some(120.0));
        assert_eq!(interval_s(1.0, "reference frame"), None);
        for count in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(interval_s(count, "s"), None, "{count}");
        }
    }
}
