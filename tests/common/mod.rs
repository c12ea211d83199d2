//! What the tests share.
#![allow(dead_code)] // not every test uses all of it

pub(crate) mod tiff_files;
pub(crate) mod tiff_writer;
