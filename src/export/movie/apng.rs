use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use crate::view::Picture;

use super::super::pending::Pending;
use super::super::png::{encoder, write_text};
use super::super::{ExportError, Provenance};
use super::MoviePlan;

/// An animated PNG that is being written.
pub(super) struct ApngMovie {
    path: PathBuf,
    // Before `pending`, so that the file is closed before it is removed.
    writer: png::Writer<BufWriter<File>>,
    pending: Pending,
}

impl ApngMovie {
    pub(super) fn create(path: &Path, plan: &MoviePlan) -> Result<Self, ExportError> {
        let (pending, file) = Pending::file(path)?;
        let start = || -> Result<_, png::EncodingError> {
            let mut encoder = encoder(file, plan.size);
            // 0 plays: for ever.
            encoder.set_animated(plan.frame_count as u32, 0)?;
            let (numerator, denominator) = delay(plan.fps);
            encoder.set_frame_delay(numerator, denominator)?;
            encoder.write_header()
        };
        let writer = start().map_err(|error| ExportError::write(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            writer,
            pending,
        })
    }

    pub(super) fn frame(&mut self, picture: &Picture, text: Option<&Provenance>) -> Result<(), ExportError> {
        text.map_or(Ok(()), |text| write_text(&mut self.writer, text))
            .and_then(|()| self.writer.write_image_data(&picture.rgb()))
            .map_err(|error| ExportError::write(&self.path, error))
    }

    pub(super) fn finish(self) -> Result<(), ExportError> {
        self.writer
            .finish()
            .map_err(|error| ExportError::write(&self.path, error))?;
        self.pending.commit()
    }
}

/// Seconds per frame as a fraction of 16-bit numbers: exact for whole rates, else to a thousandth or better.
fn delay(fps: f64) -> (u16, u16) {
    if fps.fract() == 0.0 {
        (1, fps as u16)
    } else if fps < 1.0 {
        ((1000.0 / fps).round() as u16, 1000)
    } else {
        let numerator = (f64::from(u16::MAX) / fps).floor().min(1000.0);
        (numerator as u16, (numerator * fps).round() as u16)
    }
}

#[cfg(test)]
mod tests {
    use super::delay;

    #[test]
    fn delays_are_fractions_of_a_second() {
        assert_eq!(delay(10.0), (1, 10));
        assert_eq!(delay(1000.0), (1, 1000));
        assert_eq!(delay(12.5), (1000, 12500));
        assert_eq!(delay(0.5), (2000, 1000));
        for fps in [0.02, 0.3, 1.5, 23.976, 29.97, 59.94, 99.9, 999.5] {
            let (numerator, denominator) = delay(fps);
            let error = f64::from(denominator) / f64::from(numerator) / fps - 1.0;
            assert!(error.abs() < 1e-3, "{fps}: {numerator}/{denominator}");
        }
    }
}
