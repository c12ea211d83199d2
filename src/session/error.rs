use thiserror::Error;

use crate::gpu::GpuError;
use crate::source::SourceError;

/// Why something cannot be measured or shown.
#[derive(Debug, Error)]
pub enum SessionError {
    /// The file.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The graphics adapter.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// Options that do not fit the file.
    #[error("{0}")]
    Options(String),
    /// A file without a voxel.
    #[error("there is no voxel in it: its shape is {0:?} (t, c, z, y, x)")]
    Empty([u64; 5]),
    /// A file that claims more bytes than 64 bits can count.
    #[error("its shape {0:?} (t, c, z, y, x) is beyond counting")]
    Uncountable([u64; 5]),
}
