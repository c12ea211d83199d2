use crate::source::SourceError;

use super::file::{HeaderReader, uint};

/// Bytes of tag values that one directory may make us read, descriptions and offset tables included.
const MAX_VALUE_BYTES: u64 = 256 << 20;

/// One entry of a directory: a tag, and where its values are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) tag: u16,
    kind: u16,
    pub(super) count: u64,
    at: u64,
    /// The value field as a number: small values, or where the values are.
    pub(super) field: u64,
}

/// Tags whose values pages of one stack have in common, and that fit in their entries.
const COMMON_TAGS: [u16; 14] = [254, 256, 257, 258, 259, 262, 266, 277, 278, 284, 317, 322, 323, 339];

impl Entry {
    /// Bytes of one value of the entry's type; `None` for types that do not exist.
    fn width(&self) -> Option<u64> {
        Some(match self.kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16 | 17 | 18 => 8,
            _ => return None,
        })
    }

    /// As `width`, of types that hold integers.
    fn uint_width(&self) -> Result<usize, SourceError> {
        match (self.kind, self.width()) {
            (1 | 3 | 4 | 6..=9 | 13 | 16..=18, Some(width)) => Ok(width as usize),
            _ => Err(SourceError::Damaged(format!(
                "tag {} has type {}, which holds no integers",
                self.tag, self.kind
            ))),
        }
    }

    fn bytes(&self) -> Option<u64> {
        self.width()?.checked_mul(self.count)
    }
}

/// A directory as it is in the file: its entries, and where the next one is (0: nowhere).
pub(super) struct Directory {
    pub(super) offset: u64,
    pub(super) entries: Vec<Entry>,
    pub(super) next: u64,
}

impl Directory {
    pub(super) fn find(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }

    /// A number that directories of like pages share: of their tags, and of the values that tell of the layout.
    pub(super) fn signature(&self) -> u64 {
        // FNV-1a, of words.
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        let mut add = |word: u64| hash = (hash ^ word).wrapping_mul(0x100_0000_01b3);
        for entry in &self.entries {
            add(u64::from(entry.tag) << 16 | u64::from(entry.kind));
            add(entry.count);
            if entry.tag <= COMMON_TAGS[COMMON_TAGS.len() - 1]
                && COMMON_TAGS.contains(&entry.tag)
                && entry.bytes().is_some_and(|bytes| bytes <= 4)
            {
                add(entry.field);
            }
        }
        hash
    }
}

/// What is wrong, without the kind of error in front of it.
pub(super) fn reason(error: SourceError) -> String {
    match error {
        SourceError::Damaged(reason) | SourceError::TooLarge(reason) => reason,
        other => other.to_string(),
    }
}

/// Reads directories and their values, and keeps account of how much was read.
///
/// Directories may overlap, and share their values: without an account, a small file could ask for any amount of
/// memory and time.
pub(super) struct DirectoryReader<'a> {
    pub(super) header: HeaderReader<'a>,
    pub(super) is_bigtiff: bool,
    budget: u64,
}

impl<'a> DirectoryReader<'a> {
    pub(super) fn new(header: HeaderReader<'a>, is_bigtiff: bool) -> Self {
        let budget = header.file_len().saturating_mul(2).saturating_add(1 << 16);
        Self {
            header,
            is_bigtiff,
            budget,
        }
    }

    fn charge(&mut self, bytes: u64) -> Result<(), SourceError> {
        self.budget = self.budget.checked_sub(bytes).ok_or_else(|| {
            SourceError::TooLarge(format!(
                "directories and their tables hold more than twice the file's {} bytes",
                self.header.file_len()
            ))
        })?;
        Ok(())
    }

    /// Where the entries of the directory at `offset` begin, and how many bytes they have.
    fn table(&mut self, offset: u64) -> Result<(u64, usize), SourceError> {
        let (count_bytes, entry_bytes, word) = if self.is_bigtiff { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.header.uint(offset, count_bytes)?;
        // 65,536 tags exist.
        let table = usize::try_from(count)
            .ok()
            .filter(|&n| n <= 1 << 16)
            .map(|n| n * entry_bytes)
            .ok_or_else(|| SourceError::Damaged(format!("the directory at offset {offset} claims {count} entries")))?;
        if count == 0 {
            return Err(SourceError::Damaged(format!(
                "the directory at offset {offset} has no entries"
            )));
        }
        let first = offset + count_bytes as u64;
        self.header.check(first, table as u64)?;
        self.charge((table + count_bytes + word) as u64)?;
        Ok((first, table))
    }

    /// The link of the directory at `offset` to the next. A file cut right behind a directory is readable without.
    pub(super) fn link(&mut self, offset: u64) -> Result<u64, SourceError> {
        let (first, table) = self.table(offset)?;
        let word = if self.is_bigtiff { 8 } else { 4 };
        Ok(self.header.uint(first + table as u64, word).unwrap_or(0))
    }

    /// Reads the directory at `offset`.
    pub(super) fn directory(&mut self, offset: u64) -> Result<Directory, SourceError> {
        let (first, table) = self.table(offset)?;
        let (entry_bytes, word) = if self.is_bigtiff { (20, 8) } else { (12, 4) };
        let is_big_endian = self.header.is_big_endian;
        let bytes = self.header.bytes(first, table)?;
        let entries = bytes
            .chunks_exact(entry_bytes)
            .enumerate()
            .map(|(i, entry)| Entry {
                tag: uint(&entry[..2], is_big_endian) as u16,
                kind: uint(&entry[2..4], is_big_endian) as u16,
                count: uint(&entry[4..4 + word], is_big_endian),
                at: first + (i * entry_bytes + 4 + word) as u64,
                field: uint(&entry[4 + word..], is_big_endian),
            })
            .collect();
        let next = self.header.uint(first + table as u64, word).unwrap_or(0);
        Ok(Directory { offset, entries, next })
    }

    /// The bytes of an entry's values, in the file's byte order.
    fn value_bytes(&mut self, entry: &Entry) -> Result<&[u8], SourceError> {
        let Some(bytes) = entry.bytes().filter(|&bytes| bytes <= MAX_VALUE_BYTES) else {
            return Err(SourceError::Damaged(format!(
                "tag {} claims {} values of type {}",
                entry.tag, entry.count, entry.kind
            )));
        };
        let word = if self.is_bigtiff { 8 } else { 4 };
        if bytes <= word {
            return self.header.bytes(entry.at, bytes as usize);
        }
        let at = self.header.uint(entry.at, word as usize)?;
        self.header
            .check(at, bytes)
            .map_err(|error| SourceError::Damaged(format!("tag {}: {}", entry.tag, reason(error))))?;
        self.charge(bytes)?;
        self.header.bytes(at, bytes as usize)
    }

    /// Bytes that no entry counts.
    pub(super) fn bytes_at(&mut self, offset: u64, bytes: u64) -> Result<&[u8], SourceError> {
        self.header.check(offset, bytes)?;
        self.charge(bytes)?;
        self.header.bytes(offset, bytes as usize)
    }

    /// An entry's values as unsigned integers.
    pub(super) fn uints(&mut self, entry: &Entry) -> Result<Vec<u64>, SourceError> {
        let width = entry.uint_width()?;
        let is_big_endian = self.header.is_big_endian;
        let bytes = self.value_bytes(entry)?;
        Ok(bytes
            .chunks_exact(width)
            .map(|value| uint(value, is_big_endian))
            .collect())
    }

    /// An entry's first value as an unsigned integer.
    pub(super) fn first_uint(&mut self, entry: &Entry) -> Result<u64, SourceError> {
        let width = entry.uint_width()?;
        let is_big_endian = self.header.is_big_endian;
        let first = self.value_bytes(entry)?.get(..width);
        first
            .map(|value| uint(value, is_big_endian))
            .ok_or_else(|| SourceError::Damaged(format!("tag {} has no value", entry.tag)))
    }

    /// The first value of a rational entry, as numerator and denominator.
    pub(super) fn rational(&mut self, entry: &Entry) -> Result<(u64, u64), SourceError> {
        let is_big_endian = self.header.is_big_endian;
        let bytes = self.value_bytes(entry)?;
        match bytes.split_at_checked(4) {
            Some((top, rest)) if entry.kind == 5 && rest.len() >= 4 => {
                Ok((uint(top, is_big_endian), uint(&rest[..4], is_big_endian)))
            }
            _ => Err(SourceError::Damaged(format!("tag {} is not a fraction", entry.tag))),
        }
    }

    /// An entry's bytes, whatever its type.
    pub(super) fn raw(&mut self, entry: &Entry) -> Result<Vec<u8>, SourceError> {
        self.value_bytes(entry).map(<[u8]>::to_vec)
    }

    /// An entry's text up to its first NUL; bytes that are not UTF-8 are read as Latin-1, as ImageJ writes `µ`.
    pub(super) fn text(&mut self, entry: &Entry) -> Result<String, SourceError> {
        let bytes = self.value_bytes(entry)?;
        let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        Ok(match std::str::from_utf8(text) {
            Ok(text) => text.to_owned(),
            Err(_) => text.iter().map(|&byte| char::from(byte)).collect(),
        })
    }
}
