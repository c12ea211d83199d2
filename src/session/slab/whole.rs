use std::ops::Range;
use std::sync::Arc;

use crate::gpu::{Gpu, GpuError, VolumeTextures, VoxelFormat};
use crate::session::SessionError;
use crate::session::salvage::reason;
use crate::session::stats::{Progress, fill};
use crate::source::Source;
use crate::view::{Slab, SlabProjector};
use crate::volume::{Axis, Box3, Damage};

use super::{readable_planes, with_range};

/// Projects planes that textures hold as a whole.
///
/// # Errors
/// If there is no memory for it.
pub(in crate::session) fn project_whole(
    gpu: &Gpu,
    textures: &VolumeTextures,
    (normal, range): (Axis, Range<u64>),
    channels: &[usize],
    lost: &[Damage],
) -> Result<Slab, GpuError> {
    let mut slab = Slab::new(gpu, &textures.grid, normal, channels, textures.channel_count())?;
    let projector = SlabProjector::new(gpu, textures.format);
    project(gpu, &mut slab, &projector, textures, (normal, range), channels, lost);
    Ok(slab)
}

fn project(
    gpu: &Gpu,
    slab: &mut Slab,
    projector: &SlabProjector,
    textures: &VolumeTextures,
    (normal, range): (Axis, Range<u64>),
    channels: &[usize],
    lost: &[Damage],
) {
    for &channel in channels {
        let mut planes = readable_planes(&range, normal, channel, lost);
        // A channel of which nothing can be read is begun all the same.
        planes.push(range.end..range.end);
        for planes in planes {
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            slab.project(gpu, &mut encoder, projector, textures, channel, planes);
            gpu.queue.submit([encoder.finish()]);
        }
    }
}

/// A slab of which not all planes fit into memory at once.
pub(in crate::session) struct Chunks<'a> {
    pub(in crate::session) gpu: &'a Gpu,
    pub(in crate::session) source: &'a Arc<dyn Source>,
    pub(in crate::session) level: usize,
    pub(in crate::session) t: u64,
    pub(in crate::session) normal: Axis,
    pub(in crate::session) channels: &'a [usize],
}

impl Chunks<'_> {
    /// Reads as many planes at a time as fit, and projects them. Returns what cannot be read, too.
    ///
    /// # Errors
    /// If no plane can be read, or the adapter fails.
    pub(in crate::session) fn project(
        &self,
        part: &Box3,
        progress: Progress<'_>,
    ) -> Result<(Slab, Vec<Damage>), SessionError> {
        let dataset = self.source.dataset();
        let format = VoxelFormat::of(dataset.sample_type);
        let channel_count = dataset.shape.c as usize;
        let range = part.along(self.normal).clone();
        let plane = with_range(part, self.normal, 0..1).voxels();
        let plane_bytes = plane.saturating_mul(format.bytes()).saturating_mul(dataset.shape.c);
        let together = (self.gpu.caps.memory_budget_bytes / 2 / plane_bytes.max(1)).max(1);
        let projector = SlabProjector::new(self.gpu, format);
        let (mut slab, mut lost, mut failure) = (None, Vec::new(), None);
        let mut is_any_here = false;
        for start in range.clone().step_by(together.min(usize::MAX as u64) as usize) {
            let planes = start..range.end.min(start.saturating_add(together));
            let chunk = with_range(part, self.normal, planes.clone());
            let mut textures = Some(VolumeTextures::new(self.gpu, format, channel_count, &chunk)?);
            let share = |planes: u64| (planes - range.start) as f64 / (range.end - range.start) as f64;
            let part_of = |done: f64| progress(share(start) + done * (share(planes.end) - share(start)));
            match fill(
                self.gpu,
                self.source,
                self.level,
                self.t,
                self.channels,
                &mut textures,
                &part_of,
            ) {
                Ok(new) => {
                    lost.extend(new);
                    is_any_here = true;
                }
                Err(SessionError::Source(error)) if self.normal == Axis::Z => {
                    lost.push(Damage {
                        t: self.t..self.t + 1,
                        c: 0..dataset.shape.c,
                        z: planes.clone(),
                        reason: reason(&error),
                    });
                    failure.get_or_insert(error);
                }
                Err(other) => return Err(other),
            }
            let Some(textures) = textures else { continue };
            let slab = match &mut slab {
                Some(slab) => slab,
                none => {
                    let new = Slab::new(self.gpu, &textures.grid, self.normal, self.channels, channel_count)?;
                    none.insert(new)
                }
            };
            let of = (self.normal, planes);
            project(self.gpu, slab, &projector, &textures, of, self.channels, &lost);
            // The next planes take the memory of these.
            self.gpu.wait();
            self.gpu.check()?;
        }
        match (slab, failure) {
            (_, Some(error)) if !is_any_here => Err(error.into()),
            (Some(slab), _) => Ok((slab, lost)),
            (None, _) => Err(SessionError::Options("a slab without planes".into())),
        }
    }
}
