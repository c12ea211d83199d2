//! What the fuzz targets run: the rooms of the main crate that read files, and a [`harness`] around them.

#[path = "../../src/source/mod.rs"]
pub mod source;
#[path = "../../src/volume/mod.rs"]
pub mod volume;

pub mod harness;

#[allow(dead_code, reason = "the harness writes only some kinds of files")]
#[path = "../../tests/common/tiff_writer.rs"]
pub(crate) mod tiff_writer;
