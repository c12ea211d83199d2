//! Times, in milliseconds, and what is said of them.

/// The time that so large a share of them is within: 0.5 is the median.
pub(crate) fn at(ms: &[f64], share: f64) -> f64 {
    let mut ms = ms.to_vec();
    ms.sort_by(f64::total_cmp);
    let last = ms.len().checked_sub(1).expect("something was measured");
    ms[(last as f64 * share).round() as usize]
}

/// Median, 99th percentile and maximum, for a table.
pub(crate) fn summary(ms: &[f64]) -> String {
    format!("{:>7.1} {:>7.1} {:>7.1}", at(ms, 0.5), at(ms, 0.99), at(ms, 1.0))
}
