//! The whole path: the bytes are a file, which is opened and read.

use crate::source::tiff::OpenOptions;

use super::{MAX_INPUT, check_damage, open_checked, regions, write};

/// Opens the bytes and reads some of every level.
pub fn run(input: &[u8]) {
    if input.len() > MAX_INPUT {
        return;
    }
    let path = write("image.tif", input);
    if let Some(source) = open_checked(&path, &OpenOptions::default()) {
        regions::read(&source);
        check_damage(&source);
    }
}
