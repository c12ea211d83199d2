use std::sync::Arc;

use crate::reduce::twin::Recount;
use crate::reduce::{percentile_from_neighbours, ranks_of_percentile};
use crate::source::{Source, Voxels};
use crate::volume::{Region, bit_depth};

use super::SessionError;
use super::partials::Partials;
use super::plan::plan;
use super::salvage::read_all;
use super::stats::{FileStats, FullStats, MeasureRequest, Progress};

/// Reads what was measured once more and counts its voxels one by one, in the plainest Rust. Returns the first number
/// that is not what it should be, in words; `None` if all are right.
///
/// # Errors
/// If nothing can be read.
pub fn disagreement(
    source: &Arc<dyn Source>,
    request: &MeasureRequest,
    claimed: &FileStats,
    progress: Progress<'_>,
) -> Result<Option<String>, SessionError> {
    let sample_type = source.dataset().sample_type;
    let regions: Vec<Region> = request
        .times
        .clone()
        .flat_map(|t| plan(source.as_ref(), 0, t, &request.extent, &request.channels))
        .collect();
    let fresh: Vec<Recount> = claimed
        .channels
        .iter()
        .map(|channel| {
            let ends = channel.stats.range.iter().flat_map(|&(low, high)| [low, high]);
            let neighbours = channel.percentiles.iter().flat_map(|found| [found.lower, found.higher]);
            Recount::new(sample_type, ends.chain(neighbours).collect(), &channel.histogram.edges)
        })
        .collect();
    let recounts = Partials::new(fresh.len(), &request.channels);
    let shared = recounts.clone();
    let work = move |region: Region, voxels: Voxels| {
        shared.add(&region, &voxels, |channel| fresh[channel].clone(), Recount::add);
    };
    read_all(source, &regions, work, Ok, progress)?;
    let recounts = recounts.join(|| Recount::new(sample_type, Vec::new(), &[]), Recount::joined);
    let mut differences = request.channels.iter().filter_map(|&channel| {
        let what = difference(&claimed.channels[channel], &recounts[channel], request)?;
        Some(format!("channel {channel}: {what}"))
    });
    Ok(differences.next())
}

fn difference(claimed: &FullStats, found: &Recount, request: &MeasureRequest) -> Option<String> {
    let differs = |what: &str, claimed: &dyn std::fmt::Debug, found: &dyn std::fmt::Debug| {
        let (claimed, found) = (format!("{claimed:?}"), format!("{found:?}"));
        (claimed != found).then(|| format!("{what} is {found}, not {claimed}"))
    };
    let sample_type = found.sample_type();
    let (low, high) = found.range.unzip();
    let count = found.moments.count;
    let at = |value: Option<_>| value.map_or(0, |value| found.ranks(value).count() as u64);
    let depth = found.range.and_then(|(low, high)| bit_depth(sample_type, low, high));
    let (claimed_low, claimed_high) = claimed.stats.range.unzip();
    differs("the minimum", &claimed_low, &low)
        .or_else(|| differs("the maximum", &claimed_high, &high))
        .or_else(|| differs("the number of finite voxels", &claimed.count, &count))
        .or_else(|| {
            differs(
                "the number of voxels that are not finite",
                &claimed.stats.non_finite,
                &found.non_finite,
            )
        })
        .or_else(|| differs("the number of voxels at the minimum", &claimed.at_min, &at(low)))
        .or_else(|| differs("the number of voxels at the maximum", &claimed.at_max, &at(high)))
        .or_else(|| differs("the mean", &claimed.mean, &found.moments.mean()))
        .or_else(|| differs("the standard deviation", &claimed.std, &found.moments.std()))
        .or_else(|| differs("the bit depth", &claimed.bit_depth, &depth))
        .or_else(|| differs("the histogram", &claimed.histogram.counts, &found.bins.counts))
        .or_else(|| differs("the number of voxels outside of the histogram", &0, &found.outside))
        .or_else(|| {
            let wanted = if count == 0 { 0 } else { request.percentiles.len() };
            differs("the number of percentiles", &claimed.percentiles.len(), &wanted)
        })
        .or_else(|| {
            claimed.percentiles.iter().find_map(|percentile| {
                let (below, above, fraction) = ranks_of_percentile(percentile.percent, count);
                let above = if fraction > 0.0 { above } else { below };
                let what = format!("percentile {}", percentile.percent);
                for (side, rank, value) in [("lower", below, percentile.lower), ("higher", above, percentile.higher)] {
                    let ranks = found.ranks(value);
                    if !ranks.contains(&rank) {
                        return Some(format!(
                            "the {side} neighbour of {what} has the ranks {ranks:?}, not {rank}"
                        ));
                    }
                }
                let [lower, higher] = [percentile.lower, percentile.higher].map(|value| value.as_f64());
                differs(
                    &what,
                    &percentile.value,
                    &percentile_from_neighbours(lower, higher, fraction),
                )
            })
        })
}
