//! From bytes to regions of voxels: the [`Source`] trait, TIFF, the built-in sample, and the threads that read ahead.

mod error;
mod fetcher;
mod files;
mod loader;
pub mod phantom;
mod sample;
pub mod tiff;
mod voxels;

pub use error::SourceError;
pub use fetcher::Fetcher;
pub use files::{ENDINGS, images, is_image, members, natural};
pub use loader::{Loaded, Loader, Wake};
pub use sample::KidneySample;
pub use voxels::Voxels;

use crate::volume::{Damage, Dataset, Region};

/// An opened image: it describes itself without reading voxels, and reads any box of them.
///
/// Reading is `&self` and may be called from several threads at once.
pub trait Source: Send + Sync {
    /// What the header says. Reads nothing.
    fn dataset(&self) -> &Dataset;

    /// Extents (c, z, y, x) of the smallest box that is stored as a unit at `level`: reading part of one costs all of it.
    ///
    /// Chunky samples give c = all channels, strips give x = whole rows.
    fn chunk_shape(&self, level: usize) -> [u64; 4];

    /// Reads a region into `out`: its voxels in (c, z, y, x) order, C order, native byte order, stored type, unscaled.
    ///
    /// # Errors
    /// If a part cannot be read or decoded; `out` is then unspecified.
    ///
    /// # Panics
    /// If the region is not inside the dataset or `out` is not exactly its size in bytes: a bug of the caller.
    fn read(&self, region: &Region, out: &mut [u8]) -> Result<(), SourceError>;

    /// Planes of level 0 that the file does not have, in (t, c, z) order: what its directories say is missing, or lies
    /// past its end. At most a thousand entries, then one for the rest. Walks all directories, reads no voxels.
    fn damage(&self) -> Vec<Damage> {
        Vec::new()
    }
}
