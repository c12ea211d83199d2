//! Joins the rooms: open, load, upload, measure, draw. The only place that knows both `source` and `gpu`.

mod block;
mod contrast;
mod error;
mod ingest;
mod open;
mod plan;
mod render;
mod scratch;
mod stats;
mod timepoint;
mod viewer;

pub use contrast::{ContrastNumbers, PlaneKey};
pub use error::SessionError;
pub use open::{check, open};
pub use render::Headless;
pub use stats::{FileStats, FullStats, MeasureRequest, Measurer, Progress, hash, measure, percentile_value};
pub use viewer::{OpenRequest, Phase, Viewer};

pub use crate::source::Wake;
pub use crate::view::Picture;
