//! Distances: how far a voxel is from the axis of its tube, and how much farther from the next tube's.
//!
//! A tube is a chain of round-ended segments. Every voxel belongs to the tube whose surface is nearest, and neighbours
//! share the room between them like cells of an additively weighted Voronoi diagram: crowded tubes flatten each other.

use rayon::prelude::*;

use super::SHAPE;

/// Width of a tile in voxels.
pub(super) const TILE: usize = 16;
/// Height of a tile.
pub(super) const TILE_ROWS: usize = 8;
const COLUMNS: usize = SHAPE[2] / TILE;
const ROWS: usize = SHAPE[1] / TILE_ROWS;
const BLOCK: usize = 64;
const BLOCKS: usize = SHAPE[1] / BLOCK;
/// From the centre of a tile to the farthest of its voxels, wherever the tissue has moved it.
const REACH: f32 = 9.0 + BEND;
/// The most that a voxel of the image is displaced in the tissue.
pub(super) const BEND: f32 = 7.0;
/// Planes above and below the image in which distances are asked for.
const OVERHANG: f32 = 4.0;
/// Farther than any distance.
pub(super) const FAR: f32 = 1e6;

/// A chain of round-ended segments; positions are (x, y, z) in voxels.
pub(super) struct Chain {
    pub(super) points: Vec<[f32; 3]>,
    pub(super) radius: f32,
}

#[derive(Clone)]
pub(super) struct Segment {
    a: [f32; 3],
    ab: [f32; 3],
    inv_length2: f32,
}

/// For a row of a tile: surface distance of the nearest and the second nearest chain, axis distance and number of the
/// nearest.
pub(super) struct Nearest {
    pub(super) first: [f32; TILE],
    pub(super) second: [f32; TILE],
    pub(super) axis: [f32; TILE],
    pub(super) chain: [u32; TILE],
}

/// The segments that matter in a tile, chain after chain.
#[derive(Default)]
pub(super) struct Candidates {
    /// Chain, and the end of its run of segments.
    chains: Vec<(u32, usize)>,
    segments: Vec<Segment>,
    distances: Vec<f32>,
}

/// Chains, with an index that finds those near a place.
pub(super) struct Field {
    radii: Vec<f32>,
    segments: Vec<Vec<Segment>>,
    /// Per tile, through all planes: the chains that may be first or second there.
    tiles: Vec<Vec<u32>>,
    /// Chains whose surface is farther than this do not matter to a voxel.
    horizon: f32,
}

impl Field {
    pub(super) fn new<'a>(chains: impl Iterator<Item = &'a Chain>, horizon: f32) -> Self {
        let (radii, segments): (Vec<f32>, _) = chains.map(|c| (c.radius, segments(&c.points))).unzip();
        let mut field = Self {
            radii,
            segments,
            tiles: Vec::new(),
            horizon,
        };
        let middle_z = SHAPE[0] as f32 * 0.5;
        let half_depth = middle_z + OVERHANG;
        let reach = (REACH * REACH + half_depth * half_depth).sqrt();
        let centre = |i: usize, size: usize| (i * size + size / 2) as f32;
        let all: Vec<u32> = (0..field.radii.len() as u32).collect();
        // In two steps: blocks of 4 × 8 tiles first.
        let blocks: Vec<Vec<u32>> = (0..BLOCKS * BLOCKS)
            .into_par_iter()
            .map(|i| {
                let middle = [centre(i % BLOCKS, BLOCK), centre(i / BLOCKS, BLOCK), middle_z];
                field.select(&all, middle, reach + BLOCK as f32 * 0.7072, &mut Vec::new())
            })
            .collect();
        field.tiles = (0..ROWS * COLUMNS)
            .into_par_iter()
            .map_init(Vec::new, |distances, i| {
                let middle = [centre(i % COLUMNS, TILE), centre(i / COLUMNS, TILE_ROWS), middle_z];
                let block = (i / COLUMNS * TILE_ROWS / BLOCK) * BLOCKS + i % COLUMNS * TILE / BLOCK;
                field.select(&blocks[block], middle, reach, distances)
            })
            .collect();
        field
    }

    /// Of `among`, the chains that may be first or second anywhere within `reach` of `p`.
    fn select(&self, among: &[u32], p: [f32; 3], reach: f32, distances: &mut Vec<f32>) -> Vec<u32> {
        let limit = self.limit(among, p, reach, distances);
        among
            .iter()
            .zip(distances)
            .filter(|(_, d)| **d <= limit)
            .map(|(chain, _)| *chain)
            .collect()
    }

    /// Surface distances of `among` at `p`, and the largest that one can have that is first or second, and within the
    /// horizon, anywhere within `reach`: distances change no faster than place.
    fn limit(&self, among: &[u32], p: [f32; 3], reach: f32, distances: &mut Vec<f32>) -> f32 {
        distances.clear();
        let (mut first, mut second) = (FAR, FAR);
        for &chain in among {
            let d = self.surface(chain as usize, p);
            distances.push(d);
            second = min(second, max(first, d));
            first = min(first, d);
        }
        min(second + 2.0 * reach, self.horizon + reach)
    }

    /// Candidates of the tile whose first voxel is (x, y), in one plane; in tissue coordinates its voxels lie within
    /// `reach` of `centre`.
    pub(super) fn tile(&self, x: usize, y: usize, centre: [f32; 3], reach: f32, found: &mut Candidates) {
        let among = &self.tiles[(y / TILE_ROWS) * COLUMNS + x / TILE];
        let limit = self.limit(among, centre, reach, &mut found.distances);
        found.chains.clear();
        found.segments.clear();
        for (&chain, &d) in among.iter().zip(&found.distances).filter(|(_, d)| **d <= limit) {
            // Of a chain, only the segments that may be the nearest of its own.
            let axis = d + self.radii[chain as usize] + 2.0 * reach;
            let near = self.segments[chain as usize]
                .iter()
                .filter(|s| s.distance2(centre) <= axis * axis);
            found.segments.extend(near.cloned());
            found.chains.push((chain, found.segments.len()));
        }
    }

    /// How far outside a chain's surface a point of the tissue lies.
    pub(super) fn surface(&self, chain: usize, p: [f32; 3]) -> f32 {
        distance(&self.segments[chain], p) - self.radii[chain]
    }

    /// Surface distances of the nearest and second nearest chain, and the nearest's number, at a point of the tissue
    /// that is no more than a few voxels outside the image.
    pub(super) fn at(&self, p: [f32; 3]) -> (f32, f32, usize) {
        let tile = |v: f32, size: usize, count: usize| (v.max(0.0) as usize / size).min(count - 1);
        let (row, column) = (tile(p[1], TILE_ROWS, ROWS), tile(p[0], TILE, COLUMNS));
        let mut best = (FAR, FAR, 0);
        for &chain in &self.tiles[row * COLUMNS + column] {
            let d = self.surface(chain as usize, p);
            best = if d < best.0 {
                (d, best.0, chain as usize)
            } else {
                (best.0, min(best.1, d), best.2)
            };
        }
        best
    }

    /// Distances along one row of a tile, at tissue coordinates (x, y) of each voxel.
    pub(super) fn row(&self, found: &Candidates, x: &[f32; TILE], y: &[f32; TILE], z: f32) -> Nearest {
        let mut n = Nearest {
            first: [FAR; TILE],
            second: [FAR; TILE],
            axis: [FAR; TILE],
            chain: [0; TILE],
        };
        let mut start = 0;
        for &(chain, end) in &found.chains {
            let mut axis2 = [FAR * FAR; TILE];
            for s in &found.segments[start..end] {
                for ((axis2, x), y) in axis2.iter_mut().zip(x).zip(y) {
                    *axis2 = min(*axis2, s.distance2([*x, *y, z]));
                }
            }
            start = end;
            let radius = self.radii[chain as usize];
            for (i, axis2) in axis2.into_iter().enumerate() {
                let axis = axis2.sqrt();
                let d = axis - radius;
                let nearer = d < n.first[i];
                n.second[i] = min(n.second[i], max(n.first[i], d));
                n.axis[i] = if nearer { axis } else { n.axis[i] };
                n.chain[i] = if nearer { chain } else { n.chain[i] };
                n.first[i] = min(n.first[i], d);
            }
        }
        n
    }
}

/// The smaller of two numbers; unlike `f32::min` not defined for NaN, and so a single instruction.
#[inline]
fn min(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// The larger of two numbers, likewise.
#[inline]
fn max(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// The segments between the points of a chain.
pub(super) fn segments(points: &[[f32; 3]]) -> Vec<Segment> {
    points.windows(2).map(|pair| Segment::new(pair[0], pair[1])).collect()
}

/// Distance of a point from the axis of a chain.
#[inline]
pub(super) fn distance(segments: &[Segment], p: [f32; 3]) -> f32 {
    segments.iter().fold(FAR * FAR, |d2, s| min(d2, s.distance2(p))).sqrt()
}

impl Segment {
    fn new(a: [f32; 3], b: [f32; 3]) -> Self {
        let ab = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
        let length2 = ab[0] * ab[0] + ab[1] * ab[1] + ab[2] * ab[2];
        Self {
            a,
            ab,
            inv_length2: if length2 > 0.0 { 1.0 / length2 } else { 0.0 },
        }
    }

    #[inline]
    fn distance2(&self, p: [f32; 3]) -> f32 {
        let v = [p[0] - self.a[0], p[1] - self.a[1], p[2] - self.a[2]];
        let along = v[0] * self.ab[0] + v[1] * self.ab[1] + v[2] * self.ab[2];
        let t = min(max(along * self.inv_length2, 0.0), 1.0);
        let e = [v[0] - t * self.ab[0], v[1] - t * self.ab[1], v[2] - t * self.ab[2]];
        e[0] * e[0] + e[1] * e[1] + e[2] * e[2]
    }
}

/// The larger of two distances, with the corner rounded over `k` voxels.
#[inline]
pub(super) fn smooth_max(a: f32, b: f32, k: f32) -> f32 {
    let h = max(k - (a - b).abs(), 0.0);
    max(a, b) + h * h * (0.25 / k)
}
