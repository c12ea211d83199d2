use std::sync::Arc;

use crate::gpu::{Gpu, GpuError, Readback, VolumeTextures, VoxelFormat, align_up};
use crate::reduce::MinMax;
use crate::source::Source;
use crate::view::{ContrastRule, Picture, Rect, SliceRenderer, SliceRequest, ViewOptions, ViewState};
use crate::volume::Box3;

use super::SessionError;
use super::contrast::{ContrastNumbers, PlaneKey, RangeQuery, is_plane_wanted, percentiles_wanted};
use super::stats::{MeasureRequest, Measurer, Progress, fill, measure};

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
    textures: Option<VolumeTextures>,
    numbers: ContrastNumbers,
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
    /// # Errors
    /// If the options do not fit the dataset, a voxel cannot be read, or the adapter fails.
    pub fn render(
        &mut self,
        options: &ViewOptions,
        progress: Progress<'_>,
    ) -> Result<(Picture, ViewState), SessionError> {
        let view = options.view_of(self.source.dataset()).map_err(SessionError::Options)?;
        let (size, view) = options.picture_of(view);
        let layer = self.layer(&view);
        self.draw(view, size, &layer, progress)
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
            // A volume that fits is loaded once; a larger one plane by plane.
            let whole = self.source.dataset().shape.volume_box();
            let is_fitting = self.bytes(&whole) <= self.gpu.caps.memory_budget_bytes / 2;
            let extent = if over_time || !is_fitting {
                self.layer(&view)
            } else {
                whole
            };
            let (picture, view) = self.draw(view, size, &extent, &|_| ())?;
            each(frame, picture, &view)?;
        }
        Ok(())
    }

    fn layer(&self, view: &ViewState) -> Box3 {
        self.source
            .dataset()
            .shape
            .volume_box()
            .layer(view.normal, view.plane())
    }

    fn bytes(&self, extent: &Box3) -> u64 {
        let dataset = self.source.dataset();
        extent
            .voxels()
            .saturating_mul(dataset.shape.c)
            .saturating_mul(dataset.sample_type.bytes() as u64)
    }

    /// Draws a view, with voxels of `extent` (which holds the shown plane) in textures.
    fn draw(
        &mut self,
        mut view: ViewState,
        size: [u64; 2],
        extent: &Box3,
        progress: Progress<'_>,
    ) -> Result<(Picture, ViewState), SessionError> {
        let loaded = self.load(&view, extent, progress)?;
        loaded.numbers.resolve(&mut view);
        if let Some(textures) = &loaded.textures {
            let picture = draw_picture(&self.gpu, &mut self.renderer, &view, textures, size)?;
            self.loaded = Some(loaded);
            return Ok((picture, view));
        }
        Err(GpuError::Lost("textures were not kept".into()).into())
    }

    /// Brings voxels and numbers that the view needs, as far as they are not there.
    fn load(&mut self, view: &ViewState, extent: &Box3, progress: Progress<'_>) -> Result<Loaded, SessionError> {
        let dataset = self.source.dataset();
        let channels = view.visible_channels();
        let mut loaded = match self.loaded.take() {
            Some(loaded) if loaded.t == view.t && loaded.channels == channels => loaded,
            _ => Loaded {
                t: view.t,
                channels: channels.clone(),
                textures: None,
                numbers: ContrastNumbers::default(),
            },
        };
        let is_held = |textures: &VolumeTextures| textures.grid.extent.intersect(extent) == *extent;
        let must_fill = !loaded.textures.as_ref().is_some_and(is_held);
        if must_fill {
            // The old textures go before the new ones come.
            loaded.textures = None;
            let format = VoxelFormat::of(dataset.sample_type);
            loaded.textures = Some(VolumeTextures::new(
                &self.gpu,
                format,
                dataset.shape.c as usize,
                extent,
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
                // Textures are filled on the way: all that are shown, not only those whose numbers are asked for.
                channels: channels.clone(),
                percentiles: wanted.iter().flat_map(|&(lo, hi)| [lo, hi]).collect(),
                count_extremes: false,
            };
            let stats = measure(
                Measurer::Gpu(&self.gpu),
                &self.source,
                &request,
                &mut loaded.textures,
                progress,
            )?;
            loaded.numbers.volume = stats.iter().map(|channel| channel.stats.clone()).collect();
            for (place, limits) in wanted.into_iter().enumerate() {
                let windows = stats
                    .iter()
                    .map(|channel| match channel.percentiles.get(2 * place..2 * place + 2) {
                        Some(pair) => crate::volume::Window::new(pair[0], pair[1]),
                        None => crate::volume::Window::new(0.0, 0.0),
                    })
                    .collect();
                loaded.numbers.percentiles.push((limits, windows));
            }
        } else if must_fill {
            fill(
                &self.gpu,
                &self.source,
                view.t,
                &channels,
                &mut loaded.textures,
                progress,
            )?;
        }
        if let (true, Some(textures)) = (is_plane_wanted(view), &loaded.textures) {
            let minmax = MinMax::new(&self.gpu, textures.format, textures.channel_count());
            let query = RangeQuery::start(&self.gpu, &minmax, textures, &self.layer(view))?;
            loaded.numbers.plane = Some((PlaneKey::of(view), query.wait(&self.gpu)?));
        }
        Ok(loaded)
    }
}

/// Draws a view into a picture of its own and reads it back. Blocks.
pub(super) fn draw_picture(
    gpu: &Gpu,
    renderer: &mut SliceRenderer,
    view: &ViewState,
    volume: &VolumeTextures,
    size: [u64; 2],
) -> Result<Picture, SessionError> {
    let longest = size[0].max(size[1]);
    if longest > gpu.caps.max_texture_2d {
        let what = "the longer side of the picture, in pixels,".into();
        return Err(GpuError::Limit {
            what,
            needed: longest,
            limit: gpu.caps.max_texture_2d,
        }
        .into());
    }
    let [width, height] = size.map(|n| n as u32);
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
    let canvas = Rect {
        x: 0,
        y: 0,
        width,
        height,
    };
    renderer.draw(gpu, &mut encoder, &target, SliceRequest { view, volume, canvas });
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
