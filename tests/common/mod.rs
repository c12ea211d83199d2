//! What several tests share.

#[allow(dead_code, reason = "every test binary compiles this for itself and uses its own part of it")]
pub(crate) mod tiff_writer;
#[cfg(target_os = "linux")]
#[allow(dead_code, reason = "every test binary compiles this for itself and uses its own part of it")]
pub(crate) mod xvfb;
