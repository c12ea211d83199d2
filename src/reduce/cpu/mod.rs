//! The reductions on the CPU, as fast as memory allows on every core: for 64-bit types, which no texture holds, and for
//! machines without a GPU. The reference is [`super::twin`], not this.

mod counts;
mod keys;
mod range;
mod tally;
mod wide;

pub use counts::CpuCounts;
pub(super) use keys::wide_key;
pub use keys::{key_bits, narrowed, value_from_key};
pub use range::CpuRange;
pub use tally::{CpuNumbers, CpuTally};
