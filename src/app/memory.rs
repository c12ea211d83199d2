//! Memory that was freed goes back to the system.

use std::time::Duration;

/// What the last image took is freed a few frames after the next one is there.
const AFTER: Duration = Duration::from_millis(500);

/// Soon gives back what the C library keeps of freed memory, on a thread of its own. A software driver has its textures
/// there, and between blocks that stay in use glibc keeps pages of many megabytes.
pub(super) fn give_back_soon() {
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        std::thread::spawn(|| {
            std::thread::sleep(AFTER);
            trim();
        });
    }
}

/// Has threads share two heaps. glibc would give nearly each thread one of its own, and keep in it what the thread has left.
/// Before there are threads.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code, reason = "a function of the C library that no crate wraps")]
pub(super) fn share_heaps() {
    // SAFETY: it sets a number that is read where a thread gets its heap: mallopt(3).
    unsafe { libc::mallopt(libc::M_ARENA_MAX, 2) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn share_heaps() {}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code, reason = "a function of the C library that no crate wraps")]
fn trim() {
    // SAFETY: it takes a number of bytes to leave at the top of the heap, and may be called at any time by any thread:
    // malloc_trim(3).
    unsafe { libc::malloc_trim(0) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn trim() {}
