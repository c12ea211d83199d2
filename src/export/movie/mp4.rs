use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::JoinHandle;

use crate::view::Picture;

use super::super::pending::Pending;
use super::super::{ExportError, Provenance};
use super::MoviePlan;

/// Names the program to run in place of the `ffmpeg` on the path.
const VARIABLE: &str = "MICROTOME_FFMPEG";

/// Quality of H.264: 0 is lossless, 18 is hardly told from it.
const CRF: &str = "16";

/// What a command line can be given of a text, in bytes: Linux takes 128 KiB in one argument.
const MAX_COMMENT: usize = 60_000;

/// Of what the encoder complains, the end is kept.
const MAX_COMPLAINT: usize = 4096;

/// An MP4 that is being written by `ffmpeg`: H.264, 4:2:0, BT.709. Sides that are odd get one column or row of black more,
/// at the right and at the bottom: 4:2:0 has one colour per two by two pixels.
pub(super) struct Mp4Movie {
    path: PathBuf,
    plan: MoviePlan,
    program: OsString,
    // Before `pending`, so that nobody writes any more when the file is removed.
    encoder: Option<Encoder>,
    pending: Pending,
}

/// The running program. It does not outlive this.
struct Encoder {
    child: Child,
    frames: Option<ChildStdin>,
    complaint: Option<JoinHandle<String>>,
}

impl Mp4Movie {
    pub(super) fn create(path: &Path, plan: &MoviePlan) -> Result<Self, ExportError> {
        let program = ffmpeg(path)?;
        let (pending, _) = Pending::file(path)?;
        Ok(Self {
            path: path.to_owned(),
            plan: *plan,
            program,
            encoder: None,
            pending,
        })
    }

    pub(super) fn frame(&mut self, picture: &Picture, text: Option<&Provenance>) -> Result<(), ExportError> {
        let encoder = match &mut self.encoder {
            Some(encoder) => encoder,
            none => {
                let text = text.map(Provenance::lines).unwrap_or_default();
                let arguments = arguments(&self.plan, &text, self.pending.place());
                let started = Encoder::start(&self.program, &arguments);
                none.insert(started.map_err(|error| match error.kind() {
                    ErrorKind::NotFound => missing(&self.path),
                    _ => ExportError::write(&self.path, format!("{}: {error}", self.program.display())),
                })?)
            }
        };
        let written = match &mut encoder.frames {
            Some(frames) => frames.write_all(&padded(picture)).map_err(|error| error.to_string()),
            None => Ok(()),
        };
        written.map_err(|error| {
            let reason = encoder.end().err().unwrap_or(error);
            ExportError::write(&self.path, reason)
        })
    }

    pub(super) fn finish(mut self) -> Result<(), ExportError> {
        if let Some(mut encoder) = self.encoder.take() {
            encoder.end().map_err(|reason| ExportError::write(&self.path, reason))?;
        }
        self.pending.commit()
    }
}

impl Encoder {
    fn start(program: &OsStr, arguments: &[OsString]) -> std::io::Result<Self> {
        let mut command = Command::new(program);
        command.args(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let frames = child.stdin.take();
        // Read beside it: who is not listened to stops when the pipe is full.
        let complaint = child
            .stderr
            .take()
            .map(|errors| std::thread::spawn(move || end_of(errors)));
        Ok(Self {
            child,
            frames,
            complaint,
        })
    }

    /// Waits until it has written everything; fails with the last line that it said.
    fn end(&mut self) -> Result<(), String> {
        self.frames = None;
        let status = self.child.wait().map_err(|error| error.to_string())?;
        let complaint = self.complaint.take().and_then(|thread| thread.join().ok());
        if status.success() {
            return Ok(());
        }
        let last = complaint.unwrap_or_default();
        let last = last.lines().rev().map(str::trim).find(|line| !line.is_empty());
        Err(format!(
            "ffmpeg ended with {status}: {}",
            last.unwrap_or("it did not say why")
        ))
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // It may have ended by itself; nobody is left to be told.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether an MP4 can be written at all.
pub(super) fn check(path: &Path) -> Result<(), ExportError> {
    ffmpeg(path).map(drop)
}

/// The program that encodes.
fn ffmpeg(path: &Path) -> Result<OsString, ExportError> {
    if let Some(program) = std::env::var_os(VARIABLE).filter(|program| !program.is_empty()) {
        return Ok(program);
    }
    let name = format!("ffmpeg{}", std::env::consts::EXE_SUFFIX);
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&folders).map(|folder| folder.join(&name));
    places
        .find(|place| place.is_file())
        .map(PathBuf::into_os_string)
        .ok_or_else(|| missing(path))
}

fn missing(path: &Path) -> ExportError {
    ExportError::NoEncoder { path: path.to_owned() }
}

fn arguments(plan: &MoviePlan, comment: &str, place: &Path) -> Vec<OsString> {
    let [width, height] = even(plan.size);
    let (size, fps) = (format!("{width}x{height}"), plan.fps.to_string());
    let comment = format!("comment={}", beginning(comment));
    let input = [
        "-f",
        "rawvideo",
        "-pixel_format",
        "rgb24",
        "-video_size",
        &size,
        "-framerate",
        &fps,
    ];
    let mut arguments: Vec<OsString> = ["-hide_banner", "-loglevel", "error", "-nostdin", "-y"]
        .into_iter()
        .chain(input)
        .chain([
            "-i",
            "pipe:0",
            "-an",
            "-vf",
            "scale=out_color_matrix=bt709:out_range=tv",
        ])
        .chain(["-c:v", "libx264", "-crf", CRF, "-pix_fmt", "yuv420p"])
        .chain([
            "-colorspace",
            "bt709",
            "-color_primaries",
            "bt709",
            "-color_trc",
            "bt709",
        ])
        .chain([
            "-color_range",
            "tv",
            "-movflags",
            "+faststart",
            "-metadata",
            &comment,
            "-f",
            "mp4",
        ])
        .map(OsString::from)
        .collect();
    // Whatever its name begins with, it is a file.
    let mut file = OsString::from("file:");
    file.push(place);
    arguments.push(file);
    arguments
}

/// As much of a text as fits, up to the end of a line.
fn beginning(text: &str) -> &str {
    if text.len() <= MAX_COMMENT {
        return text;
    }
    let end = text.as_bytes()[..MAX_COMMENT].iter().rposition(|&byte| byte == b'\n');
    &text[..end.unwrap_or(0)]
}

/// The sides of a frame with those that are odd made even.
fn even(size: [u32; 2]) -> [u32; 2] {
    size.map(|side| side + side % 2)
}

/// RGB bytes of a picture in an even size.
fn padded(picture: &Picture) -> Vec<u8> {
    let rgb = picture.rgb();
    let [width, height] = even(picture.size()).map(|side| side as usize);
    let row_bytes = 3 * picture.width as usize;
    if [width, height] == picture.size().map(|side| side as usize) {
        return rgb;
    }
    let mut out = vec![0; 3 * width * height];
    for (to, from) in out.chunks_exact_mut(3 * width).zip(rgb.chunks_exact(row_bytes)) {
        to[..row_bytes].copy_from_slice(from);
    }
    out
}

/// The end of what is said, whatever its length.
fn end_of(mut said: impl Read) -> String {
    let (mut end, mut part) = (Vec::new(), [0; 1024]);
    // Nothing more can be read: that is all there is.
    while let Ok(count @ 1..) = said.read(&mut part) {
        end.extend_from_slice(&part[..count]);
        let excess = end.len().saturating_sub(MAX_COMPLAINT);
        end.drain(..excess);
    }
    String::from_utf8_lossy(&end).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_sides_get_black_at_the_right_and_at_the_bottom() {
        let picture = Picture {
            width: 1,
            height: 3,
            rgba: [[9, 8, 7, 255]; 3].concat(),
        };
        let voxel = [9, 8, 7, 0, 0, 0];
        assert_eq!(padded(&picture), [voxel, voxel, voxel, [0; 6]].concat());
        assert_eq!(even([640, 481]), [640, 482]);
    }

    #[test]
    fn long_texts_end_with_a_line() {
        assert_eq!(beginning("short\n"), "short\n");
        let long = format!("{}\n{}", "a".repeat(MAX_COMMENT / 2), "b".repeat(MAX_COMMENT));
        assert_eq!(beginning(&long).len(), MAX_COMMENT / 2);
    }

    #[test]
    fn of_long_complaints_the_end_is_kept() {
        let said = format!("{}\nthe reason\n", "noise ".repeat(10_000));
        let end = end_of(said.as_bytes());
        assert!(end.len() <= MAX_COMPLAINT && end.ends_with("the reason\n"));
    }
}
