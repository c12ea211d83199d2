// Voxels from staging memory, as they are packed there before they become a texture: a chunk is 16 bytes of a row.
//
// job.origin: index of the first chunk, chunks from row to row, chunks from plane to plane. Rows are filled up to whole
// chunks with their last voxel.

@group(0) @binding(0) var<storage, read> chunks: array<vec4<u32>>;

const CHUNK_HEIGHT: u32 = 1u;

fn chunk_width() -> u32 {
    return 128u / voxel_bits;
}

fn load_chunk(x: u32, y: u32, end_y: u32, z: u32) -> vec4<u32> {
    return chunks[job.origin.x + x / chunk_width() + y * job.origin.y + z * job.origin.z];
}

// The voxels of a chunk come in as many parts as a word has voxels.
override PARTS: u32 = 32u / voxel_bits;

fn part_of_chunk(chunk: vec4<u32>, part: u32) -> vec4<u32> {
    return (chunk >> vec4<u32>(part * voxel_bits)) & vec4<u32>(0xffffffffu >> (32u - voxel_bits));
}

// Which voxels of a part lie in the box.
fn are_in_box(x: u32, y: u32, end_y: u32, part: u32) -> vec4<bool> {
    return vec4<u32>(x + part) + vec4<u32>(0u, 1u, 2u, 3u) * PARTS < vec4<u32>(job.size.x);
}
