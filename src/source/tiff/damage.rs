//! Which planes the directories say are missing, or lie past the end of the file.

use std::collections::HashMap;
use std::ops::Range;

use crate::volume::Damage;

use super::TiffSource;
use super::axes::Piece;
use super::claims::lost_chunk;
use super::directory::{DirectoryReader, reason};
use super::planes::{PageRef, Planes};

/// Entries that are told; what is left is summed up in one.
const MAX_TOLD: usize = 1000;
/// Entries that are kept to be joined.
const MAX_KEPT: usize = 100_000;
/// Pages of which it is remembered what became of them.
const MAX_SEEN: usize = 1 << 18;
/// Planes whose pages are found at a time.
const BLOCK: u64 = 4096;

/// Planes that are damaged alike; the reason is that of the first.
struct Entry {
    damage: Damage,
    planes: u64,
}

/// What was found, in (t, c, z) order.
#[derive(Default)]
struct Found {
    entries: Vec<Entry>,
    rest: Option<Entry>,
}

/// Looks at one plane after the other.
struct Inspector<'a> {
    source: &'a TiffSource,
    readers: HashMap<u32, DirectoryReader<'a>>,
    /// What became of the pages that were looked at: planes may be one page, in any order, and each counts once
    /// against the account of its reader.
    seen: HashMap<PageRef, Option<String>>,
}

impl TiffSource {
    /// As [`crate::source::Source::damage`] says.
    pub(super) fn find_damage(&self) -> Vec<Damage> {
        let mut inspector = Inspector {
            source: self,
            readers: HashMap::new(),
            seen: HashMap::new(),
        };
        let shape = self.dataset.shape;
        let pieces = |target: usize, range: Range<u64>| self.map.pieces(target, range, &self.levels[0].page);
        let range_of =
            |piece: &Piece, first: u64| first + piece.at..first + piece.at + piece.inner.end - piece.inner.start;
        // Pages of one (t, c, z): one, but where rows or columns are not within pages.
        let (rows, columns) = (pieces(3, 0..shape.y), pieces(4, 0..shape.x));
        let mut found = Found::default();
        for t in pieces(0, 0..shape.t) {
            for c in pieces(1, 0..shape.c) {
                for block in (0..shape.z).step_by(BLOCK as usize) {
                    for z in pieces(2, block..shape.z.min(block + BLOCK)) {
                        let mut pages = rows.iter().flat_map(|y| columns.iter().map(move |x| y.page + x.page));
                        let plane = t.page + c.page + z.page;
                        if let Some(reason) = pages.find_map(|page| inspector.inspect(plane + page)) {
                            found.add(Damage {
                                t: range_of(&t, 0),
                                c: range_of(&c, 0),
                                z: range_of(&z, block),
                                reason,
                            });
                        }
                    }
                }
            }
        }
        found.told()
    }
}

impl Inspector<'_> {
    /// Why a plane cannot be read, if so.
    fn inspect(&mut self, plane: u64) -> Option<String> {
        let level = &self.source.levels[0];
        let planes = match &*level.planes {
            Planes::Contiguous { stride, .. } => {
                let what = lost_chunk(&level.page, &self.source.files[0], plane.saturating_mul(*stride), true)?;
                return Some(format!(
                    "plane {plane}, behind the first without a page of its own, {what}"
                ));
            }
            Planes::Listed(planes) => planes,
        };
        let Some(place) = planes.get(plane as usize).copied().flatten() else {
            return Some("no page is told to be it".into());
        };
        if let Some(reason) = self.seen.get(&place) {
            return reason.clone();
        }
        let file = &self.source.files[place.file as usize];
        let reader = self.readers.entry(place.file).or_insert_with(|| file.reader());
        let what = match file.page_with(place.page.into(), reader) {
            Ok(page) if page.fits_with(&level.page) => lost_chunk(&page, file, 0, true),
            Ok(page) => Some(format!("is of {}, not of {}", page.kind(), level.page.kind())),
            Err(error) => Some(format!("cannot be used: {}", reason(error))),
        };
        let reason = what.map(|what| format!("page {} {what}", place.page));
        if self.seen.len() >= MAX_SEEN {
            self.seen.clear();
        }
        self.seen.insert(place, reason.clone());
        reason
    }
}

impl Found {
    fn add(&mut self, damage: Damage) {
        if let Some(Entry { damage: last, planes }) = self.entries.last_mut()
            && (&last.t, &last.c, last.z.end) == (&damage.t, &damage.c, damage.z.start)
        {
            last.z.end = damage.z.end;
            *planes += 1;
            return;
        }
        let entry = Entry { damage, planes: 1 };
        match self.entries.len() {
            MAX_KEPT.. => self.leave(entry),
            _ => self.entries.push(entry),
        }
    }

    /// Adds an entry to those that are not told one by one.
    fn leave(&mut self, entry: Entry) {
        let Some(Entry { damage, planes }) = &mut self.rest else {
            self.rest = Some(entry);
            return;
        };
        let around = |a: &mut Range<u64>, b: Range<u64>| *a = a.start.min(b.start)..a.end.max(b.end);
        around(&mut damage.t, entry.damage.t);
        around(&mut damage.c, entry.damage.c);
        around(&mut damage.z, entry.damage.z);
        *planes += entry.planes;
    }

    fn told(mut self) -> Vec<Damage> {
        let mut entries = join(std::mem::take(&mut self.entries), |damage| &mut damage.c);
        entries = join(entries, |damage| &mut damage.t);
        let left = entries.split_off(entries.len().min(MAX_TOLD));
        left.into_iter().for_each(|entry| self.leave(entry));
        let tell = |Entry { mut damage, planes }: Entry| {
            if planes > 1 {
                damage.reason += &format!(" (and {} more planes like it)", planes - 1);
            }
            damage
        };
        let rest = self.rest.map(|Entry { mut damage, planes }| {
            damage.reason = format!("{planes} more planes, somewhere in these ranges");
            damage
        });
        entries.into_iter().map(tell).chain(rest).collect()
    }
}

/// Joins entries that follow each other along one axis and are the same along the others.
fn join(entries: Vec<Entry>, along: impl Fn(&mut Damage) -> &mut Range<u64>) -> Vec<Entry> {
    let mut joined: Vec<Entry> = Vec::new();
    let mut ends = HashMap::new();
    for mut entry in entries {
        let range = std::mem::take(along(&mut entry.damage));
        let others = [&entry.damage.t, &entry.damage.c, &entry.damage.z].map(|range| (range.start, range.end));
        *along(&mut entry.damage) = range.clone();
        let index = match ends.remove(&(others, range.start)) {
            Some(index) => {
                let before: &mut Entry = &mut joined[index];
                along(&mut before.damage).end = range.end;
                before.planes += entry.planes;
                index
            }
            None => {
                joined.push(entry);
                joined.len() - 1
            }
        };
        ends.insert((others, range.end), index);
    }
    joined
}
