//! Zeiss LSM: a block of dimensions in the first page, and pages with a small copy behind each.

use crate::source::SourceError;
use crate::volume::{ChannelInfo, Lut, VoxelSize};

use super::axes::{Role, Stored};
use super::description::Description;
use super::file::uint;
use super::pages::TiffFile;
use super::planes::{Level, MAX_PLANES, PageRef, Planes};
use super::series::{Series, channel_name, is_distance};
use super::time::interval_s;

/// The two numbers that the block can begin with.
const MAGIC: [u64; 2] = [0x0300_494c, 0x0400_494c];
/// Bytes of the list of colours and names that are read.
const MAX_COLORS_BYTES: u64 = 1 << 16;
const MICROMETRES_PER_METRE: f64 = 1e6;

/// The block CZ_LSMINFO, little-endian as the whole file.
struct Info<'a>(&'a [u8]);

impl Info<'_> {
    fn number(&self, at: usize) -> Option<u64> {
        Some(uint(self.0.get(at..at + 4)?, false))
    }

    fn double(&self, at: usize) -> Option<f64> {
        Some(f64::from_bits(uint(self.0.get(at..at + 8)?, false)))
    }

    /// A distance in metres, as micrometres.
    fn distance(&self, at: usize) -> Option<f64> {
        let size = self.double(at)? * MICROMETRES_PER_METRE;
        is_distance(size).then_some(size)
    }
}

/// The series that the block tells of, or `None` if there is none that can be used.
pub(super) fn series(
    file: &TiffFile,
    description: &Description,
    warnings: &mut Vec<String>,
) -> Option<Result<Series, SourceError>> {
    let info = Info(description.lsm.as_deref()?);
    if !MAGIC.contains(&info.number(0)?) || file.is_big_endian {
        return None;
    }
    let (x, y, z, c, t) = (
        info.number(8)?,
        info.number(12)?,
        info.number(16)?.max(1),
        info.number(20)?.max(1),
        info.number(24)?.max(1),
    );
    let page = match file.page(0) {
        Ok(page) => page,
        Err(error) => return Some(Err(error)),
    };
    if (page.width, page.height) != (x, y) || (page.samples != c && page.samples != 1) {
        warnings.push(format!(
            "the LSM metadata are ignored: they tell of {x} x {y} pixels of {c} channels, the pages are {}",
            page.kind()
        ));
        return None;
    }
    let mut outer = vec![('T', t), ('Z', z)];
    if page.samples == 1 {
        outer.push(('C', c));
    }
    let count = outer.iter().try_fold(1u64, |n, &(_, len)| n.checked_mul(len));
    let count = match count.filter(|&count| count <= file.most_pages().min(MAX_PLANES)) {
        Some(count) => count,
        None => {
            return Some(Err(SourceError::TooLarge(format!(
                "the LSM metadata tell of {t} times of {z} planes, the file has {} bytes",
                file.file.len()
            ))));
        }
    };
    // A small copy behind each page.
    let step = if file.page(1).is_ok_and(|page| page.subfile_type & 1 == 1) {
        2
    } else {
        1
    };
    let planes = (0..count).map(|plane| {
        Some(PageRef {
            file: 0,
            page: u32::try_from(plane * step).ok()?,
        })
    });
    let mut stored = Stored::new(&outer, &page);
    for axis in stored.axes.iter_mut().filter(|axis| axis.role == Role::Samples) {
        axis.letter = 'C';
    }
    let level = Level::new(page, Planes::Listed(planes.collect()));
    let mut series = Series::new(stored, level, "LSM metadata");
    series.voxel_size = info.distance(40).zip(info.distance(48)).map(|(x, y)| VoxelSize {
        z: info.distance(56),
        y,
        x,
        unit: Some("µm".into()),
    });
    series.time_step_s = info.double(112).and_then(|seconds| interval_s(seconds, "s"));
    series.channels = channels(file, &info).unwrap_or_default();
    Some(Ok(series))
}

/// Names and colours of the channels: a block that says where in it the colours and the names are.
fn channels(file: &TiffFile, info: &Info<'_>) -> Option<Vec<ChannelInfo>> {
    let at = info.number(108).filter(|&at| at > 0)?;
    let mut reader = file.reader();
    let size = uint(reader.bytes_at(at, 4).ok()?, false).min(MAX_COLORS_BYTES);
    let block = reader.bytes_at(at, size).ok()?;
    let number = |at: usize| Some(uint(block.get(at..at + 4)?, false) as usize);
    let (count, colors, names) = (number(4)?, number(12)?, number(16)?);
    let colors = block.get(colors..)?.chunks_exact(4).take(count);
    let mut names = block.get(names..)?;
    let mut channels = Vec::new();
    for color in colors {
        let mut next_name = || {
            let (length, rest) = names.split_at_checked(4)?;
            let (name, rest) = rest.split_at_checked(uint(length, false) as usize)?;
            names = rest;
            channel_name(&String::from_utf8_lossy(name))
        };
        let name = next_name();
        let color = [color[0], color[1], color[2]];
        channels.push(ChannelInfo {
            name,
            // Black would show nothing.
            lut: (color != [0; 3]).then_some(Lut::Solid(color)),
            ..Default::default()
        });
    }
    Some(channels)
}
