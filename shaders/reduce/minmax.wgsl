// Minimum key, maximum key and number of non-finite voxels of a box of a texture.
//
// An invocation walks down a column of ROWS rows, so that neighbours load neighbours; the workgroup joins in
// workgroup memory, and one invocation joins the workgroups with three atomics.

// reduce::minmax::BoxUniform is the same in Rust.
struct Box {
    origin: vec4<u32>,   // x, y, z of the first voxel in the texture
    size: vec4<u32>,     // extents x, y, z
    slot: vec4<u32>,     // x: index of the accumulator
}

// reduce::minmax::Accumulator is the same in Rust.
struct Accumulator {
    min_key: atomic<u32>,
    max_key: atomic<u32>,
    non_finite: atomic<u32>,
    finite: atomic<u32>,
}

@group(0) @binding(0) var voxels: texture_3d<u32>;
@group(0) @binding(1) var<uniform> region: Box;
@group(0) @binding(2) var<storage, read_write> accumulators: array<Accumulator>;

const WIDTH: u32 = 64u;
const ROWS: u32 = 64u;

var<workgroup> group_min: array<u32, WIDTH>;
var<workgroup> group_max: array<u32, WIDTH>;
var<workgroup> group_non_finite: array<u32, WIDTH>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    var low = 0xffffffffu;
    var high = 0u;
    var non_finite = 0u;
    let x = group.x * WIDTH + lane;
    if x < region.size.x {
        let first = group.y * ROWS;
        let end = min(first + ROWS, region.size.y);
        var position = vec3<u32>(x, first, group.z) + region.origin.xyz;
        for (var y = first; y < end; y++) {
            let stored = textureLoad(voxels, position, 0).x;
            position.y++;
            if voxel_kind == FLOAT && is_non_finite(stored) {
                non_finite++;
                continue;
            }
            let key = key_from_stored(stored);
            low = min(low, key);
            high = max(high, key);
        }
    }
    group_min[lane] = low;
    group_max[lane] = high;
    group_non_finite[lane] = non_finite;
    for (var half = WIDTH / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane < half {
            group_min[lane] = min(group_min[lane], group_min[lane + half]);
            group_max[lane] = max(group_max[lane], group_max[lane + half]);
            group_non_finite[lane] += group_non_finite[lane + half];
        }
    }
    if lane == 0u {
        let slot = region.slot.x;
        // A group without a finite voxel leaves low above high and must not count.
        if group_min[0] <= group_max[0] {
            atomicMin(&accumulators[slot].min_key, group_min[0]);
            atomicMax(&accumulators[slot].max_key, group_max[0]);
            atomicStore(&accumulators[slot].finite, 1u);
        }
        if group_non_finite[0] > 0u {
            atomicAdd(&accumulators[slot].non_finite, group_non_finite[0]);
        }
    }
}
