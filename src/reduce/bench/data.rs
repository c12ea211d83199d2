use std::fmt;

use half::f16;
use rayon::prelude::*;

use crate::volume::{Box3, SampleType};

/// What the measured voxels look like: histograms are as fast as their bins are far apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Seeded random numbers: integers over the whole range of their type, floats in 0..4096.
    Uniform,
    /// One value everywhere: every voxel falls into the same bin.
    Constant,
    /// What a 12-bit camera gives: smooth structure, blobs and noise; other types hold the same, scaled.
    Image,
}

impl Pattern {
    /// All of them.
    pub const ALL: [Pattern; 3] = [Pattern::Uniform, Pattern::Constant, Pattern::Image];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Pattern::Uniform => "uniform",
            Pattern::Constant => "constant",
            Pattern::Image => "image",
        }
    }

    /// Voxels in (z, y, x) order, C order, native byte order; the same on every run.
    pub(super) fn voxels(self, sample_type: SampleType, extent: &Box3) -> Vec<u8> {
        let [_, rows, columns] = extent.size();
        let plane_bytes = (rows * columns) as usize * sample_type.bytes();
        let mut voxels = vec![0; extent.voxels() as usize * sample_type.bytes()];
        voxels.par_chunks_mut(plane_bytes).enumerate().for_each(|(z, plane)| {
            let mut random = Random::of_plane(z);
            match self {
                Pattern::Uniform if !sample_type.is_float() => {
                    // A plane need not be a multiple of eight bytes.
                    for word in plane.chunks_mut(8) {
                        word.copy_from_slice(&random.next().to_ne_bytes()[..word.len()]);
                    }
                }
                Pattern::Uniform => fill(plane, sample_type, |_| (random.next() >> 40) as f32 / 4096.0),
                Pattern::Constant => fill(plane, sample_type, |_| 1234.0),
                Pattern::Image => fill(plane, sample_type, |index| {
                    let (x, y) = (index % columns as usize, index / columns as usize);
                    camera_value([x, y, z], &mut random)
                }),
            }
        });
        voxels
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Fills a plane with 12-bit values (0..4096), scaled to the type: a sixteenth of them in 8 bits, 2²⁰ times as large in
/// 32 bits, signed integers around zero, floats as they are.
fn fill(plane: &mut [u8], sample_type: SampleType, mut value: impl FnMut(usize) -> f32) {
    macro_rules! each {
        ($type:ty, $convert:expr) => {
            for (index, bytes) in plane.chunks_exact_mut(size_of::<$type>()).enumerate() {
                let sample: $type = $convert(value(index));
                bytes.copy_from_slice(&sample.to_ne_bytes());
            }
        };
    }
    match sample_type {
        SampleType::U8 => each!(u8, |v: f32| (v / 16.0) as u8),
        SampleType::I8 => each!(i8, |v: f32| (f64::from(v) / 16.0 - 128.0) as i8),
        SampleType::U16 => each!(u16, |v: f32| v as u16),
        SampleType::I16 => each!(i16, |v: f32| (f64::from(v) - 2048.0) as i16),
        SampleType::U32 => each!(u32, |v: f32| (f64::from(v) * f64::from(1 << 20)) as u32),
        SampleType::I32 => each!(i32, |v: f32| ((f64::from(v) - 2048.0) * f64::from(1 << 20)) as i32),
        SampleType::F16 => each!(f16, f16::from_f32),
        SampleType::F32 => each!(f32, |v| v),
        SampleType::U64 => each!(u64, |v: f32| v as u64),
        SampleType::I64 => each!(i64, |v: f32| (f64::from(v) - 2048.0) as i64),
        SampleType::F64 => each!(f64, f64::from),
    }
}

/// Sides of the cells that hold one blob each.
const CELL: usize = 32;

/// What a camera counts at a voxel (x, y, z): an offset, structure that varies over many cells, a blob per cell, and noise
/// that grows with the root of the signal, as the noise of photons does.
fn camera_value([x, y, z]: [usize; 3], random: &mut Random) -> f32 {
    // The first plane goes through the middle of blobs: small volumes have some too.
    let z = z + CELL / 2;
    let [wave_x, wave_y, wave_z] = [(x, 90.0), (y, 70.0), (z, 40.0)].map(|(at, length)| (at as f32 / length).sin());
    let structure = 300.0 + 120.0 * (wave_x * wave_y + wave_z);
    let mut cell = Random::of_plane(((x / CELL) << 40) | ((y / CELL) << 20) | (z / CELL));
    let shape = cell.next();
    let part = |shift: u32| (shape >> shift & 0xff) as f32 / 255.0;
    let radius = 6.0 + 8.0 * part(0);
    let room = CELL as f32 / 2.0 - radius;
    let distance = [(x, 8), (y, 16), (z, 24)].map(|(at, shift)| {
        let centre = CELL as f32 / 2.0 + room * (2.0 * part(shift) - 1.0);
        ((at % CELL) as f32 - centre) / radius
    });
    let inside = (1.0 - distance.iter().map(|d| d * d).sum::<f32>()).max(0.0);
    let signal = structure + 3000.0 * part(32) * inside * inside;
    // Four uniform numbers together are nearly normal: mean 0, deviation 1.
    let sum: u64 = random.next().to_ne_bytes()[..4]
        .iter()
        .map(|&byte| u64::from(byte))
        .sum();
    let normal = (sum as f32 - 510.0) / 147.8;
    (signal + 1.2 * signal.sqrt() * normal).clamp(0.0, 4095.0)
}

/// Marsaglia's xorshift64 ("Xorshift RNGs", 2003), seeded by a number that may be small.
struct Random(u64);

impl Random {
    fn of_plane(seed: usize) -> Self {
        let mut random = Self((seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        // The first numbers of seeds that are alike are alike.
        for _ in 0..3 {
            random.next();
        }
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reduce::twin;

    const EXTENT: Box3 = Box3 {
        z: 0..3,
        y: 0..64,
        x: 0..61,
    };

    #[test]
    fn an_image_fills_a_good_part_of_twelve_bits_and_other_types_hold_the_same() {
        let of = |sample_type| twin::values(&Pattern::Image.voxels(sample_type, &EXTENT), sample_type);
        let counts = of(SampleType::U16);
        assert_eq!(counts.len() as u64, EXTENT.voxels());
        let (low, high) = counts
            .iter()
            .fold((f64::MAX, 0.0f64), |(low, high), &v| (low.min(v), high.max(v)));
        assert!(
            low > 0.0 && low < 400.0 && high > 1500.0 && high < 4096.0,
            "{low} {high}"
        );
        let mut different = counts.clone();
        different.sort_by(f64::total_cmp);
        different.dedup();
        assert!(different.len() > 500, "{} values", different.len());
        for (sample_type, scaled) in [
            (SampleType::I16, (|v| (v - 2048.0).trunc()) as fn(f64) -> f64),
            (SampleType::F32, |v| v),
            (SampleType::U32, |v| (v * 1048576.0).trunc()),
            (SampleType::I8, |v| (v / 16.0 - 128.0).trunc()),
        ] {
            let exact = of(SampleType::F64).into_iter().map(scaled);
            assert!(exact.eq(of(sample_type)), "{sample_type}");
        }
    }

    #[test]
    fn constant_is_constant_and_uniform_uses_every_bin() {
        for sample_type in SampleType::ALL {
            let mut constant = twin::values(&Pattern::Constant.voxels(sample_type, &EXTENT), sample_type);
            constant.dedup();
            assert_eq!(constant.len(), 1, "{sample_type}");
        }
        let mut seen = [false; 256];
        for byte in Pattern::Uniform.voxels(SampleType::U8, &EXTENT) {
            seen[usize::from(byte)] = true;
        }
        assert!(seen.iter().all(|&seen| seen));
        let floats = twin::values(&Pattern::Uniform.voxels(SampleType::F32, &EXTENT), SampleType::F32);
        assert!(floats.iter().all(|v| (0.0..4096.0).contains(v)));
    }
}
