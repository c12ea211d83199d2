// Counts of keys in a box of a texture, 65,536 bins at a time.
//
// First pass: bin = key >> shift. Later passes (prefix_count > 0): only voxels whose upper half is one of the
// prefixes are counted, by their lower half, in the bins of that prefix. Two passes find any percentile of 32-bit
// keys exactly.

// reduce::histogram::HistogramUniform is the same in Rust.
struct Pass {
    origin: vec4<u32>,                  // x, y, z of the first voxel in the texture
    size: vec4<u32>,                    // extents x, y, z
    first_bin: u32,                     // where this channel's bins begin
    shift: u32,
    prefix_count: u32,
    _pad: u32,
    prefixes: array<vec4<u32>, 4>,      // ascending
}

@group(0) @binding(0) var voxels: texture_3d<u32>;
@group(0) @binding(1) var<uniform> job: Pass;
@group(0) @binding(2) var<storage, read_write> bins: array<atomic<u32>>;

const WIDTH: u32 = 64u;
const ROWS: u32 = 64u;
const NONE: u32 = 0xffffffffu;

fn bin_from_stored(stored: u32) -> u32 {
    if voxel_kind == FLOAT && is_non_finite(stored) {
        return NONE;
    }
    let key = key_from_stored(stored);
    if job.prefix_count == 0u {
        return job.first_bin + (key >> job.shift);
    }
    let upper = key >> 16u;
    for (var i = 0u; i < job.prefix_count; i++) {
        if job.prefixes[i / 4u][i % 4u] == upper {
            return job.first_bin + i * 65536u + (key & 0xffffu);
        }
    }
    return NONE;
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let x = group.x * WIDTH + lane;
    if x >= job.size.x {
        return;
    }
    let first = group.y * ROWS;
    let end = min(first + ROWS, job.size.y);
    var position = vec3<u32>(x, first, group.z) + job.origin.xyz;
    // Runs of equal voxels, the worst case for atomics, are added as one.
    var bin = NONE;
    var run = 0u;
    for (var y = first; y < end; y++) {
        let next = bin_from_stored(textureLoad(voxels, position, 0).x);
        position.y++;
        if next != bin {
            if bin != NONE {
                atomicAdd(&bins[bin], run);
            }
            bin = next;
            run = 0u;
        }
        run++;
    }
    if bin != NONE {
        atomicAdd(&bins[bin], run);
    }
}
