// Voxels from a texture. A chunk is four rows of one column, so that neighbouring lanes load neighbours.

@group(0) @binding(0) var voxels: texture_3d<u32>;

const CHUNK_HEIGHT: u32 = 4u;
const PARTS: u32 = 1u;

fn chunk_width() -> u32 {
    return 1u;
}

// Rows beyond `end_y` repeat the last one before it.
fn load_chunk(x: u32, y: u32, end_y: u32, z: u32) -> vec4<u32> {
    let position = job.origin.xyz + vec3<u32>(x, 0u, z);
    let rows = min(vec4<u32>(y, y + 1u, y + 2u, y + 3u), vec4<u32>(end_y - 1u)) + vec4<u32>(job.origin.y);
    return vec4<u32>(
        textureLoad(voxels, vec3<u32>(position.x, rows.x, position.z), 0).x,
        textureLoad(voxels, vec3<u32>(position.x, rows.y, position.z), 0).x,
        textureLoad(voxels, vec3<u32>(position.x, rows.z, position.z), 0).x,
        textureLoad(voxels, vec3<u32>(position.x, rows.w, position.z), 0).x,
    );
}

fn part_of_chunk(chunk: vec4<u32>, part: u32) -> vec4<u32> {
    return chunk;
}

// Which voxels of a part lie in the box.
fn are_in_box(x: u32, y: u32, end_y: u32, part: u32) -> vec4<bool> {
    return (vec4<u32>(y, y + 1u, y + 2u, y + 3u) < vec4<u32>(end_y)) & vec4<bool>(x < job.size.x);
}
