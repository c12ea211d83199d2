//! OME-XML: axes, channels, voxel size, and which page of which file is which plane.

use std::path::Path;

use roxmltree::{Document, Node};

use crate::source::SourceError;
use crate::volume::{ChannelInfo, Lut, VoxelSize};

use super::axes::Stored;
use super::imagej::MISSING_PER_PLANE;
use super::ome_files::{FileNames, companion};
use super::page::Page;
use super::pages::TiffFile;
use super::series::{Level, PageRef, Planes, Series, brief, is_distance, sub_levels};
use super::xml::{self, child};

/// Planes of one image.
const MAX_PLANES: u64 = 1 << 24;
/// The series that OME-XML in the first page tells of; files that it names are appended to `files`.
///
/// `None` if there is none that can be used; `warnings` say why.
pub(super) fn series(
    path: &Path,
    files: &mut Vec<TiffFile>,
    warnings: &mut Vec<String>,
) -> Option<Result<Series, SourceError>> {
    let mut text = files[0].description.texts.iter().find(|text| is_ome(text))?.clone();
    let mut own_uuid = None;
    if let Some((name, uuid)) = binary_only(&parse(&text, warnings)?) {
        match companion(path, &name) {
            Ok(companion) => text = companion,
            Err(reason) => {
                warnings.push(format!(
                    "one file of a set, only its own pages are read: its metadata are in {}: {reason}",
                    brief(&name)
                ));
                return None;
            }
        }
        own_uuid = uuid;
    }
    let document = parse(&text, warnings)?;
    let root = document.root_element();
    let own_uuid = own_uuid.as_deref().or(root.attribute("UUID"));
    let images = root.children().filter(|node| node.tag_name().name() == "Image");
    let mut pixels = images.filter_map(|image| child(image, "Pixels"));
    let Some(first) = pixels.next() else {
        warnings.push("the OME-XML has no image with pixels and is ignored".into());
        return None;
    };
    let more = pixels.count();
    if more > 0 {
        warnings.push(format!("the first of {} images is read", more + 1));
    }
    let image = Image::read(first, warnings)?;
    image.series(first, own_uuid, path, files, warnings).transpose()
}

fn parse<'a>(text: &'a str, warnings: &mut Vec<String>) -> Option<Document<'a>> {
    xml::parse(text)
        .inspect_err(|error| warnings.push(format!("the OME-XML is ignored: {}", brief(error))))
        .ok()
}

/// The file that has the metadata, and the UUID of this one, if this one only has pages.
fn binary_only(document: &Document<'_>) -> Option<(String, Option<String>)> {
    let root = document.root_element();
    let name = child(root, "BinaryOnly")?
        .attribute("MetadataFile")
        .unwrap_or("an unnamed file");
    Some((name.to_owned(), root.attribute("UUID").map(str::to_owned)))
}

fn is_ome(text: &str) -> bool {
    let text = text.trim_end();
    text.trim_start().starts_with('<') && text.ends_with("OME>")
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

    /// The series, or `None` if the metadata are of no use.
    fn series(
        &self,
        pixels: Node<'_, '_>,
        root_uuid: Option<&str>,
        path: &Path,
        files: &mut Vec<TiffFile>,
        warnings: &mut Vec<String>,
    ) -> Result<Option<Series>, SourceError> {
        let too_many = |count: u64, pages: u64| {
            SourceError::TooLarge(format!(
                "the OME-XML tells of {count} planes, the file has {pages} pages"
            ))
        };
        let count = self
            .outer
            .iter()
            .try_fold(1u64, |n, &(_, len)| n.checked_mul(len))
            .ok_or_else(|| too_many(u64::MAX, files[0].chain as u64))?;
        // Files that are named in the XML may add pages: as many as the XML has room to name.
        let named = pixels
            .children()
            .filter(|node| node.tag_name().name() == "TiffData")
            .count() as u64;
        let chain = files[0].chain as u64;
        if count / MISSING_PER_PLANE > chain + named || count > MAX_PLANES {
            return Err(too_many(count, chain));
        }
        let mut planes = vec![None; count as usize];
        let mut names = FileNames::new(path, root_uuid);
        if named == 0 {
            place(&mut planes, 0, (0, 0), None, files);
        }
        for data in pixels.children().filter(|node| node.tag_name().name() == "TiffData") {
            self.place_data(data, &mut planes, &mut names, files, warnings);
        }
        warnings.append(&mut names.warnings);

        let Some(first) = planes.iter().flatten().next().copied() else {
            warnings.push("the OME-XML is ignored: none of its planes is in the file".into());
            return Ok(None);
        };
        let Ok(page) = &files[first.file as usize].pages[first.page as usize] else {
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
        let present = planes.iter().flatten().count() as u64;
        if count / MISSING_PER_PLANE > present {
            return Err(too_many(count, present));
        }
        if present < count {
            warnings.push(format!("{} of {count} planes are missing", count - present));
        }
        let stored = Stored::new(&self.outer, page);
        let channels = channels(pixels, page);
        let mut levels = vec![Level {
            page: page.clone(),
            planes: Planes::Listed(planes),
        }];
        levels.extend(sub_levels(files, &levels[0]));
        Ok(Some(Series {
            stored,
            levels,
            axes_from: "OME-XML",
            voxel_size: voxel_size(pixels, warnings),
            channels,
            warnings: Vec::new(),
        }))
    }

    /// Puts the pages of one TiffData element where they belong.
    fn place_data(
        &self,
        data: Node<'_, '_>,
        planes: &mut [Option<PageRef>],
        names: &mut FileNames,
        files: &mut Vec<TiffFile>,
        warnings: &mut Vec<String>,
    ) {
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
                warnings.push(format!(
                    "a TiffData element is ignored: its First{letter} is not within {len}"
                ));
                return;
            }
            at = at * len + first;
        }
        let uuid = child(data, "UUID");
        let file = match uuid {
            None => Some(0),
            Some(uuid) => names.find(uuid.text(), uuid.attribute("FileName"), files),
        };
        if let Some(file) = file {
            place(planes, at, (file, ifd), count, files);
        }
    }
}

/// Places `count` pages (all that there are, without a count) of a file from its page `ifd` on at `at` and behind.
fn place(planes: &mut [Option<PageRef>], at: u64, (file, ifd): (usize, u64), count: Option<u64>, files: &[TiffFile]) {
    let pages = (files[file].chain as u64).saturating_sub(ifd);
    let room = planes.len() as u64 - at;
    for i in 0..count.unwrap_or(pages).min(pages).min(room) {
        planes[(at + i) as usize] = Some(PageRef {
            file: file as u32,
            page: (ifd + i) as u32,
        });
    }
}

fn channels(pixels: Node<'_, '_>, page: &Page) -> Vec<ChannelInfo> {
    let mut channels = Vec::new();
    for channel in pixels.children().filter(|node| node.tag_name().name() == "Channel") {
        if page.samples > 1 {
            // Samples of one channel are commonly its red, green and blue, and share its name. OME has one name for
            // all of them; a list with a name for each is understood.
            let names: Vec<&str> = channel
                .attribute("Name")
                .unwrap_or("")
                .split(", ")
                .map(str::trim)
                .collect();
            let is_list = names.len() as u64 == page.samples && names.iter().all(|name| !name.is_empty());
            channels.extend((0..page.samples as usize).map(|sample| ChannelInfo {
                name: is_list.then(|| names[sample].to_owned()),
                ..Default::default()
            }));
            continue;
        }
        let name = channel.attribute("Name").map(str::trim).filter(|name| !name.is_empty());
        // A signed 32-bit number: red, green, blue, alpha from its highest byte down.
        let color = channel
            .attribute("Color")
            .and_then(|text| text.trim().parse::<i64>().ok());
        let color = color.map(|rgba| [rgba >> 24, rgba >> 16, rgba >> 8].map(|byte| byte as u8));
        channels.push(ChannelInfo {
            name: name.map(str::to_owned),
            // Black would show nothing.
            lut: color.filter(|color| *color != [0; 3]).map(Lut::Solid),
            ..Default::default()
        });
    }
    let white = Some(Lut::Solid([255; 3]));
    if channels.len() > 1 && channels.iter().all(|channel| channel.lut == white) {
        // -1, white, is OME's default: several white channels are channels without a colour.
        channels.iter_mut().for_each(|channel| channel.lut = None);
    }
    channels
}

/// Micrometres of a unit of length; `None` for units that are none.
fn micrometres(unit: &str) -> Option<f64> {
    Some(match unit {
        "\u{b5}m" | "\u{3bc}m" | "um" | "micron" => 1.0,
        "nm" => 1e-3,
        "\u{c5}" | "\u{212b}" => 1e-4,
        "pm" => 1e-6,
        "mm" => 1e3,
        "cm" => 1e4,
        "dm" => 1e5,
        "m" => 1e6,
        "km" => 1e9,
        "in" => 25_400.0,
        "ft" => 304_800.0,
        _ => return None,
    })
}

fn voxel_size(pixels: Node<'_, '_>, warnings: &mut Vec<String>) -> Option<VoxelSize> {
    let mut size = |letter: char| {
        let text = pixels.attribute(format!("PhysicalSize{letter}").as_str())?;
        let unit = pixels
            .attribute(format!("PhysicalSize{letter}Unit").as_str())
            .unwrap_or("µm");
        let Some(scale) = micrometres(unit) else {
            if !matches!(unit, "pixel" | "reference frame") {
                let unit: String = unit.chars().take(40).collect();
                warnings.push(format!(
                    "PhysicalSize{letter} is in {unit:?}, which is no length that is known"
                ));
            }
            return None;
        };
        let size = text.trim().parse::<f64>().ok().filter(|&size| is_distance(size));
        if size.is_none() {
            let text = brief(text);
            warnings.push(format!("PhysicalSize{letter} is {text:?}, which is no distance"));
        }
        size.map(|size| size * scale)
    };
    let (x, y, z) = (size('X'), size('Y'), size('Z'));
    Some(VoxelSize {
        z,
        y: y.or(x)?,
        x: x.or(y)?,
        unit: Some("µm".into()),
    })
}
