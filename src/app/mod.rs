//! The window: winit for events, egui for panels, the picture drawn straight to the surface between them.
//!
//! Nothing here blocks a frame: files are read and measured by a [`Viewer`](crate::session::Viewer), which is asked
//! for what has come, and an idle window draws nothing.

mod actions;
mod backdrop;
mod bindings;
mod clipboard;
mod error;
mod event_loop;
mod gui;
mod input;
mod mouse;
mod notices;
mod painter;
mod panels;
mod patience;
mod playback;
mod playing;
mod pointer;
mod program;
mod save;
mod screen;
mod statistics;
mod surface;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod theme;
mod trace;

pub use error::AppError;
pub use event_loop::{Launch, run};
pub use save::free_path;
