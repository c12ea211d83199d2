use thiserror::Error;

/// Why an image cannot be opened or read. The path is added where it is known, by the caller.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The file system says no.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Not a file that is understood at all.
    #[error("not a TIFF file: {0}")]
    NotTiff(String),
    /// A legal file that is not read yet.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// The file contradicts itself or is cut short.
    #[error("damaged file: {0}")]
    Damaged(String),
    /// The file claims more than it can hold or than may be used.
    #[error("too large: {0}")]
    TooLarge(String),
    /// `--series` names an image that the file does not have.
    #[error("--series {wanted}: there are {count} images, counted from 0")]
    Series {
        /// What was asked for.
        wanted: usize,
        /// How many there are.
        count: usize,
    },
    /// A file of a set does not fit in with the others.
    #[error("{name}: {reason}")]
    Member {
        /// The name of the file.
        name: String,
        /// Why it does not fit.
        reason: String,
    },
    /// `--axes` does not fit the file.
    #[error("--axes {axes}: {reason}")]
    Axes {
        /// What was asked for.
        axes: String,
        /// Why it does not fit.
        reason: String,
    },
}
