use std::ops::Range;
use std::sync::Arc;

use crossbeam_channel::{Receiver, TryRecvError, bounded};

use crate::gpu::{Gpu, Readback, Tile, TileGrid, VolumeTextures, VoxelFormat};
use crate::reduce::{CpuRange, twin};
use crate::source::{Source, Wake};
use crate::view::{Slab, SlabProjector};
use crate::volume::{Axis, Box3, Damage, Region, SampleType, Value};

use super::slab::readable_planes;

/// Bytes between the values of two channels: texel copies want no more, buffers no less than 4.
const STRIDE: u64 = 4;

/// What values are asked of. They are the same wherever they are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// (z, y, x).
    pub voxel: [u64; 3],
    /// The time point.
    pub t: u64,
    /// The planes along an axis of which the largest value is asked for, where there are several.
    pub slab: Option<(Axis, Range<u64>)>,
}

impl Spot {
    /// The voxels of which the largest is asked for.
    pub(super) fn column(&self) -> Box3 {
        let [z, y, x] = self.voxel.map(|index| index..index + 1);
        let mut column = Box3 { z, y, x };
        if let Some((normal, planes)) = &self.slab {
            *column.along_mut(*normal) = planes.clone();
        }
        column
    }
}

/// The values of all channels at one spot, on their way.
pub(super) struct Pick {
    pub(super) spot: Spot,
    answer: Answer,
}

enum Answer {
    /// From the textures, which hold the values exactly.
    Texels(Readback),
    /// From the file, where the textures hold less than its type, or not this voxel.
    File(Receiver<Vec<Value>>),
}

impl Pick {
    /// Asks textures that hold the spot; the planes of a slab that are among `lost` ones do not count. `None` if nothing
    /// is left of it.
    pub(super) fn from_textures(
        gpu: &Gpu,
        textures: &VolumeTextures,
        spot: &Spot,
        projector: Option<&SlabProjector>,
        lost: &[Damage],
    ) -> Option<Self> {
        let readback = match &spot.slab {
            Some((normal, planes)) => {
                project_texels(gpu, textures, projector?, &spot.column(), (*normal, planes), lost)?
            }
            None => read_texels(gpu, textures, spot.voxel)?,
        };
        Some(Self {
            spot: spot.clone(),
            answer: Answer::Texels(readback),
        })
    }

    /// Asks the file; `wake` is called when it has answered.
    pub(super) fn from_file(source: &Arc<dyn Source>, spot: Spot, wake: &Wake) -> Self {
        let answer = read_from_file(source.clone(), spot.t, spot.column(), wake.clone());
        Self {
            spot,
            answer: Answer::File(answer),
        }
    }

    /// The values, once they have come.
    pub(super) fn poll(&self, format: VoxelFormat) -> Option<Vec<Value>> {
        match &self.answer {
            Answer::File(receiver) => match receiver.try_recv() {
                Ok(values) => Some(values),
                Err(TryRecvError::Empty) => None,
                // It could not be read: there is a place, and no value.
                Err(TryRecvError::Disconnected) => Some(Vec::new()),
            },
            Answer::Texels(readback) => {
                let value = |texel: &[u8]| {
                    let stored = u32::from_ne_bytes([texel[0], texel[1], texel[2], texel[3]]);
                    format.value_from_stored(stored & format.mask())
                };
                Some(readback.take()?.chunks_exact(STRIDE as usize).map(value).collect())
            }
        }
    }

    /// Whether nobody wakes the window when it comes.
    pub(super) fn is_polled(&self) -> bool {
        matches!(self.answer, Answer::Texels(_))
    }
}

fn read_from_file(source: Arc<dyn Source>, t: u64, column: Box3, wake: Wake) -> Receiver<Vec<Value>> {
    let (sender, receiver) = bounded(1);
    std::thread::spawn(move || {
        let dataset = source.dataset();
        let sample_type = dataset.sample_type;
        let mut columns = vec![Vec::new(); dataset.shape.c as usize];
        // Plane by plane: one that cannot be read leaves the others. The load that met it has said so.
        for z in column.z.clone() {
            let region = Region {
                level: 0,
                t,
                c: 0..dataset.shape.c,
                zyx: column.layer(Axis::Z, z),
            };
            let mut voxels = vec![0; (region.voxels() as usize) * sample_type.bytes()];
            if source.read(&region, &mut voxels).is_ok() {
                let of_channel = region.zyx.voxels() as usize * sample_type.bytes();
                let parts = voxels.chunks_exact(of_channel);
                columns
                    .iter_mut()
                    .zip(parts)
                    .for_each(|(column, part)| column.extend(part));
            }
        }
        if columns.iter().any(|column| !column.is_empty()) {
            let values = columns.iter().map(|column| largest(column, sample_type)).collect();
            // Nobody listens any more where the mouse has moved on.
            let _ = sender.send(values);
        }
        drop(sender);
        wake();
    });
    receiver
}

/// The largest value of voxels in native byte order.
fn largest(voxels: &[u8], sample_type: SampleType) -> Value {
    let values = || twin::values(voxels, sample_type).into_iter();
    match CpuRange::of(voxels, sample_type).stats(sample_type).range {
        Some(_) if values().any(|value| value == f64::INFINITY) => Value::Float(f64::INFINITY),
        Some((_, largest)) => largest,
        // Nothing finite.
        None => Value::Float(values().fold(f64::NAN, f64::max)),
    }
}

/// The value of one voxel in native byte order.
pub(super) fn value(voxel: &[u8], sample_type: SampleType) -> Value {
    match CpuRange::of(voxel, sample_type).stats(sample_type).range {
        Some((value, _)) => value,
        None => Value::Float(twin::values(voxel, sample_type).first().copied().unwrap_or(f64::NAN)),
    }
}

/// The maxima of all channels over a column of voxels across planes.
fn project_texels(
    gpu: &Gpu,
    textures: &VolumeTextures,
    projector: &SlabProjector,
    column: &Box3,
    (normal, planes): (Axis, &Range<u64>),
    lost: &[Damage],
) -> Option<Readback> {
    let grid = TileGrid {
        extent: column.clone(),
        tiles: vec![Tile {
            core: column.clone(),
            held: column.clone(),
        }],
    };
    let count = textures.channel_count();
    let channels: Vec<usize> = (0..count).collect();
    let mut slab = Slab::new(gpu, &grid, normal, &channels, count).ok()?;
    let readback = Readback::new(gpu, STRIDE * count as u64);
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    for channel in channels {
        let mut is_any = false;
        for planes in readable_planes(planes, normal, channel, lost) {
            slab.project(gpu, &mut encoder, projector, textures, channel, planes);
            is_any = true;
        }
        // As for a single plane: where a channel cannot be read, there are no values.
        if !is_any {
            return None;
        }
        let texture = slab.only_texture(channel)?;
        copy_texel(&mut encoder, texture, wgpu::Origin3d::ZERO, &readback, channel);
    }
    gpu.queue.submit([encoder.finish()]);
    readback.map();
    Some(readback)
}

fn copy_texel(
    encoder: &mut wgpu::CommandEncoder,
    texture: &wgpu::Texture,
    origin: wgpu::Origin3d,
    readback: &Readback,
    channel: usize,
) {
    encoder.copy_texture_to_buffer(
        wgpu::TexelCopyTextureInfo {
            texture,
            mip_level: 0,
            origin,
            aspect: wgpu::TextureAspect::All,
        },
        wgpu::TexelCopyBufferInfo {
            buffer: readback.buffer(),
            layout: wgpu::TexelCopyBufferLayout {
                offset: STRIDE * channel as u64,
                bytes_per_row: None,
                rows_per_image: None,
            },
        },
        wgpu::Extent3d::default(),
    );
}

fn read_texels(gpu: &Gpu, textures: &VolumeTextures, [z, y, x]: [u64; 3]) -> Option<Readback> {
    let index = textures
        .grid
        .tiles
        .iter()
        .position(|tile| tile.core.z.contains(&z) && tile.core.y.contains(&y) && tile.core.x.contains(&x))?;
    let held = textures.grid.tiles[index].held.origin();
    let origin = wgpu::Origin3d {
        x: (x - held[2]) as u32,
        y: (y - held[1]) as u32,
        z: (z - held[0]) as u32,
    };
    let readback = Readback::new(gpu, STRIDE * textures.channel_count() as u64);
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    for channel in 0..textures.channel_count() {
        copy_texel(
            &mut encoder,
            textures.texture(channel, index),
            origin,
            &readback,
            channel,
        );
    }
    gpu.queue.submit([encoder.finish()]);
    readback.map();
    Some(readback)
}
