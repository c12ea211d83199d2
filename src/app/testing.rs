//! What tests of the window's parts share: small datasets, a device, and panels that are pressed and drawn as in the
//! window.

use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use egui::{ClippedPrimitive, Theme, Ui, UiBuilder, Vec2};
use egui_kittest::{Harness, SnapshotOptions, TestRenderer};

use super::actions::{Action, Sheet};
use super::exporting::Running;
use super::notices::Notices;
use super::painter::Painter;
use super::panels::{OverlayCache, Panels};
use super::playback::Playback;
use super::preferences::Preferences;
use super::profile::ProfileTool;
use super::sheets::{Defaults, Forms, Request};
use super::statistics::Statistics;
use super::theme;
use crate::gpu::{AdapterChoice, Gpu, Readback, align_up};
use crate::session::{OpenRequest, Phase, Viewer};
use crate::source::{Source, SourceError};
use crate::view::{Overlay, ProfileLine, Rect, ViewOptions, ViewState};
use crate::volume::{Dataset, Region, SampleType, Shape, VoxelSize};

/// A device for all tests; without one, says why a test is skipped. `MICROTOME_REQUIRE_GPU=1` turns the skip into a
/// failure.
pub(crate) fn gpu() -> Option<Arc<Gpu>> {
    static SHARED: LazyLock<Option<Arc<Gpu>>> = LazyLock::new(|| match Gpu::headless(&AdapterChoice::from_env()) {
        Ok(gpu) => Some(Arc::new(gpu)),
        Err(error) if std::env::var_os("MICROTOME_REQUIRE_GPU").is_some_and(|value| value == "1") => {
            panic!("{error}, and MICROTOME_REQUIRE_GPU=1 demands one");
        }
        Err(error) => {
            eprintln!("skipped: {error}");
            None
        }
    });
    SHARED.clone()
}

/// A dataset of 16-bit voxels with these extents, in (t, c, z, y, x) order.
pub(crate) fn dataset([t, c, z, y, x]: [u64; 5]) -> Dataset {
    let shape = Shape { t, c, z, y, x };
    Dataset {
        path: "folder/stack.ome.tif".into(),
        voxel_size: Some(VoxelSize {
            z: Some(1.25),
            y: 0.5,
            x: 0.5,
            unit: Some("\u{b5}m".into()),
        }),
        ..Dataset::new(shape, SampleType::U16)
    }
}

/// Voxels in memory. Those of channel c go from 10 (c + 1) to 1000 (c + 1), the darker the more frequent.
struct Ramps(Dataset);

impl Source for Ramps {
    fn dataset(&self) -> &Dataset {
        &self.0
    }

    fn chunk_shape(&self, _: usize) -> [u64; 4] {
        [1, 1, self.0.shape.y, self.0.shape.x]
    }

    fn read(&self, region: &Region, out: &mut [u8]) -> Result<(), SourceError> {
        let Shape {
            z: depth,
            y: height,
            x: width,
            ..
        } = self.0.shape;
        let last = (depth * height * width).max(2) - 1;
        let mut voxels = out.chunks_exact_mut(2);
        for c in region.c.clone() {
            for z in region.zyx.z.clone() {
                for y in region.zyx.y.clone() {
                    for x in region.zyx.x.clone() {
                        let share = ((z * height + y) * width + x) as f64 / last as f64;
                        let value = (c + 1) as f64 * (10.0 + 990.0 * share.powi(3));
                        let voxel = voxels.next().expect("out has the size of the region");
                        voxel.copy_from_slice(&(value.round() as u16).to_ne_bytes());
                    }
                }
            }
        }
        Ok(())
    }
}

/// As [`Ramps`], and slow to read.
struct Slow(Ramps);

impl Source for Slow {
    fn dataset(&self) -> &Dataset {
        self.0.dataset()
    }

    fn chunk_shape(&self, level: usize) -> [u64; 4] {
        self.0.chunk_shape(level)
    }

    fn read(&self, region: &Region, out: &mut [u8]) -> Result<(), SourceError> {
        std::thread::sleep(Duration::from_millis(200));
        self.0.read(region, out)
    }
}

/// A viewer in which a dataset, filled with voxels, has begun to be loaded, and is not soon done.
pub(crate) fn slow_viewer(gpu: &Gpu, dataset: Dataset) -> Viewer {
    let mut viewer = Viewer::show(Arc::new(Slow(Ramps(dataset))), ViewOptions::default(), Arc::new(|| {}));
    while !viewer.is_plane_ready() {
        viewer.pump(gpu);
        std::thread::sleep(Duration::from_millis(1));
    }
    viewer
}

/// A viewer in which a dataset, filled with voxels, is loaded and measured.
pub(crate) fn viewer(gpu: &Gpu, dataset: Dataset) -> Viewer {
    let mut viewer = Viewer::show(Arc::new(Ramps(dataset)), ViewOptions::default(), Arc::new(|| {}));
    for _ in 0..60_000 {
        viewer.pump(gpu);
        if *viewer.phase() == Phase::Ready && viewer.is_exact() && viewer.is_plane_ready() && !viewer.is_busy() {
            return viewer;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("loading does not end: {:?}", viewer.phase());
}

/// What panels show and edit, kept between frames as the program keeps it.
pub(crate) struct Desk {
    gpu: Arc<Gpu>,
    /// With a file loaded.
    pub(crate) viewer: Viewer,
    /// Paused.
    pub(crate) playback: Playback,
    /// Empty.
    pub(crate) notices: Notices,
    /// What is being made: nothing.
    pub(crate) exports: Vec<Running>,
    request: OpenRequest,
    statistics: Statistics,
    /// The line whose profile is shown.
    pub(crate) profile: ProfileTool,
    overlay_cache: OverlayCache,
    /// What was typed into sheets.
    pub(crate) forms: Forms,
    /// What lies over the picture.
    pub(crate) sheet: Option<Sheet>,
    /// Whether loading has taken long enough to be told.
    pub(crate) is_slow: bool,
    /// As a new user has them.
    pub(crate) preferences: Preferences,
    /// What was asked for so far.
    pub(crate) actions: Vec<Action>,
    pub(crate) requests: Vec<Request>,
}

impl Desk {
    /// With a dataset loaded.
    pub(crate) fn new(gpu: &Arc<Gpu>, dataset: Dataset) -> Self {
        let request = OpenRequest {
            path: dataset.path.clone().into(),
            axes: None,
            series: 0,
            options: ViewOptions::default(),
            budget_bytes: None,
            is_strict: false,
        };
        Self {
            gpu: gpu.clone(),
            viewer: viewer(gpu, dataset),
            playback: Playback::default(),
            notices: Notices::default(),
            exports: Vec::new(),
            request,
            statistics: Statistics::default(),
            profile: ProfileTool::default(),
            overlay_cache: OverlayCache::default(),
            forms: Forms::default(),
            sheet: None,
            is_slow: false,
            preferences: Preferences::default(),
            actions: Vec::new(),
            requests: Vec::new(),
        }
    }

    /// What is shown.
    pub(crate) fn view(&self) -> &ViewState {
        self.viewer.view().expect("a file is open")
    }

    /// Asks for a sheet, as the program does. Names of files begin with `name`, in a canvas of 640 by 480 pixels.
    pub(crate) fn open(&mut self, sheet: Sheet, name: &Path) {
        let defaults = Defaults {
            name: name.to_owned(),
            overlay: Overlay::default(),
            canvas_px: [640, 480],
            playback: &self.playback,
            view: self.viewer.view().expect("a file is open"),
        };
        self.forms.begin(sheet, Some(&defaults));
        self.sheet = Some(sheet);
    }

    /// Draws a line over the picture, and waits for its values.
    pub(crate) fn draw_line(&mut self, from_uv: [f64; 2], to_uv: [f64; 2]) {
        let line = ProfileLine { from_uv, to_uv };
        self.profile.line = Some((line, self.view().normal));
        self.viewer.profile(&self.gpu, Some(line));
        self.wait_until(|viewer| viewer.profiled().is_some());
    }

    /// Opens the statistics of the plane, and waits for them.
    pub(crate) fn measure(&mut self) {
        let scope = self.viewer.scope(None);
        self.statistics.is_open = true;
        self.statistics.asked.clone_from(&scope);
        self.viewer.measure(&self.gpu, scope);
        self.wait_until(|viewer| viewer.measured().is_some());
    }

    fn wait_until(&mut self, is_so: impl Fn(&Viewer) -> bool) {
        for _ in 0..60_000 {
            self.viewer.pump(&self.gpu);
            if is_so(&self.viewer) {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("what was asked for does not come");
    }

    /// Shows panels, and takes over what they edit.
    pub(crate) fn show(&mut self, ui: &mut Ui, show: impl FnOnce(&mut Ui, &mut Panels<'_>)) {
        let mut panels = Panels {
            view: self.viewer.view().cloned(),
            viewer: &self.viewer,
            name: "stack.ome.tif",
            hover: None,
            adapter: "adapter",
            playback: &mut self.playback,
            notices: &mut self.notices,
            exports: &self.exports,
            coming: None,
            request: &self.request,
            statistics: &self.statistics,
            profile: &self.profile,
            marked_voxel: None,
            sheet: self.sheet,
            forms: &mut self.forms,
            keymap: self.preferences.keymap.keymap(),
            preferences: &self.preferences,
            overlay: Overlay::default(),
            overlay_cache: &mut self.overlay_cache,
            drawing: None,
            is_slow: self.is_slow,
            left: Some(Duration::from_secs(14)),
            budget_bytes: self.gpu.caps.memory_budget_bytes,
            actions: Vec::new(),
            requests: Vec::new(),
            zoom: Some(1.0),
        };
        show(ui, &mut panels);
        let Panels {
            view,
            actions,
            requests,
            ..
        } = panels;
        self.actions.extend(actions);
        self.requests.extend(requests);
        if let (Some(view), Some(current)) = (view, self.viewer.view_mut()) {
            *current = view;
        }
        // A contrast rule may have its window at once.
        self.viewer.pump(&self.gpu);
    }
}

/// Something to press, read and draw, with the look of the window. `ui` is laid out on the panels' background.
pub(crate) fn harness<'a, State>(
    gpu: &Arc<Gpu>,
    size: Vec2,
    theme: Theme,
    mut ui: impl FnMut(&mut Ui, &mut State) + 'a,
    state: State,
) -> Harness<'a, State> {
    let renderer = Renderer {
        painter: Painter::new(gpu, FORMAT),
        gpu: gpu.clone(),
    };
    Harness::builder()
        .with_size(size)
        .with_theme(theme)
        .with_max_steps(32)
        .with_step_dt(1.0 / 60.0)
        .with_render_cursor(false)
        .with_options(
            // Another Mesa draws edges of letters and curves a little differently.
            SnapshotOptions::new().threshold(2.0).max_failed_pixels(60_usize),
        )
        .with_context_setup(theme::apply)
        .renderer(renderer)
        .build_ui_state(
            move |margins, state| {
                // As in the window, to its very edges.
                let all = margins.ctx().content_rect();
                let mut own = margins.new_child(UiBuilder::new().max_rect(all));
                own.set_clip_rect(all);
                ui(&mut own, state);
            },
            state,
        )
}

/// What snapshots are drawn in.
pub(crate) const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// Draws with the window's own painter.
struct Renderer {
    gpu: Arc<Gpu>,
    painter: Painter,
}

impl TestRenderer for Renderer {
    fn handle_delta(&mut self, delta: &mut egui::TexturesDelta) {
        for (id, deltas) in &delta.set {
            deltas
                .iter()
                .for_each(|part| self.painter.set_texture(&self.gpu, *id, part));
        }
        delta.free.iter().for_each(|id| self.painter.free_texture(*id));
        delta.clear();
    }

    fn render(&mut self, ctx: &egui::Context, output: &egui::FullOutput) -> Result<image::RgbaImage, String> {
        let scale = ctx.pixels_per_point();
        let size = ctx.content_rect().size() * scale;
        let (width, height) = (size.x.round() as u32, size.y.round() as u32);
        let triangles = ctx.tessellate(output.shapes.clone(), scale);
        let bytes = self.draw([width, height], scale, &triangles, theme::colors_of(ctx).panel)?;
        image::RgbaImage::from_raw(width, height, bytes).ok_or_else(|| "bytes are missing".to_owned())
    }
}

impl Renderer {
    fn draw(
        &mut self,
        size: [u32; 2],
        scale: f32,
        triangles: &[ClippedPrimitive],
        background: egui::Color32,
    ) -> Result<Vec<u8>, String> {
        let target = Target::new(&self.gpu, size);
        self.painter.upload(&self.gpu, size, scale, triangles);
        target.draw(&self.gpu, Some(background), |pass| {
            self.painter.paint(pass, target.rect())
        });
        target.bytes(&self.gpu)
    }
}

/// Something to draw into.
pub(crate) struct Target {
    texture: wgpu::Texture,
}

impl Target {
    /// Of this width and height in pixels.
    pub(crate) fn new(gpu: &Gpu, [width, height]: [u32; 2]) -> Self {
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("snapshot"),
            size: wgpu::Extent3d {
                width,
                height,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        Self { texture }
    }

    /// All of it.
    pub(crate) fn rect(&self) -> Rect {
        Rect {
            x: 0,
            y: 0,
            width: self.texture.width(),
            height: self.texture.height(),
        }
    }

    /// Draws on a colour, or on what is there.
    pub(crate) fn draw(&self, gpu: &Gpu, ground: Option<egui::Color32>, draw: impl FnOnce(&mut wgpu::RenderPass<'_>)) {
        let load = ground.map_or(wgpu::LoadOp::Load, |ground| {
            let [r, g, b, a] = ground.to_array().map(|byte| f64::from(byte) / 255.0);
            wgpu::LoadOp::Clear(wgpu::Color { r, g, b, a })
        });
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("snapshot"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &self.texture.create_view(&Default::default()),
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load,
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        draw(&mut pass);
        drop(pass);
        gpu.queue.submit([encoder.finish()]);
    }

    /// RGBA, row by row.
    pub(crate) fn bytes(&self, gpu: &Gpu) -> Result<Vec<u8>, String> {
        let row_bytes = 4 * self.texture.width() as usize;
        let pitch = align_up(row_bytes as u64, wgpu::COPY_BYTES_PER_ROW_ALIGNMENT.into());
        let readback = Readback::new(gpu, pitch * u64::from(self.texture.height()));
        let layout = wgpu::TexelCopyBufferInfo {
            buffer: readback.buffer(),
            layout: wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(pitch as u32),
                rows_per_image: None,
            },
        };
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        encoder.copy_texture_to_buffer(self.texture.as_image_copy(), layout, self.texture.size());
        gpu.queue.submit([encoder.finish()]);
        readback.map();
        let rows = readback.wait(gpu).map_err(|error| error.to_string())?;
        let rows = rows.chunks_exact(pitch as usize);
        Ok(rows.flat_map(|row| row[..row_bytes].to_vec()).collect())
    }
}
