use std::collections::HashSet;
use std::ops::Range;

use super::directory::{Directory, DirectoryReader, reason};

/// Directories at the beginning that are walked before a stride is looked for. The first one is not compared: it has
/// a description that the others lack, and often stands elsewhere.
const WALKED: usize = 5;
/// Directories that a stride has to save.
const MIN_SAVED: u64 = 8;
/// Directories in a stride that are looked at before it is trusted.
const PROBES: u64 = 16;

/// Directories that are so close are read together.
const MAX_READ_STEP: u64 = 4096;

/// Where the directories of a file are, as far as their list was followed.
///
/// Writers put the directories of a stack at a constant distance: where that is found to be so, they are not walked
/// one by one. Whoever reads one compares it with what was [`Expected`] of it.
#[derive(Debug)]
pub(super) struct Chain {
    /// Offsets of those that were walked.
    head: Vec<u64>,
    stride: Option<Stride>,
    /// Offsets of those behind the stride.
    tail: Vec<u64>,
    /// Where the next one is; 0 behind the last.
    next: u64,
    /// Why the list ends where it should not, and the link that it does not follow.
    broken: Option<(String, u64)>,
    was_stride_sought: bool,
    /// The largest offset so far: what lies behind it is no loop.
    highest: u64,
    /// All offsets, once a link led backwards.
    seen: Option<HashSet<u64>>,
}

/// Directories at a constant distance, each like the others.
#[derive(Clone, Copy, Debug)]
struct Stride {
    first: u64,
    step: u64,
    count: u64,
    signature: u64,
    /// Whether the links in it were followed.
    is_followed: bool,
}

/// What a directory in a stride has to be like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    signature: u64,
    next: Option<u64>,
}

impl Expected {
    pub(super) fn is_met(&self, directory: &Directory) -> bool {
        directory.signature() == self.signature && self.next.is_none_or(|next| next == directory.next)
    }
}

impl Stride {
    fn offset(&self, place: u64) -> u64 {
        self.first + place * self.step
    }

    fn has(&self, offset: u64) -> bool {
        offset >= self.first
            && (offset - self.first).is_multiple_of(self.step)
            && (offset - self.first) / self.step < self.count
    }
}

impl Chain {
    pub(super) fn new(first: u64) -> Self {
        Self {
            head: Vec::new(),
            stride: None,
            tail: Vec::new(),
            next: first,
            broken: None,
            was_stride_sought: false,
            highest: 0,
            seen: None,
        }
    }

    /// Directories that are known.
    pub(super) fn len(&self) -> u64 {
        (self.head.len() + self.tail.len()) as u64 + self.stride.map_or(0, |stride| stride.count)
    }

    /// Why the list ends where it should not, if it was found to, and the link that it does not follow.
    pub(super) fn broken(&self) -> Option<(&str, u64)> {
        self.broken.as_ref().map(|(why, link)| (why.as_str(), *link))
    }

    /// Numbers of the directories in the stride.
    pub(super) fn even_pages(&self) -> Option<Range<u64>> {
        let first = self.head.len() as u64;
        self.stride.map(|stride| first..first + stride.count)
    }

    /// Where a directory is, if it is known, and what it has to be like if it was not seen.
    pub(super) fn offset(&self, index: u64) -> Option<(u64, Option<Expected>)> {
        if let Some(&offset) = self.head.get(usize::try_from(index).ok()?) {
            return Some((offset, None));
        }
        let mut place = index - self.head.len() as u64;
        if let Some(stride) = &self.stride {
            if place < stride.count {
                let next = (place + 1 < stride.count).then(|| stride.offset(place + 1));
                let signature = stride.signature;
                return Some((stride.offset(place), Some(Expected { signature, next })));
            }
            place -= stride.count;
        }
        Some((*self.tail.get(usize::try_from(place).ok()?)?, None))
    }

    /// Follows the list until it knows a directory, or its end.
    pub(super) fn reach(&mut self, index: u64, reader: &mut DirectoryReader<'_>) {
        while self.len() <= index && self.next != 0 {
            if !self.was_stride_sought && self.head.len() == WALKED && index - self.len() >= MIN_SAVED {
                self.was_stride_sought = true;
                self.find_stride(reader);
            } else {
                self.advance(reader);
            }
        }
    }

    /// Follows the list to its end, the links in the stride too where that is to read the file in one go.
    pub(super) fn reach_end(&mut self, reader: &mut DirectoryReader<'_>) {
        self.reach(u64::MAX, reader);
        let unread = |stride: &Stride| !stride.is_followed && stride.step <= MAX_READ_STEP;
        let Some(stride) = self.stride.filter(unread) else {
            return;
        };
        self.stride = Some(Stride {
            is_followed: true,
            ..stride
        });
        let links = |place: u64| reader.link(stride.offset(place)).ok() == Some(stride.offset(place + 1));
        if !(0..stride.count - 1).all(links) {
            self.forget_stride(reader);
            self.reach(u64::MAX, reader);
        }
    }

    /// Forgets a stride that a directory did not keep to, and all behind it.
    pub(super) fn forget_stride(&mut self, reader: &mut DirectoryReader<'_>) {
        if self.stride.take().is_none() {
            return;
        }
        self.tail.clear();
        self.broken = None;
        self.seen = None;
        self.highest = self.head.iter().copied().max().unwrap_or(0);
        // It was read before.
        self.next = self.head.last().map_or(0, |&last| reader.link(last).unwrap_or(0));
    }

    /// Takes the offsets from an index that the writer left, in place of all that was found.
    pub(super) fn seed(&mut self, offsets: Vec<u64>) {
        *self = Self {
            head: offsets,
            ..Self::new(0)
        };
    }

    fn advance(&mut self, reader: &mut DirectoryReader<'_>) {
        let at = self.next;
        if self.was_seen(at) {
            return self.stop(format!("the list of pages loops back to offset {at}"));
        }
        match reader.link(at) {
            Ok(next) => {
                self.highest = self.highest.max(at);
                if let Some(seen) = &mut self.seen {
                    seen.insert(at);
                }
                match self.stride {
                    None => self.head.push(at),
                    Some(_) => self.tail.push(at),
                }
                self.next = next;
            }
            Err(error) if self.len() == 0 => self.stop(reason(error)),
            Err(error) => self.stop(format!("the list of pages breaks off: {}", reason(error))),
        }
    }

    fn stop(&mut self, what: String) {
        let why = match self.len() {
            0 => what,
            n => format!("{what} (after page {})", n - 1),
        };
        self.broken = Some((why, std::mem::take(&mut self.next)));
    }

    fn was_seen(&mut self, offset: u64) -> bool {
        if offset > self.highest || self.head.is_empty() {
            return false;
        }
        let (head, tail) = (&self.head, &self.tail);
        let seen = self
            .seen
            .get_or_insert_with(|| head.iter().chain(tail).copied().collect());
        seen.contains(&offset) || self.stride.is_some_and(|stride| stride.has(offset))
    }

    /// Looks for the directories that follow the walked ones at the same distance.
    fn find_stride(&mut self, reader: &mut DirectoryReader<'_>) -> Option<()> {
        let step = self.head[2].checked_sub(self.head[1]).filter(|&step| step > 0)?;
        let is_even = self.head[1..]
            .windows(2)
            .all(|pair| pair[0].checked_add(step) == Some(pair[1]));
        if !is_even || self.head[WALKED - 1].checked_add(step) != Some(self.next) {
            return None;
        }
        let signature = reader.directory(self.head[1]).ok()?.signature();
        for &offset in &self.head[2..] {
            if reader.directory(offset).ok()?.signature() != signature {
                return None;
            }
        }
        let first = self.next;
        let room = reader.header.file_len().checked_sub(first)? / step + 1;
        let mut stride = Stride {
            first,
            step,
            count: room,
            signature,
            is_followed: false,
        };
        let mut link = |stride: &Stride, place: u64| {
            let directory = reader.directory(stride.offset(place)).ok()?;
            (directory.signature() == signature).then_some(directory.next)
        };
        // How many there are: all up to some place are like it, none behind.
        let (mut there, mut not_there) = (0, room);
        while there < not_there {
            let middle = there + (not_there - there) / 2;
            match link(&stride, middle) {
                Some(_) => there = middle + 1,
                None => not_there = middle,
            }
        }
        stride.count = there;
        let last = there.checked_sub(1).filter(|&last| last >= MIN_SAVED)?;
        for probe in 0..PROBES {
            // The last but one is among them.
            let place = (last - 1) * (probe + 1) / PROBES;
            if link(&stride, place) != Some(stride.offset(place + 1)) {
                return None;
            }
        }
        self.next = link(&stride, last)?;
        self.highest = self.highest.max(stride.offset(last));
        self.stride = Some(stride);
        Some(())
    }
}
