//! An image larger than the memory budget: the tiles that are looked at are loaded when they are asked for.
//!
//! A [`scene`] lists the tiles that a view shows; a [`tiling`] says how planes are cut; a [`cache`] keeps those that
//! fit; a [`survey`] measures everything in the background, so that contrast is an estimate at first and exact in the
//! end.

mod cache;
mod numbers;
mod percentiles;
mod salvaging;
mod scene;
mod survey;
mod tallies;
mod tiling;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::gpu::{Gpu, GpuError, StagingRing, Tile, VoxelFormat};
use crate::reduce::BoxJob;
use crate::source::{Fetcher, Source, Wake};
use crate::view::{BATCH, Hatched, Layout, Patch, Rect, ViewState};
use crate::volume::{Axis, Box3, Damage, Shape};

use super::SessionError;
use super::block::{Block, per_channel};
use super::contrast::PlaneKey;
use super::ingest::copy_whole;
use super::plan::LOAD_OVERHEAD_BYTES;
use super::salvage::{hatched_planes, reason};
use cache::{TileCache, TileKey};
pub(super) use numbers::Numbers;
use salvaging::{Notes, Salvaging};
pub(super) use scene::visible_box;
use scene::{Scene, Wanted, groups, region, visible_rect};
use tiling::Tiling;

/// Bytes of one staging buffer, where blocks are not larger.
const SLOT_BYTES: u64 = 8 << 20;
/// Staging buffers: one is filled while the other is copied from.
const SLOTS: usize = 2;
/// The most bytes of a plane that are loaded for one picture, where the file has a coarser level.
const SCENE_BYTES: u64 = 256 << 20;
/// Planes that are loaded ahead in the direction of travel, and behind.
const AHEAD: i64 = 12;
const BEHIND: i64 = 2;
/// The most of the cache that planes ahead may take: the rest keeps what was looked at.
const AHEAD_SHARE: f64 = 0.6;

/// A tile and the channels of it that are read: first, end.
type Asked = (TileKey, [u64; 2]);

fn asked((key, c, _): Wanted<'_>) -> Asked {
    (key, [c.start, c.end])
}

/// An image of which a part is there.
pub(super) struct Stream {
    source: Arc<dyn Source>,
    format: VoxelFormat,
    fetcher: Fetcher<Asked, Block>,
    /// Planes that were left out of tiles across them.
    notes: Notes,
    ring: Option<StagingRing>,
    cache: TileCache,
    lost: HashMap<TileKey, String>,
    /// A tile that came while staging memory was full.
    waiting: Option<(TileKey, Block)>,
    /// Whether time was up before everything that had come was taken: nobody is woken for that again.
    is_behind: bool,
    /// What was asked for last, in that order.
    asked: Vec<Asked>,
    wanted: HashSet<TileKey>,
    copies: Vec<super::ingest::Copy>,
    /// The view that was last drawn whole.
    drawn: Option<ViewState>,
    last_index: u64,
    is_backward: bool,
    is_urgent: Arc<AtomicBool>,
    max_side: u64,
    pub(super) numbers: Numbers,
}

impl Stream {
    /// Begins with nothing. `wake` is called when there is something to [`pump`](Stream::pump).
    pub(super) fn new(gpu: &Gpu, source: &Arc<dyn Source>, view: &ViewState, wake: &Wake) -> Self {
        let sample_type = source.dataset().sample_type;
        let is_urgent = Arc::new(AtomicBool::new(true));
        let salvaging = Salvaging::new(source);
        let notes = salvaging.notes();
        let fetcher = Fetcher::start(Arc::new(salvaging), wake.clone(), move |region, voxels| {
            Block::new(region, voxels, sample_type)
        });
        let budget = gpu.caps.memory_budget_bytes;
        let overhead = LOAD_OVERHEAD_BYTES + gpu.caps.driver_memory_bytes();
        Self {
            source: source.clone(),
            format: VoxelFormat::of(sample_type),
            fetcher,
            notes,
            ring: None,
            // Less than half is not worth it; whoever gives so little gets a little more used.
            cache: TileCache::new(budget.saturating_sub(overhead).max(budget / 2)),
            lost: HashMap::new(),
            waiting: None,
            is_behind: false,
            asked: Vec::new(),
            wanted: HashSet::new(),
            copies: Vec::new(),
            drawn: None,
            last_index: view.plane(),
            is_backward: false,
            max_side: gpu.caps.max_tile,
            numbers: Numbers::start(source, view.t, wake, &is_urgent),
            is_urgent,
        }
    }

    // ------------------------------------------------------------ what is wanted

    fn tiling(&self, level: usize, normal: Axis) -> Tiling {
        Tiling::new(self.source.as_ref(), level, normal, self.format.bytes(), self.max_side)
    }

    /// The tiles of a view's plane in a level.
    fn scene(&self, view: &ViewState, canvas: Rect, level: usize) -> Scene {
        let dataset = self.source.dataset();
        let (full, shape) = (dataset.shape, dataset.levels[level]);
        let ratio = |axis: Axis| full.along(axis) as f64 / shape.along(axis).max(1) as f64;
        let normal = view.normal;
        let (v_axis, u_axis) = normal.plane_axes();
        let [v, u] = visible_rect(view, canvas);
        let scaled = |range: std::ops::Range<f64>, axis: Axis| range.start / ratio(axis)..range.end / ratio(axis);
        let rect = [scaled(v, v_axis), scaled(u, u_axis)];
        let index = ((view.plane() as f64 + 0.5) / ratio(normal)) as u64;
        let index = index.min(shape.along(normal).saturating_sub(1));
        let tiling = self.tiling(level, normal);
        let tiles = tiling.within(&rect).into_iter();
        Scene {
            level,
            t: view.t,
            normal,
            index,
            tiles: tiles.map(|place| (place, tiling.tile(place, index))).collect(),
            groups: groups(view, self.source.chunk_shape(level)[0].clamp(1, full.c.max(1))),
        }
    }

    fn bytes(&self, scene: &Scene) -> u64 {
        scene.voxels().saturating_mul(self.format.bytes())
    }

    /// The finest level whose part of the plane fits, and the coarsest one where that is another.
    fn scenes(&self, view: &ViewState, canvas: Rect) -> (Scene, Option<Scene>) {
        let last = self.source.dataset().levels.len() - 1;
        let most = SCENE_BYTES.min(self.cache.capacity_bytes() / 2);
        let mut level = 0;
        let mut fine = self.scene(view, canvas, level);
        while level < last && self.bytes(&fine) > most {
            level += 1;
            fine = self.scene(view, canvas, level);
        }
        let coarse = (level < last).then(|| self.scene(view, canvas, last));
        (fine, coarse)
    }

    fn is_settled(&self, (key, c, _): Wanted<'_>) -> bool {
        self.lost.contains_key(&key) || self.cache.get(&key, c).is_some()
    }

    /// Whether it was read, and waits for staging memory.
    fn is_waiting(&self, (key, c, _): Wanted<'_>) -> bool {
        let waiting = self.waiting.as_ref();
        waiting.is_some_and(|(waiting, block)| *waiting == key && block.region.c == *c)
    }

    fn is_here(&self, scene: &Scene) -> bool {
        scene.wanted().all(|wanted| self.is_settled(wanted))
    }

    /// Asks for what a view needs, most urgent first: a coarse picture, the picture, planes ahead and behind.
    fn ask(&mut self, view: &ViewState, canvas: Rect) {
        let index = view.plane();
        if index != self.last_index {
            self.is_backward = index < self.last_index;
            self.last_index = index;
        }
        let (fine, coarse) = self.scenes(view, canvas);
        let is_whole = self.is_here(&fine);
        let mut scenes: Vec<Scene> = Vec::new();
        scenes.extend(coarse.filter(|_| !is_whole));
        let level = fine.level;
        let mut bytes = self.bytes(&fine);
        let most = (self.cache.capacity_bytes() as f64 * AHEAD_SHARE) as u64;
        scenes.push(fine);
        let shown = scenes.len();
        // The last whole picture stays on the screen until then, where there is room for both.
        if let Some(drawn) = self.drawn.as_ref().filter(|_| !is_whole) {
            let drawn = self.scene(drawn, canvas, level);
            bytes += self.bytes(&drawn);
            scenes.push(drawn);
        }
        let ahead = if self.is_backward { -1 } else { 1 };
        let steps = (1..=AHEAD).map(|n| n * ahead).chain((1..=BEHIND).map(|n| -n * ahead));
        for step in steps {
            let Some(plane) = index
                .checked_add_signed(step)
                .filter(|&plane| plane < view.plane_count())
            else {
                continue;
            };
            let mut other = view.clone();
            other.set_plane(plane);
            let scene = self.scene(&other, canvas, level);
            bytes += self.bytes(&scene);
            if bytes > most {
                break;
            }
            scenes.push(scene);
        }

        // No more than there is room for: every tile that is wanted finds a place then, if others are given up.
        let mut room = self.cache.capacity_bytes();
        let is_fitting = |&(_, c, tile): &Wanted<'_>| {
            let needed = (c.end - c.start) * tile.held.voxels() * self.format.bytes();
            let left = room.checked_sub(needed);
            room = left.unwrap_or(0);
            left.is_some()
        };
        let wanted: Vec<Wanted<'_>> = scenes.iter().flat_map(Scene::wanted).take_while(is_fitting).collect();
        let missing: Vec<Wanted<'_>> = wanted
            .iter()
            .copied()
            .filter(|&wanted| !self.is_settled(wanted) && !self.is_waiting(wanted))
            .collect();
        let list: Vec<Asked> = missing.iter().copied().map(asked).collect();
        let is_shown_whole = scenes[..shown].iter().all(|scene| self.is_here(scene));
        if list != self.asked {
            let regions = missing.into_iter().map(|wanted| (asked(wanted), region(wanted)));
            self.fetcher.ask(regions);
        }
        self.is_urgent
            .store(!is_shown_whole && !self.fetcher.is_idle(), Ordering::Relaxed);
        let keys: Vec<TileKey> = wanted.iter().map(|(key, ..)| *key).collect();
        self.cache.touch(keys.iter().rev());
        self.asked = list;
        self.wanted = keys.into_iter().collect();
    }

    // ------------------------------------------------------------ what comes

    /// Moves on without waiting: takes tiles that came, asks for what the view needs now, collects numbers. Returns
    /// whether there is something new to show.
    ///
    /// # Errors
    /// If nothing can be read at all, or the adapter fails.
    pub(super) fn pump(
        &mut self,
        gpu: &Gpu,
        view: &ViewState,
        canvas: Rect,
        is_in_time: impl Fn() -> bool,
    ) -> Result<bool, SessionError> {
        self.ask(view, canvas);
        let mut is_new = false;
        // At least one, however long that took.
        for taken in 0.. {
            self.is_behind = taken > 0 && !is_in_time();
            if self.is_behind {
                break;
            }
            let (key, block) = match self.waiting.take() {
                Some(waiting) => waiting,
                None => match self.fetcher.try_next() {
                    Some(((key, _), Ok(block))) => (key, block),
                    Some(((key, _), Err(error))) => {
                        self.lost.insert(key, reason(&error));
                        is_new = true;
                        continue;
                    }
                    None => break,
                },
            };
            if !self.has_room(gpu, &block)? {
                self.waiting = Some((key, block));
                break;
            }
            is_new |= self.upload(gpu, key, &block)?;
        }
        self.flush(gpu);
        if is_new {
            self.ask(view, canvas);
        }
        Ok(self.numbers.pump(view)? || is_new)
    }

    /// Whether staging memory has room for a block now.
    fn has_room(&mut self, gpu: &Gpu, block: &Block) -> Result<bool, GpuError> {
        let needed = Block::staging_bytes(&block.region, self.format);
        if self.ring.as_ref().is_none_or(|ring| ring.slot_bytes() < needed) {
            self.flush(gpu);
            self.ring = Some(StagingRing::new(gpu, SLOTS, SLOT_BYTES.max(needed))?);
        }
        if self.ring.as_ref().is_some_and(|ring| ring.has_room(needed)) {
            return Ok(true);
        }
        self.flush(gpu);
        gpu.poll();
        Ok(self.ring.as_ref().is_some_and(|ring| ring.has_room(needed)))
    }

    /// Brings a tile to textures. Returns whether there was a place for it.
    fn upload(&mut self, gpu: &Gpu, key: TileKey, block: &Block) -> Result<bool, GpuError> {
        let c = block.region.c.clone();
        let tile = self.tiling(key.level, key.normal).tile(key.place, key.index);
        let Some(ring) = &mut self.ring else { return Ok(false) };
        let count = (c.end - c.start) as usize;
        let Some(textures) = self.cache.take_room(gpu, self.format, &tile, count, &self.wanted)? else {
            return Ok(false);
        };
        let row_bytes = block.region.zyx.size()[2] * self.format.bytes();
        for (place, texels) in per_channel(&block.region, &block.texels).enumerate() {
            if let Some(staged) = ring.stage(texels, row_bytes, self.format.bytes()) {
                self.copies
                    .push(copy_whole(textures.texture(place, 0), &staged, &tile.held, self.format));
            }
        }
        self.cache.insert(key, c, textures);
        Ok(true)
    }

    fn flush(&mut self, gpu: &Gpu) {
        let Some(ring) = self.ring.as_mut().filter(|ring| ring.is_dirty()) else {
            return;
        };
        let descriptor = wgpu::CommandEncoderDescriptor { label: Some("tiles") };
        let mut encoder = gpu.device.create_command_encoder(&descriptor);
        self.copies.drain(..).for_each(|copy| copy.encode(&mut encoder));
        let slot = ring.before_submit();
        let submission = gpu.queue.submit([encoder.finish()]);
        ring.after_submit(slot, submission);
    }

    // ------------------------------------------------------------ what is shown

    /// Whether the part of the view's plane that the canvas shows is there, as far as it can be read.
    pub(super) fn is_plane_ready(&self, view: &ViewState, canvas: Rect) -> bool {
        let (fine, _) = self.scenes(view, canvas);
        self.is_here(&fine)
    }

    /// The view as it can be drawn now: itself, or that of the last picture while nothing of this one is there.
    pub(super) fn view_to_draw(&mut self, view: &ViewState, canvas: Rect) -> ViewState {
        let (fine, coarse) = self.scenes(view, canvas);
        let is_ready = self.is_here(&fine) || coarse.is_some_and(|coarse| self.is_here(&coarse));
        let last = self.drawn.as_ref();
        let is_same_plane = |last: &ViewState| (last.t, last.normal, last.index) == (view.t, view.normal, view.index);
        match last.filter(|last| !is_ready && !is_same_plane(last) && last.normal == view.normal) {
            Some(last) => {
                let mut drawn = view.clone();
                (drawn.t, drawn.index) = (last.t, last.index);
                drawn
            }
            None => {
                if is_ready {
                    self.drawn = Some(view.clone());
                }
                view.clone()
            }
        }
    }

    /// The tiles of a view's plane that are there, coarse ones first; and boxes of it that cannot be read.
    pub(super) fn patches(&self, view: &ViewState, canvas: Rect) -> (Vec<Patch<'_>>, Vec<Hatched>) {
        let (fine, coarse) = self.scenes(view, canvas);
        let is_whole = self.is_here(&fine);
        let has_coarse = coarse.is_some();
        // Batches of channels are added up in a float target: there, no tile may lie over another.
        let is_mixed = view.layout == Layout::Composite && view.visible_channels().len() > BATCH;
        let mut scenes: Vec<&Scene> = Vec::new();
        scenes.extend(coarse.as_ref().filter(|_| !is_whole));
        if is_whole || scenes.is_empty() || !is_mixed {
            scenes.push(&fine);
        }
        let levels = &self.source.dataset().levels;
        let mut patches = Vec::new();
        for scene in &scenes {
            let extent = extent_of(&levels[scene.level]);
            // Over a coarse picture lies what is complete; without one, a part is better than nothing.
            let tiles = scene.tiles.iter();
            patches.extend(tiles.filter_map(|tile| self.patch(scene, tile, extent, !has_coarse)));
        }
        let lost = fine.wanted().filter(|(key, ..)| self.lost.contains_key(key));
        let mut hatched: Vec<Hatched> = lost
            .map(|(_, c, tile)| Hatched {
                c: c.clone(),
                part: full_box(&tile.core, &levels[0], &levels[fine.level]),
            })
            .collect();
        if view.normal != Axis::Z {
            hatched.extend(hatched_planes(&self.lost(), view, &levels[0].volume_box()));
        }
        (patches, hatched)
    }

    fn patch(
        &self,
        scene: &Scene,
        (place, _): &(u64, Tile),
        level_extent: [u64; 3],
        may_lack_channels: bool,
    ) -> Option<Patch<'_>> {
        let mut channels = vec![None; self.source.dataset().shape.c as usize];
        let mut tile = None;
        for (key, c, _) in scene.wanted().filter(|(key, ..)| key.place == *place) {
            // A channel that cannot be read leaves the others to be seen.
            if self.lost.contains_key(&key) {
                continue;
            }
            let held = match self.cache.get(&key, c) {
                Some(held) => held,
                None if may_lack_channels => continue,
                None => return None,
            };
            for channel in c.clone() {
                channels[channel as usize] = Some(held.textures.view((channel - held.c.start) as usize, 0));
            }
            tile = held.textures.grid.tiles.first();
        }
        Some(Patch {
            tile: tile?,
            level_extent,
            channels,
        })
    }

    /// How much could not be read so far.
    pub(super) fn lost_count(&self) -> usize {
        self.numbers.lost().len() + self.lost.len() + self.notes.count()
    }

    /// What cannot be read: planes, and tiles that were asked for.
    pub(super) fn lost(&self) -> Vec<Damage> {
        let shape = self.source.dataset().shape;
        let together = self.source.chunk_shape(0)[0].clamp(1, shape.c.max(1));
        let of_tile = |(key, reason): (&TileKey, &String)| Damage {
            t: key.t..key.t + 1,
            c: key.group * together..((key.group + 1) * together).min(shape.c),
            z: key.index..key.index + 1,
            reason: reason.clone(),
        };
        let is_plane = |(key, _): &(&TileKey, &String)| key.level == 0 && key.normal == Axis::Z;
        let tiles = self.lost.iter().filter(is_plane).map(of_tile);
        let mut lost = self.numbers.lost().to_vec();
        let place = |damage: &Damage| (damage.t.start, damage.c.start / together, damage.z.start);
        let mut known: HashSet<_> = lost.iter().map(place).collect();
        lost.extend(
            tiles
                .chain(self.notes.damage())
                .filter(|damage| known.insert(place(damage))),
        );
        lost
    }

    /// Bytes of what the canvas shows of the view's plane, and those that there is room for, where that is less: then
    /// only the middle is shown.
    pub(super) fn shortage(&self, view: &ViewState, canvas: Rect) -> Option<(u64, u64)> {
        let (fine, _) = self.scenes(view, canvas);
        let (needed, room) = (self.bytes(&fine), self.cache.capacity_bytes());
        (needed > room).then_some((needed, room))
    }

    /// The voxels of a box of a plane in the tiles that are there, at full resolution: a job's channel is its place among
    /// `channels`. `None` if some are not there, or cannot be read.
    pub(super) fn jobs(&self, plane: &PlaneKey, part: &Box3, channels: &[usize]) -> Option<Vec<BoxJob<'_>>> {
        let is_lost =
            |damage: &Damage| damage.t.contains(&plane.t) && damage.z.start < part.z.end && damage.z.end > part.z.start;
        if self.lost_count() > 0 && self.lost().iter().any(is_lost) {
            return None;
        }
        let (v_axis, u_axis) = plane.normal.plane_axes();
        let rect = [v_axis, u_axis].map(|axis| part.along(axis).start as f64..part.along(axis).end as f64);
        let tiling = self.tiling(0, plane.normal);
        let shape = self.source.dataset().shape;
        let together = self.source.chunk_shape(0)[0].clamp(1, shape.c.max(1));
        let mut jobs = Vec::new();
        for place in tiling.within(&rect) {
            for (index, &channel) in channels.iter().enumerate() {
                let channel = channel as u64;
                let key = TileKey {
                    level: 0,
                    t: plane.t,
                    normal: plane.normal,
                    index: plane.index,
                    place,
                    group: channel / together,
                };
                let held = self.cache.get(&key, &(channel..channel + 1))?;
                let channel = (channel - held.c.start) as usize;
                let of_tile = super::contrast::jobs(&held.textures, [channel], part, &[]);
                jobs.extend(of_tile.into_iter().map(|job| BoxJob { channel: index, ..job }));
            }
        }
        Some(jobs)
    }

    /// Whether tiles of the shown plane are on their way.
    pub(super) fn is_coming(&self, view: &ViewState, canvas: Rect) -> bool {
        let is_under_way = self.waiting.is_some() || !self.fetcher.is_idle();
        is_under_way && !self.is_plane_ready(view, canvas)
    }

    /// Whether something is under way that nobody wakes the window for.
    pub(super) fn is_busy(&self) -> bool {
        self.waiting.is_some() || self.is_behind
    }
}

fn extent_of(shape: &Shape) -> [u64; 3] {
    [shape.z, shape.y, shape.x]
}

/// The voxels of full resolution that a box of a level covers.
fn full_box(part: &Box3, full: &Shape, level: &Shape) -> Box3 {
    let range = |axis: Axis| {
        let (all, own) = (u128::from(full.along(axis)), u128::from(level.along(axis).max(1)));
        let scaled = |at: u64| (u128::from(at) * all).div_ceil(own) as u64;
        scaled(part.along(axis).start)..scaled(part.along(axis).end)
    };
    Box3 {
        z: range(Axis::Z),
        y: range(Axis::Y),
        x: range(Axis::X),
    }
}
