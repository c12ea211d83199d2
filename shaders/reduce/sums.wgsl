// What the sums of 32-bit voxels need beyond the counts of their upper 16 bits, exactly: sums of lo, lo * lo and hi * lo,
// where hi and lo are the upper and the lower 16 bits of a key, or of a float's significand. Floats are summed
// per sign and exponent, 512 groups; integers in one.
//
// Every sum is kept in two halves, of the summands' lower and upper 16 bits, each in two words.

const SUMS: u32 = 5u;

@group(0) @binding(2) var<storage, read_write> sums: array<atomic<u32>>;

var<private> group_of_run: u32;
// lo; lower and upper half of lo * lo; lower and upper half of hi * lo. A lane adds at most 2^15 summands below 2^16:
// 8 columns of 32 rows and 32 planes of 4 voxels.
var<private> partial: array<u32, SUMS>;

fn add_sum(i: u32) {
    let word = job.results.x + 2u * (group_of_run * SUMS + i);
    let before = atomicAdd(&sums[word], partial[i]);
    // A word that wraps around carries.
    if before > 0xffffffffu - partial[i] {
        atomicAdd(&sums[word + 1u], 1u);
    }
    partial[i] = 0u;
}

// Written out: see the binary search of histogram.wgsl.
fn add_partial() {
    add_sum(0u);
    add_sum(1u);
    add_sum(2u);
    add_sum(3u);
    add_sum(4u);
}

fn take(stored: u32) {
    if is_non_finite(stored) {
        return;
    }
    var group = 0u;
    var bits = key_from_stored(stored);
    if voxel_kind == FLOAT {
        group = bits >> 23u;
        // A normal number has a leading one that is not stored.
        bits = (stored & 0x7fffffu) | select(0u, 0x800000u, (stored & 0x7f800000u) != 0u);
    }
    if group != group_of_run {
        add_partial();
        group_of_run = group;
    }
    let hi = bits >> 16u;
    let lo = bits & 0xffffu;
    let square = lo * lo;
    let mixed = hi * lo;
    partial[0] += lo;
    partial[1] += square & 0xffffu;
    partial[2] += square >> 16u;
    partial[3] += mixed & 0xffffu;
    partial[4] += mixed >> 16u;
}

fn take_chunk(x: u32, y: u32, end_y: u32, z: u32) {
    if x >= job.size.x {
        return;
    }
    let chunk = load_chunk(column_at(x), row_at(y, end_y, z));
    let counted = are_in_box(x, y, end_y, 0u);
    if counted.x {
        take(chunk.x);
    }
    if counted.y {
        take(chunk.y);
    }
    if counted.z {
        take(chunk.z);
    }
    if counted.w {
        take(chunk.w);
    }
}

@compute @workgroup_size(lanes_x, lanes_y)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let walk = walk_of(group, lane);
    for (var z = walk.first_z; z < walk.end_z; z++) {
        for (var y = walk.first_y; y < walk.end_y; y += walk.step_y) {
            for (var column = 0u; column < columns; column++) {
                take_chunk(walk.x + column * walk.step_x, y, walk.end_y, z);
            }
        }
    }
    add_partial();
}
