use bytemuck::{Pod, Zeroable};

use crate::gpu::{VoxelFormat, VoxelKind};
use crate::volume::{Lut, Window};

use super::ChannelView;

/// How a channel is drawn, as `shaders/lib/color.wgsl` reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[allow(missing_docs)] // explained in the shader
pub struct ChannelUniform {
    pub color: [u8; 4],
    pub base_key: u32,
    pub base_offset: f32,
    pub scale: f32,
    pub prescale: f32,
    pub gamma: f32,
    pub lut_row: i32,
    pub base_rest: f32,
    pub marks: u32,
    pub hi_key: u32,
    pub lo_key: u32,
    pub _pad0: u32,
}

/// What is marked, as the shader reads it.
const MARKS_HIGH: u32 = 1;
const MARKS_LOW: u32 = 2;

/// The window's limits as voxels can have them: of 32-bit floats, which 64-bit numbers are narrowed to, as such.
pub(super) fn limits_to_mark(window: Window, format: VoxelFormat) -> [f64; 2] {
    match (format.kind, format.bits) {
        (VoxelKind::Float, 32) => [window.lo, window.hi].map(|limit| f64::from(limit as f32)),
        _ => [window.lo, window.hi],
    }
}

/// The smallest key, up to that of infinity, whose value is as far as `is_reached` asks for, which must hold for all
/// larger ones; `None` if none is.
fn first_key(format: VoxelFormat, is_reached: impl Fn(f64) -> bool) -> Option<u32> {
    let infinity = format.exponent_mask();
    let (mut first, last) = match format.kind {
        VoxelKind::Float => (
            !(format.sign_bit() | infinity) & format.mask(),
            format.sign_bit() | infinity,
        ),
        _ => (0, format.mask()),
    };
    let holds = |key: u32| is_reached(format.value_from_key(key).as_f64());
    let mut end = last;
    while first < end {
        let middle = first + (end - first) / 2;
        if holds(middle) {
            end = middle;
        } else {
            first = middle + 1;
        }
    }
    holds(end).then_some(end)
}

/// What of a channel is marked, and the first key that is too high, and the last that is too low.
fn marks(view: &ChannelView, format: VoxelFormat) -> (u32, u32, u32) {
    if !view.marks() {
        return (0, 0, 0);
    }
    let [lo, hi] = limits_to_mark(view.window, format);
    let high = first_key(format, |value| value >= hi);
    // The last one that is not above.
    let low = match first_key(format, |value| value > lo) {
        Some(above) => above.checked_sub(1),
        None => Some(u32::MAX),
    };
    let flags = high.map_or(0, |_| MARKS_HIGH) | low.map_or(0, |_| MARKS_LOW);
    (flags, high.unwrap_or(0), low.unwrap_or(0))
}

/// Turns a channel's window into what the shader needs to stay exact in f32.
///
/// Integers: differences to the integer below `lo` are taken in integers, so that a window of 100 grey levels at
/// four billion is as exact as one at zero. Floats: values and window are scaled by a power of two that brings the
/// window's width to about a million, so that neither the widest range of f32 nor the narrowest leaves the normal
/// numbers (GPUs make others zero), and `lo` is taken off in two parts.
pub fn channel_uniform(view: &ChannelView, format: VoxelFormat, lut_row: Option<usize>) -> ChannelUniform {
    let window = view.window;
    let (base_key, base_offset, scale, prescale) = match format.kind {
        _ if window.is_empty() => (0, 0.0, 0.0, 1.0),
        VoxelKind::Float => {
            // Of half the width, because the whole may be beyond the largest f64.
            let half = window.hi * 0.5 - window.lo * 0.5;
            let prescale = (19.0 - half.log2().floor()).clamp(-1000.0, 127.0).exp2();
            (0, window.lo * prescale, 0.5 / (half * prescale), prescale)
        }
        kind => {
            let bias = if kind == VoxelKind::Signed {
                f64::from(format.sign_bit())
            } else {
                0.0
            };
            let key = (window.lo.floor() + bias).clamp(0.0, f64::from(format.mask()));
            (key as u32, window.lo - (key - bias), 1.0 / (window.hi - window.lo), 1.0)
        }
    };
    let (marks, hi_key, lo_key) = marks(view, format);
    let [red, green, blue] = view.lut.top();
    ChannelUniform {
        color: [red, green, blue, 255],
        base_key,
        base_offset: base_offset as f32,
        scale: (scale as f32).min(f32::MAX),
        prescale: prescale as f32,
        gamma: view.gamma as f32,
        lut_row: match view.lut {
            Lut::Table(_) => lut_row.map_or(-1, |row| row as i32),
            Lut::Solid(_) => -1,
        },
        base_rest: match format.kind {
            VoxelKind::Float => (base_offset - f64::from(base_offset as f32)) as f32,
            _ => 0.0,
        },
        marks,
        hi_key,
        lo_key,
        _pad0: 0,
    }
}
