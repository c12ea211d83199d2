//! Pictures and movies to files, each with what it shows written into it; and the built-in sample as a TIFF.
//!
//! Files are written under a temporary name in the folder they are to be in, and renamed when they are complete: a
//! write that fails leaves behind what was there before, and nothing else.

mod error;
mod movie;
mod pending;
mod png;
mod provenance;
mod tiff;

pub use self::png::{encode_png, write_png};
pub use self::tiff::write_kidney_tiff;
pub use error::ExportError;
pub use movie::{FPS_RANGE, GIF_MAX_FPS, MovieFormat, MoviePlan, MovieWriter};
pub use provenance::Provenance;
