//! Which pages make up the image, in what order.

use crate::source::SourceError;
use crate::volume::{ChannelInfo, VoxelSize};

use super::axes::Stored;
use super::page::Page;
use super::pages::TiffFile;

/// Kinds of pages that are looked at for levels.
const MAX_KINDS: usize = 64;

/// What metadata make of the pages: the stored array, and the pages of each of its levels.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) stored: Stored,
    /// Full resolution first.
    pub(super) levels: Vec<Level>,
    pub(super) axes_from: &'static str,
    pub(super) voxel_size: Option<VoxelSize>,
    /// As many as the metadata tell of.
    pub(super) channels: Vec<ChannelInfo>,
    pub(super) warnings: Vec<String>,
}

/// The pages of one level.
#[derive(Debug)]
pub(super) struct Level {
    /// A page that all others are like.
    pub(super) page: Page,
    pub(super) planes: Planes,
}

/// A page of one of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageRef {
    pub(super) file: u32,
    pub(super) page: u32,
}

/// Where planes are, in stored order.
#[derive(Debug)]
pub(super) enum Planes {
    /// Each is a page; `None` where the file has none.
    Listed(Vec<Option<PageRef>>),
    /// Behind each other from where the level's page has its pixels, without directories of their own.
    Contiguous {
        /// Bytes from one to the next.
        stride: u64,
    },
}

impl Series {
    /// Pages as a stack of unknown meaning: those that are like the first; smaller ones are levels.
    pub(super) fn plain(file: &TiffFile) -> Result<Self, SourceError> {
        let first = file.first()?;
        let chain = || file.pages.iter().take(file.chain).enumerate();
        let alike: Vec<_> = chain()
            .filter(|(_, page)| page.as_ref().is_ok_and(|page| page.is_like(first)))
            .map(|(i, _)| PageRef {
                file: 0,
                page: i as u32,
            })
            .collect();
        let mut warnings = Vec::new();
        let mut levels = vec![Level {
            page: first.clone(),
            planes: Planes::Listed(alike.iter().copied().map(Some).collect()),
        }];
        levels.extend(sub_levels(std::slice::from_ref(file), &levels[0]));

        // Smaller copies of all pages, as pages.
        let mut left_out = 0;
        let mut others: Vec<(&Page, Vec<Option<PageRef>>)> = Vec::new();
        for (i, page) in chain() {
            let Ok(page) = page else {
                warnings.push(format!(
                    "page {i} is left out: {}",
                    page.as_ref().err().map_or("", |reason| reason)
                ));
                continue;
            };
            let reference = Some(PageRef {
                file: 0,
                page: i as u32,
            });
            if page.is_like(first) {
                continue;
            }
            // Each page is compared with all kinds of pages: a file of nothing but kinds must not make that long.
            match others.iter().position(|(other, _)| page.is_like(other)) {
                Some(kind) => others[kind].1.push(reference),
                None if others.len() < MAX_KINDS => others.push((page, vec![reference])),
                None => left_out += 1,
            }
        }
        for (page, pages) in others {
            let last = &levels[levels.len() - 1].page;
            let is_level = levels.len() < 32 && pages.len() == alike.len() && is_smaller(page, last);
            if is_level {
                levels.push(Level {
                    page: page.clone(),
                    planes: Planes::Listed(pages),
                });
            } else {
                left_out += pages.len();
            }
        }
        if left_out > 0 {
            warnings.push(format!(
                "{left_out} pages differ from the first in size or kind and are left out"
            ));
        }
        Ok(Self {
            stored: Stored::new(&[('I', alike.len() as u64)], first),
            levels,
            axes_from: "pages",
            voxel_size: None,
            channels: Vec::new(),
            warnings,
        })
    }
}

/// Whether a page is the next level below another: half, a third or a quarter of the size.
fn is_smaller(page: &Page, above: &Page) -> bool {
    let steps =
        |above: u64, below: u64| (2..=4).filter(move |&step| above / step == below || above.div_ceil(step) == below);
    page.has_voxels_like(above)
        && steps(above.width, page.width).any(|step| steps(above.height, page.height).any(|other| other == step))
}

/// Levels in SubIFDs: smaller copies that every page has.
pub(super) fn sub_levels(files: &[TiffFile], full: &Level) -> Vec<Level> {
    let Planes::Listed(planes) = &full.planes else {
        return Vec::new();
    };
    let sub_pages = |reference: &PageRef| {
        let file = &files[reference.file as usize];
        let page = file.pages[reference.page as usize].as_ref().ok();
        page.into_iter()
            .flat_map(|page| &page.sub_ifds)
            .filter_map(|&offset| file.sub_page(offset))
    };
    let Some(first) = planes.iter().flatten().next() else {
        return Vec::new();
    };
    let mut sizes: Vec<&Page> = sub_pages(first)
        .map(|(_, page)| page)
        .filter(|page| {
            page.has_voxels_like(&full.page) && page.width <= full.page.width && page.height <= full.page.height
        })
        .collect();
    sizes.sort_by_key(|page| std::cmp::Reverse(page.width * page.height));
    sizes.truncate(32);
    let mut levels = Vec::new();
    for size in sizes {
        let copies: Vec<_> = planes
            .iter()
            .map(|plane| {
                let plane = plane.as_ref()?;
                let (page, _) =
                    sub_pages(plane).find(|(_, page)| (page.width, page.height) == (size.width, size.height))?;
                Some(PageRef {
                    file: plane.file,
                    page: page as u32,
                })
            })
            .collect();
        let is_complete = copies
            .iter()
            .zip(planes)
            .all(|(copy, plane)| copy.is_some() == plane.is_some());
        if is_complete {
            levels.push(Level {
                page: size.clone(),
                planes: Planes::Listed(copies),
            });
        }
    }
    levels
}

/// `micron`, `um`, `\u00B5m` and the two ways to write µ, as `µm`; others as they are.
pub(super) fn unit_name(unit: &str) -> Option<String> {
    let unit = unit.trim();
    match unit {
        "" => None,
        "micron" | "microns" | "micrometer" | "micrometre" | "um" | "\u{b5}m" | "\u{3bc}m" | "\\u00B5m"
        | "\\u00b5m" => Some("µm".into()),
        other => Some(other.chars().filter(|c| !c.is_control()).take(64).collect()),
    }
}

/// The beginning of a text from a file, fit for one line of a message.
pub(super) fn brief(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(120)
        .collect()
}

/// A distance that can be one.
pub(super) fn is_distance(value: f64) -> bool {
    (1e-30..=1e30).contains(&value)
}
