use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::source::SourceError;

use super::chain::Chain;
use super::description::Description;
use super::directory::{Directory, DirectoryReader, reason};
use super::file::{HeaderReader, RandomFile};
use super::page::Page;

/// A file whose pages are found as they are asked for, from any thread.
#[derive(Debug)]
pub(super) struct TiffFile {
    pub(super) file: RandomFile,
    pub(super) is_bigtiff: bool,
    pub(super) is_big_endian: bool,
    chain: Mutex<Chain>,
}

/// The smallest directory of an image: entries for its width, its height and the place of its data.
const MIN_PAGE_BYTES: u64 = 2 + 3 * 12 + 4;
/// Pages that are tried until one can be used.
const MAX_TRIED: u64 = 1000;

impl TiffFile {
    /// Opens a file and reads its header.
    pub(super) fn open(path: &Path) -> Result<Self, SourceError> {
        let file = RandomFile::open(path)?;
        let mut header = HeaderReader::new(&file);
        let (first, is_bigtiff) = read_header(&mut header)?;
        let is_big_endian = header.is_big_endian;
        if first == 0 {
            return Err(SourceError::Damaged("the file has no page".into()));
        }
        Ok(Self {
            is_bigtiff,
            is_big_endian,
            chain: Mutex::new(Chain::new(first)),
            file,
        })
    }

    pub(super) fn reader(&self) -> DirectoryReader<'_> {
        let mut header = HeaderReader::new(&self.file);
        header.is_big_endian = self.is_big_endian;
        DirectoryReader::new(header, self.is_bigtiff)
    }

    fn chain(&self) -> MutexGuard<'_, Chain> {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the first directory says about the whole file.
    pub(super) fn description(&self, warnings: &mut Vec<String>) -> Result<Description, SourceError> {
        let reader = &mut self.reader();
        let directory = self.directory(0, reader)?;
        Ok(Description::read(&directory, reader, warnings))
    }

    /// The number of pages in the main list.
    pub(super) fn count(&self) -> u64 {
        let mut chain = self.chain();
        chain.reach_end(&mut self.reader());
        chain.len()
    }

    /// Whether there is a page of this number.
    pub(super) fn has(&self, index: u64) -> bool {
        let mut chain = self.chain();
        chain.reach(index, &mut self.reader());
        chain.len() > index
    }

    /// Pages that the file has room for: whoever tells of more is wrong, and nobody has to count them.
    pub(super) fn most_pages(&self) -> u64 {
        self.file.len() / MIN_PAGE_BYTES + 1
    }

    /// Why the list of pages ends early, if it was followed so far and does, and the link that is not followed.
    pub(super) fn broken(&self) -> Option<(String, u64)> {
        self.chain().broken().map(|(why, link)| (why.to_owned(), link))
    }

    /// Pages that were found at a constant distance, each like the first of them as far as was looked.
    pub(super) fn even_pages(&self) -> Option<Range<u64>> {
        self.chain().even_pages()
    }

    /// Where the pages are, from an index that the writer left: its order is that of their numbers from now on.
    pub(super) fn seed(&self, offsets: Vec<u64>) {
        self.chain().seed(offsets);
    }

    /// The directory of a page.
    pub(super) fn directory(&self, index: u64, reader: &mut DirectoryReader<'_>) -> Result<Directory, SourceError> {
        loop {
            let (offset, expected) = {
                let mut chain = self.chain();
                if chain.offset(index).is_none() {
                    chain.reach(index, &mut self.reader());
                }
                chain.offset(index).ok_or_else(|| {
                    SourceError::Damaged(match (chain.len(), chain.broken()) {
                        (0, Some((why, _))) => why.to_owned(),
                        (pages, why) => format!(
                            "the file has {pages} pages ({} bytes){}",
                            self.file.len(),
                            why.map_or(String::new(), |(why, _)| format!(": {why}"))
                        ),
                    })
                })?
            };
            let directory = reader.directory(offset);
            let is_met = |directory: &Directory| expected.is_none_or(|expected| expected.is_met(directory));
            if expected.is_none() || directory.as_ref().is_ok_and(is_met) {
                return directory;
            }
            self.chain().forget_stride(&mut self.reader());
        }
    }

    /// A page, with the table of its strips or tiles.
    pub(super) fn page(&self, index: u64) -> Result<Page, SourceError> {
        self.page_with(index, &mut self.reader())
    }

    pub(super) fn page_with(&self, index: u64, reader: &mut DirectoryReader<'_>) -> Result<Page, SourceError> {
        Page::read(&self.directory(index, reader)?, reader)
    }

    /// The page of the directory at an offset: that of a SubIFD.
    pub(super) fn page_at(&self, offset: u64) -> Result<Page, SourceError> {
        let reader = &mut self.reader();
        Page::read(&reader.directory(offset)?, reader)
    }

    /// The first page that can be used, and its number; the reason why the first of all cannot, if none can.
    pub(super) fn first_usable(&self) -> Result<(u64, Page), SourceError> {
        let first = match self.page(0) {
            Ok(page) => return Ok((0, page)),
            Err(error) => error,
        };
        (1..MAX_TRIED)
            .take_while(|&index| self.has(index))
            .find_map(|index| Some((index, self.page(index).ok()?)))
            .ok_or(first)
    }

    /// What is wrong with a page, for a warning.
    pub(super) fn why_not(&self, index: u64) -> String {
        self.page(index).err().map_or(String::new(), reason)
    }
}

/// Where the first directory is, and whether numbers are of 64 bits.
fn read_header(header: &mut HeaderReader<'_>) -> Result<(u64, bool), SourceError> {
    let not_tiff = |reason: String| SourceError::NotTiff(reason);
    if header.file_len() < 8 {
        return Err(not_tiff(format!("a file of {} bytes", header.file_len())));
    }
    header.is_big_endian = match header.bytes(0, 2)? {
        b"II" => false,
        b"MM" => true,
        other => return Err(not_tiff(format!("it begins with {:?}", String::from_utf8_lossy(other)))),
    };
    match header.uint(2, 2)? {
        42 => Ok((header.uint(4, 4)?, false)),
        43 if header.uint(4, 4)? == if header.is_big_endian { 0x0008_0000 } else { 8 } => {
            Ok((header.uint(8, 8)?, true))
        }
        other => Err(not_tiff(format!("its version is {other}, not 42 or 43"))),
    }
}
