use std::path::Path;
use std::sync::Arc;

use crate::source::{KidneySample, Source, tiff};

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
    let shape = source.dataset().shape;
    match shape.voxels() {
        Some(1..) => Ok(source),
        _ => Err(SessionError::Empty([shape.t, shape.c, shape.z, shape.y, shape.x])),
    }
}
