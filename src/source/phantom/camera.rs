//! The detector: light to counts, with its noise, its offset and its ceiling.
//!
//! Ranges are a rule, not a repair. The dark level of each channel drifts up while the detector warms, the same way
//! for all three. Counts are clamped to it from below, as a black-level clamp does, and to 12 bits from above: so the
//! darkest voxels of a plane lie at its dark level, and the brightest at 4095.

use super::random::{hash, normal};
use super::texture::Lattice;
use super::{SHAPE, nearest};

const SIDE: usize = SHAPE[2];
const CEILING: f32 = 4095.0;
/// Dark level of nuclei, WGA and actin in the first plane, in counts.
const DARK: [u32; 3] = [10, 68, 35];
/// Counts at brightness 1.
const GAIN: [f32; 3] = [4900.0, 4900.0, 4450.0];
/// Detected photons at brightness 1.
const PHOTONS: f32 = 230.0;
const READ_NOISE: f32 = 7.0;
/// Autofluorescence, in brightness.
const GLOW: [f32; 3] = [0.006, 0.008, 0.006];
const NORMALS: usize = 1 << 16;

/// Dark level of a plane: 54 counts above the first by plane 8, ever more slowly.
pub(super) fn dark(channel: usize, z: usize) -> u32 {
    let z = z as u32;
    DARK[channel] + (9 * z * (32 - z) + 16) / 32
}

/// Exposes rows of light.
pub(super) struct Camera {
    /// Standard normal deviates. Every row reads a stretch of them, from a place picked at random.
    normals: Vec<f32>,
    glow: Lattice,
}

impl Camera {
    pub(super) fn new() -> Self {
        let normals = (0..NORMALS).map(|i| normal(hash(i as u64 + (61 << 32)))).collect();
        Self {
            normals,
            glow: Lattice::new(62, 64.0, SIDE),
        }
    }

    /// Counts of one row (x, c) from the brightness of its three channels.
    pub(super) fn expose(&self, z: usize, y: usize, light: &mut [[f32; SIDE]; 3], out: &mut [u16]) {
        let mut glow = [0.0; SIDE];
        self.glow.row(y as f32, z as f32, &mut glow);
        let mut field = [0.0f32; SIDE];
        field
            .iter_mut()
            .enumerate()
            .for_each(|(x, field)| *field = illumination(x, y));
        let mut spread = [[0.0f32; SIDE]; 3];
        let fade = depth_fade(z);
        for c in 0..3 {
            for x in 0..SIDE {
                let v = (light[c][x] * fade + GLOW[c] * (1.0 + 0.7 * glow[x])) * field[x];
                // Variance of the counts: Poisson in photons, and the electronics.
                let shot = v * (GAIN[c] * GAIN[c] / PHOTONS);
                spread[c][x] = (shot + READ_NOISE * READ_NOISE).sqrt();
                light[c][x] = v * GAIN[c];
            }
        }
        let mut counts = [[0u16; SIDE]; 3];
        for c in 0..3 {
            let floor = dark(c, z) as f32;
            let noise = self.noise(c, z, y);
            for x in 0..SIDE {
                let v = floor + light[c][x] + noise[x] * spread[c][x];
                counts[c][x] = nearest(v.clamp(floor, CEILING)) as u16;
            }
        }
        for (x, voxel) in out.chunks_exact_mut(3).enumerate() {
            for c in 0..3 {
                voxel[c] = counts[c][x];
            }
        }
    }

    /// Standard normal deviates for one row of a channel.
    fn noise(&self, c: usize, z: usize, y: usize) -> &[f32] {
        let start = hash(((c * SHAPE[0] + z) * SHAPE[1] + y) as u64 + 1) as usize % (NORMALS - SIDE);
        &self.normals[start..start + SIDE]
    }
}

/// Deeper planes are dimmer: light is scattered on the way.
fn depth_fade(z: usize) -> f32 {
    let path = z as f32 / SHAPE[0] as f32;
    1.0 - 0.30 * path + 0.04 * path * path
}

/// The field is brightest a little off its centre.
#[inline]
fn illumination(x: usize, y: usize) -> f32 {
    let (u, v) = (x as f32 / SIDE as f32 - 0.54, y as f32 / SIDE as f32 - 0.47);
    1.05 - 0.55 * (u * u + v * v)
}
