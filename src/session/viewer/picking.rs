//! The values under the pointer.

use super::{Stage, Viewer};
use crate::gpu::{Gpu, VolumeTextures, VoxelFormat};
use crate::session::pick::{Pick, Spot};
use crate::session::slab::is_slab;
use crate::session::timepoint::TimePoint;
use crate::view::SlabProjector;
use crate::volume::{Axis, Damage, Value};

/// Values of all channels at one spot.
#[derive(Clone, Debug, PartialEq)]
pub struct Picked {
    /// What they are of.
    pub spot: Spot,
    /// Exact, one per channel; none where nothing can be read.
    pub values: Vec<Value>,
}

/// What is known of the spot that is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Picking<'a> {
    /// Nothing is asked for.
    Nothing,
    /// It has not been read yet.
    Awaited,
    /// Its values are on their way from the GPU, and come before anyone could read these: those of the spot before, if
    /// there are any.
    Soon(Option<&'a Picked>),
    /// Its values.
    Here(&'a Picked),
}

/// Answers the newest question for values; while one is being answered, the next waits.
#[derive(Default)]
pub(super) struct Picker {
    voxel: Option<[u64; 3]>,
    running: Option<Pick>,
    /// The answer that came last.
    found: Option<Picked>,
}

impl Picker {
    /// Whether an answer is awaited that nobody wakes the window for.
    pub(super) fn is_busy(&self) -> bool {
        self.running.as_ref().is_some_and(Pick::is_polled)
    }
}

/// Where the values of a spot are.
enum Place<'a> {
    /// In textures; with the planes that cannot be read, and what projects slabs.
    Here(&'a VolumeTextures, &'a [Damage], Option<&'a SlabProjector>),
    /// On their way to textures.
    Coming,
    /// In the file only.
    File,
    /// Not in the image, or among what cannot be read.
    Nowhere,
}

impl Viewer {
    /// Asks for the values of all channels at a voxel (z, y, x), or for no more of them: those of the view's time point;
    /// where a slab is shown, the largest of it at that place. They come with [`Viewer::pump`], as soon as the voxel is
    /// there, and again for another time or slab; the newest question wins.
    pub fn pick(&mut self, gpu: &Gpu, voxel: Option<[u64; 3]>) {
        self.picker.voxel = voxel;
        if voxel.is_none() {
            self.picker.found = None;
        }
        self.follow_pick(gpu);
    }

    /// What is known of the voxel that is asked for, in the view as it is now.
    pub fn picking(&self) -> Picking<'_> {
        let Some(spot) = self.spot() else {
            return Picking::Nothing;
        };
        match &self.picker.found {
            Some(found) if found.spot == spot => Picking::Here(found),
            found if self.picker.is_busy() => Picking::Soon(found.as_ref()),
            _ => Picking::Awaited,
        }
    }

    /// The values that are asked for, once they are known.
    pub fn picked(&self) -> Option<&Picked> {
        match self.picking() {
            Picking::Here(picked) => Some(picked),
            _ => None,
        }
    }

    /// What is asked for.
    fn spot(&self) -> Option<Spot> {
        let (voxel, view) = (self.picker.voxel?, self.view.as_ref()?);
        let has_slab = match self.stage.as_ref()? {
            Stage::Whole(whole) => is_slab(view) && whole.slab_note(view).is_none(),
            Stage::Stream(_) => false,
        };
        Some(Spot {
            voxel,
            t: view.t,
            slab: has_slab.then(|| (view.normal, view.slab_range())),
        })
    }

    fn place_of(&self, spot: &Spot) -> Place<'_> {
        let (Some(dataset), Some(stage)) = (self.dataset(), &self.stage) else {
            return Place::Nowhere;
        };
        let extent = dataset.shape.volume_box();
        let mut axes = Axis::ALL.into_iter();
        let is_inside = axes.all(|axis| extent.along(axis).contains(&spot.voxel[axis.index()]));
        // A slab along the planes of the file has others than those that cannot be read.
        let has_one_plane = !matches!(spot.slab, Some((Axis::Z, _)));
        let covers = |damage: &Damage| damage.t.contains(&spot.t) && damage.z.contains(&spot.voxel[0]);
        if !is_inside || has_one_plane && self.find_lost(covers).is_some() {
            return Place::Nowhere;
        }
        let Stage::Whole(whole) = stage else { return Place::File };
        if dataset.sample_type.is_wide() {
            return Place::File;
        }
        let is_here = |shown: &&TimePoint| shown.t == spot.t && spot.column().z.all(|z| shown.is_plane_here(z));
        let shown = whole.shown.as_ref().filter(is_here);
        match shown.and_then(|shown| Some((shown.textures()?, shown.lost()))) {
            Some((textures, lost)) => Place::Here(textures, lost, whole.slab_projector()),
            None if whole.is_reading() => Place::Coming,
            None => Place::File,
        }
    }

    /// Takes the answer that has come, and asks what is wanted and not known. Returns whether there is anything new.
    pub(super) fn follow_pick(&mut self, gpu: &Gpu) -> bool {
        let is_new = self.collect_pick();
        let (Some(spot), Some(source)) = (self.spot(), &self.source) else {
            return is_new;
        };
        let is_known = self.picker.found.as_ref().is_some_and(|found| found.spot == spot);
        if is_known || self.picker.running.is_some() {
            return is_new;
        }
        let running = match self.place_of(&spot) {
            Place::Coming => None,
            Place::File => Some(Pick::from_file(source, spot.clone(), &self.wake)),
            Place::Here(textures, lost, projector) => {
                if spot.slab.is_some() && projector.is_none() {
                    return is_new; // it comes with the first picture of a slab
                }
                Pick::from_textures(gpu, textures, &spot, projector, lost)
            }
            Place::Nowhere => None,
        };
        self.picker.found = match (&running, self.place_of(&spot)) {
            // Those of the spot before stay for a moment.
            (Some(_), Place::Here(..)) => self.picker.found.take(),
            (Some(_), _) | (None, Place::Coming) => None,
            (None, _) => Some(Picked {
                spot,
                values: Vec::new(),
            }),
        };
        self.picker.running = running;
        is_new
    }

    fn collect_pick(&mut self) -> bool {
        let (Some(pick), Some(source)) = (&self.picker.running, &self.source) else {
            return false;
        };
        let Some(values) = pick.poll(VoxelFormat::of(source.dataset().sample_type)) else {
            return false;
        };
        let answered = self.picker.running.take();
        self.picker.found = answered.map(|Pick { spot, .. }| Picked { spot, values });
        true
    }
}
