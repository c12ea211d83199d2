use std::path::Path;
use std::sync::Arc;

use crate::source::{KidneySample, Source, tiff};
use crate::volume::Dataset;

use super::SessionError;

/// Opens a path, or `sample:kidney`.
///
/// # Errors
/// If it is not an image that can be read, or has no voxel.
pub fn open(path: &str, axes: Option<&str>) -> Result<Arc<dyn Source>, SessionError> {
    let source: Arc<dyn Source> = if path == KidneySample::PATH {
        if axes.is_some() {
            return Err(SessionError::Options(
                "--axes does not apply to the built-in sample".into(),
            ));
        }
        Arc::new(KidneySample::new())
    } else {
        Arc::new(tiff::open(
            Path::new(path),
            &tiff::OpenOptions {
                axes: axes.map(str::to_owned),
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
