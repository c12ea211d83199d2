//! What a screen showed.

use std::error::Error;
use std::fs::File;
use std::path::Path;

/// A picture: rows from the top, three bytes a pixel.
#[derive(Clone, PartialEq)]
pub(crate) struct Image {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) rgb: Vec<u8>,
}

impl Image {
    /// The red, green and blue of a pixel.
    pub(crate) fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.width + x) * 3;
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }

    /// The part of the picture with this upper left corner and size.
    pub(crate) fn crop(&self, (x, y): (usize, usize), (width, height): (usize, usize)) -> Self {
        let row = |y: usize| &self.rgb[(y * self.width + x) * 3..][..width * 3];
        Self {
            width,
            height,
            rgb: (y..y + height).flat_map(row).copied().collect(),
        }
    }

    /// Whether all pixels are alike.
    pub(crate) fn is_flat(&self) -> bool {
        self.rgb.chunks_exact(3).all(|pixel| pixel == &self.rgb[..3])
    }

    /// Writes the picture as a PNG, to look at.
    pub(crate) fn save(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        let mut encoder = png::Encoder::new(File::create(path)?, self.width.try_into()?, self.height.try_into()?);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header()?.write_image_data(&self.rgb)?;
        Ok(())
    }
}
