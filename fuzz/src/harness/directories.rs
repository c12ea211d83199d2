//! The bytes are a file: its directories are read, its voxels are not.

use crate::source::tiff::OpenOptions;

use super::{MAX_INPUT, check_damage, open_checked, write};

/// Opens the bytes and asks for everything but voxels.
pub fn run(input: &[u8]) {
    if input.len() > MAX_INPUT {
        return;
    }
    let path = write("image.tif", input);
    if let Some(source) = open_checked(&path, &OpenOptions::default()) {
        check_damage(&source);
    }
}
