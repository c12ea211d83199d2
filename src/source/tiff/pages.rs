use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::source::SourceError;

use super::directory::{Directory, DirectoryReader};
use super::display::DisplayTags;
use super::file::{HeaderReader, RandomFile};
use super::page::Page;

/// A file with its index: all of its pages, walked once.
#[derive(Debug)]
pub(super) struct TiffFile {
    pub(super) file: RandomFile,
    pub(super) is_bigtiff: bool,
    pub(super) is_big_endian: bool,
    /// The pages of the main chain, then those of SubIFDs. A page that cannot be used is told by its reason.
    pub(super) pages: Vec<Result<Page, String>>,
    /// How many of `pages` are in the main chain.
    pub(super) chain: usize,
    /// Where in `pages` the SubIFD at an offset is.
    sub_pages: HashMap<u64, usize>,
    pub(super) description: Description,
    pub(super) warnings: Vec<String>,
}

/// What the first directory says about the whole file.
#[derive(Debug, Default)]
pub(super) struct Description {
    /// All ImageDescription tags: some writers put two there.
    pub(super) texts: Vec<String>,
    /// Pixels per resolution unit.
    pub(super) x_resolution: Option<(u64, u64)>,
    pub(super) y_resolution: Option<(u64, u64)>,
    /// Red, green, blue, each 16 bits for every index.
    pub(super) color_map: Option<Vec<u64>>,
    /// How pages are shown.
    pub(super) display: DisplayTags,
    /// ImageJ's sizes and bytes of its own metadata.
    pub(super) imagej: Option<(Vec<u64>, Vec<u8>)>,
}

impl TiffFile {
    /// Opens a file and indexes its pages.
    pub(super) fn open(path: &Path) -> Result<Self, SourceError> {
        let file = RandomFile::open(path)?;
        let mut header = HeaderReader::new(&file);
        let (first, is_bigtiff) = read_header(&mut header)?;
        let is_big_endian = header.is_big_endian;
        let mut reader = DirectoryReader::new(header, is_bigtiff);
        let mut warnings = Vec::new();

        let directory = reader.directory(first)?;
        let description = Description::read(&directory, &mut reader, &mut warnings);
        let mut pages = vec![Ok(Page::read(&directory, &mut reader)?)];
        let mut seen = HashSet::from([first]);
        let mut next = directory.next;
        while next != 0 {
            if !seen.insert(next) {
                warnings.push(format!(
                    "the list of pages loops back to offset {next} after page {}",
                    pages.len() - 1
                ));
                break;
            }
            match reader.directory(next) {
                Ok(directory) => {
                    next = directory.next;
                    pages.push(Page::read(&directory, &mut reader).map_err(|error| error.to_string()));
                }
                Err(error) => {
                    warnings.push(format!(
                        "the list of pages breaks off after page {}: {error}",
                        pages.len() - 1
                    ));
                    break;
                }
            }
        }
        let chain = pages.len();
        let sub_pages = read_sub_ifds(&mut pages, &mut reader, &mut seen);
        for page in pages.iter_mut().flatten() {
            page.join_strips();
        }
        Ok(Self {
            is_bigtiff,
            is_big_endian,
            pages,
            chain,
            sub_pages,
            description,
            warnings,
            file,
        })
    }

    /// The first page; `open` fails without one.
    pub(super) fn first(&self) -> Result<&Page, SourceError> {
        match self.pages.first() {
            Some(Ok(page)) => Ok(page),
            Some(Err(reason)) => Err(SourceError::Damaged(reason.clone())),
            None => Err(SourceError::Damaged("no page".into())),
        }
    }

    /// The usable page of a SubIFD.
    pub(super) fn sub_page(&self, offset: u64) -> Option<(usize, &Page)> {
        let index = *self.sub_pages.get(&offset)?;
        Some((index, self.pages.get(index)?.as_ref().ok()?))
    }
}

fn read_header(header: &mut HeaderReader<'_>) -> Result<(u64, bool), SourceError> {
    let not_tiff = |reason: String| SourceError::NotTiff(reason);
    if header.file_len() < 8 {
        return Err(not_tiff(format!("a file of {} bytes", header.file_len())));
    }
    header.is_big_endian = match header.bytes(0, 2)? {
        b"II" => false,
        b"MM" => true,
        b"<?" | b"<O" => {
            return Err(SourceError::Unsupported(
                "metadata without pages: open one of their TIFF files".into(),
            ));
        }
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

/// Appends the pages of SubIFDs; returns where they are.
fn read_sub_ifds(
    pages: &mut Vec<Result<Page, String>>,
    reader: &mut DirectoryReader<'_>,
    seen: &mut HashSet<u64>,
) -> HashMap<u64, usize> {
    let mut places = HashMap::new();
    for i in 0..pages.len() {
        let Ok(page) = &pages[i] else { continue };
        for offset in page.sub_ifds.clone() {
            if offset == 0 || !seen.insert(offset) {
                continue;
            }
            if let Ok(directory) = reader.directory(offset) {
                places.insert(offset, pages.len());
                pages.push(Page::read(&directory, reader).map_err(|error| error.to_string()));
            }
        }
    }
    places
}

impl Description {
    /// Whether ImageJ wrote the file.
    pub(super) fn is_imagej(&self) -> bool {
        self.texts.iter().any(|text| text.starts_with("ImageJ="))
    }

    fn read(directory: &Directory, reader: &mut DirectoryReader<'_>, warnings: &mut Vec<String>) -> Self {
        let mut description = Description::default();
        let mut imagej = (None, None);
        for entry in &directory.entries {
            let result = match entry.tag {
                270 => reader.text(entry).map(|text| description.texts.push(text)),
                282 => reader
                    .rational(entry)
                    .map(|ratio| description.x_resolution = Some(ratio)),
                283 => reader
                    .rational(entry)
                    .map(|ratio| description.y_resolution = Some(ratio)),
                320 => reader.uints(entry).map(|map| description.color_map = Some(map)),
                50838 => reader.uints(entry).map(|sizes| imagej.0 = Some(sizes)),
                50839 => reader.raw(entry).map(|bytes| imagej.1 = Some(bytes)),
                _ => description.display.read(entry, reader),
            };
            if let Err(error) = result {
                warnings.push(format!("ignored: {error}"));
            }
        }
        description.imagej = imagej.0.zip(imagej.1);
        description
    }
}
