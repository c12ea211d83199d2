//! The planes of a level, and the pages that they are.

use std::sync::Arc;

use crate::source::SourceError;

use super::TiffSource;
use super::directory::reason;
use super::page::Page;
use super::pages::TiffFile;

/// Planes that may be missing for each one that is there, before a count is taken for nonsense.
pub(super) const MISSING_PER_PLANE: u64 = 64;
/// Planes of one image.
pub(super) const MAX_PLANES: u64 = 1 << 24;

/// A page of one of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct PageRef {
    pub(super) file: u32,
    pub(super) page: u32,
}

/// Where planes are, in stored order.
#[derive(Debug)]
pub(super) enum Planes {
    /// Each is a page, if the file has so many; `None` where nothing tells of one.
    Listed(Vec<Option<PageRef>>),
    /// Behind each other from where the level's page has its pixels, without directories of their own.
    Contiguous {
        /// Bytes from one to the next.
        stride: u64,
        count: u64,
    },
}

/// The pages of one level.
#[derive(Clone, Debug)]
pub(super) struct Level {
    /// A page that all others are like.
    pub(super) page: Arc<Page>,
    pub(super) planes: Arc<Planes>,
    /// Whether it is smaller copies in the SubIFDs of `planes`, of the size of `page`.
    pub(super) is_sub: bool,
}

/// Whether planes are the first pages of one file, in order.
pub(super) fn is_in_order(planes: &[Option<PageRef>]) -> bool {
    let mut pages = planes.iter().enumerate();
    pages.all(|(i, place)| place.is_some_and(|place| place.file == 0 && place.page as usize == i))
}

impl Planes {
    /// The first pages of the first file.
    pub(super) fn first(count: u64) -> Self {
        Planes::Listed((0..count as u32).map(|page| Some(PageRef { file: 0, page })).collect())
    }

    pub(super) fn len(&self) -> u64 {
        match self {
            Planes::Listed(planes) => planes.len() as u64,
            Planes::Contiguous { count, .. } => *count,
        }
    }

    /// The planes that metadata tell of: pages of the file, or behind the first one without directories.
    ///
    /// Pages are not counted where their number is possible: that would be to read all of the file. `who` tells of
    /// them, for messages.
    pub(super) fn told(
        file: &TiffFile,
        page: &Page,
        count: u64,
        who: &str,
        warnings: &mut Vec<String>,
    ) -> Result<Self, SourceError> {
        let too_many = |there: u64| {
            SourceError::TooLarge(format!(
                "{who} tells of {count} planes of {} bytes, the file has {there} ({} bytes)",
                page.bytes(),
                file.file.len()
            ))
        };
        let bytes = page.bytes().max(1);
        let data = page.chunks.first().map_or(0, |&(offset, _)| offset);
        if count > 1 && page.is_contiguous() && !file.has(count - 1) {
            let pages = file.count();
            // Planes behind the first may not reach into a second directory.
            let end = match file.page(1) {
                Ok(second) if second.ifd_offset > data => second.ifd_offset,
                Ok(_) if pages > 1 => 0,
                _ => file.file.len(),
            };
            // The last one may be cut.
            let there = end.saturating_sub(data).div_ceil(bytes);
            if there > pages {
                if count / MISSING_PER_PLANE > there || count > MAX_PLANES {
                    return Err(too_many(there));
                }
                return Ok(Planes::Contiguous { stride: bytes, count });
            }
        }
        // Known where the last page was sought: the next one is near then.
        if page.is_contiguous() && count < MAX_PLANES && file.has(count) {
            warnings.push(format!("pages behind the {count} that {who} tells of are left out"));
        }
        if count > file.most_pages() || count > MAX_PLANES {
            let pages = file.count();
            if count / MISSING_PER_PLANE > pages || count > MAX_PLANES {
                return Err(too_many(pages));
            }
        }
        Ok(Planes::first(count))
    }
}

impl Level {
    pub(super) fn new(page: Page, planes: Planes) -> Self {
        Self {
            page: Arc::new(page),
            planes: Arc::new(planes),
            is_sub: false,
        }
    }

    /// Reads the page that a plane is.
    fn read(&self, file: &TiffFile, index: u32) -> Result<Page, SourceError> {
        let page = file.page(index.into())?;
        if !self.is_sub {
            return Ok(page);
        }
        let mut copies = page.sub_ifds.iter().filter_map(|&offset| file.page_at(offset).ok());
        copies.find(|copy| copy.fits_with(&self.page)).ok_or_else(|| {
            SourceError::Damaged(format!(
                "it has no copy of {} x {} pixels",
                self.page.width, self.page.height
            ))
        })
    }
}

impl TiffSource {
    /// The page that a plane is, with the file it is in, and the bytes that the plane lies behind the page's own.
    pub(super) fn plane(&self, level_index: usize, plane: u64) -> Result<(usize, Arc<Page>, u64), SourceError> {
        let level = &self.levels[level_index];
        let planes = match &*level.planes {
            Planes::Contiguous { stride, .. } => {
                let shift = plane
                    .checked_mul(*stride)
                    .ok_or_else(|| SourceError::Damaged(format!("plane {plane} is missing")))?;
                return Ok((0, level.page.clone(), shift));
            }
            Planes::Listed(planes) => planes,
        };
        let Some(PageRef { file, page: index }) = planes.get(plane as usize).copied().flatten() else {
            return Err(SourceError::Damaged(format!("plane {plane} is missing: no page is it")));
        };
        let says = |what: String| SourceError::Damaged(format!("plane {plane} (page {index}): {what}"));
        let page = self
            .pages
            .get((file, index, level_index), || {
                level.read(&self.files[file as usize], index)
            })
            .map_err(|error| match error {
                SourceError::Unsupported(what) => {
                    SourceError::Unsupported(format!("plane {plane} (page {index}): {what}"))
                }
                error => says(reason(error)),
            })?;
        if !page.fits_with(&level.page) {
            return Err(says(format!("it is of {}, not of {}", page.kind(), level.page.kind())));
        }
        Ok((file as usize, page, 0))
    }
}
