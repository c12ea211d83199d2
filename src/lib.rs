//! microtome

pub mod source;
