use super::super::page::Page;
use super::chunk::Chunk;

/// Gives packed samples room: rows of integers of 1 to 31 bits, the highest bit first, each row from a whole byte on,
/// and floating point numbers of 24 bits.
pub(super) fn widen(page: &Page, chunk: &Chunk, is_big_endian: bool, packed: &[u8], out: &mut [u8]) {
    let rows = chunk.rows as usize;
    let from = packed.chunks_exact(page.unpacked_bytes(1) as usize);
    let to = out.chunks_exact_mut(page.chunk_row_bytes() as usize);
    for (from, to) in from.zip(to).take(rows) {
        match (page.sample_format, page.bits) {
            (3, _) => widen_floats(is_big_endian, from, to),
            (_, 1) => widen_within_bytes::<1, 8>(from, to),
            (_, 2) => widen_within_bytes::<2, 4>(from, to),
            (_, 4) => widen_within_bytes::<4, 2>(from, to),
            (_, 12) => widen_12(from, to),
            (_, bits @ ..8) => widen_row(bits.into(), from, to, |value| [value as u8]),
            (_, bits @ ..16) => widen_row(bits.into(), from, to, |value| (value as u16).to_ne_bytes()),
            (_, bits) => widen_row(bits.into(), from, to, u32::to_ne_bytes),
        }
    }
}

fn widen_within_bytes<const BITS: u32, const COUNT: usize>(from: &[u8], to: &mut [u8]) {
    for (samples, &byte) in to.chunks_mut(COUNT).zip(from) {
        for (i, sample) in samples.iter_mut().enumerate() {
            *sample = byte << (i as u32 * BITS) >> (8 - BITS);
        }
    }
}

/// Two samples from three bytes: what cameras write.
fn widen_12(from: &[u8], to: &mut [u8]) {
    let (pairs, rest) = to.as_chunks_mut::<4>();
    let triples = from.as_chunks::<3>().0;
    for (pair, &[a, b, c]) in pairs.iter_mut().zip(triples) {
        let first = u16::from(a) << 4 | u16::from(b) >> 4;
        let second = u16::from(b & 15) << 8 | u16::from(c);
        let ([p, q], [r, s]) = (first.to_ne_bytes(), second.to_ne_bytes());
        *pair = [p, q, r, s];
    }
    if let ([p, q], Some([a, b])) = (rest, from.last_chunk::<2>()) {
        [*p, *q] = (u16::from(*a) << 4 | u16::from(*b) >> 4).to_ne_bytes();
    }
}

fn widen_row<const N: usize>(bits: u32, from: &[u8], to: &mut [u8], sample_of: impl Fn(u32) -> [u8; N]) {
    let (mut buffer, mut count) = (0u64, 0);
    let mut bytes = from.iter();
    for sample in to.as_chunks_mut::<N>().0 {
        while count < bits {
            buffer = buffer << 8 | u64::from(bytes.next().copied().unwrap_or_default());
            count += 8;
        }
        count -= bits;
        *sample = sample_of((buffer >> count) as u32 & ((1 << bits) - 1));
    }
}

/// A sign, 7 bits of exponent and 16 of mantissa.
fn widen_floats(is_big_endian: bool, from: &[u8], to: &mut [u8]) {
    for (to, &[a, b, c]) in to.as_chunks_mut::<4>().0.iter_mut().zip(from.as_chunks::<3>().0) {
        let [a, c] = if is_big_endian { [a, c] } else { [c, a] };
        let stored = u32::from_be_bytes([0, a, b, c]);
        let (sign, exponent, mantissa) = (stored >> 23 << 31, stored >> 16 & 0x7f, stored & 0xffff);
        let magnitude = match (exponent, mantissa) {
            (0x7f, 0) => f32::INFINITY.to_bits(),
            (0x7f, _) => f32::NAN.to_bits(),
            // Denormals have the exponent of the smallest normal number, 2^-62, and 16 bits behind the point.
            (0, _) => (mantissa as f32 * 2f32.powi(-78)).to_bits(),
            _ => (exponent + 127 - 63) << 23 | mantissa << 7,
        };
        *to = (sign | magnitude).to_ne_bytes();
    }
}
