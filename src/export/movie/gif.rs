use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use gif::{AnyExtension, Encoder, EncodingError, Extension, Frame, Repeat};

use crate::view::Picture;

use super::super::pending::Pending;
use super::super::{ExportError, Provenance};
use super::{MovieFormat, MoviePlan};

/// How roughly colours are sampled for a palette, from 1, all pixels, to 30; 10 is the quantiser's own compromise.
const QUANTISER_SPEED: i32 = 10;

/// A GIF that is being written.
///
/// Every frame has a palette of its own: exact where a frame has no more than 256 colours, as all grey ones, else the
/// best 256 (Dekker 1994, "Kohonen neural networks for optimal colour quantization").
pub(super) struct GifMovie {
    path: PathBuf,
    fps: f64,
    /// Frames that were written.
    count: u64,
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
            fps: MovieFormat::Gif.rate(plan.fps),
            count: 0,
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
        frame.delay = delay(self.fps, self.count);
        self.count += 1;
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

/// Hundredths of a second that a frame is shown, counted from 0. GIF knows nothing finer: they are as long as it takes for
/// every frame to begin when it should, to the next hundredth.
fn delay(fps: f64, frame: u64) -> u16 {
    let begin = |frame: u64| (frame as f64 * 100.0 / fps).round();
    (begin(frame + 1) - begin(frame)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_keep_the_rate() {
        let delays = |fps: f64, count: u64| (0..count).map(|frame| delay(fps, frame)).collect::<Vec<_>>();
        assert_eq!(delays(10.0, 3), [10, 10, 10]);
        assert_eq!(delays(30.0, 6), [3, 4, 3, 3, 4, 3]);
        assert_eq!(delays(0.02, 1), [5000]);
        for fps in [8.0, 24.0, 23.976, 29.97, 48.0, 49.9, 50.0] {
            let delays = delays(fps, 1000);
            let all: f64 = delays.iter().copied().map(f64::from).sum();
            assert!((all - 1000.0 * 100.0 / fps).abs() <= 0.5, "{fps}: {all}");
            assert!(delays.iter().all(|&delay| delay >= 2), "{fps}");
        }
        assert_eq!(MovieFormat::Gif.rate(60.0), 50.0);
        assert_eq!(MovieFormat::Apng.rate(60.0), 60.0);
    }
}
