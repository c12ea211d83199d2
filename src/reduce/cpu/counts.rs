use crate::gpu::VoxelFormat;
use crate::reduce::DIGIT_BINS;
use crate::volume::SampleType;

use super::keys::{key_bits, native, wide_key};

/// Counts of a 16-bit digit of the keys of one channel below given prefixes: what refines the bins that were hit.
#[derive(Clone, Debug)]
pub struct CpuCounts {
    sample_type: SampleType,
    /// Digits above the counted one, ascending; `[0]` in the first pass.
    prefixes: Vec<u64>,
    shift: u32,
    /// One more than the place in `prefixes` of the first that has these lowest 16 bits; 0 if none has.
    places: Vec<u32>,
    /// By the upper 16 bits of 32 as stored, whether voxels may be below a prefix: most are below none.
    is_wanted: Vec<bool>,
    counts: Vec<Vec<u64>>,
}

impl CpuCounts {
    /// Nothing counted yet. `digit` counts from the most significant, 0 first; it takes 512 KiB per prefix.
    pub fn new(sample_type: SampleType, digit: u32, prefixes: Vec<u64>) -> Self {
        let digits = key_bits(sample_type).div_ceil(16);
        let counts = vec![vec![0; DIGIT_BINS]; prefixes.len()];
        let mut places = vec![0; DIGIT_BINS];
        for (place, prefix) in prefixes.iter().enumerate().rev() {
            places[*prefix as usize & (DIGIT_BINS - 1)] = place as u32 + 1;
        }
        let mut is_wanted = Vec::new();
        if sample_type.bytes() == 4 && digit == 1 {
            let format = VoxelFormat::of(sample_type);
            // The lowest and the highest of those that share the bits: the negative zero is alone in its key.
            let ends = |high: u32| [high << 16, high << 16 | 0xffff];
            let prefix = |stored| format.key_from_stored(stored).map(|key| u64::from(key >> 16));
            let is_found = |stored: u32| prefix(stored).is_some_and(|prefix| prefixes.binary_search(&prefix).is_ok());
            is_wanted = (0..DIGIT_BINS as u32)
                .map(|high| ends(high).into_iter().any(is_found))
                .collect();
        }
        Self {
            sample_type,
            prefixes,
            is_wanted,
            shift: (digits - 1 - digit) * 16,
            places,
            counts,
        }
    }

    /// Counts voxels in native byte order.
    pub fn count(&mut self, voxels: &[u8]) {
        let sample_type = self.sample_type;
        let format = VoxelFormat::of(sample_type);
        match sample_type.bytes() {
            1 => self.count_keys(voxels.iter().map(|&voxel| format.key_from_stored(voxel.into()))),
            2 => {
                let voxels = native::<u16>(voxels);
                self.count_keys(voxels.iter().map(|&voxel| format.key_from_stored(voxel.into())));
            }
            4 => {
                let voxels = native::<u32>(voxels);
                let is_wanted = std::mem::take(&mut self.is_wanted);
                let may_count = |voxel: &&u32| is_wanted.get((**voxel >> 16) as usize).is_none_or(|&wanted| wanted);
                self.count_keys(
                    voxels
                        .iter()
                        .filter(may_count)
                        .map(|&voxel| format.key_from_stored(voxel)),
                );
                self.is_wanted = is_wanted;
            }
            _ => {
                let voxels = native::<u64>(voxels);
                self.count_keys(voxels.iter().map(|&voxel| wide_key(voxel, sample_type)));
            }
        }
    }

    #[inline(always)]
    fn count_keys<K: Into<u64>>(&mut self, keys: impl Iterator<Item = Option<K>>) {
        for key in keys.flatten() {
            let key = key.into() >> self.shift;
            let prefix = key >> 16;
            // Most voxels are below no prefix, and a table says so at once.
            let place = self.places[prefix as usize & (DIGIT_BINS - 1)] as usize;
            if place == 0 {
                continue;
            }
            let found = match self.prefixes[place - 1] == prefix {
                true => Some(place - 1),
                false => self.prefixes.binary_search(&prefix).ok(),
            };
            if let Some(place) = found {
                self.counts[place][key as usize & (DIGIT_BINS - 1)] += 1;
            }
        }
    }

    /// Adds what another counted.
    pub fn join(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().flatten().zip(other.counts.iter().flatten()) {
            *mine += theirs;
        }
    }

    /// Counts per prefix.
    pub fn into_counts(self) -> Vec<Vec<u64>> {
        self.counts
    }
}
