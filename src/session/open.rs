use std::path::Path;
use std::sync::Arc;

use crate::source::{KidneySample, Source, tiff};
use crate::volume::Dataset;

use super::SessionError;

/// Opens a path, or `sample:kidney`; `axes` are letters for the stored axes, `series` is the number of the image in a
/// file that has several.
///
/// # Errors
/// If it is not an image that can be read, or has no voxel.
pub fn open(path: impl AsRef<Path>, axes: Option<&str>, series: usize) -> Result<Arc<dyn Source>, SessionError> {
    let path = path.as_ref();
    let source: Arc<dyn Source> = if path == Path::new(KidneySample::PATH) {
        for (option, is_given) in [("--axes", axes.is_some()), ("--series", series != 0)] {
            if is_given {
                return Err(SessionError::Options(format!(
                    "{option} does not apply to the built-in sample"
                )));
            }
        }
        Arc::new(KidneySample::new())
    } else {
        Arc::new(tiff::open(
            path,
            &tiff::OpenOptions {
                axes: axes.map(str::to_owned),
                series,
            },
        )?)
    };
    check(source.dataset())?;
    Ok(source)
}

/// Whether there is something to measure and to show, and no more than can be counted.
///
/// # Errors
/// If not.
pub fn check(dataset: &Dataset) -> Result<(), SessionError> {
    let shape = dataset.shape;
    let extents = [shape.t, shape.c, shape.z, shape.y, shape.x];
    let bytes = shape
        .voxels()
        .map(|n| n.checked_mul(dataset.sample_type.bytes() as u64));
    match bytes.flatten() {
        Some(0) => Err(SessionError::Empty(extents)),
        Some(_) => Ok(()),
        None => Err(SessionError::Uncountable(extents)),
    }
}
