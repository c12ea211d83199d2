use std::fmt::Display;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a picture or a movie cannot be written. The path is part of each message, at its end.
#[derive(Debug, Error)]
#[allow(missing_docs)] // fields are explained by the messages
pub enum ExportError {
    /// The file system or an encoder says no.
    #[error("cannot write: {reason}: {}", path.display())]
    Write { reason: String, path: PathBuf },
    /// Frames would be mixed with what is there.
    #[error("the folder is not empty (--force replaces the frames in it): {}", path.display())]
    NotEmpty { path: PathBuf },
    /// Something that is no folder has the name of the folder of frames.
    #[error("frames go into a folder, and a file has its name: {}", path.display())]
    NotFolder { path: PathBuf },
    /// A rate that no file can hold or no screen can show.
    #[error("{fps} frames per second are not between {} and {}: {}", limits[0], limits[1], path.display())]
    Rate { fps: f64, limits: [f64; 2], path: PathBuf },
    /// A number that the format has no room for.
    #[error("{what} is {needed}, and the format allows 1 to {limit}: {}", path.display())]
    Limit {
        what: &'static str,
        needed: u64,
        limit: u64,
        path: PathBuf,
    },
    /// A frame that does not fit the movie.
    #[error(
        "frame {frame} has {} x {} pixels, the movie {} x {}: {}",
        got[0], got[1], expected[0], expected[1], path.display()
    )]
    FrameSize {
        frame: u64,
        got: [u32; 2],
        expected: [u32; 2],
        path: PathBuf,
    },
    /// Nothing here encodes H.264.
    #[error("MP4 needs ffmpeg, which is not installed; .gif and .png need nothing: {}", path.display())]
    NoEncoder { path: PathBuf },
    /// More or fewer frames than were announced.
    #[error("{got} frames came, and the movie has {expected}: {}", path.display())]
    FrameCount { got: u64, expected: u64, path: PathBuf },
}

impl ExportError {
    pub(super) fn write(path: &Path, reason: impl Display) -> Self {
        Self::Write {
            reason: reason.to_string(),
            path: path.to_owned(),
        }
    }
}
