use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::source::{Loader, Source, Voxels};
use crate::volume::Region;

use super::SessionError;
use super::plan::plan;
use super::stats::Progress;

/// SHA-256 of all voxels in (t, c, z, y, x) order, C order, little-endian, stored type: proof that a file was read
/// right. In lower-case hexadecimal digits.
///
/// # Errors
/// If a voxel cannot be read.
pub fn hash(source: &Arc<dyn Source>, progress: Progress<'_>) -> Result<String, SessionError> {
    let dataset = source.dataset();
    let extent = dataset.shape.volume_box();
    let mut regions = Vec::new();
    for t in 0..dataset.shape.t {
        for channel in 0..dataset.shape.c {
            let of_group = plan(source.as_ref(), 0, t, &extent, &[channel as usize]);
            regions.extend(of_group.into_iter().map(|region| Region {
                c: channel..channel + 1,
                ..region
            }));
        }
    }
    let total = regions.len();
    let swapped = cfg!(target_endian = "big").then_some(dataset.sample_type.bytes());
    let loader = Loader::start(
        source.clone(),
        regions,
        Arc::new(|| ()),
        move |_, mut voxels: Voxels| {
            if let Some(bytes) = swapped {
                voxels.chunks_exact_mut(bytes).for_each(<[u8]>::reverse);
            }
            voxels
        },
    );
    let mut hasher = Sha256::new();
    let mut early = BTreeMap::new();
    let mut next = 0;
    while let Some((index, voxels)) = loader.next_blocking() {
        early.insert(index, voxels?);
        while let Some(voxels) = early.remove(&next) {
            hasher.update(&*voxels);
            next += 1;
            progress(next as f64 / total as f64);
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
