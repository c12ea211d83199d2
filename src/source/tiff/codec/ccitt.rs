//! Fax codes: ITU-T T.4 and T.6 as TIFF 6.0 has them (sections 10 and 11). The code tables are those of the `fax` crate.

use std::convert::Infallible;

use fax::maps::{Mode, black, mode, white};
use fax::{BitReader, ByteReader};

use super::super::names::Compression;
use super::super::page::Page;
use super::CodecError;
use super::chunk::Chunk;

/// Rows of a fax are at most so wide that no sum of runs overflows.
const MAX_WIDTH: u64 = 1 << 24;

/// Decodes rows of bits: 0 where the runs are white, 1 where they are black.
pub(super) fn decode(
    page: &Page,
    chunk: &Chunk,
    compression: Compression,
    packed: &[u8],
    out: &mut [u8],
) -> Result<(), CodecError> {
    if chunk.width > MAX_WIDTH {
        return Err(CodecError::Unsupported(format!("rows of {} pixels", chunk.width)));
    }
    // The code tables look further ahead than the last code reaches; no code is all zeros.
    let behind = [0; 4];
    let bytes = packed.iter().chain(&behind).map(|&byte| Ok::<u8, Infallible>(byte));
    let Ok(reader) = ByteReader::new(bytes);
    let mut fax = Fax {
        reader,
        width: chunk.width as u32,
        changes: Vec::new(),
        reference: Vec::new(),
    };
    let is_two_dimensional = page.t4_options & 1 == 1;
    let width = chunk.width as usize;
    for (row, pixels) in out.chunks_exact_mut(width).enumerate() {
        let is_there = match compression {
            Compression::CcittRle => {
                let is_there = fax.runs();
                let to_byte = fax.reader.bits_to_byte_boundary();
                is_there && (to_byte == 0 || fax.reader.consume(to_byte).is_ok())
            }
            Compression::CcittGroup3 => match fax.end_of_line(is_two_dimensional) {
                Some(true) => fax.modes(),
                Some(false) => fax.runs(),
                None => false,
            },
            _ => fax.modes(),
        };
        if !is_there && row < chunk.used.1 as usize {
            return Err(format!("row {row} of {} breaks off", chunk.rows).into());
        }
        paint(&fax.changes, pixels);
        std::mem::swap(&mut fax.changes, &mut fax.reference);
    }
    Ok(())
}

/// Pixels of a row from the places where the colour changes, the first of them from white to black.
fn paint(changes: &[u32], pixels: &mut [u8]) {
    pixels.fill(0);
    for pair in changes.chunks(2) {
        let end = pair.get(1).map_or(pixels.len(), |&end| end as usize).min(pixels.len());
        if let Some(run) = pixels.get_mut(pair[0] as usize..end) {
            run.fill(1);
        }
    }
}

struct Fax<R> {
    reader: ByteReader<R>,
    width: u32,
    /// Columns where the colour changes in this row, ascending; and in the one above it.
    changes: Vec<u32>,
    reference: Vec<u32>,
}

impl<R: Iterator<Item = Result<u8, Infallible>>> Fax<R> {
    fn run(&mut self, is_black: bool) -> Option<u32> {
        let mut sum = 0u32;
        loop {
            let part = if is_black {
                black::decode(&mut self.reader)
            } else {
                white::decode(&mut self.reader)
            }?;
            sum = sum.saturating_add(part.into()).min(self.width);
            if part < 64 {
                return Some(sum);
            }
        }
    }

    /// A row of runs, white first. False if it is not there.
    fn runs(&mut self) -> bool {
        self.changes.clear();
        let (mut at, mut is_black) = (0, false);
        while at < self.width {
            let Some(run) = self.run(is_black) else {
                return false;
            };
            at = (at + run).min(self.width);
            self.changes.push(at);
            is_black = !is_black;
            // Each empty run turns the colour round, and a run of each colour comes to a pixel.
            if self.changes.len() > 2 * self.width as usize + 2 {
                return false;
            }
        }
        true
    }

    /// Skips what stands between the rows of Group 3: fill bits and an end-of-line code, eleven zeros and a one, with
    /// a tag bit behind it in two dimensions. True if the next row has modes. Rows without the code are read too.
    fn end_of_line(&mut self, is_two_dimensional: bool) -> Option<bool> {
        if self.reader.peek(11) == Some(0) {
            while self.reader.peek(1)? == 0 {
                self.reader.consume(1).ok()?;
            }
            self.reader.consume(1).ok()?;
            if is_two_dimensional {
                let tag = self.reader.peek(1)?;
                self.reader.consume(1).ok()?;
                return Some(tag == 0);
            }
        }
        Some(false)
    }

    /// The first change of the reference row right of `a0` that is to the colour that this row does not have, and the
    /// one behind it; the width where there is none.
    fn next_in_reference(&self, from: &mut usize, a0: Option<u32>, is_black: bool) -> (u32, u32) {
        // Changes at even places are to black.
        let parity = usize::from(is_black);
        let mut i = from.saturating_sub(2);
        i += (i + parity) % 2;
        while let (Some(a0), Some(&b1)) = (a0, self.reference.get(i)) {
            if b1 > a0 {
                break;
            }
            i += 2;
        }
        *from = i;
        let at = |i: usize| self.reference.get(i).copied().unwrap_or(self.width);
        (at(i), at(i + 1))
    }

    /// A row of modes: how it differs from the one above it. False if it is not there.
    fn modes(&mut self) -> bool {
        self.changes.clear();
        // The place before the first pixel is none: a change of the row above at 0 is right of it.
        let (mut a0, mut is_black, mut place) = (None, false, 0);
        while a0.unwrap_or(0) < self.width {
            let (b1, b2) = self.next_in_reference(&mut place, a0, is_black);
            match mode::decode(&mut self.reader) {
                Some(Mode::Pass) => a0 = Some(b2),
                Some(Mode::Horizontal) => {
                    for is_black in [is_black, !is_black] {
                        let Some(run) = self.run(is_black) else { return false };
                        let end = (a0.unwrap_or(0) + run).min(self.width);
                        self.changes.push(end);
                        a0 = Some(end);
                    }
                }
                Some(Mode::Vertical(delta)) => {
                    let a1 = b1.saturating_add_signed(delta.into()).min(self.width);
                    if a0.is_some_and(|a0| a1 < a0) {
                        return false;
                    }
                    self.changes.push(a1);
                    (a0, is_black) = (Some(a1), !is_black);
                }
                _ => return false,
            }
            if self.changes.len() > 2 * self.width as usize + 2 {
                return false;
            }
        }
        true
    }
}
