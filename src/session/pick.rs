use std::sync::Arc;

use crossbeam_channel::{Receiver, TryRecvError, bounded};

use crate::gpu::{Gpu, Readback, VolumeTextures, VoxelFormat};
use crate::reduce::{CpuRange, twin};
use crate::source::{Source, Wake};
use crate::volume::{Axis, Box3, Region, SampleType, Value};

/// Bytes between the values of two channels: texel copies want no more, buffers no less than 4.
const STRIDE: u64 = 4;

/// The values of all channels at one voxel, on their way.
pub(super) struct Pick {
    /// (z, y, x).
    pub(super) voxel: [u64; 3],
    answer: Answer,
}

enum Answer {
    /// From the textures, which hold the values exactly.
    Texels(Readback),
    /// From the file, where the textures hold less than its type.
    File(Receiver<Vec<Value>>),
}

impl Pick {
    /// Asks for a voxel of the time point `t` that `textures` hold; `None` if they do not hold it.
    pub(super) fn start(
        gpu: &Gpu,
        source: &Arc<dyn Source>,
        textures: &VolumeTextures,
        t: u64,
        voxel: [u64; 3],
        wake: &Wake,
    ) -> Option<Self> {
        let extent = &textures.grid.extent;
        let is_held = Axis::ALL
            .into_iter()
            .zip(voxel)
            .all(|(axis, index)| extent.along(axis).contains(&index));
        if !is_held {
            return None;
        }
        let answer = if source.dataset().sample_type.is_wide() {
            Answer::File(read_from_file(source.clone(), t, voxel, wake.clone()))
        } else {
            Answer::Texels(read_texels(gpu, textures, voxel)?)
        };
        Some(Self { voxel, answer })
    }

    /// Asks for a voxel of which no texture may be there; `None` if it is not in the image.
    pub(super) fn from_file(source: &Arc<dyn Source>, t: u64, voxel: [u64; 3], wake: &Wake) -> Option<Self> {
        let shape = source.dataset().shape;
        let is_inside = voxel[0] < shape.z && voxel[1] < shape.y && voxel[2] < shape.x;
        is_inside.then(|| Self {
            voxel,
            answer: Answer::File(read_from_file(source.clone(), t, voxel, wake.clone())),
        })
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

fn read_from_file(source: Arc<dyn Source>, t: u64, [z, y, x]: [u64; 3], wake: Wake) -> Receiver<Vec<Value>> {
    let (sender, receiver) = bounded(1);
    std::thread::spawn(move || {
        let dataset = source.dataset();
        let zyx = Box3 {
            z: z..z + 1,
            y: y..y + 1,
            x: x..x + 1,
        };
        let region = Region {
            level: 0,
            t,
            c: 0..dataset.shape.c,
            zyx,
        };
        let mut voxels = vec![0; (region.voxels() as usize) * dataset.sample_type.bytes()];
        // A voxel that cannot be read has no value to show; the load that met it has said so.
        if source.read(&region, &mut voxels).is_ok() {
            let width = dataset.sample_type.bytes();
            let values = voxels
                .chunks_exact(width)
                .map(|voxel| value(voxel, dataset.sample_type));
            let values = values.collect();
            // Nobody listens any more where the mouse has moved on.
            let _ = sender.send(values);
        }
        drop(sender);
        wake();
    });
    receiver
}

/// The value of one voxel in native byte order.
pub(super) fn value(voxel: &[u8], sample_type: SampleType) -> Value {
    match CpuRange::of(voxel, sample_type).stats(sample_type).range {
        Some((value, _)) => value,
        None => Value::Float(twin::values(voxel, sample_type).first().copied().unwrap_or(f64::NAN)),
    }
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
        encoder.copy_texture_to_buffer(
            wgpu::TexelCopyTextureInfo {
                texture: textures.texture(channel, index),
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
    gpu.queue.submit([encoder.finish()]);
    readback.map();
    Some(readback)
}
