// One plane through one tile of up to eight channels, mixed in registers.
//
// Drawn once per tile; a pixel belongs to the tile whose core holds its voxel. The halo of the tile makes
// interpolation across tile edges the same as inside.

const BATCH: u32 = 8u;
const BLEND_MAX: u32 = 1u;
const BLEND_MULTIPLY: u32 = 2u;

// Fixed per pipeline. A software driver runs both sides of a branch for all pixels and throws one away: with these as
// uniforms, three channels read nearest took fourteen times as long.
override channel_count: u32 = BATCH;   // channels beyond a batch's last are black
override blend: u32 = 0u;              // else BLEND_MAX or BLEND_MULTIPLY
override is_linear: bool = true;
override is_plain: bool = false;       // no channel has a LUT or a gamma
override is_marking: bool = false;     // what lies at or beyond a channel's window is marked
override is_mixed: bool = false;       // for a float target, which carries marks in alpha

// view::slice::DrawUniform is the same in Rust. u runs right, v runs down the picture, in voxels, whatever
// stored axes these are, and which way they run.
struct Draw {
    uv_at_origin: vec2<f32>,   // plane position at the panel's left upper corner
    uv_per_px: vec2<f32>,
    core_lo: vec2<i32>,        // the tile's core in the plane: drawn if lo <= floor(uv) < hi
    core_hi: vec2<i32>,
    held_lo: vec2<i32>,        // the texture's extent in the plane
    held_hi: vec2<i32>,
    u_axis: vec4<i32>,         // texture coordinates (x, y, z) of one step along u, v
    v_axis: vec4<i32>,
    base: vec4<i32>,           // texture coordinates of the plane's (0, 0) of the volume
    origin_px: vec2<f32>,      // the panel's left upper corner in the target
    _pad0: vec2<u32>,
}

struct Channels {
    channels: array<Channel, BATCH>,
}

@group(0) @binding(0) var<uniform> draw: Draw;
@group(0) @binding(1) var<uniform> mix_of: Channels;
@group(0) @binding(2) var luts: texture_2d<f32>;
@group(0) @binding(3) var voxels0: texture_3d<u32>;
@group(0) @binding(4) var voxels1: texture_3d<u32>;
@group(0) @binding(5) var voxels2: texture_3d<u32>;
@group(0) @binding(6) var voxels3: texture_3d<u32>;
@group(0) @binding(7) var voxels4: texture_3d<u32>;
@group(0) @binding(8) var voxels5: texture_3d<u32>;
@group(0) @binding(9) var voxels6: texture_3d<u32>;
@group(0) @binding(10) var voxels7: texture_3d<u32>;

// What every pixel of a tile needs, handed down from the vertices: a software driver reads uniforms anew for every eight
// pixels and checks each number's bounds, which took half of the time of a plane. What only some pictures need stays there: these are the 15 that every Vulkan
// adapter hands down.
struct Pixel {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) uv: vec4<f32>,        // at the origin, per pixel
    @location(1) @interpolate(flat) core: vec4<i32>,      // lo, hi
    @location(2) @interpolate(flat) u_axis: vec3<i32>,
    @location(3) @interpolate(flat) v_axis: vec3<i32>,
    @location(4) @interpolate(flat) base: vec3<i32>,
    @location(5) @interpolate(flat) origin_px: vec2<f32>,
    @location(6) @interpolate(flat) channel0: vec4<u32>,  // color, base_key, base_offset, scale
    @location(7) @interpolate(flat) channel1: vec4<u32>,
    @location(8) @interpolate(flat) channel2: vec4<u32>,
    @location(9) @interpolate(flat) channel3: vec4<u32>,
    @location(10) @interpolate(flat) channel4: vec4<u32>,
    @location(11) @interpolate(flat) channel5: vec4<u32>,
    @location(12) @interpolate(flat) channel6: vec4<u32>,
    @location(13) @interpolate(flat) channel7: vec4<u32>,
    @location(14) @interpolate(flat) held: vec4<i32>,     // lo, hi
}

fn first_words(channel: Channel) -> vec4<u32> {
    return vec4<u32>(
        channel.color, channel.base_key, bitcast<u32>(channel.base_offset), bitcast<u32>(channel.scale),
    );
}

fn channel_from(first: vec4<u32>, rest: Channel) -> Channel {
    var channel = rest;
    channel.color = first.x;
    channel.base_key = first.y;
    channel.base_offset = bitcast<f32>(first.z);
    channel.scale = bitcast<f32>(first.w);
    return channel;
}

@vertex
fn vs_main(@builtin(vertex_index) index: u32) -> Pixel {
    // One triangle that covers the target; the scissor rectangle cuts it.
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return Pixel(
        vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0),
        vec4<f32>(draw.uv_at_origin, draw.uv_per_px),
        vec4<i32>(draw.core_lo, draw.core_hi),
        draw.u_axis.xyz,
        draw.v_axis.xyz,
        draw.base.xyz,
        draw.origin_px,
        first_words(mix_of.channels[0]),
        first_words(mix_of.channels[1]),
        first_words(mix_of.channels[2]),
        first_words(mix_of.channels[3]),
        first_words(mix_of.channels[4]),
        first_words(mix_of.channels[5]),
        first_words(mix_of.channels[6]),
        first_words(mix_of.channels[7]),
        vec4<i32>(draw.held_lo, draw.held_hi),
    );
}

fn texel(pixel: Pixel, uv: vec2<i32>) -> vec3<i32> {
    return pixel.base + pixel.u_axis * uv.x + pixel.v_axis * uv.y;
}

// Where to read, worked out once for all channels.
struct Taps {
    at00: vec3<i32>,
    at10: vec3<i32>,
    at01: vec3<i32>,
    at11: vec3<i32>,
    weight: vec2<f32>,
}

fn taps_from_uv(pixel: Pixel, uv: vec2<f32>) -> Taps {
    var taps: Taps;
    if !is_linear {
        taps.at00 = texel(pixel, vec2<i32>(floor(uv)));
        return taps;
    }
    // Voxel centres lie at +0.5.
    let corner = floor(uv - 0.5);
    taps.weight = uv - 0.5 - corner;
    let lo = clamp(vec2<i32>(corner), pixel.held.xy, pixel.held.zw - 1);
    let hi = clamp(vec2<i32>(corner) + 1, pixel.held.xy, pixel.held.zw - 1);
    taps.at00 = texel(pixel, lo);
    taps.at10 = texel(pixel, vec2<i32>(hi.x, lo.y));
    taps.at01 = texel(pixel, vec2<i32>(lo.x, hi.y));
    taps.at11 = texel(pixel, hi);
    return taps;
}

const MARK_HIGH: f32 = 1.0;
const MARK_LOW: f32 = 0.5;

// The strongest mark of the channels so far, and whether a voxel of the present one is NaN.
var<private> mark: f32 = 0.0;
var<private> has_nan: bool = false;

// The level, which reaches 0 and 1 for exactly the keys at and beyond the window: f32 alone may fall short.
fn level_at(voxels: texture_3d<u32>, at: vec3<i32>, channel: Channel) -> f32 {
    let stored = textureLoad(voxels, at, 0).x;
    let level = level_from_stored(stored, channel);
    if !is_marking || channel.marks == 0u {
        return level;
    }
    if is_nan(stored) {
        has_nan = true;
        return level;
    }
    let key = key_from_stored(stored);
    let is_high = (channel.marks & 1u) != 0u && key >= channel.hi_key;
    let is_low = (channel.marks & 2u) != 0u && key <= channel.lo_key;
    let inner = clamp(level, 1e-30, 0.99999994);
    return select(select(inner, min(level, 0.0), is_low), max(level, 1.0), is_high);
}

fn note_mark(level: f32, channel: Channel) {
    if channel.marks != 0u && !has_nan {
        mark = max(mark, select(select(0.0, MARK_LOW, level <= 0.0), MARK_HIGH, level >= 1.0));
    }
    has_nan = false;
}

fn color_of(voxels: texture_3d<u32>, taps: Taps, channel: Channel) -> vec3<f32> {
    var level = level_at(voxels, taps.at00, channel);
    if is_linear {
        let level10 = level_at(voxels, taps.at10, channel);
        let level01 = level_at(voxels, taps.at01, channel);
        let level11 = level_at(voxels, taps.at11, channel);
        // Clamped after interpolating, never before.
        level = mix(mix(level, level10, taps.weight.x), mix(level01, level11, taps.weight.x), taps.weight.y);
    }
    if is_marking {
        note_mark(level, channel);
    }
    if is_plain {
        return unpack4x8unorm(channel.color).rgb * clamp(level, 0.0, 1.0);
    }
    let brightness = brightness_from_level(level, channel.gamma);
    if channel.lut_row < 0 {
        return unpack4x8unorm(channel.color).rgb * brightness;
    }
    return textureLoad(luts, vec2<i32>(i32(round(brightness * 255.0)), channel.lut_row), 0).rgb;
}

fn join(sum: vec3<f32>, color: vec3<f32>) -> vec3<f32> {
    let light = select(sum + color, max(sum, color), blend == BLEND_MAX);
    return select(light, sum * color, blend == BLEND_MULTIPLY);
}

// Linear sum (or maximum, or product) of the batch, not clamped: one batch of several goes to a float target and is blended there,
// a single one goes straight to display bytes, which clamp.
@fragment
fn fs_main(pixel: Pixel) -> @location(0) vec4<f32> {
    let uv = pixel.uv.xy + (pixel.position.xy - pixel.origin_px) * pixel.uv.zw;
    let voxel = vec2<i32>(floor(uv));
    if any(voxel < pixel.core.xy) || any(voxel >= pixel.core.zw) {
        discard;
    }
    let taps = taps_from_uv(pixel, uv);
    var sum = color_of(voxels0, taps, channel_from(pixel.channel0, mix_of.channels[0]));
    if channel_count > 1u { sum = join(sum, color_of(voxels1, taps, channel_from(pixel.channel1, mix_of.channels[1]))); }
    if channel_count > 2u { sum = join(sum, color_of(voxels2, taps, channel_from(pixel.channel2, mix_of.channels[2]))); }
    if channel_count > 3u { sum = join(sum, color_of(voxels3, taps, channel_from(pixel.channel3, mix_of.channels[3]))); }
    if channel_count > 4u { sum = join(sum, color_of(voxels4, taps, channel_from(pixel.channel4, mix_of.channels[4]))); }
    if channel_count > 5u { sum = join(sum, color_of(voxels5, taps, channel_from(pixel.channel5, mix_of.channels[5]))); }
    if channel_count > 6u { sum = join(sum, color_of(voxels6, taps, channel_from(pixel.channel6, mix_of.channels[6]))); }
    if channel_count > 7u { sum = join(sum, color_of(voxels7, taps, channel_from(pixel.channel7, mix_of.channels[7]))); }
    if is_mixed {
        return vec4<f32>(sum, mark);
    }
    return vec4<f32>(select(sum, color_of_mark(mark), mark > 0.0), 1.0);
}
