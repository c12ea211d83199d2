use crate::gpu::{Gpu, GpuError, Readback, VolumeTextures, VoxelFormat};
use crate::reduce::{
    BoxJob, DIGIT_BINS, Histogram, Input, KeyRange, MinMax, RankSearch, percentile_from_neighbours, ranks_of_percentile,
};
use crate::view::{ContrastRule, ViewState};
use crate::volume::{Axis, Box3, ChannelStats, Damage, Window};

use super::stats::{FileStats, FullStats};

/// A plane of a time point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaneKey {
    /// Time point.
    pub t: u64,
    /// Normal of the plane.
    pub normal: Axis,
    /// Index along it.
    pub index: u64,
}

impl PlaneKey {
    /// The plane that a view shows.
    pub fn of(view: &ViewState) -> Self {
        Self {
            t: view.t,
            normal: view.normal,
            index: view.plane(),
        }
    }
}

/// The numbers that contrast rules ask for, as far as they are known. Each list has one entry per channel.
#[derive(Clone, Debug, Default)]
pub struct ContrastNumbers {
    /// Of the whole volume of the shown time point.
    pub volume: Vec<ChannelStats>,
    /// Of a plane.
    pub plane: Option<(PlaneKey, Vec<ChannelStats>)>,
    /// Windows between two percentiles, given in percent, of the whole volume.
    pub percentiles: Vec<((f64, f64), Vec<Window>)>,
}

impl ContrastNumbers {
    /// Sets the windows of a view by its rules. Where a number is not known yet the window stays as it is.
    pub fn resolve(&self, view: &mut ViewState) {
        let plane = self
            .plane
            .as_ref()
            .filter(|(key, _)| *key == PlaneKey::of(view))
            .map(|(_, stats)| stats);
        let visible = view.visible_channels();
        let shared = plane.and_then(|stats| {
            let windows = visible.iter().filter_map(|&channel| stats.get(channel));
            windows
                .filter(|stats| stats.range.is_some())
                .map(ChannelStats::window)
                .reduce(Window::union)
        });
        for (index, channel) in view.channels.iter_mut().enumerate() {
            let window = match channel.contrast {
                ContrastRule::Given => None,
                ContrastRule::Volume => self.volume.get(index).map(ChannelStats::window),
                ContrastRule::Plane => plane.and_then(|stats| stats.get(index)).map(ChannelStats::window),
                ContrastRule::PlaneShared => shared,
                ContrastRule::Percentile(lo, hi) => {
                    let found = self.percentile(lo, hi).and_then(|windows| windows.get(index).copied());
                    // Until they are found, or where loading was cancelled: rather the range than black.
                    let range = self.volume.get(index).map(ChannelStats::window);
                    found.or(range.filter(|_| channel.window.is_empty()))
                }
            };
            channel.window = window.unwrap_or(channel.window);
        }
    }

    /// Takes what was measured of the whole volume, with the limits of the percentiles that were asked for, in their order.
    pub(super) fn take(&mut self, stats: &FileStats, wanted: &[(f64, f64)]) {
        self.volume = stats.channels.iter().map(|channel| channel.stats.clone()).collect();
        for (place, &limits) in wanted.iter().enumerate() {
            let window = |channel: &FullStats| match channel.percentiles.get(2 * place..2 * place + 2) {
                Some([lo, hi]) => Window::new(lo.value, hi.value),
                _ => Window::new(0.0, 0.0),
            };
            self.percentiles
                .push((limits, stats.channels.iter().map(window).collect()));
        }
    }

    /// The windows between two percentiles, if known.
    pub fn percentile(&self, lo: f64, hi: f64) -> Option<&Vec<Window>> {
        self.percentiles
            .iter()
            .find(|(limits, _)| *limits == (lo, hi))
            .map(|(_, windows)| windows)
    }
}

/// The percentile pairs that a view's rules ask for.
pub(super) fn percentiles_wanted(view: &ViewState) -> Vec<(f64, f64)> {
    let mut wanted = Vec::new();
    for channel in &view.channels {
        if let ContrastRule::Percentile(lo, hi) = channel.contrast
            && !wanted.contains(&(lo, hi))
        {
            wanted.push((lo, hi));
        }
    }
    wanted
}

/// Whether a rule of the view asks for numbers of the shown plane.
pub(super) fn is_plane_wanted(view: &ViewState) -> bool {
    view.channels
        .iter()
        .any(|channel| matches!(channel.contrast, ContrastRule::Plane | ContrastRule::PlaneShared))
}

/// What of a box can be measured: planes that cannot be read are zeros in the textures, and no numbers.
pub(super) fn readable(part: &Box3, channel: usize, lost: &[Damage]) -> Vec<Box3> {
    let of_channel = lost.iter().filter(|damage| damage.c.contains(&(channel as u64)));
    let mut gaps: Vec<_> = of_channel.map(|damage| damage.z.clone()).collect();
    gaps.sort_by_key(|gap| gap.start);
    let mut parts = Vec::new();
    let mut z = part.z.start;
    for gap in gaps.into_iter().chain(std::iter::once(u64::MAX..u64::MAX)) {
        let end = gap.start.min(part.z.end);
        if end > z {
            parts.push(Box3 {
                z: z..end,
                ..part.clone()
            });
        }
        z = z.max(gap.end);
    }
    parts
}

/// The parts of a box that lie in the tiles of a volume and can be read, each voxel once. A job's channel is its place
/// among `channels`.
pub(super) fn jobs<'a>(
    textures: &'a VolumeTextures,
    channels: impl IntoIterator<Item = usize>,
    part: &Box3,
    lost: &[Damage],
) -> Vec<BoxJob<'a>> {
    let mut jobs = Vec::new();
    for (place, channel) in channels.into_iter().enumerate() {
        let parts = readable(part, channel, lost);
        let tiles = textures.grid.tiles.iter().enumerate();
        for ((index, tile), part) in tiles.flat_map(|tile| parts.iter().map(move |part| (tile, part))) {
            let core = tile.core.intersect(part);
            if core.is_empty() {
                continue;
            }
            let (from, held) = (core.origin(), tile.held.origin());
            let [z, y, x] = [0, 1, 2].map(|i| (from[i] - held[i]) as u32);
            let [depth, height, width] = core.size().map(|n| n as u32);
            let view = textures.view(channel, index);
            jobs.push(BoxJob {
                input: Input::Texture {
                    view,
                    origin: [x, y, z],
                },
                size: [width, height, depth],
                channel: place,
                at: [0; 3],
            });
        }
    }
    jobs
}

/// Measures a box of all channels of a volume on the GPU; its answer is polled.
pub(super) struct RangeQuery {
    readback: Readback,
    format: VoxelFormat,
}

impl RangeQuery {
    /// Submits it. `minmax` must not be in use for anything else; planes that are `lost` are left out.
    pub(super) fn start(
        gpu: &Gpu,
        minmax: &MinMax,
        textures: &VolumeTextures,
        part: &Box3,
        lost: &[Damage],
    ) -> Result<Self, GpuError> {
        minmax.reset(gpu);
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        minmax.encode(
            gpu,
            &mut encoder,
            &jobs(textures, 0..textures.channel_count(), part, lost),
        )?;
        let readback = minmax.read_back(gpu, &mut encoder);
        gpu.queue.submit([encoder.finish()]);
        readback.map();
        Ok(Self {
            readback,
            format: textures.format,
        })
    }

    /// The numbers per channel, waiting for them. For the command line, tests and benches only.
    pub(super) fn wait(&self, gpu: &Gpu) -> Result<Vec<ChannelStats>, GpuError> {
        Ok(self.decode(&self.readback.wait(gpu)?))
    }

    /// The numbers per channel, once they have come.
    pub(super) fn poll(&self) -> Option<Vec<ChannelStats>> {
        self.readback.take().map(|bytes| self.decode(&bytes))
    }

    fn decode(&self, bytes: &[u8]) -> Vec<ChannelStats> {
        let ranges = MinMax::decode(bytes);
        ranges.iter().map(|range| stats_from_keys(range, self.format)).collect()
    }
}

/// The numbers of a channel from the range of its keys.
pub(super) fn stats_from_keys(range: &KeyRange, format: VoxelFormat) -> ChannelStats {
    ChannelStats {
        range: range
            .keys
            .map(|(low, high)| (format.value_from_key(low), format.value_from_key(high))),
        non_finite: range.non_finite.into(),
    }
}

/// Finds two percentiles of all channels of a volume on the GPU, exactly; its answer is polled.
pub(super) struct PercentileQuery {
    /// In percent.
    pub(super) limits: (f64, f64),
    /// Planes that are left out.
    lost: Vec<Damage>,
    format: VoxelFormat,
    /// One per channel, and that once per span of tiles.
    counting: Vec<Readback>,
    searches: Option<Vec<Option<RankSearch>>>,
}

impl PercentileQuery {
    /// Submits the first pass.
    pub(super) fn start(
        gpu: &Gpu,
        textures: &VolumeTextures,
        limits: (f64, f64),
        lost: &[Damage],
    ) -> Result<Self, GpuError> {
        let format = textures.format;
        let histogram = Histogram::first_digit(gpu, format, textures.channel_count())?;
        let counting = count(gpu, &histogram, textures, lost)?;
        Ok(Self {
            limits,
            lost: lost.to_vec(),
            format,
            counting,
            searches: None,
        })
    }

    /// The window of every channel, once the last pass has come back; submits the pass after the one that came.
    pub(super) fn poll(&mut self, gpu: &Gpu, textures: &VolumeTextures) -> Result<Option<Vec<Window>>, GpuError> {
        if !self.counting.iter().all(Readback::is_ready) {
            return Ok(None);
        }
        let mut counts: Vec<Vec<Vec<u64>>> = vec![Vec::new(); textures.channel_count()];
        for (place, readback) in self.counting.iter().enumerate() {
            let lost = || GpuError::Lost("counts of voxels did not come back".into());
            let bins = Histogram::decode(&readback.take().ok_or_else(lost)?);
            let sums = &mut counts[place % textures.channel_count()];
            sums.resize(bins.len(), vec![0; DIGIT_BINS]);
            for (sum, new) in sums.iter_mut().flatten().zip(bins.into_iter().flatten()) {
                *sum += u64::from(new);
            }
        }
        let searches = match self.searches.take() {
            None => counts.iter().map(|counts| self.search(counts.first()?)).collect(),
            Some(mut searches) => {
                for (search, counts) in searches.iter_mut().zip(&counts) {
                    if search.as_mut().is_some_and(|search| !search.advance(counts)) {
                        return Err(GpuError::Lost("counts of voxels do not fit those before".into()));
                    }
                }
                searches
            }
        };
        if searches.iter().flatten().all(RankSearch::is_done) {
            return Ok(Some(
                searches.iter().map(|search| self.window(search.as_ref())).collect(),
            ));
        }
        let prefixes = searches
            .iter()
            .map(|search| match search {
                Some(search) => search.prefixes().iter().map(|&prefix| prefix as u32).collect(),
                None => vec![0],
            })
            .collect();
        self.counting = count(
            gpu,
            &Histogram::second_digit(gpu, self.format, prefixes)?,
            textures,
            &self.lost,
        )?;
        self.searches = Some(searches);
        Ok(None)
    }

    fn search(&self, counts: &[u64]) -> Option<RankSearch> {
        let total = counts.iter().sum::<u64>();
        let ranks: Vec<u64> = [self.limits.0, self.limits.1]
            .iter()
            .flat_map(|&percent| {
                let (below, above, _) = ranks_of_percentile(percent, total);
                [below, above]
            })
            .collect();
        (total > 0).then(|| RankSearch::new(self.format.bits, counts, &ranks))
    }

    fn window(&self, search: Option<&RankSearch>) -> Window {
        let Some(search) = search else {
            return Window::new(0.0, 0.0);
        };
        let values: Vec<f64> = search
            .keys()
            .iter()
            .map(|&(key, _)| self.format.value_from_key(key as u32).as_f64())
            .collect();
        let at = |percent: f64, pair: &[f64]| {
            let (_, _, fraction) = ranks_of_percentile(percent, search.total());
            percentile_from_neighbours(pair[0], pair[1], fraction)
        };
        Window::new(at(self.limits.0, &values[..2]), at(self.limits.1, &values[2..]))
    }
}

fn count(
    gpu: &Gpu,
    histogram: &Histogram,
    textures: &VolumeTextures,
    lost: &[Damage],
) -> Result<Vec<Readback>, GpuError> {
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let mut readbacks = Vec::new();
    let mut counted = 0;
    for tile in &textures.grid.tiles {
        // A bin holds 32 bits, more than a tile has voxels.
        if counted + tile.core.voxels() > u64::from(u32::MAX) {
            readbacks.extend(histogram.read_back_and_clear(gpu, &mut encoder));
            counted = 0;
        }
        counted += tile.core.voxels();
        histogram.encode(
            gpu,
            &mut encoder,
            &jobs(textures, 0..textures.channel_count(), &tile.core, lost),
        )?;
    }
    readbacks.extend(histogram.read_back_and_clear(gpu, &mut encoder));
    gpu.queue.submit([encoder.finish()]);
    readbacks.iter().for_each(Readback::map);
    Ok(readbacks)
}
