//! The values under the pointer.

use super::{Stage, Viewer};
use crate::gpu::{Gpu, VoxelFormat};
use crate::session::pick::{Pick, Place};
use crate::session::slab::is_slab;
use crate::volume::{Axis, Damage, Value};

impl Viewer {
    /// Asks for the values of all channels at a voxel (z, y, x) of the shown time point; where a slab is shown, for the
    /// largest of it at that place.
    pub fn pick(&mut self, gpu: &Gpu, voxel: Option<[u64; 3]>) {
        let (Some(voxel), Some(source), Some(stage)) = (voxel, &self.source, &self.stage) else {
            self.picked = None;
            self.pick = None;
            self.next_pick = None;
            return;
        };
        if self.pick.as_ref().is_some_and(|pick| pick.voxel == voxel) {
            return;
        }
        // One voxel at a time is read from the file; the newest is the next.
        if self.pick.as_ref().is_some_and(|pick| !pick.is_polled()) {
            self.next_pick = Some(voxel);
            return;
        }
        // Nothing is known of voxels that cannot be read; a slab along the planes of the file has others.
        let is_lost = self.view.as_ref().is_some_and(|view| {
            if is_slab(view) && view.normal == Axis::Z && matches!(stage, Stage::Whole(_)) {
                return false;
            }
            let covers = |damage: &Damage| damage.t.contains(&view.t) && damage.z.contains(&voxel[0]);
            self.find_lost(covers).is_some()
        });
        if is_lost {
            (self.pick, self.picked) = (None, None);
            return;
        }
        self.pick = match (stage, &self.view) {
            (_, None) => None,
            (Stage::Whole(whole), Some(view)) => whole.shown.as_ref().and_then(|shown| {
                let textures = shown.textures()?;
                let is_here = |plane| view.normal != Axis::Z || shown.is_plane_here(plane);
                let place = Place {
                    voxel,
                    normal: view.normal,
                    range: match whole.slab_note(view) {
                        Some(_) => view.plane()..view.plane() + 1,
                        None => view.slab_range(),
                    },
                    projector: whole.slab_projector(),
                    lost: shown.lost(),
                    is_here: &is_here,
                };
                Pick::start(gpu, source, textures, shown.t, &place, &self.wake)
            }),
            (Stage::Stream(_), Some(view)) => Pick::from_file(source, view.t, voxel, &self.wake),
        };
    }

    pub(super) fn collect_pick(&mut self, gpu: &Gpu) -> bool {
        let (Some(pick), Some(source)) = (&self.pick, &self.source) else {
            return false;
        };
        let Some(values) = pick.poll(VoxelFormat::of(source.dataset().sample_type)) else {
            return false;
        };
        self.picked = Some((pick.voxel, values));
        self.pick = None;
        if let Some(next) = self.next_pick.take() {
            self.pick(gpu, Some(next));
        }
        true
    }

    /// The voxel (z, y, x) last asked for whose values have come, and those: one per channel.
    pub fn picked(&self) -> Option<([u64; 3], Vec<Value>)> {
        self.picked.clone()
    }
}
