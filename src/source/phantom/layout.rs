//! Where everything lies: glomeruli and vessels first, then tubules thrown at random, then whatever fits the gaps.

use super::field::{Chain, distance, segments};
use super::random::Random;
use super::stain::Kind;

/// One tube of the section: a tubule, a vessel, or (a very short one) a glomerulus.
pub(super) struct Tube {
    pub(super) kind: Kind,
    pub(super) chain: Chain,
    /// Radius of the lumen as a share of the tube's.
    pub(super) lumen: f32,
    /// How strongly this one took the stain: WGA, actin.
    pub(super) gain: [f32; 2],
}

const CELL_PX: f32 = 4.0;
const MARGIN_PX: f32 = 48.0;
const CELLS: usize = 152;
const LEVELS_Z: [f32; 3] = [0.0, 7.5, 15.0];

/// Room left between what is placed: distance to the nearest surface, on a grid of 4 voxels and three depths.
struct Room {
    clearance: Vec<f32>,
}

impl Room {
    fn position(i: usize) -> f32 {
        i as f32 * CELL_PX - MARGIN_PX
    }

    fn cell(p: f32) -> usize {
        (((p + MARGIN_PX) / CELL_PX + 0.5).max(0.0) as usize).min(CELLS - 1)
    }

    fn at(&self, p: [f32; 3]) -> f32 {
        let level = if p[2] < 3.75 { 0 } else { usize::from(p[2] >= 11.25) + 1 };
        self.clearance[(level * CELLS + Self::cell(p[1])) * CELLS + Self::cell(p[0])]
    }

    /// The least clearance along the part of a chain that lies in the section.
    fn along(&self, points: &[[f32; 3]]) -> f32 {
        let mut least = f32::MAX;
        for pair in points.windows(2) {
            for step in 0..8 {
                let t = step as f32 * 0.125 + 0.0625;
                let p = [0, 1, 2].map(|i| pair[0][i] + (pair[1][i] - pair[0][i]) * t);
                if (-4.0..20.0).contains(&p[2]) {
                    least = least.min(self.at(p));
                }
            }
        }
        least
    }

    fn take(&mut self, points: &[[f32; 3]], radius: f32) {
        let axis = segments(points);
        let seen = || points.iter().filter(|p| p[2] > -60.0 && p[2] < 76.0);
        let bound = |i: usize, outward: f32| seen().map(|p| p[i] * outward).fold(f32::MIN, f32::max) + radius + FREE;
        let (x0, x1) = (Self::cell(-bound(0, -1.0)), Self::cell(bound(0, 1.0)));
        let (y0, y1) = (Self::cell(-bound(1, -1.0)), Self::cell(bound(1, 1.0)));
        for (level, z) in LEVELS_Z.into_iter().enumerate() {
            for y in y0..=y1 {
                for x in x0..=x1 {
                    let d = distance(&axis, [Self::position(x), Self::position(y), z]) - radius;
                    let cell = &mut self.clearance[(level * CELLS + y) * CELLS + x];
                    *cell = cell.min(d);
                }
            }
        }
    }
}

struct Layout {
    random: Random,
    room: Room,
    tubes: Vec<Tube>,
}

/// The tubes of the section, in a fixed order.
pub(super) fn tubes() -> Vec<Tube> {
    let room = Room {
        clearance: vec![FREE; LEVELS_Z.len() * CELLS * CELLS],
    };
    let mut layout = Layout {
        random: Random::new(21),
        room,
        tubes: Vec::new(),
    };
    layout.landmarks();
    for _ in 0..70 {
        layout.try_lengthwise();
    }
    for tries in 0..6000 {
        let largest = 26.0 - tries as f32 * 0.0016;
        layout.try_across(largest);
    }
    for _ in 0..9000 {
        layout.try_gap();
    }
    layout.tubes
}

/// Clearance where nothing is placed yet.
const FREE: f32 = 26.0;

impl Layout {
    fn landmarks(&mut self) {
        let glomerulus = |x: f32, y: f32, z: f32| vec![[x - 5.0, y - 3.0, z], [x + 5.0, y + 4.0, z]];
        self.place(Kind::Glomerulus, glomerulus(166.0, 196.0, 10.0), 49.0);
        self.place(Kind::Glomerulus, glomerulus(398.0, 348.0, 3.0), 43.0);
        self.place(
            Kind::Artery,
            vec![[300.0, 128.0, -30.0], [318.0, 139.0, 8.0], [347.0, 142.0, 50.0]],
            21.0,
        );
        self.place(
            Kind::Artery,
            vec![[234.0, 214.0, -20.0], [229.0, 207.0, 8.0], [236.0, 190.0, 40.0]],
            9.0,
        );
        self.place(
            Kind::Artery,
            vec![[345.0, 313.0, -20.0], [349.0, 309.0, 8.0], [340.0, 300.0, 40.0]],
            8.0,
        );
    }

    fn place(&mut self, kind: Kind, points: Vec<[f32; 3]>, radius: f32) {
        self.room.take(&points, radius);
        let r = &mut self.random;
        let (lumen, swell) = match kind {
            Kind::Proximal => (r.range(0.17, 0.38), 1.30),
            Kind::Distal => (r.range(0.38, 0.54), 1.26),
            Kind::Collecting => (r.range(0.38, 0.54), 1.26),
            Kind::Artery => (r.range(0.52, 0.60), 1.0),
            Kind::Capillary => (r.range(0.55, 0.75), 1.0),
            Kind::Glomerulus => (0.0, 1.0),
        };
        let shared = r.range(0.7, 1.1);
        let gain = [shared * r.range(0.8, 1.15), shared * r.range(0.75, 1.2)];
        // A little larger than the room taken: neighbours press against each other instead of touching in a point.
        self.tubes.push(Tube {
            kind,
            chain: Chain {
                points,
                radius: radius * swell,
            },
            lumen,
            gain,
        });
    }

    fn epithelium(&mut self) -> Kind {
        match self.random.unit() {
            u if u < 0.62 => Kind::Proximal,
            u if u < 0.86 => Kind::Distal,
            _ => Kind::Collecting,
        }
    }

    fn spot(&mut self) -> [f32; 2] {
        [self.random.range(-36.0, 548.0), self.random.range(-36.0, 548.0)]
    }

    /// A stretch of tubule lying in the section: bent, and leaving it up or down at both ends.
    fn try_lengthwise(&mut self) {
        let [x, y] = self.spot();
        let r = &mut self.random;
        let radius = r.range(16.0, 21.0);
        let [ux, uy] = r.heading();
        let half = r.range(18.0, 50.0);
        let bend = r.range(-1.0, 1.0) * half * 0.7;
        let (z, slope) = (r.range(3.0, 12.0), r.range(-5.0, 5.0));
        let point = |t: f32, z: f32| {
            let (along, aside) = (t * half, bend * (t * t - 0.4));
            [x + ux * along - uy * aside, y + uy * along + ux * aside, z]
        };
        let mut points: Vec<[f32; 3]> = [-1.0f32, -0.5, 0.0, 0.5, 1.0]
            .iter()
            .map(|&t| point(t, z + slope * t))
            .collect();
        let away = |up: bool| if up { 44.0 } else { -28.0 };
        points.insert(0, point(-1.35, away(r.chance(0.5))));
        points.push(point(1.35, away(r.chance(0.5))));
        if self.room.along(&points) > radius * 0.88 {
            let kind = self.epithelium();
            self.place(kind, points, radius);
        }
    }

    /// A tubule crossing the section, more or less tilted.
    fn try_across(&mut self, largest: f32) {
        let [x, y] = self.spot();
        let radius = self.random.range(largest - 7.0, largest);
        let points = self.crossing(x, y, 0.55);
        if self.room.along(&points) > radius * 0.86 {
            let kind = self.epithelium();
            let radius = if kind == Kind::Proximal { radius } else { radius * 0.94 };
            self.place(kind, points, radius);
        }
    }

    /// What fits into a gap: a narrow tubule, or a capillary.
    fn try_gap(&mut self) {
        let [x, y] = self.spot();
        let room = self.room.at([x, y, 7.5]);
        if room < 3.4 {
            return;
        }
        let points = self.crossing(x, y, 0.4);
        let room = self.room.along(&points).min(15.0);
        if room > 7.5 {
            let kind = if self.random.chance(0.7) {
                Kind::Distal
            } else {
                Kind::Proximal
            };
            self.place(kind, points, room * 1.12);
        } else if room > 3.2 && self.random.chance(0.25) {
            let radius = room.min(6.0) * self.random.range(0.8, 1.0);
            self.place(Kind::Capillary, points, radius);
        }
    }

    fn crossing(&mut self, x: f32, y: f32, tilt: f32) -> Vec<[f32; 3]> {
        let (right, down) = (self.random.normal() * tilt, self.random.normal() * tilt);
        vec![
            [x - right * 28.0, y - down * 28.0, -20.0],
            [x + right * 28.0, y + down * 28.0, 36.0],
        ]
    }
}
