//! The window: winit for events, egui for panels, the picture drawn straight to the surface between them.
//!
//! Nothing here blocks a frame: files are read and measured by a [`Viewer`](crate::session::Viewer), which is asked
//! for what has come, and an idle window draws nothing.

mod acting;
mod actions;
mod browsing;
mod carried;
mod clipboard;
mod commands;
mod drawing;
mod error;
mod event_loop;
mod export_job;
mod exporting;
mod files;
mod forecast;
mod gui;
mod history;
mod input;
mod keymap;
mod made;
mod memory;
mod mouse;
mod notices;
mod opening;
mod out;
mod out_folder;
mod painter;
mod panels;
mod patience;
mod playback;
mod playing;
mod pointer;
mod preferences;
mod profile;
mod program;
mod recovery;
mod reserved;
mod save;
mod screen;
mod sheets;
mod statistics;
mod surface;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod theme;
mod trace;
mod window_edit;

pub use actions::KeymapChoice;
pub use error::AppError;
pub use event_loop::{Launch, run};
pub use export_job::{Export, ExportJob, Movie, Outcome};
pub use made::Made;
pub use out::render_command;
pub use save::free_path;
