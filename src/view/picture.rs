use crate::volume::Dataset;

use super::{Overlay, ViewState, annotate};

/// Rows of display bytes, red, green, blue, alpha (always 255), top to bottom.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub rgba: Vec<u8>,
}

impl Picture {
    /// Width and height in pixels.
    pub fn size(&self) -> [u32; 2] {
        [self.width, self.height]
    }

    /// The same rows without alpha.
    pub fn rgb(&self) -> Vec<u8> {
        self.rgba
            .chunks_exact(4)
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect()
    }

    /// Writes scale bar and labels into it, with the names of the channels and the unit that the dataset has.
    pub fn annotate(&mut self, dataset: &Dataset, view: &ViewState, overlay: Overlay) {
        let names: Vec<String> = (0..view.channels.len())
            .map(|channel| dataset.channel_name(channel))
            .collect();
        let unit = dataset.voxel_size.as_ref().and_then(|size| size.unit.as_deref());
        let size = self.size();
        annotate(&mut self.rgba, size, view, &names, unit, overlay);
    }
}
