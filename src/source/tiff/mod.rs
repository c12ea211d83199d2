//! TIFF files (to come).
use super::{KidneySample, SourceError};
use std::path::Path;
/// What the user says about a file.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// Letters for the stored axes.
    pub axes: Option<String>,
}
/// Opens.
///
/// # Errors
/// Always.
pub fn open(_path: &Path, _options: &OpenOptions) -> Result<KidneySample, SourceError> {
    Err(SourceError::Unsupported("TIFF".into()))
}
