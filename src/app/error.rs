use thiserror::Error;

use crate::gpu::GpuError;

/// Why there is no window, or no longer.
#[derive(Debug, Error)]
pub enum AppError {
    /// Nothing to show a window on.
    #[error("no display: {0}")]
    NoDisplay(String),
    /// The window system refuses.
    #[error("no window: {0}")]
    Window(String),
    /// The graphics adapter cannot do it.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// What the command line named cannot be opened; the reason, ready to be shown.
    #[error("{0}")]
    Open(String),
}
