use std::sync::Arc;

use crate::gpu::{Gpu, VolumeTextures, VoxelFormat};
use crate::reduce::MinMax;
use crate::source::{Source, SourceError};
use crate::view::{ContrastRule, Hatched, Patch, Picture, Rect, SliceRenderer, SliceRequest, ViewOptions, ViewState};
use crate::volume::{Axis, Box3, ChannelStats, Damage, Dataset, Shape};

use super::SessionError;
use super::contrast::{ContrastNumbers, PlaneKey, RangeQuery, is_plane_wanted, percentiles_wanted};
use super::losses::Losses;
use super::parts::{PICTURE_FORMAT, canvas_of, draw_picture, parts};
use super::salvage::reason;
use super::slab::{Chunks, hatched_of_view, is_slab, project_whole, range_in_level, with_range};
use super::stats::{MeasureRequest, Measurer, Progress, fill, measure};
use super::stream::visible_box;

/// Draws pictures of a dataset without a window. Keeps what it loaded, so that a sweep loads once.
pub struct Headless {
    gpu: Arc<Gpu>,
    source: Arc<dyn Source>,
    renderer: SliceRenderer,
    loaded: Option<Loaded>,
    /// Whether what cannot be read is an error in a sweep, too.
    is_strict: bool,
    /// Of all that was drawn.
    lost: Losses,
    /// Why the first frame of which nothing can be read is lost, and whether there was any other.
    first_error: Option<SourceError>,
    is_any_read: bool,
}

/// What a picture is a frame of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweep {
    /// Of nothing: what cannot be read of it is an error.
    None,
    /// Planes of a time point: the volume is loaded once if it fits, else what is shown. What cannot be read is hatched.
    Planes,
    /// Time points. What cannot be read is hatched.
    Times,
}

struct Loaded {
    t: u64,
    channels: Vec<usize>,
    level: usize,
    textures: Option<VolumeTextures>,
    numbers: ContrastNumbers,
    /// Planes that cannot be read.
    lost: Losses,
}

/// What is needed in textures: a box of voxels of a level.
#[derive(Clone, PartialEq)]
struct Part {
    level: usize,
    extent: Box3,
    /// A slab that does not fit as a whole, of which the extent is one plane: it is read piece by piece.
    slab: Option<Box3>,
}

impl Headless {
    /// Prepares to draw.
    pub fn new(gpu: Arc<Gpu>, source: Arc<dyn Source>) -> Self {
        let format = VoxelFormat::of(source.dataset().sample_type);
        let renderer = SliceRenderer::new(&gpu, format, PICTURE_FORMAT);
        Self {
            gpu,
            source,
            renderer,
            loaded: None,
            is_strict: false,
            lost: Losses::default(),
            first_error: None,
            is_any_read: false,
        }
    }

    /// Makes what cannot be read an error in a sweep, too.
    pub fn strict(self, is_strict: bool) -> Self {
        Self { is_strict, ..self }
    }

    /// Draws the picture that options ask for, and returns it with the view it was drawn from.
    ///
    /// A plane that does not fit the memory budget is drawn from the finest level that does, or else only the part of
    /// it that is shown is read.
    ///
    /// # Errors
    /// If the options do not fit the dataset, a plane that is shown cannot be read, or the adapter fails.
    pub fn render(
        &mut self,
        options: &ViewOptions,
        progress: Progress<'_>,
    ) -> Result<(Picture, ViewState), SessionError> {
        let view = options.view_of(self.source.dataset()).map_err(SessionError::Options)?;
        let (size, view) = options.picture_of(view);
        let part = self.part(&view, size);
        self.draw(view, size, &part, Sweep::None, progress)
    }

    /// Planes that cannot be read, as far as what was drawn or measured so far has met them.
    pub fn lost(&self) -> &[Damage] {
        self.lost.list()
    }

    /// Whether frames of a sweep show anything.
    ///
    /// # Errors
    /// If nothing of any could be read: why not.
    pub fn check_sweep(&mut self) -> Result<(), SessionError> {
        match self.first_error.take() {
            Some(error) if !self.is_any_read => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Draws a sweep: the options' picture at every plane along the normal, or at every time point.
    ///
    /// `each` gets the frame's number, the picture and its view, and returns whether to go on. Planes that cannot be read are
    /// hatched, and [`Headless::lost`] tells them.
    ///
    /// # Errors
    /// As [`Headless::render`], but for planes that cannot be read, unless it is [`Headless::strict`] or nothing can be; and
    /// what `each` returns.
    pub fn sweep<E: From<SessionError>>(
        &mut self,
        options: &ViewOptions,
        over_time: bool,
        mut each: impl FnMut(u64, Picture, &ViewState) -> Result<(), E>,
    ) -> Result<(), E> {
        let first = options.view_of(self.source.dataset()).map_err(SessionError::Options)?;
        let (sweep, count) = match over_time {
            true => (Sweep::Times, first.t_count),
            false => (Sweep::Planes, first.plane_count()),
        };
        for frame in 0..count {
            let mut view = first.clone();
            if over_time {
                view.set_time(frame);
            } else {
                view.set_plane(frame);
            }
            let (size, view) = options.picture_of(view);
            let (picture, view) = self.draw_view(view, size, sweep, &|_| ())?;
            each(frame, picture, &view)?;
        }
        Ok(self.check_sweep()?)
    }

    /// Draws a view at a size in pixels, and returns the picture with the view it was drawn from: as it was given, but for
    /// the windows that its contrast rules ask for. Windows whose rule is [`ContrastRule::Given`] are not measured.
    ///
    /// # Errors
    /// As [`Headless::render`]; but what cannot be read of a frame of a sweep is none, see [`Headless::check_sweep`].
    pub fn draw_view(
        &mut self,
        view: ViewState,
        size: [u64; 2],
        sweep: Sweep,
        progress: Progress<'_>,
    ) -> Result<(Picture, ViewState), SessionError> {
        let whole = Part {
            level: 0,
            extent: self.source.dataset().shape.volume_box(),
            slab: None,
        };
        let part = match sweep == Sweep::Planes && self.is_fitting(&whole) {
            true => whole,
            false => self.part(&view, size),
        };
        self.draw(view, size, &part, sweep, progress)
    }

    /// What a picture of a view needs: the plane, of the finest level that fits; of one that has no level that does,
    /// the part that is shown.
    fn part(&self, view: &ViewState, size: [u64; 2]) -> Part {
        let levels = &self.source.dataset().levels;
        let of_level = |level: usize| Part {
            level,
            extent: level_layer(view, &levels[level]),
            slab: None,
        };
        let with_slab = |mut part: Part| {
            if is_slab(view) {
                let range = range_in_level(view, &levels[part.level]);
                let thick = with_range(&part.extent, view.normal, range);
                let plane = std::mem::replace(&mut part.extent, thick);
                if !self.is_fitting(&part) {
                    part.slab = Some(std::mem::replace(&mut part.extent, plane));
                }
            }
            part
        };
        if let Some(fitting) = (0..levels.len()).map(of_level).find(|part| self.is_fitting(part)) {
            return with_slab(fitting);
        }
        let canvas = Rect {
            x: 0,
            y: 0,
            width: size[0].min(u32::MAX.into()) as u32,
            height: size[1].min(u32::MAX.into()) as u32,
        };
        let mut part = of_level(0);
        part.extent = part.extent.intersect(&visible_box(view, canvas));
        with_slab(part)
    }

    fn is_fitting(&self, part: &Part) -> bool {
        let dataset = self.source.dataset();
        let voxels = part.extent.voxels().saturating_mul(dataset.shape.c);
        let bytes = voxels.saturating_mul(VoxelFormat::of(dataset.sample_type).bytes());
        bytes <= self.gpu.caps.memory_budget_bytes / 2
    }

    /// Draws a view, with voxels of `part` (which holds what is shown) in textures.
    fn draw(
        &mut self,
        mut view: ViewState,
        size: [u64; 2],
        part: &Part,
        sweep: Sweep,
        progress: Progress<'_>,
    ) -> Result<(Picture, ViewState), SessionError> {
        let canvas = canvas_of(&self.gpu, size)?;
        // What takes long is to read; of a picture in several parts, to draw, too.
        let reading_share = if parts(&self.gpu, canvas).len() > 1 { 0.5 } else { 1.0 };
        let reading = |share: f64| progress(share * reading_share);
        let mut loaded = self.load(&view, part, sweep, &reading)?;
        loaded.numbers.resolve(&mut view);
        let source = self.source.clone();
        let dataset = source.dataset();
        let level = dataset.levels[loaded.level];
        let level_extent = [level.z, level.y, level.x];
        let channels = view.visible_channels();
        let mut slab = match (&part.slab, &loaded.textures) {
            _ if !is_slab(&view) => None,
            (None, None) => None,
            (None, Some(textures)) => {
                let range = range_in_level(&view, &level);
                let of = (view.normal, range);
                Some(project_whole(&self.gpu, textures, of, &channels, loaded.lost.list())?)
            }
            (Some(slab), _) => {
                let chunks = Chunks {
                    gpu: &self.gpu,
                    source: &self.source,
                    level: loaded.level,
                    t: view.t,
                    normal: view.normal,
                    channels: &channels,
                };
                match chunks.project(slab, &reading) {
                    Ok((slab, lost)) => {
                        self.note_lost(&mut loaded, &lost);
                        Some(slab)
                    }
                    Err(error) => {
                        self.note_failure(&mut loaded, &view, slab, sweep, error)?;
                        None
                    }
                }
            }
        };
        let is_refused = sweep == Sweep::None || self.is_strict;
        let hatched = hatched(&view, loaded.lost.list(), dataset, is_refused)?;
        let loaded = self.loaded.insert(loaded);
        let patches = match (&mut slab, &loaded.textures) {
            (Some(slab), _) => {
                slab.set_plane(level_layer(&view, &level).along(view.normal).start);
                slab.patches(level_extent)
            }
            (None, Some(textures)) => Patch::of_volume(textures, level_extent),
            // Nothing of it can be read.
            (None, None) => Vec::new(),
        };
        let request = SliceRequest {
            view: &view,
            patches,
            hatched: &hatched,
            canvas,
            keeps_rest: false,
            part: canvas,
        };
        let drawing = |share: f64| progress(reading_share + share * (1.0 - reading_share));
        let picture = draw_picture(&self.gpu, &mut self.renderer, &request, &drawing)?;
        Ok((picture, view))
    }

    /// Takes note of planes that cannot be read.
    fn note_lost(&mut self, loaded: &mut Loaded, lost: &[Damage]) {
        loaded.lost.add(lost);
        self.lost.add(lost);
        self.is_any_read = true;
    }

    /// Nothing of a box can be read, of which a frame shows something: that is hatched.
    ///
    /// # Errors
    /// The error, if it is another, or the picture is no frame of a sweep that shows other voxels, too.
    fn note_failure(
        &mut self,
        loaded: &mut Loaded,
        view: &ViewState,
        part: &Box3,
        sweep: Sweep,
        error: SessionError,
    ) -> Result<(), SessionError> {
        let shape = self.source.dataset().shape;
        let is_all = sweep == Sweep::Planes && *part == shape.volume_box();
        match error {
            SessionError::Source(error) if sweep != Sweep::None && !self.is_strict && !is_all => {
                let of_channel = |&channel: &usize| Damage {
                    t: view.t..view.t + 1,
                    c: channel as u64..channel as u64 + 1,
                    z: match view.normal {
                        Axis::Z => view.slab_range(),
                        Axis::Y | Axis::X => 0..shape.z,
                    },
                    reason: reason(&error),
                };
                let lost: Vec<Damage> = loaded.channels.iter().map(of_channel).collect();
                loaded.lost.add(&lost);
                self.lost.add(&lost);
                self.first_error.get_or_insert(error);
                Ok(())
            }
            other => Err(other),
        }
    }

    /// Brings voxels and numbers that the view needs, as far as they are not there.
    fn load(
        &mut self,
        view: &ViewState,
        part: &Part,
        sweep: Sweep,
        progress: Progress<'_>,
    ) -> Result<Loaded, SessionError> {
        let source = self.source.clone();
        let dataset = source.dataset();
        let channels = view.visible_channels();
        let mut loaded = match self.loaded.take() {
            Some(loaded) if loaded.t == view.t && loaded.channels == channels => loaded,
            _ => Loaded {
                t: view.t,
                channels: channels.clone(),
                level: part.level,
                textures: None,
                numbers: ContrastNumbers::default(),
                lost: Losses::default(),
            },
        };
        let is_held = |textures: &VolumeTextures| textures.grid.extent.intersect(&part.extent) == part.extent;
        // A slab that is read piece by piece needs no textures that stay.
        let is_needed = part.slab.is_none();
        let must_fill = is_needed && (loaded.level != part.level || !loaded.textures.as_ref().is_some_and(is_held));
        if must_fill || !is_needed {
            // The old textures go before the new ones come.
            loaded.textures = None;
            loaded.level = part.level;
        }
        if must_fill {
            let format = VoxelFormat::of(dataset.sample_type);
            loaded.textures = Some(VolumeTextures::new(
                &self.gpu,
                format,
                dataset.shape.c as usize,
                &part.extent,
            )?);
        }

        let with_rule = |is_rule: &dyn Fn(ContrastRule) -> bool| -> Vec<usize> {
            channels
                .iter()
                .copied()
                .filter(|&channel| is_rule(view.channels[channel].contrast))
                .collect()
        };
        let measured = with_rule(&|rule| matches!(rule, ContrastRule::Volume | ContrastRule::Percentile(..)));
        let wanted: Vec<_> = percentiles_wanted(view)
            .into_iter()
            .filter(|&(lo, hi)| loaded.numbers.percentile(lo, hi).is_none())
            .collect();
        let is_measured = (!loaded.numbers.volume.is_empty() && wanted.is_empty()) || measured.is_empty();
        if !is_measured {
            let request = MeasureRequest {
                times: view.t..view.t + 1,
                extent: dataset.shape.volume_box(),
                // Textures are filled on the way: all that are shown, not only those whose numbers are asked for.
                channels: channels.clone(),
                percentiles: wanted.iter().flat_map(|&(lo, hi)| [lo, hi]).collect(),
                is_full: false,
            };
            // Voxels that are measured are those of full resolution.
            let mut unused = None;
            let textures = match part.level {
                0 => &mut loaded.textures,
                _ => &mut unused,
            };
            match measure(Measurer::Gpu(&self.gpu), &self.source, &request, textures, progress) {
                Ok(stats) => {
                    self.note_lost(&mut loaded, &stats.lost);
                    loaded.numbers.take(&stats, &wanted);
                }
                Err(error) if sweep == Sweep::Times => {
                    self.note_failure(&mut loaded, view, &request.extent, sweep, error)?;
                    return Ok(loaded);
                }
                Err(error) => return Err(error),
            }
        }
        if must_fill && (is_measured || part.level > 0) {
            let (t, textures) = (view.t, &mut loaded.textures);
            match fill(&self.gpu, &self.source, part.level, t, &channels, textures, progress) {
                Ok(lost) => self.note_lost(&mut loaded, &lost),
                Err(error) => self.note_failure(&mut loaded, view, &part.extent, sweep, error)?,
            }
        }
        if is_plane_wanted(view) {
            match self.plane_stats(view, &channels, &loaded) {
                Ok(stats) => loaded.numbers.plane = Some((PlaneKey::of(view), stats)),
                Err(error) => {
                    let layer = level_layer(view, &dataset.shape);
                    self.note_failure(&mut loaded, view, &layer, sweep, error)?;
                }
            }
        }
        Ok(loaded)
    }

    /// Numbers of the shown plane in full resolution: of the textures, where they hold all of it.
    fn plane_stats(
        &self,
        view: &ViewState,
        channels: &[usize],
        loaded: &Loaded,
    ) -> Result<Vec<ChannelStats>, SessionError> {
        let layer = level_layer(view, &self.source.dataset().shape);
        let held = loaded.textures.as_ref().filter(|_| loaded.level == 0);
        if let Some(textures) = held.filter(|textures| textures.grid.extent.intersect(&layer) == layer) {
            let minmax = MinMax::new(&self.gpu, textures.format, textures.channel_count());
            let query = RangeQuery::start(&self.gpu, &minmax, textures, &layer, loaded.lost.list())?;
            return Ok(query.wait(&self.gpu)?);
        }
        let request = MeasureRequest {
            times: view.t..view.t + 1,
            extent: layer,
            channels: channels.to_vec(),
            percentiles: Vec::new(),
            is_full: false,
        };
        let stats = measure(Measurer::Gpu(&self.gpu), &self.source, &request, &mut None, &|_| ())?;
        Ok(stats.channels.into_iter().map(|channel| channel.stats).collect())
    }
}

/// The layer of a level that a view shows.
fn level_layer(view: &ViewState, level: &Shape) -> Box3 {
    let extent = view.extent[view.normal.index()];
    let ratio = extent as f64 / level.along(view.normal).max(1) as f64;
    let index = ((view.plane() as f64 + 0.5) / ratio) as u64;
    let last = level.along(view.normal).saturating_sub(1);
    level.volume_box().layer(view.normal, index.min(last))
}

/// What of a picture cannot be read.
///
/// # Errors
/// If that is the plane that is shown, or all planes of the slab, and such a picture `is_refused`.
fn hatched(
    view: &ViewState,
    lost: &[Damage],
    dataset: &Dataset,
    is_refused: bool,
) -> Result<Vec<Hatched>, SessionError> {
    let whole = dataset.shape.volume_box();
    let visible = view.visible_channels();
    let is_shown = |damage: &&Damage| {
        let is_visible = |channel: &usize| damage.c.contains(&(*channel as u64));
        damage.t.contains(&view.t) && damage.z.contains(&view.plane()) && visible.iter().any(is_visible)
    };
    let hatched = hatched_of_view(lost, view, &whole);
    match lost.iter().find(is_shown) {
        Some(damage) if is_refused && view.normal == Axis::Z && !hatched.is_empty() => {
            Err(SourceError::Damaged(damage.reason.clone()).into())
        }
        _ => Ok(hatched),
    }
}
