//! Sliders and playback, pressed and dragged.
