use std::sync::Arc;

use crate::gpu::{Gpu, GpuError, Readback, VolumeTextures, VoxelFormat, align_up};
use crate::reduce::MinMax;
use crate::source::{Source, SourceError};
use crate::view::{ContrastRule, Hatched, Patch, Picture, Rect, SliceRenderer, SliceRequest, ViewOptions, ViewState};
use crate::volume::{Axis, Box3, ChannelStats, Damage, Dataset, Shape};

use super::SessionError;
use super::contrast::{ContrastNumbers, PlaneKey, RangeQuery, is_plane_wanted, percentiles_wanted};
use super::slab::{Chunks, hatched_of_view, is_slab, project_whole, range_in_level, with_range};
use super::stats::{MeasureRequest, Measurer, Progress, fill, measure};
use super::stream::visible_box;

/// The format pictures are drawn in: display bytes as they are, not sRGB-encoded a second time.
pub(super) const PICTURE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// Draws pictures of a dataset without a window. Keeps what it loaded, so that a sweep loads once.
pub struct Headless {
    gpu: Arc<Gpu>,
    source: Arc<dyn Source>,
    renderer: SliceRenderer,
    loaded: Option<Loaded>,
}

struct Loaded {
    t: u64,
    channels: Vec<usize>,
    level: usize,
    textures: Option<VolumeTextures>,
    numbers: ContrastNumbers,
    /// Planes that cannot be read.
    lost: Vec<Damage>,
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
        }
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
        self.draw(view, size, &part, progress)
    }

    /// Planes that cannot be read, as far as what was drawn or measured so far has met them.
    pub fn lost(&self) -> &[Damage] {
        self.loaded.as_ref().map_or(&[], |loaded| &loaded.lost)
    }

    /// Draws a sweep: the options' picture at every plane along the normal, or at every time point.
    ///
    /// `each` gets the frame's number, the picture and its view, and returns whether to go on.
    ///
    /// # Errors
    /// As [`Headless::render`], and what `each` returns.
    pub fn sweep<E: From<SessionError>>(
        &mut self,
        options: &ViewOptions,
        over_time: bool,
        mut each: impl FnMut(u64, Picture, &ViewState) -> Result<(), E>,
    ) -> Result<(), E> {
        let first = options.view_of(self.source.dataset()).map_err(SessionError::Options)?;
        let count = if over_time { first.t_count } else { first.plane_count() };
        for frame in 0..count {
            let mut view = first.clone();
            if over_time {
                view.set_time(frame);
            } else {
                view.set_plane(frame);
            }
            let (size, view) = options.picture_of(view);
            let (picture, view) = self.draw_view(view, size, !over_time)?;
            each(frame, picture, &view)?;
        }
        Ok(())
    }

    /// Draws a view at a size in pixels, and returns the picture with the view it was drawn from: as it was given, but for
    /// the windows that its contrast rules ask for. Windows whose rule is [`ContrastRule::Given`] are not measured.
    ///
    /// Of one of many planes of a time point, the volume is loaded once if it fits; else what is shown.
    ///
    /// # Errors
    /// As [`Headless::render`].
    pub fn draw_view(
        &mut self,
        view: ViewState,
        size: [u64; 2],
        is_one_of_many: bool,
    ) -> Result<(Picture, ViewState), SessionError> {
        let whole = Part {
            level: 0,
            extent: self.source.dataset().shape.volume_box(),
            slab: None,
        };
        let part = match is_one_of_many && self.is_fitting(&whole) {
            true => whole,
            false => self.part(&view, size),
        };
        self.draw(view, size, &part, &|_| ())
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
        progress: Progress<'_>,
    ) -> Result<(Picture, ViewState), SessionError> {
        let canvas = canvas_of(&self.gpu, size)?;
        let loaded = self.load(&view, part, progress)?;
        let loaded = self.loaded.insert(loaded);
        loaded.numbers.resolve(&mut view);
        let textures = || {
            let lost = || GpuError::Lost("textures were not kept".into());
            loaded.textures.as_ref().ok_or_else(lost)
        };
        let dataset = self.source.dataset();
        let level = dataset.levels[loaded.level];
        let level_extent = [level.z, level.y, level.x];
        let channels = view.visible_channels();
        let mut slab = match &part.slab {
            _ if !is_slab(&view) => None,
            None => {
                let range = range_in_level(&view, &level);
                let of = (view.normal, range);
                Some(project_whole(&self.gpu, textures()?, of, &channels, &loaded.lost)?)
            }
            Some(slab) => {
                let chunks = Chunks {
                    gpu: &self.gpu,
                    source: &self.source,
                    level: loaded.level,
                    t: view.t,
                    normal: view.normal,
                    channels: &channels,
                };
                let (slab, lost) = chunks.project(slab, progress)?;
                for new in lost {
                    let covers = |known: &Damage| known.c.contains(&new.c.start) && known.z.contains(&new.z.start);
                    if !loaded.lost.iter().any(covers) {
                        loaded.lost.push(new);
                    }
                }
                Some(slab)
            }
        };
        let hatched = hatched(&view, &loaded.lost, dataset)?;
        let patches = match &mut slab {
            Some(slab) => {
                slab.set_plane(level_layer(&view, &level).along(view.normal).start);
                slab.patches(level_extent)
            }
            None => Patch::of_volume(textures()?, level_extent),
        };
        let request = SliceRequest {
            view: &view,
            patches,
            hatched: &hatched,
            canvas,
        };
        let picture = draw_picture(&self.gpu, &mut self.renderer, request)?;
        Ok((picture, view))
    }

    /// Brings voxels and numbers that the view needs, as far as they are not there.
    fn load(&mut self, view: &ViewState, part: &Part, progress: Progress<'_>) -> Result<Loaded, SessionError> {
        let dataset = self.source.dataset();
        let channels = view.visible_channels();
        let mut loaded = match self.loaded.take() {
            Some(loaded) if loaded.t == view.t && loaded.channels == channels => loaded,
            _ => Loaded {
                t: view.t,
                channels: channels.clone(),
                level: part.level,
                textures: None,
                numbers: ContrastNumbers::default(),
                lost: Vec::new(),
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
            let stats = measure(Measurer::Gpu(&self.gpu), &self.source, &request, textures, progress)?;
            loaded.lost = stats.lost;
            let stats = stats.channels;
            loaded.numbers.volume = stats.iter().map(|channel| channel.stats.clone()).collect();
            for (place, limits) in wanted.into_iter().enumerate() {
                let windows = stats
                    .iter()
                    .map(|channel| match channel.percentiles.get(2 * place..2 * place + 2) {
                        Some(pair) => crate::volume::Window::new(pair[0].value, pair[1].value),
                        None => crate::volume::Window::new(0.0, 0.0),
                    })
                    .collect();
                loaded.numbers.percentiles.push((limits, windows));
            }
        }
        if must_fill && (is_measured || part.level > 0) {
            let lost = fill(
                &self.gpu,
                &self.source,
                part.level,
                view.t,
                &channels,
                &mut loaded.textures,
                progress,
            )?;
            loaded.lost.extend(lost);
        }
        if is_plane_wanted(view) {
            let key = PlaneKey::of(view);
            loaded.numbers.plane = Some((key, self.plane_stats(view, &channels, &loaded)?));
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
            let query = RangeQuery::start(&self.gpu, &minmax, textures, &layer, &loaded.lost)?;
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
/// If the plane that is shown is that, or all planes of the slab.
fn hatched(view: &ViewState, lost: &[Damage], dataset: &Dataset) -> Result<Vec<Hatched>, SessionError> {
    let whole = dataset.shape.volume_box();
    let visible = view.visible_channels();
    let is_shown = |damage: &&Damage| {
        let is_visible = |channel: &usize| damage.c.contains(&(*channel as u64));
        damage.t.contains(&view.t) && damage.z.contains(&view.plane()) && visible.iter().any(is_visible)
    };
    let hatched = hatched_of_view(lost, view, &whole);
    match lost.iter().find(is_shown) {
        Some(damage) if view.normal == Axis::Z && !hatched.is_empty() => {
            Err(SourceError::Damaged(damage.reason.clone()).into())
        }
        _ => Ok(hatched),
    }
}

/// Bytes per pixel of a picture while it is made: as a texture, on its way back, and twice in main memory.
const PICTURE_PIXEL_BYTES: u64 = 16;

/// Pictures that take no more than this are made whatever the budget is.
const LEAST_PICTURE_BYTES: u64 = 64 << 20;

/// A canvas of this size.
///
/// # Errors
/// If the adapter has no picture so large, or it is large and takes more than a quarter of the memory budget.
fn canvas_of(gpu: &Gpu, size: [u64; 2]) -> Result<Rect, GpuError> {
    let longest = size[0].max(size[1]);
    if longest > gpu.caps.max_texture_2d {
        return Err(GpuError::Limit {
            what: "the longer side of the picture, in pixels,".into(),
            needed: longest,
            limit: gpu.caps.max_texture_2d,
        });
    }
    let needed = size[0] * size[1] * PICTURE_PIXEL_BYTES;
    let limit = (gpu.caps.memory_budget_bytes / 4).max(LEAST_PICTURE_BYTES);
    if needed > limit {
        return Err(GpuError::OverBudget {
            what: format!(
                "a picture of {} x {} pixels (--size makes it smaller)",
                size[0], size[1]
            ),
            needed,
            limit,
        });
    }
    let [width, height] = size.map(|n| n as u32);
    Ok(Rect {
        x: 0,
        y: 0,
        width,
        height,
    })
}

/// Draws a picture of its own, as large as its canvas, and reads it back. Blocks.
pub(super) fn draw_picture(
    gpu: &Gpu,
    renderer: &mut SliceRenderer,
    request: SliceRequest<'_>,
) -> Result<Picture, SessionError> {
    let Rect { width, height, .. } = request.canvas;
    if width == 0 || height == 0 {
        // A texture without pixels is an error of the device.
        let reason = format!("there is no room for a picture: {width} x {height} pixels");
        return Err(SessionError::Options(reason));
    }
    let row_bytes = u64::from(width) * 4;
    let pitch = align_up(row_bytes, wgpu::COPY_BYTES_PER_ROW_ALIGNMENT.into());
    let bytes = pitch * u64::from(height);
    if bytes > gpu.caps.max_buffer_bytes {
        let what = "the picture, in bytes,".into();
        return Err(GpuError::Limit {
            what,
            needed: bytes,
            limit: gpu.caps.max_buffer_bytes,
        }
        .into());
    }
    let extent = wgpu::Extent3d {
        width,
        height,
        depth_or_array_layers: 1,
    };
    let (target, readback) = gpu.allocate("the picture", 2 * bytes, || {
        let target = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("picture"),
            size: extent,
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: PICTURE_FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        (target, Readback::new(gpu, bytes))
    })?;
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    renderer.draw(gpu, &mut encoder, &target, request);
    encoder.copy_texture_to_buffer(
        target.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: readback.buffer(),
            layout: wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(pitch as u32),
                rows_per_image: None,
            },
        },
        extent,
    );
    gpu.queue.submit([encoder.finish()]);
    readback.map();
    let padded = readback.wait(gpu)?;
    let mut rgba = Vec::with_capacity((row_bytes * u64::from(height)) as usize);
    for row in padded.chunks_exact(pitch as usize) {
        rgba.extend_from_slice(&row[..row_bytes as usize]);
    }
    Ok(Picture { width, height, rgba })
}
