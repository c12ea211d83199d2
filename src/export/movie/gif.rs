use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use gif::{AnyExtension, Encoder, EncodingError, Extension, Frame, Repeat};

use crate::view::Picture;

use super::super::pending::Pending;
use super::super::{ExportError, Provenance};
use super::MoviePlan;

/// How roughly colours are sampled for a palette, from 1, all pixels, to 30; 10 is the quantiser's own compromise.
const QUANTISER_SPEED: i32 = 10;

/// A GIF that is being written.
///
/// Every frame has a palette of its own: exact where a frame has no more than 256 colours, as all grey ones, else the
/// best 256 (Dekker 1994, "Kohonen neural networks for optimal colour quantization").
pub(super) struct GifMovie {
    path: PathBuf,
    delay: u16,
    // Before `pending`, so that the file is closed before it is removed.
    encoder: Encoder<BufWriter<File>>,
    pending: Pending,
}

impl GifMovie {
    pub(super) fn create(path: &Path, plan: &MoviePlan) -> Result<Self, ExportError> {
        let (pending, file) = Pending::file(path)?;
        let [width, height] = plan.size.map(|side| side as u16);
        let start = || -> Result<_, EncodingError> {
            let mut encoder = Encoder::new(file, width, height, &[])?;
            encoder.set_repeat(Repeat::Infinite)?;
            Ok(encoder)
        };
        let encoder = start().map_err(|error| ExportError::write(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            delay: delay(plan.fps),
            encoder,
            pending,
        })
    }

    pub(super) fn frame(&mut self, picture: &Picture, text: Option<&Provenance>) -> Result<(), ExportError> {
        let [width, height] = picture.size().map(|side| side as u16);
        if picture.rgba.len() != usize::from(width) * usize::from(height) * 4 {
            return Err(ExportError::write(&self.path, "a frame has not the bytes of its size"));
        }
        let mut frame = Frame::from_rgba_speed(width, height, &mut picture.rgba.clone(), QUANTISER_SPEED);
        frame.delay = self.delay;
        let mut write = || {
            if let Some(text) = text {
                let comment = AnyExtension(Extension::Comment as u8);
                self.encoder.write_raw_extension(comment, &[text.lines().as_bytes()])?;
            }
            self.encoder.write_frame(&frame)
        };
        write().map_err(|error| ExportError::write(&self.path, error))
    }

    pub(super) fn finish(self) -> Result<(), ExportError> {
        let end = || Ok::<_, EncodingError>(self.encoder.into_inner()?.flush()?);
        end().map_err(|error| ExportError::write(&self.path, error))?;
        self.pending.commit()
    }
}

/// Hundredths of a second per frame: GIF knows nothing finer, and browsers take less than two of them for ten.
fn delay(fps: f64) -> u16 {
    (100.0 / fps).round().max(2.0) as u16
}

#[cfg(test)]
mod tests {
    use super::delay;

    #[test]
    fn delays_are_hundredths_of_a_second() {
        assert_eq!([10.0, 24.0, 30.0, 0.02].map(delay), [10, 4, 3, 5000]);
        assert_eq!([50.0, 60.0, 1000.0].map(delay), [2, 2, 2]);
    }
}
