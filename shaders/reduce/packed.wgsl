// Voxels from staging memory, as they are packed there before they become a texture: a chunk is 16 bytes of a row.
//
// job.origin: index of the first chunk, chunks from row to row, chunks from plane to plane. Rows are filled up to whole
// chunks with their last voxel.

@group(0) @binding(0) var<storage, read> chunks: array<vec4<u32>>;

const CHUNK_HEIGHT: u32 = 1u;

fn chunk_width() -> u32 {
    return 128u / voxel_bits;
}

// Where a column of chunks is, and a row of them, in the buffer.
fn column_at(x: u32) -> u32 {
    return job.origin.x + x / chunk_width();
}

struct Row {
    first: u32,
}

fn row_at(y: u32, end_y: u32, z: u32) -> Row {
    return Row(y * job.origin.y + z * job.origin.z);
}

fn load_chunk(column: u32, row: Row) -> vec4<u32> {
    return chunks[column + row.first];
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
