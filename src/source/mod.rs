//! Bytes to regions.

pub mod phantom;
