//! The built-in sample `sample:kidney`: a section of mouse kidney as a confocal microscope would show it, made from
//! nothing but a seed.
//!
//! Proximal and distal tubules, two glomeruli and a few vessels are chains of segments in space (`layout`, `tuft`);
//! distances to them (`field`) say where in which wall a voxel lies, and tables how a wall takes the stains (`stain`,
//! `tissue`); nuclei lie along the walls (`nuclei`). Then come the blur of the objective (`optics`) and the detector
//! (`camera`), which also says why the values span what they span.
//!
//! The same on every machine: floating point is used only for what IEEE 754 rounds exactly (+, −, ×, ÷, √), in a fixed
//! order, and no voxel depends on how many threads work.

mod camera;
mod field;
mod layout;
mod nuclei;
mod optics;
mod random;
mod stain;
#[cfg(test)]
mod tests;
mod texture;
mod tissue;
mod tuft;

use rayon::prelude::*;

/// Shape of the sample: (z, y, x, c).
pub const SHAPE: [usize; 4] = [16, 512, 512, 3];
/// Size of a voxel in µm: (z, y, x).
pub const VOXEL_SIZE_UM: [f64; 3] = [1.25, 1.24, 1.24];
/// What each channel shows: DNA, wheat germ agglutinin (membranes, brush borders) and filamentous actin.
pub const CHANNEL_NAMES: [&str; 3] = ["nuclei", "WGA", "actin"];

/// The sample's voxels: counts of a 12-bit detector in `uint16`, axes (z, y, x, c) in C order, of shape [`SHAPE`].
///
/// All values span 10..=4095; those of channel 0 10..=4095, of channel 1 68..=4095, of channel 2 35..=4095. Plane z = 8
/// spans 64..=4095 over its channels.
pub fn kidney() -> Vec<u16> {
    let [_, height, width, channels] = SHAPE;
    let tissue = tissue::Tissue::new();
    let nuclei = nuclei::scatter(&tissue);
    let mut voxels = vec![0u16; SHAPE.iter().product()];
    // What a plane looks like in focus goes where its voxels will be, with the channels of a row apart: (z, y, c, x).
    voxels
        .par_chunks_exact_mut(height * width * channels)
        .enumerate()
        .for_each_init(optics::Plane::new, |plane, (z, out)| {
            tissue.draw(z, plane);
            plane.nuclei.fill(0.0);
            nuclei.iter().for_each(|n| n.draw(z, &tissue.grain, plane));
            plane.focus(out);
        });
    // Then, for every y, the rows of all planes are taken out, and come back exposed: (z, y, x, c).
    let mut rows_at: Vec<Vec<&mut [u16]>> = (0..height).map(|_| Vec::new()).collect();
    for (row, voxels) in voxels.chunks_exact_mut(width * channels).enumerate() {
        rows_at[row % height].push(voxels);
    }
    let camera = camera::Camera::new();
    rows_at.into_par_iter().enumerate().for_each(|(y, mut rows)| {
        let mut focused = [[[0; SHAPE[2]]; SHAPE[3]]; SHAPE[0]];
        for (focused, row) in focused.iter_mut().zip(&rows) {
            focused.as_flattened_mut().copy_from_slice(row);
        }
        let mut light = [[0.0; SHAPE[2]]; SHAPE[3]];
        for (z, row) in rows.iter_mut().enumerate() {
            optics::seen(&focused, z, &mut light);
            camera.expose(z, y, &mut light, row);
        }
    });
    voxels
}

/// The integer nearest to `v`, for 0 <= v < 2^22, read from a mantissa: a single addition that compilers vectorise,
/// unlike `as`, which has to saturate.
#[inline]
fn nearest(v: f32) -> u32 {
    const SHIFT: f32 = (1 << 23) as f32;
    (v + SHIFT).to_bits() & 0x3f_ffff
}
