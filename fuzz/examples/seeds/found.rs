//! Seeds out of TIFF files that somebody else wrote: their descriptions, and their first strips or tiles.

use super::packed::place;

/// The tags of the first directory of a classic TIFF file, with the bytes of their values.
struct Directory<'a> {
    file: &'a [u8],
    is_big_endian: bool,
    entries: usize,
    first: usize,
}

impl<'a> Directory<'a> {
    fn of(file: &'a [u8]) -> Option<Self> {
        let is_big_endian = match file.get(..4)? {
            b"II*\0" => false,
            b"MM\0*" => true,
            _ => return None,
        };
        let mut directory = Self {
            file,
            is_big_endian,
            entries: 0,
            first: 0,
        };
        let at = directory.number(4, 4)?;
        directory.entries = directory.number(at, 2)?;
        directory.first = at + 2;
        Some(directory)
    }

    fn number(&self, at: usize, bytes: usize) -> Option<usize> {
        let bytes = self.file.get(at..at.checked_add(bytes)?)?;
        let push = |value: usize, &byte: &u8| value << 8 | usize::from(byte);
        Some(match self.is_big_endian {
            true => bytes.iter().fold(0, push),
            false => bytes.iter().rev().fold(0, push),
        })
    }

    /// Where the values of a tag are, how many there are, and how wide they are.
    fn find(&self, tag: usize) -> Option<(usize, usize, usize)> {
        let at = (0..self.entries)
            .map(|i| self.first + 12 * i)
            .find(|&at| self.number(at, 2) == Some(tag))?;
        let width = [0, 1, 1, 2, 4, 8].get(self.number(at + 2, 2)?).copied().unwrap_or(1);
        let count = self.number(at + 4, 4)?;
        let is_inside = count.checked_mul(width)? <= 4;
        Some((if is_inside { at + 8 } else { self.number(at + 8, 4)? }, count, width))
    }

    fn first(&self, tag: usize) -> Option<usize> {
        let (at, count, width) = self.find(tag)?;
        self.number(at, width).filter(|_| count > 0)
    }

    fn bytes(&self, tag: usize) -> Option<&'a [u8]> {
        let (at, count, width) = self.find(tag)?;
        self.file.get(at..at.checked_add(count.checked_mul(width)?)?)
    }
}

/// The description of the first page, as the target `metadata` wants it.
pub(super) fn text(file: &[u8]) -> Option<Vec<u8>> {
    let text = Directory::of(file)?.bytes(270)?;
    let text = text.split(|&byte| byte == 0).next()?;
    (8..8192).contains(&text.len()).then(|| [&[5, 0], text].concat())
}

/// The first strip or tile, as the target `codecs` wants it.
pub(super) fn chunk(file: &[u8]) -> Option<Vec<u8>> {
    let directory = Directory::of(file)?;
    let number = |tag: usize, default: usize| directory.first(tag).unwrap_or(default);
    let is_tiled = directory.find(324).is_some();
    let (offset, count) = if is_tiled { (324, 325) } else { (273, 279) };
    let offset = directory.first(offset)?;
    let data = file.get(offset..offset.checked_add(directory.first(count)?)?)?;
    let (width, rows) = match is_tiled {
        true => (directory.first(322)?, directory.first(323)?),
        false => (
            directory.first(256)?,
            number(278, usize::MAX).min(directory.first(257)?),
        ),
    };
    let side = |len: usize| u8::try_from(len.checked_sub(1)?).ok();
    let flags = number(317, 1).min(3) as u8
        | if number(266, 1) == 2 { 0x10 } else { 0 }
        | if directory.is_big_endian { 0x20 } else { 0 }
        | if is_tiled { 0x40 } else { 0 }
        | if number(284, 1) == 2 { 0x80 } else { 0 };
    let photometric = [0, 1, 2, 3, 5, 6, 8]
        .iter()
        .position(|&code| code == number(262, 1))
        .unwrap_or(1) as u8;
    let tables = directory.bytes(347).unwrap_or_default();
    let [low, high] = u16::try_from(tables.len()).ok()?.to_le_bytes();
    let settings = [
        place(u16::try_from(number(259, 1)).ok()?)?,
        flags,
        u8::try_from(number(258, 1)).ok()?,
        number(339, 1).min(6) as u8 | photometric << 4,
        number(277, 1).min(7) as u8,
        side(width)?,
        side(rows)?,
        side(rows)?,
        number(292, 0) as u8,
        low,
        high,
    ];
    Some([&settings, tables, data].concat())
}
