//! What takes up which stain: brightness across the wall of each kind of tube, tabulated once.

use super::nearest;

/// The kinds of tube in a section of renal cortex.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Thick wall, brush border in a narrow lumen.
    Proximal,
    /// Thinner wall, wide lumen, actin at the base.
    Distal,
    /// Cobbled wall, bright thin apical line.
    Collecting,
    /// Smooth muscle around an elastic lamina.
    Artery,
    /// A single thin wall.
    Capillary,
    /// Bowman's capsule; the tuft inside is drawn by `tuft`.
    Glomerulus,
}

const KINDS: [Kind; 6] = [
    Kind::Proximal,
    Kind::Distal,
    Kind::Collecting,
    Kind::Artery,
    Kind::Capillary,
    Kind::Glomerulus,
];
const STEPS_PER_PX: f32 = 8.0;
const START_PX: f32 = -4.0;
const STEPS: usize = 192;

/// Brightness (WGA, actin) and share of cytoplasm, at one depth of a wall.
pub(super) type Layer = [f32; 3];

/// The stain of a wall, as tables over depth below the outer surface (base) and height above the lumen (apex), in
/// voxels; negative outside the tube, and inside the lumen.
pub(super) struct Wall {
    base: [Layer; STEPS],
    apex: [Layer; STEPS],
    /// Cytoplasm: WGA, actin.
    pub(super) cytoplasm: [f32; 2],
    /// How ragged the lumen is, in voxels.
    pub(super) ragged_px: f32,
    /// Bright granules in the cytoplasm.
    pub(super) granules: f32,
}

impl Wall {
    pub(super) fn all() -> Vec<Wall> {
        KINDS.iter().map(|&kind| Wall::new(kind)).collect()
    }

    fn new(kind: Kind) -> Self {
        let table = |f: fn(Kind, f32) -> Layer| std::array::from_fn(|i| f(kind, START_PX + i as f32 / STEPS_PER_PX));
        let (cytoplasm, ragged_px, granules) = match kind {
            Kind::Proximal => ([0.20, 0.09], 1.5, 0.20),
            Kind::Distal => ([0.13, 0.17], 0.8, 0.04),
            Kind::Collecting => ([0.20, 0.07], 0.7, 0.04),
            Kind::Artery => ([0.10, 0.50], 0.9, 0.0),
            Kind::Capillary => ([0.10, 0.06], 0.2, 0.0),
            Kind::Glomerulus => ([0.0, 0.0], 0.0, 0.0),
        };
        Self {
            base: table(base),
            apex: table(apex),
            cytoplasm,
            ragged_px,
            granules,
        }
    }

    #[inline]
    pub(super) fn base(&self, depth_px: f32) -> Layer {
        self.base[step(depth_px)]
    }

    #[inline]
    pub(super) fn apex(&self, height_px: f32) -> Layer {
        self.apex[step(height_px)]
    }
}

#[inline]
fn step(px: f32) -> usize {
    nearest(((px - START_PX) * STEPS_PER_PX).clamp(0.0, (STEPS - 1) as f32)) as usize
}

/// The outer side: basement membrane (WGA), basal actin, and where the inside begins.
fn base(kind: Kind, depth: f32) -> Layer {
    let inside = smooth_step(-0.6, 0.8, depth);
    let [wga, actin] = match kind {
        Kind::Proximal => [0.78 * bump(depth - 0.5, 1.8), 0.16 * bump(depth - 0.9, 2.0)],
        Kind::Distal => [0.66 * bump(depth - 0.5, 1.7), 0.34 * bump(depth - 1.6, 3.4)],
        Kind::Collecting => [0.80 * bump(depth - 0.5, 1.8), 0.20 * bump(depth - 1.0, 2.0)],
        Kind::Artery => [0.34 * bump(depth + 0.2, 3.2), 0.20 * bump(depth - 1.5, 2.5)],
        Kind::Capillary => [0.52 * bump(depth - 0.4, 1.5), 0.16 * bump(depth - 0.6, 1.5)],
        Kind::Glomerulus => [0.74 * bump(depth - 0.4, 1.9), 0.30 * bump(depth - 1.2, 2.0)],
    };
    [wga, actin, inside]
}

/// The inner side: brush border or apical membrane, and where the lumen begins.
fn apex(kind: Kind, height: f32) -> Layer {
    let out_of_lumen = smooth_step(-0.5, 0.9, height);
    match kind {
        Kind::Proximal => {
            let brush = smooth_step(-1.0, 0.8, height) * (1.0 - smooth_step(2.8, 5.0, height));
            [0.66 * brush, 1.02 * brush, smooth_step(2.0, 4.6, height)]
        }
        Kind::Distal => [
            0.26 * bump(height - 0.6, 1.6),
            0.40 * bump(height - 0.8, 1.8),
            out_of_lumen,
        ],
        Kind::Collecting => [
            0.78 * bump(height - 0.5, 1.7),
            0.46 * bump(height - 0.9, 1.8),
            out_of_lumen,
        ],
        Kind::Artery => [
            0.86 * bump(height - 0.3, 1.9),
            0.10 * bump(height - 1.0, 1.6),
            smooth_step(0.2, 1.6, height),
        ],
        Kind::Capillary => [0.0, 0.0, out_of_lumen],
        Kind::Glomerulus => [0.0; 3],
    }
}

/// 1 at 0, smoothly down to 0 at ±`width`.
#[inline]
pub(super) fn bump(x: f32, width: f32) -> f32 {
    let q = (1.0 - (x / width) * (x / width)).max(0.0);
    q * q
}

/// 0 below `lo`, 1 above `hi`, smooth between.
#[inline]
pub(super) fn smooth_step(lo: f32, hi: f32, x: f32) -> f32 {
    let t = ((x - lo) / (hi - lo)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
