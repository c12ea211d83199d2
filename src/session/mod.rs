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
mod viewer;

pub use contrast::ContrastNumbers;
pub use error::SessionError;
pub use open::open;
pub use render::{Headless, Picture};
pub use stats::{FileStats, FullStats, Measurer, hash, measure};
pub use viewer::{OpenRequest, Phase, Viewer};

pub use crate::source::Wake;
