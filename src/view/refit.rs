//! A view of a file that was read again: what the file says may be something else by now.

use std::collections::HashMap;

use crate::volume::{ChannelInfo, Dataset};

use super::{Camera, ChannelView, ContrastRule, ViewState};

impl ViewState {
    /// This view of one dataset as a view of another, as far as that has what it shows. Extents, voxel size and
    /// orientation are those of `to`, and so are colours and windows that nobody chose. Channels are found by their
    /// names, else by their places; planes and times are as near as there are; the camera stays where planes are as
    /// large as before.
    pub fn refitted(&self, from: &Dataset, to: &Dataset) -> ViewState {
        let mut view = ViewState::new(to);
        view.set_palette(self.palette, to);
        view.normal = self.normal;
        view.set_time(self.t);
        view.index = [0, 1, 2].map(|axis| self.index[axis].min(view.extent[axis].saturating_sub(1)));
        let is_of_all = self.slab > 1 && self.slab >= self.plane_count();
        view.slab = if is_of_all { view.plane_count() } else { self.slab };
        (view.blend, view.layout, view.filter) = (self.blend, self.layout, self.filter);

        let kept_of = channels_before(from, to);
        for (index, channel) in view.channels.iter_mut().enumerate() {
            let before = kept_of[index].and_then(|before| Some((before, self.channels.get(before)?)));
            if let Some((before, kept)) = before {
                let info = from.channels.get(before);
                let lut = self.palette.lut(before, self.channels.len(), info);
                *channel = ChannelView {
                    lut: if kept.lut == lut {
                        channel.lut.clone()
                    } else {
                        kept.lut.clone()
                    },
                    ..carried(kept, info, channel)
                };
            }
        }
        let active = kept_of.iter().position(|before| *before == Some(self.active_channel));
        view.active_channel = active.unwrap_or(0);

        if self.stored_plane_size(self.normal) == view.stored_plane_size(self.normal) {
            view.camera = match self.camera {
                Camera::At {
                    center,
                    zoom,
                    is_square,
                } => Camera::At {
                    center: view.uv_from_stored(self.stored_from_uv(center)),
                    zoom,
                    is_square,
                },
                whole => whole,
            };
        }
        view
    }
}

/// How a channel goes on, but for its colours: a window that is the file's own is that of the file as it is now.
fn carried(kept: &ChannelView, info: Option<&ChannelInfo>, now: &ChannelView) -> ChannelView {
    let is_own = kept.contrast == ContrastRule::Given && info.and_then(|info| info.window) == Some(kept.window);
    let (contrast, window) = match is_own {
        true => (now.contrast, now.window),
        false => (kept.contrast, kept.window),
    };
    ChannelView {
        contrast,
        window,
        ..kept.clone()
    }
}

/// For each channel of `to`, which one of `from` it was.
fn channels_before(from: &Dataset, to: &Dataset) -> Vec<Option<usize>> {
    fn name(of: &Dataset, index: usize) -> Option<&str> {
        of.channels.get(index)?.name.as_deref()
    }
    fn places(of: &Dataset) -> HashMap<&str, usize> {
        let named = (0..of.channels.len()).rev();
        named.filter_map(|index| Some((name(of, index)?, index))).collect()
    }
    let (before, now) = (places(from), places(to));
    let count = from.shape.c as usize;
    (0..to.shape.c as usize)
        .map(|index| {
            let own = name(to, index);
            if index < count && own == name(from, index) {
                return Some(index);
            }
            let by_name = own.and_then(|own| before.get(own).copied());
            // One of another name at this place is this one renamed, unless it is elsewhere.
            let is_elsewhere = name(from, index).is_some_and(|name| now.contains_key(name));
            by_name.or((index < count && !is_elsewhere).then_some(index))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{Layout, Palette};
    use crate::volume::{Axis, Lut, Orientation, SampleType, Shape, VoxelSize, Window};

    fn dataset([t, c, z, y, x]: [u64; 5]) -> Dataset {
        Dataset::new(Shape { t, c, z, y, x }, SampleType::U16)
    }

    fn named(names: &[&str]) -> Dataset {
        let mut dataset = dataset([1, names.len() as u64, 4, 8, 8]);
        for (channel, name) in dataset.channels.iter_mut().zip(names) {
            channel.name = Some((*name).into());
        }
        dataset
    }

    #[test]
    fn what_the_file_says_is_new_and_what_was_chosen_stays() {
        let before = dataset([2, 2, 9, 30, 40]);
        let now = Dataset {
            voxel_size: Some(VoxelSize {
                z: Some(2.0),
                y: 0.5,
                x: 0.5,
                unit: None,
            }),
            orientation: Orientation::from_value(2).expect("a value of the tag"),
            ..before.clone()
        };
        let mut view = ViewState::new(&before);
        (view.t, view.index, view.layout) = (1, [7, 3, 5], Layout::Montage);
        view.channels[1].lut = Lut::Solid([9, 9, 9]);
        view.set_window(0, Window::new(3.0, 70.0));
        view.camera = Camera::At {
            center: [10.0, 6.0],
            zoom: 4.0,
            is_square: false,
        };
        let again = view.refitted(&before, &now);
        assert_eq!((again.spacing, again.orientation), ([2.0, 0.5, 0.5], now.orientation));
        // The same voxels are in the middle, in a picture that is mirrored.
        let Camera::At { center, zoom, .. } = again.camera else {
            panic!("{:?}", again.camera)
        };
        assert_eq!((center, zoom), ([30.0, 6.0], 4.0));
        let expected = ViewState {
            spacing: again.spacing,
            orientation: again.orientation,
            camera: again.camera,
            ..view.clone()
        };
        assert_eq!(again, expected);
        assert_eq!(view.refitted(&before, &before), view);
    }

    #[test]
    fn a_file_that_grew_or_shrank_is_shown_as_far_as_it_goes() {
        let before = dataset([3, 1, 9, 30, 40]);
        let mut view = ViewState::new(&before);
        (view.t, view.index, view.slab) = (2, [8, 29, 5], 9);
        view.channels[0].gamma = 0.5;
        view.zoom_at(
            crate::view::Rect {
                x: 0,
                y: 0,
                width: 100,
                height: 100,
            },
            [10.0, 10.0],
            3.0,
        );
        let grown = view.refitted(&before, &dataset([5, 1, 12, 30, 40]));
        assert_eq!(
            (grown.t, grown.index, grown.slab),
            (2, [8, 29, 5], 12),
            "all planes are all of them"
        );
        assert_eq!((grown.t_count, grown.plane_count()), (5, 12));
        assert_eq!((grown.camera, grown.channels[0].gamma), (view.camera, 0.5));
        let shrunk = view.refitted(&before, &dataset([1, 1, 2, 10, 40]));
        assert_eq!((shrunk.t, shrunk.index, shrunk.slab), (0, [1, 9, 5], 2));
        assert_eq!(shrunk.camera, Camera::Fit, "the plane is another one");
        // From the side, a stack of more planes is another plane.
        view.set_normal(Axis::Y);
        view.camera = Camera::OnePixelPerVoxel;
        let side = view.refitted(&before, &dataset([3, 1, 12, 30, 40]));
        assert_eq!((side.normal, side.camera), (Axis::Y, Camera::Fit));
    }

    #[test]
    fn channels_are_found_by_name_else_by_place() {
        let find = |from: &[&str], to: &[&str]| channels_before(&named(from), &named(to));
        assert_eq!(find(&["a", "b"], &["a", "b"]), [Some(0), Some(1)]);
        assert_eq!(find(&["a", "b"], &["b", "a"]), [Some(1), Some(0)]);
        assert_eq!(find(&["a", "b"], &["new", "a", "b"]), [None, Some(0), Some(1)]);
        assert_eq!(find(&["a", "b"], &["a", "other"]), [Some(0), Some(1)], "renamed");
        assert_eq!(find(&["a", "a"], &["a", "a"]), [Some(0), Some(1)]);
        assert_eq!(find(&["a", "b", "c"], &["c"]), [Some(2)]);
        let nameless = dataset([1, 1, 4, 8, 8]);
        assert_eq!(channels_before(&nameless, &named(&["a", "b"])), [Some(0), None]);
    }

    #[test]
    fn colours_and_windows_of_the_file_are_those_it_has_now() {
        let (mut before, mut now) = (named(&["a", "b"]), named(&["a", "b"]));
        for (dataset, shade) in [(&mut before, 100), (&mut now, 200)] {
            for channel in &mut dataset.channels {
                channel.lut = Some(Lut::Solid([shade; 3]));
                channel.window = Some(Window::new(0.0, shade.into()));
            }
        }
        let mut view = ViewState::new(&before);
        view.channels[1].lut = Lut::Solid([1, 2, 3]);
        view.set_window(1, Window::new(5.0, 6.0));
        view.active_channel = 1;
        let again = view.refitted(&before, &now);
        assert_eq!(again.channels[0], ViewState::new(&now).channels[0]);
        assert_eq!(again.channels[1], view.channels[1]);
        assert_eq!(again.active_channel, 1);
        // A palette that was chosen is for channels that are new as well.
        view.set_palette(Palette::Gray, &before);
        let more = view.refitted(&before, &named(&["a", "b", "c"]));
        assert!(more.channels.iter().all(|channel| channel.lut == view.channels[0].lut));
    }
}
