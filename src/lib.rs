//! microtome cuts volumes: it opens a multichannel image stack, puts every channel on the GPU, measures it there,
//! and shows any plane of it, correctly exposed, at once.
//!
//! A voxel travels one way, through these rooms in this order; each imports only from those before it:
//!
//! 1. [`volume`]: plain data. Shapes, regions, sample types, channels, statistics.
//! 2. [`source`]: bytes to regions of voxels. TIFF, the built-in sample, reader threads.
//! 3. [`gpu`]: the device and its limits; tiles of 3D textures; upload, readback, the table of shaders.
//! 4. [`reduce`]: textures to numbers. Minimum, maximum, histograms, percentiles.
//! 5. [`view`]: a view state, textures and numbers to an image.
//! 6. [`session`]: joins them. Open, load, upload, measure, draw.
//! 7. [`export`]: pictures and movies to files.
//! 8. [`app`]: the window.
//! 9. [`cli`]: one file per command.

pub mod app;
pub mod cli;
pub mod export;
pub mod gpu;
pub mod reduce;
pub mod session;
pub mod source;
pub mod view;
pub mod volume;
