//! microtome
