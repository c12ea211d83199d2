//! Strips and tiles that must be unpacked: straight into place, or through the cache, by one thread or by all.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rayon::prelude::*;

use crate::source::SourceError;

use super::codec::decode;
use super::read::{PageBox, Part, Scratch};

/// What is unpacked with less is done by the calling thread.
const MIN_SHARED_BYTES: u64 = 1 << 20;
/// Unpacked bytes that wait to be copied while others are unpacked.
const MAX_WAITING_BYTES: u64 = 64 << 20;

impl PageBox<'_> {
    /// Unpacks chunks and takes from them what is wanted, to `out`.
    ///
    /// While several regions are read, each has a thread; where there is only one, its chunks are shared out.
    pub(super) fn read_packed(&self, parts: &[Part], out: &mut [u8], scratch: &mut Scratch) -> Result<(), SourceError> {
        let width = self.page.sample_bytes() as usize;
        let bytes: u64 = parts.iter().map(|part| part.chunk.bytes(self.page)).sum();
        let is_shared =
            parts.len() > 1 && bytes >= MIN_SHARED_BYTES && self.source.readers.load(Ordering::Relaxed) == 1;
        if !is_shared {
            for part in parts {
                let out = &mut out[part.to * width..];
                if self.is_straight_and_whole(part) {
                    self.unpack(part, &mut out[..part.chunk.bytes(self.page) as usize], scratch)?;
                } else {
                    self.copy(part, &self.unpacked(part, scratch)?, out);
                }
            }
            return Ok(());
        }
        if let Some(places) = self.places(parts, out) {
            return places
                .into_par_iter()
                .try_for_each(|(part, place)| self.source.with_scratch(|scratch| self.unpack(part, place, scratch)));
        }
        let most = parts.iter().map(|part| part.chunk.bytes(self.page)).max().unwrap_or(1);
        let at_once = (MAX_WAITING_BYTES / most).clamp(1, 4 * rayon::current_num_threads() as u64);
        for parts in parts.chunks(at_once as usize) {
            let unpacked = parts
                .par_iter()
                .map(|part| self.source.with_scratch(|scratch| self.unpacked(part, scratch)))
                .collect::<Result<Vec<_>, _>>()?;
            for (part, samples) in parts.iter().zip(unpacked) {
                self.copy(part, &samples, &mut out[part.to * width..]);
            }
        }
        Ok(())
    }

    /// Whether all that comes out of a chunk is wanted, in the order in which it comes.
    fn is_straight_and_whole(&self, part: &Part) -> bool {
        self.is_straight(part) && part.copy.extent[1] as u64 == part.chunk.rows
    }

    /// The place of each part in `out`, if they follow each other and need no copy.
    fn places<'a, 'b>(&self, parts: &'a [Part], out: &'b mut [u8]) -> Option<Vec<(&'a Part, &'b mut [u8])>> {
        let width = self.page.sample_bytes() as usize;
        let end_of = |part: &Part| part.to * width + part.chunk.bytes(self.page) as usize;
        let are_straight = parts.iter().all(|part| self.is_straight_and_whole(part))
            && parts.windows(2).all(|pair| end_of(&pair[0]) <= pair[1].to * width);
        if !are_straight {
            return None;
        }
        let (mut rest, mut at) = (out, 0);
        let place = |part: &'a Part| {
            let (start, end) = (part.to * width, end_of(part));
            let (place, behind) = std::mem::take(&mut rest)[start - at..].split_at_mut(end - start);
            (rest, at) = (behind, end);
            (part, place)
        };
        Some(parts.iter().map(place).collect())
    }

    fn unpack(&self, part: &Part, out: &mut [u8], scratch: &mut Scratch) -> Result<(), SourceError> {
        let (file, is_big_endian) = (&self.file.file, self.file.is_big_endian);
        decode(file, is_big_endian, self.page, &part.chunk, &mut scratch.work, out)
    }

    /// All samples of a chunk; kept if only a part of them is wanted now.
    fn unpacked(&self, part: &Part, scratch: &mut Scratch) -> Result<Arc<Vec<u8>>, SourceError> {
        let key = (self.file_index, part.chunk);
        let cache = &self.source.cache;
        if let Some(samples) = cache.get(&key) {
            return Ok(samples);
        }
        part.chunk.check(self.page, &self.file.file)?;
        let mut samples = vec![0; part.chunk.bytes(self.page) as usize];
        self.unpack(part, &mut samples, scratch)?;
        let samples = Arc::new(samples);
        let [wanted, rows, columns] = part.copy.extent.map(|extent| extent as u64);
        if (columns, rows) != part.chunk.used || wanted != part.chunk.samples {
            cache.put(key, samples.clone());
        }
        Ok(samples)
    }

    fn copy(&self, part: &Part, samples: &[u8], out: &mut [u8]) {
        let width = self.page.sample_bytes();
        let chunk = &part.chunk;
        let first = (part.first_row * chunk.width + part.first_column) * chunk.samples + part.first_sample;
        part.copy.run(width as usize, &samples[(first * width) as usize..], out);
    }
}
