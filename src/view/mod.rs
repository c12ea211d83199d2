//! From a view state and textures to an image: camera, contrast, slice, montage, compositing; and the CPU twins.

mod camera;
mod color;
mod contrast;
mod layout;
mod lut;
mod options;
mod overlay;
mod picture;
mod plane_box;
mod profile_line;
mod refit;
mod saved;
mod shown;
mod slab;
mod slice;
mod state;
pub mod twin;
mod words;

pub use camera::{Camera, Rect};
pub use color::{ChannelUniform, channel_uniform};
pub use contrast::{ContrastRule, parse_range, split_channel};
pub use layout::{Panel, montage_columns, panels, picture_size};
pub use lut::{LUT_NAMES, Palette, lut_by_name, name_of_lut, rises_evenly};
pub use options::ViewOptions;
pub use overlay::{Overlay, annotate, overlay_layer};
pub use picture::Picture;
pub use plane_box::PlaneBox;
pub use profile_line::{ProfileLine, ProfileSample};
pub use saved::SavedView;
pub use shown::ShownAxis;
pub use slab::{ProjectUniform, Slab, SlabProjector};
pub use slice::{BATCH, ChannelsUniform, DrawUniform, Hatched, Patch, SliceRenderer, SliceRequest};
pub use state::{Blend, ChannelView, Filter, Layout, ViewState};
