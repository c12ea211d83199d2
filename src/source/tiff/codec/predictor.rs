use super::super::page::Page;
use super::chunk::Chunk;
use super::room;

/// Undoes the predictor of unpacked samples, in place, and leaves them in native byte order.
///
/// `row` is working memory.
pub(super) fn undo(page: &Page, chunk: &Chunk, is_big_endian: bool, row: &mut Vec<u8>, out: &mut [u8]) {
    let width = page.sample_bytes() as usize;
    let samples = chunk.samples as usize;
    let row_bytes = chunk.width as usize * samples * width;
    match page.predictor {
        2 => {
            for row in out.chunks_exact_mut(row_bytes) {
                match width {
                    1 => sum_row::<u8, 1>(row, samples, is_big_endian),
                    2 => sum_row::<u16, 2>(row, samples, is_big_endian),
                    4 => sum_row::<u32, 4>(row, samples, is_big_endian),
                    _ => sum_row::<u64, 8>(row, samples, is_big_endian),
                }
            }
        }
        3 => {
            let copy = room(row, row_bytes);
            for row in out.chunks_exact_mut(row_bytes) {
                sum_row::<u8, 1>(row, samples, is_big_endian);
                copy.copy_from_slice(row);
                match width {
                    2 => join_bytes::<2>(copy, row),
                    4 => join_bytes::<4>(copy, row),
                    _ => join_bytes::<8>(copy, row),
                }
            }
        }
        _ if is_big_endian != cfg!(target_endian = "big") => swap_bytes(out, width),
        _ => {}
    }
}

/// An integer of `N` bytes that wraps around.
trait Word<const N: usize>: Copy + Default {
    fn of(bytes: [u8; N], is_big_endian: bool) -> Self;
    fn plus(self, other: Self) -> Self;
    fn bytes(self) -> [u8; N];
}

macro_rules! word {
    ($type:ty, $bytes:literal) => {
        impl Word<$bytes> for $type {
            #[inline(always)]
            fn of(bytes: [u8; $bytes], is_big_endian: bool) -> Self {
                if is_big_endian {
                    Self::from_be_bytes(bytes)
                } else {
                    Self::from_le_bytes(bytes)
                }
            }

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            #[inline(always)]
            fn bytes(self) -> [u8; $bytes] {
                self.to_ne_bytes()
            }
        }
    };
}

word!(u8, 1);
word!(u16, 2);
word!(u32, 4);
word!(u64, 8);

/// Adds to every sample the one of the same kind before it: TIFF 6.0, section 14.
fn sum_row<W: Word<N>, const N: usize>(row: &mut [u8], samples: usize, is_big_endian: bool) {
    // Known numbers of samples keep the sums in registers.
    match samples {
        1 => sum_pixels::<W, N, 1>(row, is_big_endian),
        2 => sum_pixels::<W, N, 2>(row, is_big_endian),
        3 => sum_pixels::<W, N, 3>(row, is_big_endian),
        4 => sum_pixels::<W, N, 4>(row, is_big_endian),
        _ => {
            for sample in 0..samples {
                let mut sum = W::default();
                for pixel in row.chunks_exact_mut(samples * N) {
                    add::<W, N>(&mut pixel[sample * N..], &mut sum, is_big_endian);
                }
            }
        }
    }
}

fn sum_pixels<W: Word<N>, const N: usize, const SAMPLES: usize>(row: &mut [u8], is_big_endian: bool) {
    let mut sums = [W::default(); SAMPLES];
    for pixel in row.chunks_exact_mut(SAMPLES * N) {
        for (sample, sum) in sums.iter_mut().enumerate() {
            add::<W, N>(&mut pixel[sample * N..], sum, is_big_endian);
        }
    }
}

#[inline(always)]
fn add<W: Word<N>, const N: usize>(place: &mut [u8], sum: &mut W, is_big_endian: bool) {
    if let Some(place) = place.first_chunk_mut::<N>() {
        *sum = sum.plus(W::of(*place, is_big_endian));
        *place = sum.bytes();
    }
}

/// Makes numbers of the first, the second, ... bytes of all numbers of a row, most significant first: Adobe's TIFF
/// Technical Note 3.
fn join_bytes<const N: usize>(planes: &[u8], row: &mut [u8]) {
    let count = row.len() / N;
    let planes: [&[u8]; N] = std::array::from_fn(|i| &planes[i * count..(i + 1) * count]);
    for (i, number) in row.as_chunks_mut::<N>().0.iter_mut().enumerate() {
        for (byte, plane) in number.iter_mut().zip(planes) {
            *byte = plane[i];
        }
        if cfg!(target_endian = "little") {
            number.reverse();
        }
    }
}

/// Turns samples of `width` bytes around in place.
pub(in super::super) fn swap_bytes(samples: &mut [u8], width: usize) {
    match width {
        2 => samples
            .as_chunks_mut::<2>()
            .0
            .iter_mut()
            .for_each(|sample| sample.reverse()),
        4 => samples
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .for_each(|sample| sample.reverse()),
        8 => samples
            .as_chunks_mut::<8>()
            .0
            .iter_mut()
            .for_each(|sample| sample.reverse()),
        _ => {}
    }
}
