//! Joins the rooms: open, load, upload, measure, draw. The only place that knows both `source` and `gpu`.

mod background;
mod bench;
mod block;
mod box_query;
mod check;
mod contrast;
mod error;
mod exposure;
mod file_job;
mod hash;
mod ingest;
mod losses;
mod open;
mod opening;
mod partials;
mod parts;
mod passes;
mod pick;
mod plan;
mod point_reader;
mod render;
mod salvage;
mod slab;
mod stats;
mod stream;
mod timepoint;
mod viewer;

pub use bench::{UPLOAD, upload_kernels};
pub use check::disagreement;
pub use contrast::{ContrastNumbers, PlaneKey};
pub use error::SessionError;
pub use hash::hash;
pub use open::{check, open};
pub use opening::OpenRequest;
pub use pick::Spot;
pub use render::{Headless, Sweep};
pub use stats::{FileStats, FullStats, MeasureRequest, Measurer, Progress, measure};
pub use viewer::{Measured, Phase, Picked, Picking, Profile, Scope, Viewer};

pub use crate::source::Wake;
pub use crate::view::Picture;
