// The largest voxel along the normal of a plane, in key order, into a texture that is one voxel deep. NaN is left out,
// unless there is nothing else. Several jobs may meet in one target: each goes on from what is there.

// view::slab::ProjectUniform is the same in Rust. Texture coordinates are (x, y, z).
struct Project {
    from_at: vec4<i32>,    // the first voxel that is read
    to_at: vec4<i32>,      // the first that is written
    u_axis: vec4<i32>,     // one step along u, v and the normal
    v_axis: vec4<i32>,
    n_axis: vec4<i32>,
    size: vec4<u32>,       // voxels along u, v and the normal; whether nothing is there yet
}

@group(0) @binding(0) var<uniform> job: Project;
@group(0) @binding(1) var voxels: texture_3d<u32>;
@group(0) @binding(2) var maxima: texture_storage_3d<r32uint, read_write>;

// What every voxel is at least as large as; of floats, NaN.
fn nothing() -> u32 {
    if voxel_kind == FLOAT {
        return exponent_mask() | 1u;
    }
    return select(0u, sign_bit(), voxel_kind == SIGNED);
}

fn larger(a: u32, b: u32) -> u32 {
    let is_b = is_nan(a) || (!is_nan(b) && key_from_stored(b) > key_from_stored(a));
    return select(a, b, is_b);
}

@compute @workgroup_size(64, 4)
fn main(@builtin(global_invocation_id) at: vec3<u32>) {
    if any(at.xy >= job.size.xy) {
        return;
    }
    let place = job.u_axis.xyz * i32(at.x) + job.v_axis.xyz * i32(at.y);
    let target_at = job.to_at.xyz + place;
    var largest = nothing();
    if job.size.w == 0u {
        largest = textureLoad(maxima, target_at).x;
    }
    var voxel = job.from_at.xyz + place;
    for (var plane = 0u; plane < job.size.z; plane++) {
        largest = larger(largest, textureLoad(voxels, voxel, 0).x);
        voxel += job.n_axis.xyz;
    }
    textureStore(maxima, target_at, vec4<u32>(largest, 0u, 0u, 0u));
}
