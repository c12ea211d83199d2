use std::fs::File;
use std::path::{Path, PathBuf};

use crate::source::SourceError;

/// A file that several threads read at once, each at its own place.
///
/// Every read is checked against the length that the file had when it was opened.
#[derive(Debug)]
pub(super) struct RandomFile {
    handle: Handle,
    len: u64,
}

#[derive(Debug)]
enum Handle {
    Open(File),
    /// Opened anew for each read: a data set of many files must not use up the process's file descriptors.
    Path(PathBuf),
}

impl RandomFile {
    pub(super) fn open(path: &Path) -> Result<Self, SourceError> {
        // Asked first, because opening a pipe would wait for its other end.
        let metadata = std::fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(SourceError::NotTiff("not a regular file".into()));
        }
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok(Self {
            handle: Handle::Open(file),
            len,
        })
    }

    /// Lets go of the handle; `path` is opened again for each read.
    pub(super) fn close(&mut self, path: &Path) {
        self.handle = Handle::Path(path.to_owned());
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Whether the file has these bytes.
    pub(super) fn has(&self, offset: u64, bytes: u64) -> bool {
        offset.checked_add(bytes).is_some_and(|end| end <= self.len)
    }

    /// Refuses bytes that the file does not have.
    pub(super) fn check(&self, offset: u64, bytes: u64) -> Result<(), SourceError> {
        if self.has(offset, bytes) {
            return Ok(());
        }
        Err(SourceError::Damaged(format!(
            "{bytes} bytes at offset {offset} lie past the end of the file ({} bytes)",
            self.len
        )))
    }

    /// Fills `out` from `offset` on.
    pub(super) fn read_at(&self, offset: u64, out: &mut [u8]) -> Result<(), SourceError> {
        self.check(offset, out.len() as u64)?;
        match &self.handle {
            Handle::Open(file) => read_exact_at(file, offset, out)?,
            Handle::Path(path) => read_exact_at(&File::open(path)?, offset, out)?,
        }
        Ok(())
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut offset: u64, mut out: &mut [u8]) -> std::io::Result<()> {
    while !out.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, out, offset)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            n => {
                out = &mut out[n..];
                offset += n as u64;
            }
        }
    }
    Ok(())
}

#[cfg(not(any(unix, windows)))]
fn read_exact_at(_: &File, _: u64, _: &mut [u8]) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// Bytes read ahead at a time: a directory and the small values beside it.
const WINDOW: usize = 4096;

/// Reads the small numbers of directories: one system call for many of them.
pub(super) struct HeaderReader<'a> {
    file: &'a RandomFile,
    window: Vec<u8>,
    start: u64,
    pub(super) is_big_endian: bool,
}

impl<'a> HeaderReader<'a> {
    pub(super) fn new(file: &'a RandomFile) -> Self {
        Self {
            file,
            window: Vec::new(),
            start: 0,
            is_big_endian: false,
        }
    }

    pub(super) fn file_len(&self) -> u64 {
        self.file.len
    }

    /// Refuses bytes that the file does not have.
    pub(super) fn check(&self, offset: u64, bytes: u64) -> Result<(), SourceError> {
        self.file.check(offset, bytes)
    }

    /// The bytes at `offset`, checked against the file's length before anything is allocated.
    pub(super) fn bytes(&mut self, offset: u64, count: usize) -> Result<&[u8], SourceError> {
        let is_inside = offset >= self.start
            && (offset - self.start)
                .checked_add(count as u64)
                .is_some_and(|end| end <= self.window.len() as u64);
        if !is_inside {
            self.file.check(offset, count as u64)?;
            // Who goes backwards is likely to go on so.
            let behind = if offset < self.start && count <= WINDOW / 2 {
                WINDOW as u64 / 2
            } else {
                0
            };
            let start = offset.saturating_sub(behind);
            let ahead = (self.file.len - start).min(WINDOW as u64) as usize;
            self.window.resize(ahead.max((offset - start) as usize + count), 0);
            self.start = start;
            if let Err(error) = self.file.read_at(start, &mut self.window) {
                self.window.clear();
                return Err(error);
            }
        }
        let at = (offset - self.start) as usize;
        Ok(&self.window[at..at + count])
    }

    /// An unsigned number of 1, 2, 4 or 8 bytes.
    pub(super) fn uint(&mut self, offset: u64, bytes: usize) -> Result<u64, SourceError> {
        let is_big_endian = self.is_big_endian;
        Ok(uint(self.bytes(offset, bytes)?, is_big_endian))
    }
}

/// An unsigned number of up to 8 bytes.
pub(super) fn uint(bytes: &[u8], is_big_endian: bool) -> u64 {
    let push = |value: u64, &byte: &u8| value << 8 | u64::from(byte);
    if is_big_endian {
        bytes.iter().fold(0, push)
    } else {
        bytes.iter().rev().fold(0, push)
    }
}
