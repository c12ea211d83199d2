mod apng;
mod frames;
mod gif;
mod mp4;

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use crate::view::Picture;

use super::{ExportError, Provenance};

use self::gif::GifMovie;
use apng::ApngMovie;
use frames::FramesFolder;
use mp4::Mp4Movie;

/// Frames per second that a movie may have: delays of all formats can hold them.
pub const FPS_RANGE: RangeInclusive<f64> = 0.02..=1000.0;

/// The most frames per second of a GIF: browsers take shorter delays for ten times as long.
pub const GIF_MAX_FPS: f64 = 50.0;

/// What kind of movie a path asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MovieFormat {
    /// `.gif`: up to 256 colours per frame; frames with more are quantised.
    Gif,
    /// `.png`, `.apng`: an animated PNG, every pixel exact.
    Apng,
    /// `.mp4`: H.264, encoded by an installed `ffmpeg` (or the program that `MICROTOME_FFMPEG` names); a side that is odd gets
    /// one row or column of black.
    Mp4,
    /// Any other name: a folder of PNGs.
    Frames,
}

impl MovieFormat {
    /// Decides by the extension.
    pub fn of(path: &Path) -> Self {
        let extension = path.extension().map(|text| text.to_string_lossy().to_ascii_lowercase());
        match extension.as_deref() {
            Some("gif") => Self::Gif,
            Some("png" | "apng") => Self::Apng,
            Some("mp4") => Self::Mp4,
            _ => Self::Frames,
        }
    }

    /// The frames per second of a movie that is to have `fps`, where the format can tell: a GIF has no more than
    /// [`GIF_MAX_FPS`].
    pub fn rate(self, fps: f64) -> f64 {
        match self {
            Self::Gif => fps.min(GIF_MAX_FPS),
            Self::Apng | Self::Mp4 | Self::Frames => fps,
        }
    }

    /// Whether the format that a path asks for can be written on this machine: before the work is begun.
    ///
    /// # Errors
    /// If the program that encodes it is not installed.
    pub fn check(path: &Path) -> Result<(), ExportError> {
        match Self::of(path) {
            Self::Mp4 => mp4::check(path),
            Self::Gif | Self::Apng | Self::Frames => Ok(()),
        }
    }
}

/// What is known of a movie before its first frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MoviePlan {
    /// Width and height of every frame in pixels.
    pub size: [u32; 2],
    /// Number of frames.
    pub frame_count: u64,
    /// Frames per second, within [`FPS_RANGE`]; a folder of frames has no use for it.
    pub fps: f64,
    /// Whether frames in a folder that is not empty may be replaced.
    pub is_forced: bool,
}

/// Writes a movie frame by frame, in the format that its path asks for; it repeats for ever.
///
/// It appears under its name when it is finished, and not at all if it is dropped before. A file of that name is
/// replaced then; a folder must be empty, or forced.
pub struct MovieWriter {
    path: PathBuf,
    plan: MoviePlan,
    written: u64,
    output: Output,
}

enum Output {
    Gif(GifMovie),
    Apng(ApngMovie),
    Mp4(Mp4Movie),
    Frames(FramesFolder),
}

impl MovieWriter {
    /// Begins a movie.
    ///
    /// # Errors
    /// If there is no room in the format for what is planned, or no place for the file.
    pub fn create(path: &Path, plan: MoviePlan) -> Result<Self, ExportError> {
        if !FPS_RANGE.contains(&plan.fps) {
            return Err(ExportError::Rate {
                fps: plan.fps,
                limits: [*FPS_RANGE.start(), *FPS_RANGE.end()],
                path: path.to_owned(),
            });
        }
        let format = MovieFormat::of(path);
        let (max_side, max_frames) = match format {
            MovieFormat::Gif => (u64::from(u16::MAX), u64::MAX),
            MovieFormat::Apng => (i32::MAX as u64, i32::MAX as u64),
            // As much as H.264 has a level for.
            MovieFormat::Mp4 => (16_384, u64::MAX),
            MovieFormat::Frames => (i32::MAX as u64, u64::MAX),
        };
        let limits = [
            ("the width of a frame", plan.size[0].into(), max_side),
            ("the height of a frame", plan.size[1].into(), max_side),
            ("the number of frames", plan.frame_count, max_frames),
        ];
        for (what, needed, limit) in limits {
            if !(1..=limit).contains(&needed) {
                return Err(ExportError::Limit {
                    what,
                    needed,
                    limit,
                    path: path.to_owned(),
                });
            }
        }
        let output = match format {
            MovieFormat::Gif => Output::Gif(GifMovie::create(path, &plan)?),
            MovieFormat::Apng => Output::Apng(ApngMovie::create(path, &plan)?),
            MovieFormat::Mp4 => Output::Mp4(Mp4Movie::create(path, &plan)?),
            MovieFormat::Frames => Output::Frames(FramesFolder::create(path, &plan)?),
        };
        Ok(Self {
            path: path.to_owned(),
            plan,
            written: 0,
            output,
        })
    }

    /// Adds the next frame. GIF, animated PNG and MP4 keep the provenance of the first, a folder that of each.
    ///
    /// # Errors
    /// If it has not the planned size, is one too many, or cannot be written.
    pub fn frame(&mut self, picture: &Picture, provenance: &Provenance) -> Result<(), ExportError> {
        let number = self.written;
        if picture.size() != self.plan.size {
            return Err(ExportError::FrameSize {
                frame: number,
                got: picture.size(),
                expected: self.plan.size,
                path: self.path.clone(),
            });
        }
        self.written += 1;
        if self.written > self.plan.frame_count {
            return Err(self.wrong_count());
        }
        let provenance_of_movie = (number == 0).then(|| {
            let mut provenance = provenance.clone();
            let fps = MovieFormat::of(&self.path).rate(self.plan.fps);
            let text = format!("count={} fps={fps}", self.plan.frame_count);
            provenance.push("microtome:frames", text);
            provenance
        });
        match &mut self.output {
            Output::Gif(movie) => movie.frame(picture, provenance_of_movie.as_ref()),
            Output::Apng(movie) => movie.frame(picture, provenance_of_movie.as_ref()),
            Output::Mp4(movie) => movie.frame(picture, provenance_of_movie.as_ref()),
            Output::Frames(folder) => folder.frame(number, picture, provenance),
        }
    }

    /// Completes the movie and gives it its name.
    ///
    /// # Errors
    /// If frames are missing, or it cannot be written.
    pub fn finish(self) -> Result<(), ExportError> {
        if self.written != self.plan.frame_count {
            return Err(self.wrong_count());
        }
        match self.output {
            Output::Gif(movie) => movie.finish(),
            Output::Apng(movie) => movie.finish(),
            Output::Mp4(movie) => movie.finish(),
            Output::Frames(folder) => folder.finish(),
        }
    }

    fn wrong_count(&self) -> ExportError {
        ExportError::FrameCount {
            got: self.written,
            expected: self.plan.frame_count,
            path: self.path.clone(),
        }
    }
}
