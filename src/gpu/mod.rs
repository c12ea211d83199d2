//! The device, its limits, textures of voxels, upload, readback, and the table of shaders.

mod bytes;
mod caps;
mod context;
mod drawing;
mod error;
mod readback;
mod shader;
mod tiles;
mod tuning;
mod upload;
mod volume;
mod voxel_format;

pub use bytes::{UniformBatch, align_up};
pub use caps::Caps;
pub use context::{AdapterChoice, Gpu, describe_adapter};
pub use drawing::DrawingPipeline;
pub use error::GpuError;
pub use readback::Readback;
pub use shader::{Shader, shaders};
pub use tiles::{Tile, TileGrid};
pub use tuning::{Counting, Join, Lanes, Load, Tuning};
pub use upload::{Staged, StagingRing};
pub use volume::VolumeTextures;
pub use voxel_format::{VoxelFormat, VoxelKind};
