//! Smaller copies of an image: in SubIFDs, or as pages of their own.

use super::page::Page;
use super::pages::TiffFile;
use super::planes::{Level, PageRef, Planes, is_in_order};

/// Levels of one image: each is at most half as wide as the one before.
pub(super) const MAX_LEVELS: usize = 32;

/// Pages whose copies are compared.
const COMPARED: usize = 4;
/// Planes behind which levels are sought.
const MAX_WALKED: u64 = 4096;

/// Whether a page is the next level below another: a half to an eighth of the size.
pub(super) fn is_smaller(page: &Page, above: &Page) -> bool {
    // Writers round up, down, or to the nearest.
    let is_step = |above: u64, below: u64, step: u64| {
        (above / step).abs_diff(below) <= 1 && (below > 1 || above <= 2 * step) && below < above
    };
    page.has_voxels_like(above)
        && (2..=8).any(|step| is_step(above.width, page.width, step) && is_step(above.height, page.height, step))
}

/// Levels in SubIFDs: smaller copies that every page has. Seen from the first few pages; what another one lacks is
/// found when it is read.
pub(super) fn sub_levels(files: &[TiffFile], full: &Level) -> Vec<Level> {
    let Planes::Listed(planes) = &*full.planes else {
        return Vec::new();
    };
    let copies_of = |place: &PageRef| -> Vec<Page> {
        let file = &files[place.file as usize];
        let offsets = file
            .page(place.page.into())
            .map(|page| page.sub_ifds)
            .unwrap_or_default();
        let copies = offsets.iter().filter_map(|&offset| file.page_at(offset).ok());
        copies
            .filter(|copy| {
                copy.has_voxels_like(&full.page)
                    && copy.width <= full.page.width
                    && copy.height <= full.page.height
                    && (copy.width, copy.height) != (full.page.width, full.page.height)
            })
            .collect()
    };
    let mut places = planes.iter().flatten().take(COMPARED);
    let mut copies = places.next().map(copies_of).unwrap_or_default();
    if !copies.is_empty() {
        for others in places.map(copies_of) {
            copies.retain(|copy| others.iter().any(|other| copy.fits_with(other)));
        }
    }
    copies.sort_by_key(|copy| std::cmp::Reverse(copy.width * copy.height));
    copies.dedup_by_key(|copy| (copy.width, copy.height));
    copies
        .into_iter()
        .map(|copy| Level {
            page: copy.into(),
            planes: full.planes.clone(),
            is_sub: true,
        })
        .collect()
}

/// Levels as pages of their own behind all planes, as older writers put them.
pub(super) fn page_levels(files: &[TiffFile], full: &Level) -> Vec<Level> {
    let count = full.planes.len();
    let mut levels: Vec<Level> = Vec::new();
    let Planes::Listed(planes) = &*full.planes else {
        return levels;
    };
    // Not sought behind many planes, which would all have to be walked.
    let [file] = files else { return levels };
    if count > MAX_WALKED || !is_in_order(planes) {
        return levels;
    }
    for first in (1..MAX_LEVELS as u64).map(|level| level * count) {
        let above = levels.last().map_or(&full.page, |level| &level.page);
        let is_level = |page: &Page| page.subfile_type & 1 == 1 && is_smaller(page, above);
        let page = file.has(first + count - 1).then(|| file.page(first).ok()).flatten();
        let Some(page) = page.filter(is_level) else { break };
        let pages = (first..first + count).map(|page| {
            Some(PageRef {
                file: 0,
                page: page as u32,
            })
        });
        levels.push(Level::new(page, Planes::Listed(pages.collect())));
    }
    levels
}
