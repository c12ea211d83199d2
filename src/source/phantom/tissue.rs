//! The stained section before any optics: where every voxel lies in a wall, and how bright that makes it.

use super::SHAPE;
use super::field::{BEND, Candidates, FAR, Field, Nearest, TILE, TILE_ROWS, smooth_max};
use super::layout::{self, Tube};
use super::optics::Plane;
use super::stain::{Kind, Wall, bump, smooth_step};
use super::texture::{Grain, Lattice};
use super::tuft;

const SIDE: usize = SHAPE[2];
/// Largest displacement along x and along y.
const BEND_PX: f32 = 4.9;
const _: () = assert!(2.0 * BEND_PX * BEND_PX <= BEND * BEND);

/// Capillary loops farther away than this do not change the look of a voxel of the tuft.
const LOOP_HORIZON_PX: f32 = 5.0;

/// Everything that is fixed in the section but the nuclei.
pub(super) struct Tissue {
    pub(super) tubes: Vec<Tube>,
    pub(super) grain: Grain,
    field: Field,
    loops: Field,
    /// Which tubes are glomeruli.
    balls: Vec<usize>,
    walls: Vec<Wall>,
    /// Displacement of the tissue along x and y.
    bend: [Lattice; 2],
    /// Width of the interstitium, lobes of the tuft.
    slow: Lattice,
}

/// Lattice values for the rows of one row of tiles.
struct Rows {
    x: Vec<f32>,
    y: Vec<f32>,
    slow: Vec<f32>,
}

impl Rows {
    /// Centre of a tile in tissue coordinates, and the distance of its farthest voxel.
    fn extent(&self, left: usize, z: f32) -> ([f32; 3], f32) {
        let middle = (TILE_ROWS / 2) * SIDE + left + TILE / 2;
        let (cx, cy) = (self.x[middle], self.y[middle]);
        let mut farthest = [0.0f32; TILE];
        for row in 0..TILE_ROWS {
            let span = row * SIDE + left..row * SIDE + left + TILE;
            for ((far, x), y) in farthest.iter_mut().zip(&self.x[span.clone()]).zip(&self.y[span]) {
                let d2 = (x - cx) * (x - cx) + (y - cy) * (y - cy);
                *far = if d2 > *far { d2 } else { *far };
            }
        }
        ([cx, cy, z], farthest.into_iter().fold(0.0, f32::max).sqrt())
    }
}

impl Tissue {
    pub(super) fn new() -> Self {
        let (grain, (tubes, loops)) = rayon::join(Grain::new, || {
            let tubes = layout::tubes();
            let loops = tuft::loops(&tubes);
            (tubes, loops)
        });
        let field = Field::new(tubes.iter().map(|t| &t.chain), FAR);
        let lattice = |stream, spacing_px| Lattice::new(stream, spacing_px, SIDE);
        Self {
            field,
            loops: Field::new(loops.iter(), LOOP_HORIZON_PX),
            balls: (0..tubes.len())
                .filter(|&i| tubes[i].kind == Kind::Glomerulus)
                .collect(),
            tubes,
            grain,
            walls: Wall::all(),
            bend: [lattice(41, 31.0), lattice(42, 31.0)],
            slow: lattice(43, 22.0),
        }
    }

    /// Distance outside the surface of the tube that a point (x, y, z of the image) belongs to, and which tube it is.
    pub(super) fn surface(&self, p: [f32; 3]) -> (f32, usize) {
        let bent = self.bent(p);
        let (first, second, tube) = self.field.at(bent);
        (surface(first, second, self.slow.at(p[0], p[1], p[2])), tube)
    }

    /// How far outside the nearest capillary loop of a tuft a point lies.
    pub(super) fn loop_surface(&self, p: [f32; 3]) -> f32 {
        self.loops.at(self.bent(p)).0
    }

    /// Tissue coordinates of a point of the image.
    fn bent(&self, [x, y, z]: [f32; 3]) -> [f32; 3] {
        [
            x + BEND_PX * self.bend[0].at(x, y, z),
            y + BEND_PX * self.bend[1].at(x, y, z),
            z,
        ]
    }

    /// Where a point of the tissue is in the image, to about a voxel.
    pub(super) fn unbent(&self, [x, y, z]: [f32; 3]) -> [f32; 3] {
        let [bent_x, bent_y, _] = self.bent([x, y, z]);
        let guess = [2.0 * x - bent_x, 2.0 * y - bent_y, z];
        let [bent_x, bent_y, _] = self.bent(guess);
        [guess[0] + x - bent_x, guess[1] + y - bent_y, z]
    }

    /// Draws WGA and actin of plane `z`.
    pub(super) fn draw(&self, z: usize, plane: &mut Plane) {
        let none = || vec![0.0; TILE_ROWS * SIDE];
        let mut rows = Rows {
            x: none(),
            y: none(),
            slow: none(),
        };
        let (mut tubes, mut loops) = (Candidates::default(), Candidates::default());
        let depth = z as f32;
        for top in (0..SIDE).step_by(TILE_ROWS) {
            self.fill(&mut rows, top, depth);
            for left in (0..SIDE).step_by(TILE) {
                let (centre, reach) = rows.extent(left, depth);
                self.field.tile(left, top, centre, reach, &mut tubes);
                let has_tuft = self.balls.iter().any(|&ball| self.field.surface(ball, centre) < reach);
                if has_tuft {
                    self.loops.tile(left, top, centre, reach, &mut loops);
                }
                for row in 0..TILE_ROWS {
                    let start = row * SIDE + left;
                    let x = rows.x[start..start + TILE].try_into().expect("a tile's width");
                    let y = rows.y[start..start + TILE].try_into().expect("a tile's width");
                    let near = self.field.row(&tubes, x, y, depth);
                    let tuft = has_tuft.then(|| self.loops.row(&loops, x, y, depth));
                    let at = [left as u32, (top + row) as u32, z as u32];
                    let out = (top + row) * SIDE + left;
                    let slow: &[f32; TILE] = rows.slow[start..start + TILE].try_into().expect("a tile's width");
                    let outside: [f32; TILE] = std::array::from_fn(|i| surface(near.first[i], near.second[i], slow[i]));
                    for i in 0..TILE {
                        let at = [at[0] + i as u32, at[1], at[2]];
                        let [wga, actin] = self.shade(&near, outside[i], tuft.as_ref(), i, at, slow[i]);
                        plane.wga[out + i] = wga;
                        plane.actin[out + i] = actin;
                    }
                }
            }
        }
    }

    fn fill(&self, rows: &mut Rows, top: usize, z: f32) {
        for row in 0..TILE_ROWS {
            let y = (top + row) as f32;
            let span = row * SIDE..(row + 1) * SIDE;
            self.bend[0].row(y, z, &mut rows.x[span.clone()]);
            self.bend[1].row(y, z, &mut rows.y[span.clone()]);
            self.slow.row(y, z, &mut rows.slow[span.clone()]);
            for (i, (x_out, y_out)) in rows.x[span.clone()].iter_mut().zip(&mut rows.y[span]).enumerate() {
                *x_out = i as f32 + BEND_PX * *x_out;
                *y_out = y + BEND_PX * *y_out;
            }
        }
    }

    /// WGA and actin of one voxel.
    #[inline]
    fn shade(
        &self,
        near: &Nearest,
        outside: f32,
        tuft: Option<&Nearest>,
        i: usize,
        [x, y, z]: [u32; 3],
        slow: f32,
    ) -> [f32; 2] {
        let chain = near.chain[i];
        let tube = &self.tubes[chain as usize];
        let wall = &self.walls[tube.kind as usize];
        // Each tube has its own stretch of the grain, moving with depth at half speed: cells are taller than a plane.
        let [fine, coarse] = self.grain.at(x + chain * 37, y + chain * 91, z / 2 + chain * 5);
        let depth = 0.25 * coarse - outside;
        let height = near.axis[i] * (1.0 - tube.lumen) + tube.lumen * outside + wall.ragged_px * coarse;
        let [base_wga, base_actin, inside] = wall.base(depth);
        let [apex_wga, apex_actin, cytoplasm] = wall.apex(height);
        let vary = 0.92 + 0.22 * coarse;
        let mut wga = base_wga * vary;
        let mut actin = base_actin * vary;
        if tube.kind == Kind::Glomerulus {
            if let Some(tuft) = tuft {
                let [w, a] = shade_tuft(tuft, i, depth, slow, fine, coarse);
                wga += w;
                actin += a;
            }
        } else {
            let texture = 0.8 + 0.20 * fine + 0.16 * coarse;
            let granule = wall.granules * (fine - 1.2).max(0.0);
            let border = 0.9 + 0.16 * fine;
            wga += inside * (apex_wga * border + cytoplasm * (wall.cytoplasm[0] * texture + granule));
            actin += inside * (apex_actin * border + cytoplasm * (wall.cytoplasm[1] * texture + 0.4 * granule));
        }
        wga *= tube.gain[0];
        actin *= tube.gain[1];
        if inside < 1.0 {
            let [fine, coarse] = self.grain.at(x, y, z / 2);
            let [_, other] = self.grain.at(x + 64, y + 31, z / 2 + 7);
            let stroma = 1.0 - inside;
            wga += stroma * (0.04 + 0.16 * bump(coarse, 0.26) + 0.02 * fine);
            actin += stroma * (0.03 + 0.18 * bump(other, 0.20));
        }
        [wga.max(0.0), actin.max(0.0)]
    }
}

/// Distance outside the shared surface: a tube's own, or the middle between two that press on each other.
#[inline]
fn surface(first: f32, second: f32, slow: f32) -> f32 {
    let gap = 2.3 + 1.9 * slow;
    smooth_max(first, 0.5 * (first - second + gap), 5.0)
}

/// The tuft: walls of capillary loops, dark lumina, mesangium between, and a dark space to the capsule.
fn shade_tuft(tuft: &Nearest, i: usize, depth: f32, slow: f32, fine: f32, coarse: f32) -> [f32; 2] {
    let into_tuft = depth - (7.5 + 6.0 * slow);
    let outside_loop = smooth_max(tuft.first[i], 0.5 * (tuft.first[i] - tuft.second[i] + 0.6), 1.5);
    let wall = bump(outside_loop + 0.2, 1.8) * (0.85 + 0.2 * coarse);
    let mesangium = smooth_step(0.2, 1.6, outside_loop) * (0.8 + 0.3 * fine);
    let inside = smooth_step(-0.6, 0.9, into_tuft);
    let edge = bump(into_tuft, 1.9);
    [
        inside * (0.86 * wall + 0.16 * mesangium) + 0.4 * edge,
        inside * (0.42 * wall + 0.26 * mesangium) + 0.2 * edge,
    ]
}
