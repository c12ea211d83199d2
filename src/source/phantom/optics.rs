//! The microscope: a point is seen blurred, and more along z than across it.

use super::{SHAPE, nearest};

const SIDE: usize = SHAPE[2];
/// Brightness 1 as stored between the blur in a plane and the blur between planes; a quarter of the range of u16.
const UNIT: f32 = 16384.0;

/// One plane (y, x) of the section, as it is drawn; brightness of the brightest structure is about 1.
pub(super) struct Plane {
    pub(super) nuclei: Vec<f32>,
    pub(super) wga: Vec<f32>,
    pub(super) actin: Vec<f32>,
}

impl Plane {
    pub(super) fn new() -> Self {
        let plane = || vec![0.0; SIDE * SIDE];
        Self {
            nuclei: plane(),
            wga: plane(),
            actin: plane(),
        }
    }

    /// Writes the plane as seen in focus, in rows of one channel after another: (y, c, x).
    pub(super) fn focus(&self, out: &mut [u16]) {
        for (c, channel) in [&self.nuclei, &self.wga, &self.actin].into_iter().enumerate() {
            blur(channel, c, out);
        }
    }
}

/// 1-2-1 along y and x (standard deviation 0.7 voxels); the edge is repeated.
fn blur(plane: &[f32], channel: usize, out: &mut [u16]) {
    let row = |y: usize| &plane[y * SIDE..(y + 1) * SIDE];
    let mut line = [0.0f32; SIDE + 2];
    for (y, out) in out.chunks_exact_mut(3 * SIDE).enumerate() {
        let out = &mut out[channel * SIDE..(channel + 1) * SIDE];
        let (above, here, below) = (row(y.saturating_sub(1)), row(y), row((y + 1).min(SIDE - 1)));
        for x in 0..SIDE {
            line[x + 1] = above[x] + 2.0 * here[x] + below[x];
        }
        (line[0], line[SIDE + 1]) = (line[1], line[SIDE]);
        for x in 0..SIDE {
            let sum = line[x] + 2.0 * line[x + 1] + line[x + 2];
            out[x] = nearest((sum * (UNIT / 16.0)).min(65_535.0)) as u16;
        }
    }
}

/// One row (c, x) of plane `z`, blurred along z: brightness, as drawn. `rows` holds that row of every plane in focus;
/// beyond the section its last plane goes on.
pub(super) fn seen(rows: &[[[u16; SIDE]; 3]], z: usize, out: &mut [[f32; SIDE]; 3]) {
    let row = |tap: usize| &rows[(z + tap).saturating_sub(2).min(SHAPE[0] - 1)];
    for (channel, out) in out.iter_mut().enumerate() {
        let [a, b, c, d, e] = std::array::from_fn(|tap| &row(tap)[channel]);
        for x in 0..SIDE {
            let [a, b, c, d, e] = [a[x], b[x], c[x], d[x], e[x]].map(i32::from);
            // Binomial: standard deviation 1 plane.
            let sum = (a + e) + 4 * (b + d) + 6 * c;
            out[x] = sum as f32 * (1.0 / (16.0 * UNIT));
        }
    }
}
