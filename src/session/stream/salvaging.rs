use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::session::salvage::reason;
use crate::source::{Source, SourceError};
use crate::volume::{Box3, Damage, Dataset, Region};

/// Planes that could not be read: time, first channel of the region, place along z; and why.
type Lost = HashMap<(u64, u64, u64), String>;

/// A source that leaves out planes that cannot be read, where a region has several: in their place are zeros, and
/// they are noted.
pub(super) struct Salvaging {
    source: Arc<dyn Source>,
    lost: Arc<Mutex<Lost>>,
}

impl Salvaging {
    pub(super) fn new(source: &Arc<dyn Source>) -> Self {
        Self {
            source: source.clone(),
            lost: Arc::default(),
        }
    }

    /// Where lost planes are noted.
    pub(super) fn notes(&self) -> Notes {
        Notes(self.lost.clone())
    }
}

/// The planes that were lost so far.
pub(super) struct Notes(Arc<Mutex<Lost>>);

impl Notes {
    pub(super) fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// One entry for each, of the first channel of those that were read together.
    pub(super) fn damage(&self) -> Vec<Damage> {
        let lost = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let damage = |(&(t, c, z), reason): (&(u64, u64, u64), &String)| Damage {
            t: t..t + 1,
            c: c..c + 1,
            z: z..z + 1,
            reason: reason.clone(),
        };
        lost.iter().map(damage).collect()
    }
}

impl Source for Salvaging {
    fn dataset(&self) -> &Dataset {
        self.source.dataset()
    }

    fn chunk_shape(&self, level: usize) -> [u64; 4] {
        self.source.chunk_shape(level)
    }

    fn read(&self, region: &Region, out: &mut [u8]) -> Result<(), SourceError> {
        let z = region.zyx.z.clone();
        let error = match self.source.read(region, out) {
            Ok(()) => return Ok(()),
            Err(error) if z.end - z.start <= 1 => return Err(error),
            Err(error) => error,
        };
        // Plane by plane; `out` has all planes of a channel, then those of the next.
        let channels = region.c.end - region.c.start;
        let planes = z.end - z.start;
        let plane_bytes = out.len() / (channels * planes) as usize;
        let mut plane = vec![0; plane_bytes * channels as usize];
        let mut is_any_there = false;
        for (place, z) in z.enumerate() {
            let part = Region {
                zyx: Box3 {
                    z: z..z + 1,
                    ..region.zyx.clone()
                },
                ..region.clone()
            };
            match self.source.read(&part, &mut plane) {
                Ok(()) => is_any_there = true,
                Err(error) => {
                    plane.fill(0);
                    let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
                    lost.entry((region.t, region.c.start, z))
                        .or_insert_with(|| reason(&error));
                }
            }
            for (channel, voxels) in plane.chunks_exact(plane_bytes).enumerate() {
                let start = (channel * planes as usize + place) * plane_bytes;
                out[start..start + plane_bytes].copy_from_slice(voxels);
            }
        }
        if is_any_there { Ok(()) } else { Err(error) }
    }
}
