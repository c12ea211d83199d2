//! Pages without metadata: those that are alike are a stack; smaller ones are levels of it, or images of their own.

use std::ops::Range;

use crate::source::SourceError;
use crate::volume::{SeriesInfo, VoxelSize};

use super::axes::Stored;
use super::description::Description;
use super::directory::reason;
use super::page::Page;
use super::pages::TiffFile;
use super::planes::{Level, MAX_PLANES, MISSING_PER_PLANE, PageRef, Planes};
use super::pyramid::{MAX_LEVELS, is_smaller, sub_levels};
use super::series::{Series, is_distance};

/// Kinds of pages that are told apart.
const MAX_KINDS: usize = 64;

/// Bytes between voxels and a directory, for writers that align those.
const MAX_GAP: u64 = 16;

/// Pages that are alike: a layout, and their numbers.
struct Group {
    page: Page,
    pages: Vec<Option<PageRef>>,
    first: u64,
}

/// The image of this number among the kinds of pages.
pub(super) fn series(file: &TiffFile, description: &Description, wanted: usize) -> Result<Series, SourceError> {
    let mut warnings = Vec::new();
    if let Some(series) = planes_without_pages(file) {
        return Series::check_wanted(wanted, 1).map(|()| series);
    }
    let mut groups = groups(file, &mut warnings)?;
    let is_svs = description.text(|text| text.starts_with("Aperio")).is_some();

    // Smaller copies of all pages, as pages.
    let mut levels = vec![0];
    for (i, group) in groups.iter().enumerate().skip(1) {
        let last = &groups[levels[levels.len() - 1]];
        let is_level = if is_svs {
            group.page.is_tiled && group.page.has_voxels_like(&last.page) && group.page.width < last.page.width
        } else {
            group.pages.len() == last.pages.len() && is_smaller(&group.page, &last.page)
        };
        if is_level && levels.len() < MAX_LEVELS {
            levels.push(i);
        }
    }
    let others: Vec<usize> = (1..groups.len()).filter(|i| !levels.contains(i)).collect();
    Series::check_wanted(wanted, others.len() + 1)?;
    let mut all = Vec::new();
    if !others.is_empty() {
        let left_out: usize = others.iter().map(|&i| groups[i].pages.len()).sum();
        warnings.push(format!(
            "{left_out} pages differ from the first in size or kind: {} (--series)",
            match others.len() {
                1 => "another image".to_owned(),
                n => format!("{n} other images"),
            }
        ));
        let info = |&i: &usize| {
            let (axes, shape) = groups[i].stored().reported();
            let name = is_svs.then(|| groups[i].svs_name().to_owned());
            SeriesInfo { name, axes, shape }
        };
        all = std::iter::once(&0).chain(&others).map(info).collect();
    }
    let chosen = if wanted == 0 { levels } else { vec![others[wanted - 1]] };

    let stored = groups[chosen[0]].stored();
    let mut levels = Vec::new();
    for &i in &chosen {
        let pages = std::mem::take(&mut groups[i].pages);
        // With its strips, which the group did without.
        let page = file.page(groups[i].first).or_else(|error| {
            let usable = pages
                .iter()
                .flatten()
                .find_map(|place| file.page(place.page.into()).ok());
            usable.ok_or(error)
        })?;
        levels.push(Level::new(page, Planes::Listed(pages)));
    }
    let sub = sub_levels(std::slice::from_ref(file), &levels[0]);
    levels.splice(1..1, sub);
    levels.truncate(MAX_LEVELS);
    let full = levels.remove(0);
    let mut series = Series::new(stored, full, "pages");
    series.levels.extend(levels);
    if is_svs && wanted == 0 {
        series.voxel_size = svs_voxel_size(description);
    }
    series.warnings = warnings;
    series.all = all;
    Ok(series)
}

/// The planes of a cut file whose pages stood behind all voxels: the link to the second page tells where those end.
fn planes_without_pages(file: &TiffFile) -> Option<Series> {
    let page = file.page(0).ok().filter(Page::is_contiguous)?;
    let (second, pages) = (file.directory(1, &mut file.reader()), file.count());
    let (why, link) = file.broken()?;
    let end = second.map_or(link, |second| second.offset);
    let data = page.chunks.first()?.0;
    let (count, gap) = (end.checked_sub(data)? / page.bytes(), (end - data) % page.bytes());
    let there = file.file.len().saturating_sub(data).div_ceil(page.bytes());
    let is_likely = count > pages && gap < MAX_GAP && there > pages;
    if !is_likely || count / MISSING_PER_PLANE > there || count > MAX_PLANES {
        return None;
    }
    let stored = Stored::new(&[('I', count)], &page);
    let stride = page.bytes();
    let mut series = Series::new(stored, Level::new(page, Planes::Contiguous { stride, count }), "pages");
    series.warnings = vec![
        why,
        format!("{count} planes are taken to stand behind each other: the second page is linked to behind so many"),
    ];
    Some(series)
}

impl Group {
    fn stored(&self) -> Stored {
        Stored::new(&[('I', self.pages.len() as u64)], &self.page)
    }

    /// What Aperio's pages are: the reduced ones are the label and the picture of the slide.
    fn svs_name(&self) -> &'static str {
        match (self.page.is_tiled, self.page.subfile_type) {
            (true, _) => "baseline",
            (false, 1) => "label",
            (false, 9) => "macro",
            (false, _) => "thumbnail",
        }
    }
}

/// The usable pages by their kinds, in order.
fn groups(file: &TiffFile, warnings: &mut Vec<String>) -> Result<Vec<Group>, SourceError> {
    let (usable, _) = file.first_usable()?;
    let count = file.count();
    if let Some((why, _)) = file.broken() {
        warnings.push(why);
    }
    let even = file.even_pages();
    let reader = &mut file.reader();
    let (mut groups, mut left_out, mut unusable): (Vec<Group>, u64, u64) = (Vec::new(), 0, 0);
    let mut add = |pages: Range<u64>, page: Page| {
        let references = pages.clone().map(|page| {
            Some(PageRef {
                file: 0,
                page: page as u32,
            })
        });
        // Each page is compared with all kinds of pages: a file of nothing but kinds must not make that long.
        match groups.iter().position(|group| group.page.is_like(&page)) {
            Some(group) => groups[group].pages.extend(references),
            None if groups.len() < MAX_KINDS => groups.push(Group {
                page,
                pages: references.collect(),
                first: pages.start,
            }),
            None => left_out += pages.end - pages.start,
        }
    };
    let mut index = usable;
    while index < count.min(u64::from(u32::MAX)) {
        let pages = match &even {
            Some(even) if even.contains(&index) => index..even.end,
            _ => index..index + 1,
        };
        index = pages.end;
        let layout = file
            .directory(pages.start, reader)
            .and_then(|directory| Page::read_layout(&directory, reader));
        match layout {
            Ok(page) => add(pages, page),
            Err(error) => {
                if unusable < 3 {
                    let which = match pages.end - pages.start {
                        1 => format!("page {} is", pages.start),
                        _ => format!("pages {} to {} are", pages.start, pages.end - 1),
                    };
                    warnings.push(format!("{which} left out: {}", reason(error)));
                }
                unusable += pages.end - pages.start;
            }
        }
    }
    if usable > 0 {
        warnings.push(format!("the first {usable} pages are left out: {}", file.why_not(0)));
    }
    if unusable > 3 {
        warnings.push(format!("{unusable} pages in all are left out"));
    }
    if left_out > 0 {
        warnings.push(format!("{left_out} pages of further kinds are left out"));
    }
    if groups.is_empty() {
        return Err(SourceError::Damaged("no page can be used".into()));
    }
    Ok(groups)
}

/// Micrometres per pixel, which Aperio writes into the description.
fn svs_voxel_size(description: &Description) -> Option<VoxelSize> {
    let text = description.text(|text| text.starts_with("Aperio"))?;
    let mpp = text.split('|').find_map(|part| part.trim().strip_prefix("MPP"))?;
    let size = mpp.trim_start_matches([' ', '=']).trim().parse::<f64>().ok()?;
    is_distance(size).then(|| VoxelSize {
        z: None,
        y: size,
        x: size,
        unit: Some("µm".into()),
    })
}
