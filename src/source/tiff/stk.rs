//! MetaMorph's STK: one directory, and the planes behind each other from its pixels on.

use crate::source::SourceError;
use crate::volume::VoxelSize;

use super::axes::Stored;
use super::description::Description;
use super::directory::{Directory, DirectoryReader};
use super::file::uint;
use super::pages::TiffFile;
use super::planes::{Level, MAX_PLANES, MISSING_PER_PLANE, Planes};
use super::series::{Series, is_distance, unit_name};

/// Of the whole file: pairs of a number and a value, or of a number and the place of a value.
const UIC1: u16 = 33628;
/// Of each plane: its distance from the one before as a fraction, and two pairs of a date and a time.
const UIC2: u16 = 33629;
const UIC2_BYTES: u64 = 24;
/// Numbers in UIC1 that are read.
const MAX_UIC1: u64 = 1000;

/// The series that MetaMorph's tags tell of, or `None` if there are none that can be used.
pub(super) fn series(
    file: &TiffFile,
    description: &Description,
    warnings: &mut Vec<String>,
) -> Option<Result<Series, SourceError>> {
    if !description.has_uic {
        return None;
    }
    let reader = &mut file.reader();
    let directory = file.directory(0, reader).ok()?;
    let count = directory.find(UIC2)?.count;
    let page = match file.page_with(0, reader) {
        Ok(page) => page,
        Err(error) => return Some(Err(error)),
    };
    let (first, last) = (page.chunks.first()?, page.chunks.last()?);
    let stride = last
        .0
        .checked_add(last.1)?
        .checked_sub(first.0)
        .filter(|&stride| stride > 0)?;
    if count > 1 && (!page.is_raw() || file.has(1)) {
        warnings.push("MetaMorph's tags are ignored: the planes are packed, or have pages of their own".into());
        return None;
    }
    let there = file.file.len().saturating_sub(first.0).div_ceil(stride);
    if count == 0 || count / MISSING_PER_PLANE > there || count > MAX_PLANES {
        return Some(Err(SourceError::TooLarge(format!(
            "MetaMorph's tags tell of {count} planes of {stride} bytes, the file has {} bytes",
            file.file.len()
        ))));
    }
    let planes = Planes::Contiguous { stride, count };
    let (letter, z) = axis(&directory, count, reader, file.is_big_endian);
    let stored = Stored::new(&[(letter, count)], &page);
    let mut series = Series::new(stored, Level::new(page, planes), "MetaMorph metadata");
    series.voxel_size = voxel_size(&directory, z, reader, file.is_big_endian);
    Some(Ok(series))
}

/// What the planes run along: z where they are apart, t where they are not but later each time. And their distance.
fn axis(
    directory: &Directory,
    count: u64,
    reader: &mut DirectoryReader<'_>,
    is_big_endian: bool,
) -> (char, Option<f64>) {
    let values = directory
        .find(UIC2)
        .and_then(|entry| reader.bytes_at(entry.field, count.checked_mul(UIC2_BYTES)?).ok());
    let Some(values) = values else { return ('I', None) };
    let planes: Vec<[u64; 4]> = values
        .chunks_exact(UIC2_BYTES as usize)
        .map(|plane| std::array::from_fn(|i| uint(&plane[4 * i..4 * i + 4], is_big_endian)))
        .collect();
    if planes.iter().all(|&[top, bottom, ..]| top != 0 && bottom != 0) {
        let size = planes.first().map(|&[top, bottom, ..]| top as f64 / bottom as f64);
        return ('Z', size.filter(|&size| is_distance(size)));
    }
    let is_later = planes.windows(2).all(|pair| pair[0][2..] != pair[1][2..]);
    (if is_later { 'T' } else { 'I' }, None)
}

fn voxel_size(
    directory: &Directory,
    z: Option<f64>,
    reader: &mut DirectoryReader<'_>,
    is_big_endian: bool,
) -> Option<VoxelSize> {
    let entry = directory.find(UIC1)?;
    let pairs = reader
        .bytes_at(entry.field, 8 * entry.count.min(MAX_UIC1))
        .ok()?
        .to_vec();
    let mut find = |wanted: u64, bytes: u64| {
        let mut pairs = pairs.chunks_exact(8);
        let pair = pairs.find(|pair| uint(&pair[..4], is_big_endian) == wanted)?;
        reader
            .bytes_at(uint(&pair[4..], is_big_endian), bytes)
            .ok()
            .map(<[u8]>::to_vec)
    };
    let mut fraction = |number: u64| {
        let bytes = find(number, 8)?;
        let size = uint(&bytes[..4], is_big_endian) as f64 / uint(&bytes[4..], is_big_endian) as f64;
        is_distance(size).then_some(size)
    };
    let (x, y) = (fraction(4)?, fraction(5)?);
    let length = find(6, 4)
        .map(|bytes| uint(&bytes, is_big_endian))
        .filter(|&length| length <= 64);
    let unit = length.and_then(|length| find(6, 4 + length)).map(|bytes| {
        let text = String::from_utf8_lossy(&bytes[4..]);
        text.trim_end_matches('\0').to_owned()
    });
    Some(VoxelSize {
        z,
        y,
        x,
        unit: unit.and_then(|unit| unit_name(&unit)),
    })
}
