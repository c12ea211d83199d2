//! Noise with structure: a small periodic grain for cytoplasm and chromatin, a wide smooth one that bends the tissue.

use super::random::Random;

const SIDE: usize = 64;
const DEPTH: usize = 16;
const STEP: f32 = 1024.0;

/// Periodic noise, 16 × 64 × 64 (z, y, x), mean 0 and standard deviation 1, at two grain sizes.
pub(super) struct Grain {
    /// Fine and coarse noise, in 1/1024.
    voxels: Box<[[i16; 2]; DEPTH * SIDE * SIDE]>,
}

impl Grain {
    pub(super) fn new() -> Self {
        let (fine, coarse) = rayon::join(|| smooth_noise(11, &[1]), || smooth_noise(12, &[2, 3, 3]));
        let fixed = |v: f32| (v * STEP).clamp(-32_000.0, 32_000.0) as i16;
        let voxels: Vec<_> = fine.iter().zip(&coarse).map(|(&f, &c)| [fixed(f), fixed(c)]).collect();
        Self {
            voxels: voxels.try_into().expect("as many as there are voxels"),
        }
    }

    /// Fine (about 2 voxels) and coarse (about 8 voxels) noise at a voxel.
    #[inline]
    pub(super) fn at(&self, x: u32, y: u32, z: u32) -> [f32; 2] {
        let index = ((z & 15) << 12) | ((y & 63) << 6) | (x & 63);
        let [fine, coarse] = self.voxels[index as usize];
        [f32::from(fine) * (1.0 / STEP), f32::from(coarse) * (1.0 / STEP)]
    }
}

/// White noise, blurred by boxes of the given radii along each axis, all wrapped around.
fn smooth_noise(stream: u64, radii: &[usize]) -> Vec<f32> {
    let mut random = Random::new(stream);
    let mut v: Vec<f32> = (0..DEPTH * SIDE * SIDE).map(|_| random.unit() - 0.5).collect();
    let mut line = [0.0f32; SIDE];
    for (stride, length) in [(1, SIDE), (SIDE, SIDE), (SIDE * SIDE, DEPTH)] {
        for start in (0..v.len()).filter(|i| (i / stride) % length == 0) {
            for &radius in radii {
                for (i, value) in line[..length].iter_mut().enumerate() {
                    *value = v[start + i * stride];
                }
                // Both lengths are powers of two.
                let around = |i: usize| line[(i + length) & (length - 1)];
                let mut sum: f32 = (0..=2 * radius).map(|i| around(i + length - radius)).sum();
                for i in 0..length {
                    v[start + i * stride] = sum;
                    sum += around(i + radius + 1) - around(i + length - radius);
                }
            }
        }
    }
    let mean = v.iter().sum::<f32>() / v.len() as f32;
    let variance = v.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / v.len() as f32;
    let scale = 1.0 / variance.sqrt();
    v.iter_mut().for_each(|v| *v = (*v - mean) * scale);
    v
}

/// Smooth noise within ±1, interpolated between random values on a lattice.
pub(super) struct Lattice {
    spacing_px: f32,
    width: usize,
    values: Vec<f32>,
    /// Knot and share of the next one, for x = 0, 1, 2, ...
    cells: Vec<(usize, f32)>,
}

const LATTICE_DEPTH: usize = 4;
const LATTICE_Z_SPACING_PX: f32 = 12.0;

impl Lattice {
    pub(super) fn new(stream: u64, spacing_px: f32, side_px: usize) -> Self {
        let width = (side_px as f32 / spacing_px) as usize + 3;
        let mut random = Random::new(stream);
        let values = (0..LATTICE_DEPTH * width * width)
            .map(|_| random.range(-1.0, 1.0))
            .collect();
        let mut lattice = Self {
            spacing_px,
            width,
            values,
            cells: Vec::new(),
        };
        lattice.cells = (0..side_px).map(|x| lattice.cell(x as f32)).collect();
        lattice
    }

    /// The value at a point; outside the lattice, that of its edge.
    pub(super) fn at(&self, x: f32, y: f32, z: f32) -> f32 {
        let (x0, fx) = self.cell(x);
        let (y, z) = (self.cell(y), depth_cell(z));
        let (left, right) = (self.knot(x0, y, z), self.knot(x0 + 1, y, z));
        left + (right - left) * fx
    }

    /// The values at x = 0, 1, 2, ... of one row.
    pub(super) fn row(&self, y: f32, z: f32, out: &mut [f32]) {
        let (y, z) = (self.cell(y), depth_cell(z));
        let knots: Vec<f32> = (0..self.width).map(|x| self.knot(x, y, z)).collect();
        for (out, &(x0, fx)) in out.iter_mut().zip(&self.cells) {
            *out = knots[x0] + (knots[x0 + 1] - knots[x0]) * fx;
        }
    }

    fn cell(&self, position_px: f32) -> (usize, f32) {
        let p = (position_px / self.spacing_px).clamp(0.0, (self.width - 2) as f32 + 0.999);
        let f = p - (p as usize) as f32;
        (p as usize, f * f * (3.0 - 2.0 * f))
    }

    /// Interpolated along y and z, at one knot of x.
    #[inline]
    fn knot(&self, x: usize, (y, fy): (usize, f32), (z, fz): (usize, f32)) -> f32 {
        let at = |z: usize, y: usize| self.values[(z * self.width + y) * self.width + x];
        let front = at(z, y) + (at(z, y + 1) - at(z, y)) * fy;
        let back = at(z + 1, y) + (at(z + 1, y + 1) - at(z + 1, y)) * fy;
        front + (back - front) * fz
    }
}

fn depth_cell(z: f32) -> (usize, f32) {
    let p = ((z + 6.0) / LATTICE_Z_SPACING_PX).clamp(0.0, (LATTICE_DEPTH - 2) as f32 + 0.999);
    (p as usize, p - (p as usize) as f32)
}
