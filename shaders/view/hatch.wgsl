// Diagonal stripes, wherever the scissor rectangle lets them through: voxels that are missing.

const PERIOD_PX: u32 = 16u;
const STRIPE_PX: u32 = 4u;

@vertex
fn vs_main(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
}

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<u32>(position.xy);
    if (pixel.x + pixel.y) % PERIOD_PX >= STRIPE_PX {
        discard;
    }
    // Opaque: what is between the stripes stays as it is, and a saved picture has no transparent pixels.
    return vec4<f32>(0.85, 0.55, 0.15, 1.0);
}
