use std::collections::HashSet;
use std::sync::Arc;

use crate::source::{Loader, Source, SourceError, Voxels};
use crate::view::{Hatched, ViewState};
use crate::volume::{Box3, Damage, Region};

use super::SessionError;
use super::stats::Progress;

/// Planes whose reasons are kept: nobody reads more.
const MAX_REASONS: usize = 1000;

/// Keeps account of what of an image cannot be read, so that the rest of it can.
#[derive(Debug, Default)]
pub(super) struct Salvage {
    again: Vec<Region>,
    lost: Vec<Damage>,
    known: HashSet<(u64, u64, u64)>,
    first: Option<SourceError>,
}

impl Salvage {
    /// A region could not be read. Its planes are to be tried one by one; one plane that fails is lost. Returns the
    /// number of regions that take its place.
    pub(super) fn failed(&mut self, region: &Region, error: SourceError) -> usize {
        let z = region.zyx.z.clone();
        if z.end - z.start > 1 {
            self.again.extend(z.clone().map(|z| Region {
                zyx: Box3 {
                    z: z..z + 1,
                    ..region.zyx.clone()
                },
                ..region.clone()
            }));
            return (z.end - z.start) as usize;
        }
        // One entry for all bands of rows of a plane.
        if self.known.insert((region.t, region.c.start, z.start)) {
            let is_told = self.lost.len() < MAX_REASONS;
            self.lost.push(Damage {
                t: region.t..region.t + 1,
                c: region.c.clone(),
                z,
                reason: if is_told { reason(&error) } else { String::new() },
            });
        }
        self.first.get_or_insert(error);
        0
    }

    /// Regions to be tried in place of larger ones.
    pub(super) fn take_again(&mut self) -> Vec<Region> {
        std::mem::take(&mut self.again)
    }

    /// Why the first plane that is lost is, once: for an image of which nothing can be read.
    pub(super) fn take_first_error(&mut self) -> Option<SourceError> {
        self.first.take()
    }

    /// The planes that cannot be read.
    pub(super) fn lost(&self) -> &[Damage] {
        &self.lost
    }
}

/// What is wrong, without the kind of error in front of it.
pub(super) fn reason(error: &SourceError) -> String {
    match error {
        SourceError::Damaged(reason) => reason.clone(),
        other => other.to_string(),
    }
}

/// Reads regions on all cores, with `work` on the reader threads, and hands every result to `each`. What cannot be
/// read is left out, and returned.
///
/// # Errors
/// If nothing at all can be read, or `each` fails.
pub(super) fn read_all<T: Send + 'static>(
    source: &Arc<dyn Source>,
    regions: &[Region],
    work: impl Fn(Region, Voxels) -> T + Clone + Send + Sync + 'static,
    mut each: impl FnMut(T) -> Result<(), SessionError>,
    progress: Progress<'_>,
) -> Result<Vec<Damage>, SessionError> {
    let mut salvage = Salvage::default();
    let mut regions = regions.to_vec();
    let (mut done, mut total, mut is_any) = (0, regions.len(), false);
    while !regions.is_empty() {
        let loader = Loader::start(source.clone(), regions.clone(), Arc::new(|| ()), work.clone());
        while let Some((index, result)) = loader.next_blocking() {
            match result {
                Ok(result) => {
                    each(result)?;
                    is_any = true;
                }
                Err(error) => total += salvage.failed(&regions[index], error),
            }
            done += 1;
            progress(done as f64 / total as f64);
        }
        regions = salvage.take_again();
    }
    match salvage.take_first_error() {
        Some(error) if !is_any => Err(error.into()),
        _ => Ok(salvage.lost),
    }
}

/// The planes of a view's time point that are lost, as boxes of its volume.
pub(super) fn hatched_planes(lost: &[Damage], view: &ViewState, whole: &Box3) -> Vec<Hatched> {
    lost.iter()
        .filter(|damage| damage.t.contains(&view.t))
        .map(|damage| Hatched {
            c: damage.c.clone(),
            part: Box3 {
                z: damage.z.clone(),
                ..whole.clone()
            },
        })
        .collect()
}
