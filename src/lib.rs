//! microtome cuts volumes: it opens a multichannel image stack, puts every channel on the GPU, measures it there,
//! and shows any plane of it, correctly exposed, at once.
//!
//! A voxel travels one way, through these rooms in this order; each imports only from those before it:
//!
//! 1. [`volume`]: plain data. Shapes, regions, sample types, channels, statistics.
//! 2. [`source`]: bytes to regions of voxels. TIFF, the built-in sample, reader threads.

pub mod source;
pub mod volume;
