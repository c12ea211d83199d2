//! Random numbers that are the same on every machine: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), integers only.

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Scrambles a counter: neighbouring inputs give unrelated outputs.
#[inline]
pub(super) fn hash(counter: u64) -> u64 {
    let mut h = counter.wrapping_mul(GOLDEN);
    h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    h ^ (h >> 31)
}

/// Nearly normal: the sum of the four 16-bit parts of a random number. Mean 0, standard deviation 1, within ±3.5.
#[inline]
pub(super) fn normal(bits: u64) -> f32 {
    const SCALE: f32 = 1.732_050_8 / 65_536.0;
    let sum: u32 = (0..4).map(|part| (bits >> (16 * part)) as u32 & 0xffff).sum();
    (sum as f32 - 131_070.0) * SCALE
}

/// A sequence of random numbers.
pub(super) struct Random {
    counter: u64,
}

impl Random {
    /// Each stage draws from a `stream` of its own, so that a change in one leaves the others as they are.
    pub(super) fn new(stream: u64) -> Self {
        Self { counter: hash(stream) }
    }

    /// Uniform in [0, 1): 24 bits, exact in f32.
    pub(super) fn unit(&mut self) -> f32 {
        self.counter = self.counter.wrapping_add(1);
        (hash(self.counter) >> 40) as f32 / (1 << 24) as f32
    }

    /// Uniform in [lo, hi).
    pub(super) fn range(&mut self, lo: f32, hi: f32) -> f32 {
        lo + (hi - lo) * self.unit()
    }

    /// True with probability `p`.
    pub(super) fn chance(&mut self, p: f32) -> bool {
        self.unit() < p
    }

    /// Nearly normal, see [`normal`].
    pub(super) fn normal(&mut self) -> f32 {
        self.counter = self.counter.wrapping_add(1);
        normal(hash(self.counter))
    }

    /// A direction, uniform on the unit sphere; by rejection, so without trigonometry.
    pub(super) fn direction(&mut self) -> [f32; 3] {
        loop {
            let v = [self.range(-1.0, 1.0), self.range(-1.0, 1.0), self.range(-1.0, 1.0)];
            let length2 = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
            if (0.01..=1.0).contains(&length2) {
                let scale = 1.0 / length2.sqrt();
                return v.map(|c| c * scale);
            }
        }
    }

    /// A direction in the plane, uniform on the unit circle.
    pub(super) fn heading(&mut self) -> [f32; 2] {
        loop {
            let v = [self.range(-1.0, 1.0), self.range(-1.0, 1.0)];
            let length2 = v[0] * v[0] + v[1] * v[1];
            if (0.01..=1.0).contains(&length2) {
                let scale = 1.0 / length2.sqrt();
                return v.map(|c| c * scale);
            }
        }
    }
}
