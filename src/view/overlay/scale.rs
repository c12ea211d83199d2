/// A scale bar.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    /// Its length in output pixels.
    pub(super) px: f64,
    /// Its length for people: `50 µm`.
    pub(super) text: String,
}

/// The longest bar of a round length that is no longer than `limit_px`.
///
/// `spacing` is the length of a voxel in `unit`; without a unit the bar is measured in voxels. `None` where there is
/// no length to measure.
pub(super) fn scale_bar(px_per_voxel: f64, spacing: f64, unit: Option<&str>, limit_px: f64) -> Option<Scale> {
    let (px_per_unit, unit) = match unit {
        Some(unit) => (px_per_voxel / spacing, unit),
        None => (px_per_voxel, "voxels"),
    };
    let (digit, exponent) = round_below(limit_px / px_per_unit)?;
    let px = f64::from(digit) * 10f64.powi(exponent) * px_per_unit;
    Some(Scale {
        px,
        text: text(digit, exponent, unit),
    })
}

/// The largest of 1, 2 or 5 x 10^n that is not above `length`, as digit and n.
fn round_below(length: f64) -> Option<(u32, i32)> {
    if !(length.is_finite() && length >= f64::MIN_POSITIVE) {
        return None;
    }
    // A length computed as 4.9999999 is 5.
    let length = length * (1.0 + 1e-9);
    let exponent = length.log10().floor() as i32;
    let mantissa = length / 10f64.powi(exponent);
    let digit = [5, 2, 1].into_iter().find(|&digit| f64::from(digit) <= mantissa)?;
    Some((digit, exponent))
}

/// A length with its unit; of metric lengths with a unit that leaves one to three digits before the point.
fn text(digit: u32, exponent: i32, unit: &str) -> String {
    const METRIC: [(&str, i32); 6] = [("pm", -12), ("nm", -9), ("µm", -6), ("mm", -3), ("m", 0), ("km", 3)];
    let alias = match unit {
        "um" | "μm" | "micron" | "microns" | "micrometer" => "µm",
        "cm" => return plain(digit, exponent, "cm"),
        other => other,
    };
    let Some(&(_, power)) = METRIC.iter().find(|(name, _)| *name == alias) else {
        return plain(digit, exponent, unit);
    };
    let metres = exponent + power;
    let best = METRIC.iter().rev().find(|(_, power)| metres >= *power);
    let (name, power) = best.unwrap_or(&METRIC[0]);
    plain(digit, metres - power, name)
}

fn plain(digit: u32, exponent: i32, unit: &str) -> String {
    let unit = if (digit, exponent, unit) == (1, 0, "voxels") {
        "voxel"
    } else {
        unit
    };
    match exponent {
        0..=5 => format!("{} {unit}", u64::from(digit) * 10u64.pow(exponent as u32)),
        -5..=-1 => {
            let decimals = exponent.unsigned_abs() as usize;
            format!("{:.decimals$} {unit}", f64::from(digit) * 10f64.powi(exponent))
        }
        _ => format!("{digit}e{exponent} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_round_and_not_too_long() {
        for (length, expected) in [
            (1.0, (1, 0)),
            (1.99, (1, 0)),
            (2.0, (2, 0)),
            (4.99, (2, 0)),
            (4.999_999_999_9, (5, 0)),
            (9.99, (5, 0)),
            (10.0, (1, 1)),
            (158.72, (1, 2)),
            (0.3, (2, -1)),
            (1000.0, (1, 3)),
            (0.001, (1, -3)),
            (7e12, (5, 12)),
        ] {
            assert_eq!(round_below(length), Some(expected), "{length}");
        }
        for none in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-320] {
            assert_eq!(round_below(none), None, "{none}");
        }
    }

    #[test]
    fn texts_have_the_unit_that_suits_them() {
        for (digit, exponent, unit, expected) in [
            (5, 1, "µm", "50 µm"),
            (2, 3, "um", "2 mm"),
            (5, -1, "µm", "500 nm"),
            (1, 0, "nm", "1 nm"),
            (2, -1, "mm", "200 µm"),
            (1, 0, "voxels", "1 voxel"),
            (2, -1, "voxels", "0.2 voxels"),
            (1, 2, "voxels", "100 voxels"),
            (5, -1, "cm", "0.5 cm"),
            (1, 7, "inch", "1e7 inch"),
            (2, -14, "m", "0.02 pm"),
        ] {
            assert_eq!(text(digit, exponent, unit), expected);
        }
    }

    #[test]
    fn a_bar_is_as_long_as_it_says() {
        // 512 voxels of 1.24 µm at one pixel each: a quarter is 158.7 µm.
        let bar = scale_bar(1.0, 1.24, Some("µm"), 128.0).expect("there is a bar");
        assert_eq!(bar.text, "100 µm");
        assert!((bar.px - 100.0 / 1.24).abs() < 1e-9);
        let bar = scale_bar(2.0, 1.0, None, 128.0).expect("there is a bar");
        assert_eq!(bar.text, "50 voxels");
        assert!((bar.px - 100.0).abs() < 1e-9);
        assert_eq!(scale_bar(1.0, 0.0, Some("µm"), 128.0), None);
        assert_eq!(scale_bar(0.0, 1.0, None, 0.0), None);
    }
}
