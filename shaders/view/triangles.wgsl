// Triangles of the panels: a colour times a texel (of the font, or white), both premultiplied and display-referred.

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) uv: vec2<f32>,
    @location(1) color: vec4<f32>,
}

@group(0) @binding(0) var texels: texture_2d<f32>;
@group(0) @binding(1) var texel_sampler: sampler;

@vertex
fn vs_main(@location(0) at: vec2<f32>, @location(1) uv: vec2<f32>, @location(2) color: vec4<f32>) -> Corner {
    return Corner(vec4<f32>(at, 0.0, 1.0), uv, color);
}

@fragment
fn fs_main(corner: Corner) -> @location(0) vec4<f32> {
    return corner.color * textureSampleLevel(texels, texel_sampler, corner.uv, 0.0);
}
