use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::gpu::{Gpu, GpuError, Tile, VolumeTextures, VoxelFormat};
use crate::volume::Axis;

/// A tile of a plane, of the channels that are stored together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TileKey {
    pub(super) level: usize,
    pub(super) t: u64,
    pub(super) normal: Axis,
    /// Along the normal, in voxels of the level.
    pub(super) index: u64,
    /// Place in the tiling.
    pub(super) place: u64,
    /// Channels are stored together in groups of equal size; this is the group's number.
    pub(super) group: u64,
}

/// A tile that is there.
pub(super) struct Held {
    pub(super) textures: VolumeTextures,
    /// The channels of the group that it holds.
    pub(super) c: Range<u64>,
    last_used: u64,
}

/// The tiles that are there: as many as fit, the least recently used of which make room for others.
pub(super) struct TileCache {
    held: HashMap<TileKey, Held>,
    bytes: u64,
    capacity_bytes: u64,
    clock: u64,
}

impl TileCache {
    /// Room for so many bytes of textures.
    pub(super) fn new(capacity_bytes: u64) -> Self {
        Self {
            held: HashMap::new(),
            bytes: 0,
            capacity_bytes,
            clock: 0,
        }
    }

    pub(super) fn capacity_bytes(&self) -> u64 {
        self.capacity_bytes
    }

    /// The tile, if it is there with these channels.
    pub(super) fn get(&self, key: &TileKey, c: &Range<u64>) -> Option<&Held> {
        let held = self.held.get(key)?;
        (held.c.start <= c.start && c.end <= held.c.end).then_some(held)
    }

    /// Notes that these tiles are used now.
    pub(super) fn touch<'a>(&mut self, keys: impl IntoIterator<Item = &'a TileKey>) {
        self.clock += 1;
        for key in keys {
            if let Some(held) = self.held.get_mut(key) {
                held.last_used = self.clock;
            }
        }
    }

    /// Textures for a tile: those of tiles that are given up for it where they have its size, else new ones. `None`
    /// if it only fits in place of `wanted` ones.
    ///
    /// # Errors
    /// If the driver has no more memory.
    pub(super) fn take_room(
        &mut self,
        gpu: &Gpu,
        format: VoxelFormat,
        tile: &Tile,
        channels: usize,
        wanted: &HashSet<TileKey>,
    ) -> Result<Option<VolumeTextures>, GpuError> {
        let needed = tile.held.voxels() * format.bytes() * channels as u64;
        let mut given_up: Option<VolumeTextures> = None;
        while self.bytes + needed > self.capacity_bytes {
            let oldest = self
                .held
                .iter()
                .filter(|(key, _)| !wanted.contains(key))
                .min_by_key(|(_, held)| held.last_used)
                .map(|(key, _)| *key);
            let Some(held) = oldest.and_then(|key| self.remove(&key)) else {
                return Ok(None);
            };
            given_up = Some(held);
        }
        let is_fitting = |old: &VolumeTextures| {
            old.grid.extent.size() == tile.held.size() && old.channel_count() == channels && old.format == format
        };
        match given_up.filter(is_fitting) {
            Some(mut textures) => {
                textures.set_tile(tile.clone());
                Ok(Some(textures))
            }
            None => VolumeTextures::of_tile(gpu, format, channels, tile.clone()).map(Some),
        }
    }

    /// Takes in a tile whose voxels are on their way to its textures.
    pub(super) fn insert(&mut self, key: TileKey, c: Range<u64>, textures: VolumeTextures) {
        self.remove(&key);
        self.bytes += textures.bytes();
        self.clock += 1;
        let last_used = self.clock;
        self.held.insert(key, Held { textures, c, last_used });
    }

    fn remove(&mut self, key: &TileKey) -> Option<VolumeTextures> {
        let held = self.held.remove(key)?;
        self.bytes -= held.textures.bytes();
        Some(held.textures)
    }
}
