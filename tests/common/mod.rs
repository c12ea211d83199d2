//! What the tests share.

pub(crate) mod tiff_writer;
