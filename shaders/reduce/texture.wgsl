// Voxels from a texture. A chunk is four rows of one column, so that neighbouring lanes load neighbours.

@group(0) @binding(0) var voxels: texture_3d<u32>;

const CHUNK_HEIGHT: u32 = 4u;
const PARTS: u32 = 1u;

fn chunk_width() -> u32 {
    return 1u;
}

// Where a column of chunks is, and a row of them, in the texture.
fn column_at(x: u32) -> u32 {
    return job.origin.x + x;
}

struct Row {
    y: vec4<u32>,
    z: u32,
}

// Rows beyond `end_y` repeat the last one before it.
fn row_at(y: u32, end_y: u32, z: u32) -> Row {
    let rows = min(vec4<u32>(y, y + 1u, y + 2u, y + 3u), vec4<u32>(end_y - 1u));
    return Row(rows + vec4<u32>(job.origin.y), job.origin.z + z);
}

fn load_chunk(column: u32, row: Row) -> vec4<u32> {
    return vec4<u32>(
        textureLoad(voxels, vec3<u32>(column, row.y.x, row.z), 0).x,
        textureLoad(voxels, vec3<u32>(column, row.y.y, row.z), 0).x,
        textureLoad(voxels, vec3<u32>(column, row.y.z, row.z), 0).x,
        textureLoad(voxels, vec3<u32>(column, row.y.w, row.z), 0).x,
    );
}

fn part_of_chunk(chunk: vec4<u32>, part: u32) -> vec4<u32> {
    return chunk;
}

// Which voxels of a part lie in the box.
fn are_in_box(x: u32, y: u32, end_y: u32, part: u32) -> vec4<bool> {
    return (vec4<u32>(y, y + 1u, y + 2u, y + 3u) < vec4<u32>(end_y)) & vec4<bool>(x < job.size.x);
}
