// From stored voxels to colours. view::color is the same in Rust.

// How a channel is drawn. view::slice::ChannelUniform is the same in Rust.
struct Channel {
    color: u32,          // red in the lowest byte, green, blue; used where there is no LUT
    base_key: u32,       // integers: the key that differences are taken from, so that 32-bit values stay exact
    base_offset: f32,    // integers: lo minus the value of base_key; floats: lo * prescale
    scale: f32,          // 1 / (hi - lo), after prescale; 0 for an empty window
    prescale: f32,       // floats: a power of two that keeps hi - lo among the normal numbers
    gamma: f32,
    lut_row: i32,        // row of the LUT texture, or -1 for a plain colour
    base_rest: f32,      // floats: what base_offset lost when it was rounded to f32
    marks: u32,          // whether a voxel can be at hi or above (1), or at lo or below (2), and that is marked
    hi_key: u32,         // the first key at hi or above
    lo_key: u32,         // the last key at lo or below
    _pad0: u32,
}

// Place of a voxel in the window: 0 at lo, 1 at hi, not clamped. Infinities are far outside, NaN gives 0, and so does
// everything in an empty window, whose scale is 0. Without a branch: a software driver would run both sides and more.
fn level_from_stored(stored: u32, channel: Channel) -> f32 {
    if voxel_kind == FLOAT {
        let value = float_from_stored(stored) * channel.prescale;
        let level = clamp(((value - channel.base_offset) - channel.base_rest) * channel.scale, -1e30, 1e30);
        let infinity = select(1e30, -1e30, (stored & sign_bit()) != 0u) * sign(channel.scale);
        return select(select(level, infinity, is_non_finite(stored)), 0.0, is_nan(stored));
    }
    let key = key_from_stored(stored);
    // Of a 32-bit key the difference needs its sign apart; narrower ones fit a signed integer.
    var difference = f32(i32(key) - i32(channel.base_key));
    if voxel_bits == 32u {
        difference = select(f32(key - channel.base_key), -f32(channel.base_key - key), key < channel.base_key);
    }
    return clamp((difference - channel.base_offset) * channel.scale, -1e30, 1e30);
}

// Brightness in 0..1 of a place in the window.
fn brightness_from_level(level: f32, gamma: f32) -> f32 {
    let clamped = clamp(level, 0.0, 1.0);
    if gamma == 1.0 || clamped == 0.0 {
        return clamped;
    }
    return pow(clamped, gamma);
}
