//! Boxes of samples from one layout to another.

/// How many samples a box has, in (sample, row, column) order, and how far apart they are, in samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct BoxCopy {
    pub(super) extent: [usize; 3],
    pub(super) from_strides: [usize; 3],
    pub(super) to_strides: [usize; 3],
}

impl BoxCopy {
    /// Copies samples of `width` bytes; both slices begin at the first sample of the box.
    pub(super) fn run(&self, width: usize, from: &[u8], to: &mut [u8]) {
        match width {
            1 => self.run_n::<1>(from, to),
            2 => self.run_n::<2>(from, to),
            4 => self.run_n::<4>(from, to),
            _ => self.run_n::<8>(from, to),
        }
    }

    fn run_n<const N: usize>(&self, from: &[u8], to: &mut [u8]) {
        let [samples, rows, columns] = self.extent;
        if samples == 0 || rows == 0 || columns == 0 {
            return;
        }
        // Row by row, all samples of a row together: they are in the same cache lines.
        for row in 0..rows {
            for sample in 0..samples {
                let from = &from[(sample * self.from_strides[0] + row * self.from_strides[1]) * N..];
                let to = &mut to[(sample * self.to_strides[0] + row * self.to_strides[1]) * N..];
                copy_row::<N>(columns, from, self.from_strides[2], to, self.to_strides[2]);
            }
        }
    }

    /// Writes zeros instead.
    pub(super) fn clear(&self, width: usize, to: &mut [u8]) {
        let [samples, rows, columns] = self.extent;
        for row in 0..rows {
            for sample in 0..samples {
                let start = sample * self.to_strides[0] + row * self.to_strides[1];
                if self.to_strides[2] == 1 {
                    to[start * width..][..columns * width].fill(0);
                } else {
                    for column in 0..columns {
                        to[(start + column * self.to_strides[2]) * width..][..width].fill(0);
                    }
                }
            }
        }
    }
}

fn copy_row<const N: usize>(columns: usize, from: &[u8], from_stride: usize, to: &mut [u8], to_stride: usize) {
    match (from_stride, to_stride) {
        (1, 1) => to[..columns * N].copy_from_slice(&from[..columns * N]),
        // De-interleaving: constant strides let the compiler use shuffles.
        (2, 1) => gather::<N>(columns, from, 2, to),
        (3, 1) => gather::<N>(columns, from, 3, to),
        (4, 1) => gather::<N>(columns, from, 4, to),
        (_, 1) => gather::<N>(columns, from, from_stride, to),
        _ => {
            for column in 0..columns {
                let sample = &from[column * from_stride * N..][..N];
                to[column * to_stride * N..][..N].copy_from_slice(sample);
            }
        }
    }
}

#[inline(always)]
fn gather<const N: usize>(columns: usize, from: &[u8], stride: usize, to: &mut [u8]) {
    // The last sample may have nothing behind it, so it does not fill a whole step.
    let (to, _) = to[..columns * N].as_chunks_mut::<N>();
    let steps = from.chunks(stride * N);
    for (to, step) in to.iter_mut().zip(steps) {
        to.copy_from_slice(&step[..N]);
    }
}
