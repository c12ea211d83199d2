//! OME-XML: axes, and which page of which file is which plane.

use std::path::Path;

use roxmltree::{Document, Node};

use crate::source::SourceError;
use crate::volume::SeriesInfo;

use super::MAX_WARNINGS;
use super::axes::Stored;
use super::description::Description;
use super::directory::reason;
use super::ome_files::{FileNames, metadata_of};
use super::ome_pixels::{channels, time_step_s, voxel_size};
use super::page::Page;
use super::pages::TiffFile;
use super::planes::{Level, MAX_PLANES, MISSING_PER_PLANE, PageRef, Planes, is_in_order};
use super::pyramid::{page_levels, sub_levels};
use super::series::{Series, brief};
use super::xml::{self, child};

/// Planes that are tried until one can be read.
const MAX_TRIED: usize = 64;
/// Planes that TiffData elements may place for each one that there is: a few may be told of twice.
const MAX_PLACED_PER_PLANE: u64 = 4;
/// Planes that they may place in any image.
const MIN_PLACED: u64 = 4096;
/// Images that are listed.
const MAX_IMAGES: usize = 1000;

/// The series of this number that OME-XML in the first file tells of; files that it names are appended to `files`.
///
/// `None` if there is none that can be used; `warnings` say why.
pub(super) fn series(
    path: &Path,
    files: &mut Vec<TiffFile>,
    description: &Description,
    wanted: usize,
    warnings: &mut Vec<String>,
) -> Option<Result<Series, SourceError>> {
    let text = description.text(is_ome)?;
    let document = parse(text, warnings)?;
    let uuid = document.root_element().attribute("UUID");
    match binary_only(&document) {
        Some(name) => match metadata_of(path, name) {
            Ok(text) => read(&parse(&text, warnings)?, uuid, path, files, wanted, warnings),
            Err(reason) => {
                warnings.push(format!(
                    "one file of a set, only its own pages are read: its metadata are in {}: {reason}",
                    brief(name)
                ));
                None
            }
        },
        None => read(&document, uuid, path, files, wanted, warnings),
    }
}

/// The series of this number of a set whose metadata are in a file of their own.
pub(super) fn companion_series(
    path: &Path,
    files: &mut Vec<TiffFile>,
    wanted: usize,
    warnings: &mut Vec<String>,
) -> Result<Series, SourceError> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let text = metadata_of(path, name).map_err(SourceError::NotTiff)?;
    let document = xml::parse(&text).map_err(|error| SourceError::NotTiff(brief(&error)))?;
    match read(&document, None, path, files, wanted, warnings) {
        Some(Ok(series)) => Ok(series),
        Some(Err(error)) => Err(error),
        None => Err(SourceError::Damaged(format!(
            "the OME-XML is of no use: {}",
            warnings.pop().unwrap_or_default()
        ))),
    }
}

/// Whether a text is OME-XML.
pub(super) fn is_ome(text: &str) -> bool {
    let text = text.trim_end();
    text.trim_start().starts_with('<') && text.ends_with("OME>")
}

fn read(
    document: &Document<'_>,
    own_uuid: Option<&str>,
    path: &Path,
    files: &mut Vec<TiffFile>,
    wanted: usize,
    warnings: &mut Vec<String>,
) -> Option<Result<Series, SourceError>> {
    let images: Vec<(Node<'_, '_>, Node<'_, '_>)> = document
        .root_element()
        .children()
        .filter(|node| node.tag_name().name() == "Image")
        .filter_map(|image| Some((image, child(image, "Pixels")?)))
        .collect();
    if images.is_empty() {
        warnings.push("the OME-XML has no image with pixels and is ignored".into());
        return None;
    }
    if let Err(error) = Series::check_wanted(wanted, images.len()) {
        return Some(Err(error));
    }
    let mut all = Vec::new();
    if images.len() > 1 {
        warnings.push(format!("image {wanted} of {} is read (--series)", images.len()));
        all.extend(images.iter().take(MAX_IMAGES).map(|&(image, pixels)| {
            let (axes, shape) =
                Image::read(pixels, &mut Vec::new()).map_or_else(Default::default, |image| image.reported());
            let name = image.attribute("Name").map(brief).filter(|name| !name.is_empty());
            SeriesInfo { name, axes, shape }
        }));
    }
    // Images without a word about their pages have them one after the other.
    let before = images[..wanted]
        .iter()
        .filter_map(|&(_, pixels)| Image::read(pixels, &mut Vec::new())?.count())
        .fold(0, u64::saturating_add);
    let pixels = images[wanted].1;
    let image = Image::read(pixels, warnings)?;
    let mut names = FileNames::new(path, own_uuid, !files.is_empty());
    let series = image.series(pixels, before, &mut names, files, warnings).transpose()?;
    Some(series.map(|series| Series { all, ..series }))
}

fn parse<'a>(text: &'a str, warnings: &mut Vec<String>) -> Option<Document<'a>> {
    xml::parse(text)
        .inspect_err(|error| warnings.push(format!("the OME-XML is ignored: {}", brief(error))))
        .ok()
}

/// The name of the file that has the metadata, if this one only has pages.
fn binary_only<'a>(document: &'a Document<'_>) -> Option<&'a str> {
    let binary_only = child(document.root_element(), "BinaryOnly")?;
    Some(binary_only.attribute("MetadataFile").unwrap_or("an unnamed file"))
}

/// What a Pixels element says of its axes.
struct Image {
    /// Letters and sizes of the axes of pages, slowest first; channels of several samples counted once.
    outer: Vec<(char, u64)>,
    size_y: u64,
    size_x: u64,
    samples: u64,
}

impl Image {
    fn read(pixels: Node<'_, '_>, warnings: &mut Vec<String>) -> Option<Image> {
        let mut size = |letter: char| {
            let text = pixels.attribute(format!("Size{letter}").as_str()).unwrap_or("");
            let size = text.trim().parse::<u64>().ok().filter(|&size| size > 0);
            if size.is_none() {
                warnings.push(format!("the OME-XML is ignored: its Size{letter} is {:?}", brief(text)));
            }
            size
        };
        let (size_c, size_z, size_t) = (size('C')?, size('Z')?, size('T')?);
        let (size_y, size_x) = (size('Y')?, size('X')?);
        let samples = pixels
            .children()
            .filter(|node| node.tag_name().name() == "Channel")
            .map(|channel| {
                channel
                    .attribute("SamplesPerPixel")
                    .and_then(|text| text.parse().ok())
                    .unwrap_or(1u64)
            });
        let samples = samples.clone().next().unwrap_or(1).max(1);
        let order = pixels.attribute("DimensionOrder").unwrap_or("XYCZT");
        let mut outer = Vec::new();
        for letter in order.chars().rev() {
            match letter {
                'C' => outer.push(('C', (size_c / samples).max(1))),
                'Z' => outer.push(('Z', size_z)),
                'T' => outer.push(('T', size_t)),
                _ => {}
            }
        }
        let mut letters: Vec<char> = outer.iter().map(|&(letter, _)| letter).collect();
        letters.sort_unstable();
        if letters != ['C', 'T', 'Z'] || !order.starts_with("XY") {
            warnings.push(format!(
                "the OME-XML is ignored: its DimensionOrder is {}",
                brief(order)
            ));
            return None;
        }
        Some(Image {
            outer,
            size_y,
            size_x,
            samples,
        })
    }

    /// Number of planes.
    fn count(&self) -> Option<u64> {
        self.outer.iter().try_fold(1u64, |n, &(_, len)| n.checked_mul(len))
    }

    /// Axes and extents, squeezed.
    fn reported(&self) -> (String, Vec<u64>) {
        let mut axes = self.outer.clone();
        axes.retain(|&(_, len)| len > 1);
        axes.extend([('Y', self.size_y), ('X', self.size_x)]);
        if self.samples > 1 {
            axes.push(('S', self.samples));
        }
        axes.into_iter().unzip()
    }

    /// The series, or `None` if the metadata are of no use.
    fn series(
        &self,
        pixels: Node<'_, '_>,
        before: u64,
        names: &mut FileNames,
        files: &mut Vec<TiffFile>,
        warnings: &mut Vec<String>,
    ) -> Result<Option<Series>, SourceError> {
        let too_many = |count: u64, pages: u64| {
            SourceError::TooLarge(format!(
                "the OME-XML tells of {count} planes, there are at most {pages} pages"
            ))
        };
        let room = |files: &[TiffFile]| files.iter().map(TiffFile::most_pages).sum::<u64>();
        let count = self.count().ok_or_else(|| too_many(u64::MAX, room(files)))?;
        // Files that are named in the XML may add pages: as many as the XML has room to name.
        let data = || pixels.children().filter(|node| node.tag_name().name() == "TiffData");
        let named = data().count() as u64;
        if count / MISSING_PER_PLANE > room(files) + named || count > MAX_PLANES {
            return Err(too_many(count, room(files)));
        }
        let mut planes = vec![None; count as usize];
        if named == 0 && !files.is_empty() {
            place(&mut planes, 0, (0, before), count, files);
        }
        let mut placed = 0;
        for data in data() {
            if placed > (count * MAX_PLACED_PER_PLANE).max(MIN_PLACED) {
                warnings.push(format!(
                    "TiffData elements are ignored: those before them place {placed} planes, the image has {count}"
                ));
                break;
            }
            placed += self.place_data(data, named == 1, &mut planes, names, files, warnings);
        }
        warnings.append(&mut names.warnings);

        let present = planes.iter().flatten().count() as u64;
        let first = planes.iter().flatten().take(MAX_TRIED).map(|place| {
            let page = files[place.file as usize].page(place.page.into());
            page.map_err(reason)
        });
        let mut why = "none of its planes is in the file".to_owned();
        let first = first.fold(None, |found: Option<Page>, page| {
            found.or(page
                .map_err(|reason| why = format!("none of its planes can be read: {reason}"))
                .ok())
        });
        let Some(page) = first else {
            warnings.push(format!("the OME-XML is ignored: {why}"));
            return Ok(None);
        };
        if (page.width, page.height) != (self.size_x, self.size_y) || (self.samples > 1 && page.samples != self.samples)
        {
            warnings.push(format!(
                "the OME-XML is ignored: it tells of {} x {} pixels of {} samples, the pages have {} x {} of {}",
                self.size_x, self.size_y, self.samples, page.width, page.height, page.samples
            ));
            return Ok(None);
        }
        if count / MISSING_PER_PLANE > present {
            return Err(too_many(count, present));
        }
        if present < count {
            warnings.push(format!("{} of {count} planes are missing", count - present));
        }
        let stored = Stored::new(&self.outer, &page);
        let channels = channels(pixels, &page);
        let planes = match files.as_slice() {
            // A cut file may have the voxels of pages that it lacks.
            [file] if is_in_order(&planes) => Planes::told(file, &page, count, "the OME-XML", &mut Vec::new())?,
            _ => Planes::Listed(planes),
        };
        let mut series = Series::new(stored, Level::new(page, planes), "OME-XML");
        series.levels.extend(sub_levels(files, &series.levels[0]));
        if series.levels.len() == 1 {
            series.levels.extend(page_levels(files, &series.levels[0]));
        }
        series.voxel_size = voxel_size(pixels, warnings);
        series.time_step_s = time_step_s(pixels);
        series.channels = channels;
        Ok(Some(series))
    }

    /// Puts the pages of one TiffData element where they belong; returns how many.
    fn place_data(
        &self,
        data: Node<'_, '_>,
        is_only: bool,
        planes: &mut [Option<PageRef>],
        names: &mut FileNames,
        files: &mut Vec<TiffFile>,
        warnings: &mut Vec<String>,
    ) -> u64 {
        let number = |name: &str| data.attribute(name).and_then(|text| text.trim().parse::<u64>().ok());
        let ifd = number("IFD").unwrap_or(0);
        let default = data.has_attribute("IFD").then_some(1);
        let count = number("PlaneCount")
            .or(number("NumPlanes"))
            .or(default)
            .filter(|&count| count > 0);
        let mut at = 0u64;
        for &(letter, len) in &self.outer {
            let first = match data.attribute(format!("First{letter}").as_str()) {
                None => 0,
                Some(text) => text.trim().parse::<u64>().unwrap_or(u64::MAX),
            };
            if first >= len {
                // There may be as many as planes.
                if warnings.len() <= MAX_WARNINGS {
                    warnings.push(format!(
                        "a TiffData element is ignored: its First{letter} is not within {len}"
                    ));
                }
                return 0;
            }
            at = at * len + first;
        }
        let uuid = child(data, "UUID");
        let file = match uuid {
            None => (!files.is_empty()).then_some(0),
            Some(uuid) => names.find(uuid.text(), uuid.attribute("FileName"), files),
        };
        let Some(file) = file else {
            return 0;
        };
        // Without a count, all that there are; they are counted only where others follow.
        let count = count.unwrap_or_else(|| match is_only {
            true => u64::MAX,
            false => files[file].count().saturating_sub(ifd),
        });
        place(planes, at, (file, ifd), count, files)
    }
}

/// Places `count` pages of a file from its page `ifd` on at `at` and behind, no more than the file has room for; returns how
/// many these are.
fn place(planes: &mut [Option<PageRef>], at: u64, (file, ifd): (usize, u64), count: u64, files: &[TiffFile]) -> u64 {
    let pages = files[file].most_pages().saturating_sub(ifd);
    let count = count.min(pages).min(planes.len() as u64 - at);
    for i in 0..count {
        planes[(at + i) as usize] = Some(PageRef {
            file: file as u32,
            page: (ifd + i) as u32,
        });
    }
    count
}
