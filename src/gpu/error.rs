use thiserror::Error;

/// What the graphics adapter cannot do.
#[derive(Debug, Error)]
pub enum GpuError {
    /// No adapter at all, or none of that name.
    #[error("no graphics adapter {wanted}; found: {found}")]
    NoAdapter {
        /// What was asked for, in words.
        wanted: String,
        /// Names of the adapters there are.
        found: String,
    },
    /// The driver refuses to give a device.
    #[error("{adapter}: no device: {reason}")]
    NoDevice {
        /// Name of the adapter.
        adapter: String,
        /// What the driver said.
        reason: String,
    },
    /// More memory than may be used.
    #[error("{what} needs {needed} bytes of graphics memory, the limit is {limit} (see --memory)")]
    OverBudget {
        /// What was to be allocated.
        what: String,
        /// Bytes needed.
        needed: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// An adapter limit that cannot be worked around.
    #[error("{what} is {needed}, the adapter allows {limit}")]
    Limit {
        /// What is limited.
        what: String,
        /// How much is needed.
        needed: u64,
        /// How much there is.
        limit: u64,
    },
    /// The driver ran out of memory.
    #[error("the graphics adapter is out of memory ({what}, {bytes} bytes)")]
    OutOfMemory {
        /// What was being allocated.
        what: String,
        /// Its size.
        bytes: u64,
    },
    /// The device is gone: a driver reset, or it was unplugged.
    #[error("the graphics device was lost: {0}")]
    Lost(String),
}
