// The reference that the other kernels are measured against: one voxel per invocation, joined by a tree in workgroup
// memory. The same results as minmax.wgsl, without a grid.

struct Cell {
    min_key: atomic<u32>,
    max_key: atomic<u32>,
    non_finite: atomic<u32>,
}

@group(0) @binding(2) var<storage, read_write> cells: array<Cell>;

const WIDTH: u32 = 64u;

var<workgroup> group_min: array<u32, WIDTH>;
var<workgroup> group_max: array<u32, WIDTH>;
var<workgroup> group_non_finite: array<u32, WIDTH>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(global_invocation_id) at: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    group_min[lane] = 0xffffffffu;
    if at.x < job.size.x {
        let stored = textureLoad(voxels, at + job.origin.xyz, 0).x;
        if is_non_finite(stored) {
            group_non_finite[lane] = 1u;
        } else {
            group_min[lane] = key_from_stored(stored);
            group_max[lane] = key_from_stored(stored);
        }
    }
    for (var half = WIDTH / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane < half {
            group_min[lane] = min(group_min[lane], group_min[lane + half]);
            group_max[lane] = max(group_max[lane], group_max[lane + half]);
            group_non_finite[lane] += group_non_finite[lane + half];
        }
    }
    if lane == 0u {
        if group_min[0] <= group_max[0] {
            atomicMin(&cells[job.results.x].min_key, group_min[0]);
            atomicMax(&cells[job.results.x].max_key, group_max[0]);
        }
        if group_non_finite[0] > 0u {
            atomicAdd(&cells[job.results.x].non_finite, group_non_finite[0]);
        }
    }
}
