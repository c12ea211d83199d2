//! What several tests share.

#[cfg(target_os = "linux")]
#[allow(
    dead_code,
    reason = "every test binary compiles this for itself and uses its own part of it"
)]
pub(crate) mod xvfb;
