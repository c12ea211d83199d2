//! What several tests share. Every test binary compiles it for itself and uses its own part of it.

#[cfg(target_os = "linux")]
#[allow(dead_code, reason = "see above")]
pub(crate) mod canvas;
#[allow(dead_code, reason = "see above")]
pub(crate) mod gpu;
#[cfg(target_os = "linux")]
#[allow(dead_code, reason = "see above")]
pub(crate) mod outside;
#[allow(dead_code, reason = "see above")]
pub(crate) mod pictures;
#[allow(dead_code, reason = "see above")]
pub(crate) mod stacks;
#[cfg(target_os = "linux")]
#[allow(dead_code, reason = "see above")]
pub(crate) mod stage;
#[allow(dead_code, reason = "see above")]
pub(crate) mod tiff_files;
#[allow(dead_code, reason = "see above")]
pub(crate) mod tiff_writer;
#[allow(dead_code, reason = "see above")]
pub(crate) mod viewer;
#[cfg(target_os = "linux")]
#[allow(dead_code, reason = "see above")]
pub(crate) mod xvfb;
