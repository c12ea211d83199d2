//! Nuclei: spheroids along the walls, in the tuft and in the interstitium, with the bright chromocentres of the mouse.

use rayon::prelude::*;

use super::SHAPE;
use super::layout::Tube;
use super::optics::Plane;
use super::random::Random;
use super::stain::{Kind, bump};
use super::texture::Grain;
use super::tissue::Tissue;

const SIDE: f32 = SHAPE[2] as f32;
/// Nothing of a nucleus is drawn where the squared distance from its centre, in radii, is larger.
const EXTENT: f32 = 1.56;
const ABOVE_Z: f32 = -4.0;
const BELOW_Z: f32 = SHAPE[0] as f32 + 4.0;

/// A spheroid: `radius` across, a smaller `thickness` along its unit `normal`; in voxels, (x, y, z).
pub(super) struct Nucleus {
    centre: [f32; 3],
    normal: [f32; 3],
    radius: f32,
    thickness: f32,
    brightness: f32,
}

/// All nuclei that reach into the section.
pub(super) fn scatter(tissue: &Tissue) -> Vec<Nucleus> {
    // Each tube draws from a stream of its own, so that all can be done at once.
    let of_tubes = (0..tissue.tubes.len()).into_par_iter().map(|i| {
        let mut random = Random::new(1000 + i as u64);
        match tissue.tubes[i].kind {
            Kind::Glomerulus => in_tuft(tissue, &mut random, i),
            _ => along_wall(tissue, &mut random, i),
        }
    });
    let mut nuclei: Vec<Nucleus> = of_tubes.flatten_iter().collect();
    nuclei.extend(in_interstitium(tissue, &mut Random::new(51)));
    nuclei
}

fn is_seen(p: [f32; 3]) -> bool {
    let across = -10.0..SIDE + 10.0;
    across.contains(&p[0]) && across.contains(&p[1]) && (ABOVE_Z..BELOW_Z).contains(&p[2])
}

fn is_free(p: [f32; 3], near: &[Nucleus], spacing: f32) -> bool {
    near.iter().all(|n| {
        let d = [0, 1, 2].map(|i| n.centre[i] - p[i]);
        d[0] * d[0] + d[1] * d[1] + d[2] * d[2] > spacing * spacing
    })
}

/// One nucleus per cell of the epithelium or the muscle: thrown at the wall, kept apart.
fn along_wall(tissue: &Tissue, random: &mut Random, index: usize) -> Vec<Nucleus> {
    let tube = &tissue.tubes[index];
    let (cell_area, spacing, place) = match tube.kind {
        Kind::Proximal => (62.0, 10.5, (0.50, 0.68)),
        Kind::Distal => (46.0, 8.6, (0.48, 0.62)),
        Kind::Collecting => (60.0, 9.6, (0.42, 0.58)),
        Kind::Artery => (60.0, 8.5, (0.3, 0.9)),
        _ => (150.0, 11.0, (0.6, 0.9)),
    };
    let mut nuclei = Vec::new();
    for pair in tube.chain.points.windows(2) {
        let along = [0, 1, 2].map(|i| pair[1][i] - pair[0][i]);
        let length = (along[0] * along[0] + along[1] * along[1] + along[2] * along[2]).sqrt();
        let tries = (length * tube.chain.radius * std::f32::consts::TAU / cell_area * 1.8) as usize;
        for _ in 0..tries {
            let t = random.unit();
            let axis = [0, 1, 2].map(|i| pair[0][i] + along[i] * t);
            let outward = perpendicular(random.direction(), along);
            let share = random.range(place.0, place.1);
            let size = random.range(0.86, 1.1);
            let brightness = random.range(0.5, 1.0);
            let reach = tube.chain.radius;
            if !is_seen([0, 1, 2].map(|i| axis[i] + outward[i] * reach * 0.7)) {
                continue;
            }
            let axis = tissue.unbent(axis);
            if !is_free(
                [0, 1, 2].map(|i| axis[i] + outward[i] * reach * 0.75),
                &nuclei,
                spacing * 0.6,
            ) {
                continue;
            }
            let Some(surface) = march(tissue, tube, index, axis, outward) else {
                continue;
            };
            let r = surface * (tube.lumen + (1.0 - tube.lumen) * share);
            let centre = [0, 1, 2].map(|i| axis[i] + outward[i] * r);
            if !is_free(centre, &nuclei, spacing) {
                continue;
            }
            let nucleus = |radius: f32, thickness: f32| Nucleus {
                centre,
                normal: outward,
                radius: radius * size,
                thickness: thickness * size,
                brightness,
            };
            nuclei.push(match tube.kind {
                Kind::Proximal => nucleus(4.5, 4.1),
                Kind::Distal => nucleus(4.2, 3.6),
                Kind::Collecting => nucleus(4.2, 3.8),
                Kind::Artery => nucleus(4.6, 1.9),
                _ => nucleus(3.4, 1.8),
            });
        }
    }
    nuclei
}

/// From the axis outward to the surface. `None` where the axis itself is not the tube's (flattened away).
fn march(tissue: &Tissue, tube: &Tube, index: usize, axis: [f32; 3], outward: [f32; 3]) -> Option<f32> {
    let at = |r: f32| [0, 1, 2].map(|i| axis[i] + outward[i] * r);
    let mut r = tube.chain.radius * 0.5;
    for _ in 0..5 {
        let (outside, owner) = tissue.surface(at(r));
        if owner == index && outside.abs() < 0.5 {
            break;
        }
        r -= if owner == index { outside } else { outside.abs() + 2.0 };
    }
    (r > tube.chain.radius * 0.4).then_some(r)
}

/// Podocytes, mesangial and endothelial cells: between the loops, close together.
fn in_tuft(tissue: &Tissue, random: &mut Random, index: usize) -> Vec<Nucleus> {
    const TRIES: usize = 5000;
    let ball = &tissue.tubes[index].chain;
    let mut nuclei = Vec::new();
    for _ in 0..TRIES {
        let reach = ball.radius + 12.0;
        let [x, y, _] = ball.points[0];
        let p = [
            x + random.range(-reach, reach),
            y + random.range(-reach, reach),
            random.range(ABOVE_Z, BELOW_Z),
        ];
        let normal = random.direction();
        let (radius, brightness) = (random.range(2.7, 3.7), random.range(0.45, 1.0));
        let (outside, owner) = tissue.surface(p);
        if owner != index || outside > -8.0 || tissue.loop_surface(p) < 0.2 || !is_free(p, &nuclei, 6.3) {
            continue;
        }
        nuclei.push(Nucleus {
            centre: p,
            normal,
            radius,
            thickness: radius * 0.78,
            brightness,
        });
    }
    nuclei
}

fn in_interstitium(tissue: &Tissue, random: &mut Random) -> Vec<Nucleus> {
    const TRIES: usize = 6000;
    let mut nuclei = Vec::new();
    for _ in 0..TRIES {
        let p = [
            random.range(0.0, SIDE),
            random.range(0.0, SIDE),
            random.range(ABOVE_Z, BELOW_Z),
        ];
        let normal = random.direction();
        let brightness = random.range(0.4, 0.9);
        if tissue.surface(p).0 > 1.1 && is_free(p, &nuclei, 11.0) {
            nuclei.push(Nucleus {
                centre: p,
                normal,
                radius: 3.6,
                thickness: 1.9,
                brightness,
            });
        }
    }
    nuclei
}

/// The part of a direction across `axis`, as a unit vector.
fn perpendicular(v: [f32; 3], axis: [f32; 3]) -> [f32; 3] {
    let dot = |a: [f32; 3], b: [f32; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    let along = dot(v, axis) / dot(axis, axis);
    let across = [0, 1, 2].map(|i| v[i] - axis[i] * along);
    let length = dot(across, across).sqrt().max(1e-3);
    across.map(|c| c / length)
}

impl Nucleus {
    /// Draws the nucleus into plane `z`: chromatin in, cytoplasm out, and a trace of WGA on the envelope.
    pub(super) fn draw(&self, z: usize, grain: &Grain, plane: &mut Plane) {
        let [cx, cy, cz] = self.centre;
        let dz = z as f32 - cz;
        let reach2 = EXTENT * self.radius * self.radius - dz * dz;
        if reach2 <= 0.0 {
            return;
        }
        let reach = reach2.sqrt();
        let span = |c: f32| (c - reach + 1.0).max(0.0) as usize..((c + reach + 1.0).max(0.0) as usize).min(SHAPE[2]);
        let (across2, along2) = (
            1.0 / (self.radius * self.radius),
            1.0 / (self.thickness * self.thickness),
        );
        let [nx, ny, nz] = self.normal;
        for y in span(cy) {
            for x in span(cx) {
                let (dx, dy) = (x as f32 - cx, y as f32 - cy);
                let along = dx * nx + dy * ny + dz * nz;
                let q = (dx * dx + dy * dy + dz * dz - along * along) * across2 + along * along * along2;
                if q > EXTENT {
                    continue;
                }
                let [fine, coarse] = grain.at(x as u32, y as u32 + 50, z as u32);
                let cover = ((1.25 - q) * 2.2).clamp(0.0, 1.0);
                let spots = (fine - 0.7).clamp(0.0, 1.2);
                let chromatin = self.brightness * (0.72 + 0.12 * fine + 0.10 * coarse + 0.46 * spots);
                let i = y * SHAPE[2] + x;
                plane.nuclei[i] = plane.nuclei[i].max(cover * chromatin.max(0.0));
                let envelope = 0.10 * bump(q - 1.1, 0.45);
                plane.wga[i] = plane.wga[i] * (1.0 - 0.82 * cover) + envelope;
                plane.actin[i] *= 1.0 - 0.88 * cover;
            }
        }
    }
}
