//! LZW as TIFF has it.
//!
//! Every string of the table was written out before, so an entry is where. Most strings of noisy images are short: an
//! entry also holds the first seven bytes, which are written eight at a time without looking anywhere else.

use super::{CodecError, incomplete};

const CLEAR: usize = 256;
const END: usize = 257;
const FIRST: usize = 258;
const MAX_WIDTH: u32 = 12;
const CODES: usize = 1 << MAX_WIDTH;

/// The low seven bytes are those of the string, the highest is its length, up to [`LONG`].
#[derive(Clone, Copy)]
struct Entry(u64);

/// Length of strings that are longer than an entry can hold.
const LONG: usize = 8;

impl Entry {
    const LEN: u32 = 56;

    fn literal(byte: usize) -> Self {
        Entry(byte as u64 | 1 << Self::LEN)
    }

    fn len(self) -> usize {
        (self.0 >> Self::LEN) as usize
    }

    /// This string and the first byte of `next`.
    #[inline(always)]
    fn followed_by(self, next: Entry) -> Self {
        let len = self.len();
        if len < LONG - 1 {
            Entry((self.0 + (1 << Self::LEN)) | (next.0 & 0xff) << (8 * len))
        } else {
            Entry(self.0 & !(0xff << Self::LEN) | (LONG as u64) << Self::LEN)
        }
    }
}

/// Tables of a decoder, kept from one strip or tile to the next.
pub(super) struct Lzw {
    entries: Box<[Entry; CODES]>,
    /// Where strings that are [`LONG`] were written, and how long they are.
    places: Box<[(u32, u32); CODES]>,
}

impl Default for Lzw {
    fn default() -> Self {
        Self {
            entries: Box::new(std::array::from_fn(|code| Entry::literal(code & 0xff))),
            places: Box::new([(0, 0); CODES]),
        }
    }
}

impl Lzw {
    pub(super) fn unpack(&mut self, packed: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        // A stream begins with the clear code, 256: as high bit first, its first byte is 0x80. Before TIFF 5, the
        // low bit came first, and codes became wider one code later.
        let written = if matches!(packed, [0, second, ..] if second & 1 == 1) {
            self.run::<true>(packed, out)?
        } else {
            self.run::<false>(packed, out)?
        };
        if written < out.len() {
            return Err(incomplete(written, out.len()));
        }
        Ok(())
    }

    /// Returns how many bytes were written: all of them, unless the stream ends before.
    fn run<const IS_OLD: bool>(&mut self, packed: &[u8], out: &mut [u8]) -> Result<usize, CodecError> {
        let Self { entries, places } = self;
        let mut bits = Bits::<IS_OLD>::new(packed);
        let (mut width, mut next) = (9, FIRST);
        // The string before this one, and where it was written.
        let mut previous: Option<(Entry, usize)> = None;
        let mut at = 0;
        while at < out.len() {
            let Some(code) = bits.take(width) else { break };
            let entry = if code < next && !matches!(code, CLEAR | END) {
                entries[code & (CODES - 1)]
            } else if code == CLEAR {
                (width, next, previous) = (9, FIRST, None);
                continue;
            } else if code == END {
                break;
            } else if let (Some((entry, start)), true) = (previous, code == next && next < CODES) {
                // The string that is only now defined: the one before, and its own first byte.
                places[code & (CODES - 1)] = (start as u32, (at - start + 1) as u32);
                entry.followed_by(entry)
            } else {
                return Err(format!("code {code} where {next} codes are known").into());
            };
            if let Some((before, start)) = previous
                && next < CODES
            {
                let new = before.followed_by(entry);
                entries[next & (CODES - 1)] = new;
                if new.len() == LONG {
                    places[next & (CODES - 1)] = (start as u32, (at - start + 1) as u32);
                }
                next += 1;
                let early = usize::from(!IS_OLD);
                if next + early >= 1 << width && width < MAX_WIDTH {
                    width += 1;
                }
            }
            previous = Some((entry, at));
            at += if entry.len() < LONG {
                write_short(entry, out, at)
            } else {
                let (start, len) = places[code & (CODES - 1)];
                write_long(start as usize, len as usize, out, at)
            };
        }
        Ok(at)
    }
}

/// Writes a short string, and returns its length or what is left of it at the end.
#[inline(always)]
fn write_short(entry: Entry, out: &mut [u8], at: usize) -> usize {
    let bytes = entry.0.to_le_bytes();
    if let Some(place) = out.get_mut(at..at + 8) {
        // What is behind the string is overwritten by the next.
        place.copy_from_slice(&bytes);
        return entry.len();
    }
    let place = &mut out[at..];
    let len = entry.len().min(place.len());
    place[..len].copy_from_slice(&bytes[..len]);
    len
}

/// Copies `len` bytes from `start`, before `at`, to `at`. Only the last of them may be one of those that are written.
#[inline]
fn write_long(start: usize, len: usize, out: &mut [u8], at: usize) -> usize {
    let len = len.min(out.len() - at);
    const BLOCK: usize = 32;
    if len <= BLOCK && start + BLOCK <= at && at + BLOCK <= out.len() {
        let (before, after) = out.split_at_mut(at);
        after[..BLOCK].copy_from_slice(&before[start..start + BLOCK]);
    } else {
        let known = len.min(at - start);
        out.copy_within(start..start + known, at);
        if known < len {
            out[at + known] = out[start + known];
        }
    }
    len
}

/// Codes of 9 to 12 bits from bytes; the next bit is the highest of `buffer`, or the lowest in old streams.
struct Bits<'a, const IS_OLD: bool> {
    packed: &'a [u8],
    at: usize,
    buffer: u64,
    count: u32,
}

impl<'a, const IS_OLD: bool> Bits<'a, IS_OLD> {
    fn new(packed: &'a [u8]) -> Self {
        Self {
            packed,
            at: 0,
            buffer: 0,
            count: 0,
        }
    }

    #[inline(always)]
    fn take(&mut self, width: u32) -> Option<usize> {
        if self.count < width {
            self.refill();
            if self.count < width {
                return None;
            }
        }
        self.count -= width;
        Some(if IS_OLD {
            let code = self.buffer & ((1 << width) - 1);
            self.buffer >>= width;
            code as usize
        } else {
            let code = self.buffer >> (64 - width);
            self.buffer <<= width;
            code as usize
        })
    }

    /// Fills the buffer up to at least 56 bits, or with all there is.
    #[inline(always)]
    fn refill(&mut self) {
        if let Some(&bytes) = self.packed.get(self.at..).and_then(<[u8]>::first_chunk::<8>) {
            // Bits of a byte that does not fit as a whole are put there again by the next refill.
            self.buffer |= if IS_OLD {
                u64::from_le_bytes(bytes) << self.count
            } else {
                u64::from_be_bytes(bytes) >> self.count
            };
            self.at += (63 - self.count as usize) >> 3;
            self.count |= 56;
            return;
        }
        while let (true, Some(&byte)) = (self.count <= 56, self.packed.get(self.at)) {
            self.buffer |= if IS_OLD {
                u64::from(byte) << self.count
            } else {
                u64::from(byte) << (56 - self.count)
            };
            self.at += 1;
            self.count += 8;
        }
    }
}
