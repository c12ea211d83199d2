// One colour, wherever the scissor rectangle lets it through.

override red: f32 = 0.0;
override green: f32 = 0.0;
override blue: f32 = 0.0;

@vertex
fn vs_main(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
}

@fragment
fn fs_main() -> @location(0) vec4<f32> {
    return vec4<f32>(red, green, blue, 1.0);
}
