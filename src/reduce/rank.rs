/// Bins of a 16-bit digit.
pub const DIGIT_BINS: usize = 1 << 16;

/// Finds the keys at given ranks among up to 2⁶⁴ keys, exactly, a 16-bit digit per pass over the voxels, most
/// significant first. 8- and 16-bit keys need one pass, 32-bit ones two, 64-bit ones four.
#[derive(Clone, Debug)]
pub struct RankSearch {
    digits_left: u32,
    total: u64,
    targets: Vec<Target>,
}

#[derive(Clone, Debug)]
struct Target {
    /// Rank among the keys that share `prefix`.
    rank: u64,
    /// Digits found so far.
    prefix: u64,
    /// How many keys share `prefix`.
    count: u64,
}

impl RankSearch {
    /// Starts from the counts of the most significant digit. `ranks` count from 0 among all keys.
    ///
    /// `key_bits` is 8, 16, 32 or 64.
    ///
    /// # Panics
    /// If a rank is not below the number of keys counted: a bug of the caller.
    pub fn new(key_bits: u32, first_digit: &[u64], ranks: &[u64]) -> Self {
        let start = |&rank: &u64| Target {
            rank,
            prefix: 0,
            count: 0,
        };
        let mut search = Self {
            digits_left: key_bits.div_ceil(16),
            total: first_digit.iter().sum(),
            targets: ranks.iter().map(start).collect(),
        };
        let is_found = search.descend(|_| first_digit);
        debug_assert!(is_found, "a rank beyond the last voxel");
        search
    }

    /// Number of keys.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Whether all keys are known.
    pub fn is_done(&self) -> bool {
        self.digits_left == 0
    }

    /// The distinct prefixes below which the next digit must be counted, ascending.
    pub fn prefixes(&self) -> Vec<u64> {
        let mut prefixes: Vec<u64> = self.targets.iter().map(|target| target.prefix).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        prefixes
    }

    /// Takes the counts of the next digit below each of [`RankSearch::prefixes`]. Returns whether they can be those of
    /// the same voxels as before: where not, the search is of no use any more.
    #[must_use]
    pub fn advance(&mut self, counts: &[Vec<u64>]) -> bool {
        let prefixes = self.prefixes();
        self.descend(|prefix| {
            let place = prefixes.binary_search(&prefix).ok();
            place.and_then(|place| counts.get(place)).map_or(&[], Vec::as_slice)
        })
    }

    fn descend<'a>(&mut self, counts_below: impl Fn(u64) -> &'a [u64]) -> bool {
        for target in &mut self.targets {
            let mut rank = target.rank;
            let mut digits = counts_below(target.prefix).iter().enumerate();
            let found = digits.find(|&(_, &count)| {
                let is_in = rank < count;
                rank -= if is_in { 0 } else { count };
                is_in
            });
            let Some((digit, &count)) = found else { return false };
            *target = Target {
                rank,
                prefix: target.prefix << 16 | digit as u64,
                count,
            };
        }
        self.digits_left -= 1;
        true
    }

    /// The key at each rank and how many voxels have it, in the order the ranks were given. Only when done.
    pub fn keys(&self) -> Vec<(u64, u64)> {
        debug_assert!(self.is_done());
        self.targets
            .iter()
            .map(|target| (target.prefix, target.count))
            .collect()
    }
}

/// The two ranks between which a percentile lies among `count` values, and how far it is from the first: as
/// `numpy.percentile` with its default method, `linear`.
pub fn ranks_of_percentile(percent: f64, count: u64) -> (u64, u64, f64) {
    let last = count.saturating_sub(1);
    let place = last as f64 * (percent / 100.0);
    let below = (place.floor() as u64).min(last);
    (below, (below + 1).min(last), place - place.floor())
}

/// The percentile from its two neighbours, interpolated as NumPy does: from the nearer one.
pub fn percentile_from_neighbours(below: f64, above: f64, fraction: f64) -> f64 {
    let difference = above - below;
    if fraction >= 0.5 {
        above - difference * (1.0 - fraction)
    } else {
        below + difference * fraction
    }
}
