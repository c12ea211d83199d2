// Counts of keys, 65,536 bins at a time.
//
// First pass: bin = key >> shift. Later passes (prefix_count > 0): only voxels whose upper half is one of the
// prefixes are counted, by their lower half, in the bins of that prefix. Two passes find any percentile of 32-bit
// keys exactly.

@group(0) @binding(2) var<storage, read_write> bins: array<atomic<u32>>;

const NONE: u32 = 0xffffffffu;

fn bin_from_stored(stored: u32) -> u32 {
    if is_non_finite(stored) {
        return NONE;
    }
    let key = key_from_stored(stored);
    // Known when the pipeline is made: no prefix is ever looked for among 8- and 16-bit voxels.
    if voxel_bits < 32u {
        return job.results.x + key;
    }
    if job.prefix_count == 0u {
        return job.results.x + (key >> job.shift);
    }
    // The last prefix that is not above the upper half: a binary search, written out, as some drivers bound how often an
    // invocation goes round loops of any kind (llvmpipe: 65,535 times).
    let upper = key >> 16u;
    var place = 0u;
    place += select(0u, 8u, prefix(place + 8u) <= upper);
    place += select(0u, 4u, prefix(place + 4u) <= upper);
    place += select(0u, 2u, prefix(place + 2u) <= upper);
    place += select(0u, 1u, prefix(place + 1u) <= upper);
    return select(NONE, job.results.x + place * 65536u + (key & 0xffffu), prefix(place) == upper);
}

fn prefix(place: u32) -> u32 {
    return job.prefixes[place / 4u][place % 4u];
}

// Runs of equal voxels, the worst case for atomics, are added as one.
var<private> bin: u32;
var<private> run: u32;

fn take(stored: u32) {
    let next = bin_from_stored(stored);
    if next != bin {
        if voxel_kind != FLOAT || bin != NONE {
            count(bin, run);
        }
        bin = next;
        run = 0u;
    }
    run++;
}

fn take_part(chunk: vec4<u32>, part: u32, x: u32, y: u32, end_y: u32) {
    let stored = part_of_chunk(chunk, part);
    let counted = are_in_box(x, y, end_y, part);
    if counted.x {
        take(stored.x);
    }
    if counted.y {
        take(stored.y);
    }
    if counted.z {
        take(stored.z);
    }
    if counted.w {
        take(stored.w);
    }
}

fn take_chunk(x: u32, y: u32, end_y: u32, z: u32) {
    if x >= job.size.x {
        return;
    }
    let chunk = load_chunk(column_at(x), row_at(y, end_y, z));
    take_part(chunk, 0u, x, y, end_y);
    if PARTS > 1u {
        take_part(chunk, 1u, x, y, end_y);
    }
    if PARTS > 2u {
        take_part(chunk, 2u, x, y, end_y);
        take_part(chunk, 3u, x, y, end_y);
    }
}

@compute @workgroup_size(lanes_x, lanes_y)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) lane: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    // A run of none, of some bin there is.
    bin = job.results.x;
    run = 0u;
    let walk = walk_of(group, lane);
    choose_page(walk);
    for (var z = walk.first_z; z < walk.end_z; z++) {
        for (var y = walk.first_y; y < walk.end_y; y += walk.step_y) {
            for (var column = 0u; column < columns; column++) {
                take_chunk(walk.x + column * walk.step_x, y, walk.end_y, z);
            }
        }
    }
    if voxel_kind != FLOAT || bin != NONE {
        count(bin, run);
    }
    flush(index);
}
