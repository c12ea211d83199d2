// Smallest and largest key, and number of non-finite voxels, of every cell of a grid.

// reduce::minmax::Cell is the same in Rust.
struct Cell {
    min_key: atomic<u32>,
    max_key: atomic<u32>,
    non_finite: atomic<u32>,
}

@group(0) @binding(2) var<storage, read_write> cells: array<Cell>;

var<private> low: vec4<u32>;
var<private> high: vec4<u32>;
var<private> non_finite: u32;

// Voxels beyond the box repeat one in it: only their number would be wrong.
fn take(chunk: vec4<u32>, x: u32, y: u32, end_y: u32) {
    for (var part = 0u; part < PARTS; part++) {
        let stored = part_of_chunk(chunk, part);
        let keys = keys_from_stored(stored);
        if voxel_kind == FLOAT {
            let finite = are_finite(stored);
            low = min(low, select(vec4<u32>(0xffffffffu), keys, finite));
            high = max(high, select(vec4<u32>(0u), keys, finite));
            non_finite += dot(vec4<u32>(!finite & are_in_box(x, y, end_y, part)), vec4<u32>(1u));
        } else {
            low = min(low, keys);
            high = max(high, keys);
        }
    }
}

@compute @workgroup_size(lanes_x, lanes_y)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) lane: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    low = vec4<u32>(0xffffffffu);
    high = vec4<u32>(0u);
    let walk = walk_of(group, lane);
    for (var z = walk.first_z; z < walk.end_z; z++) {
        var y = walk.first_y;
        // Four chunks are asked for before the first is looked at.
        for (; y + 3u * walk.step_y < walk.end_y; y += 4u * walk.step_y) {
            let a = load_chunk(walk.x, y, walk.end_y, z);
            let b = load_chunk(walk.x, y + walk.step_y, walk.end_y, z);
            let c = load_chunk(walk.x, y + 2u * walk.step_y, walk.end_y, z);
            let d = load_chunk(walk.x, y + 3u * walk.step_y, walk.end_y, z);
            take(a, walk.x, y, walk.end_y);
            take(b, walk.x, y + walk.step_y, walk.end_y);
            take(c, walk.x, y + 2u * walk.step_y, walk.end_y);
            take(d, walk.x, y + 3u * walk.step_y, walk.end_y);
        }
        for (; y < walk.end_y; y += walk.step_y) {
            take(load_chunk(walk.x, y, walk.end_y, z), walk.x, y, walk.end_y);
        }
    }
    join(
        cell_of(walk),
        min(min(low.x, low.y), min(low.z, low.w)),
        max(max(high.x, high.y), max(high.z, high.w)),
        non_finite,
        index,
    );
}

// To the result of a cell. Nothing found leaves `lowest` above `highest` and must not count.
fn add_to_cell(cell: u32, lowest: u32, highest: u32, count: u32) {
    if lowest <= highest {
        atomicMin(&cells[cell].min_key, lowest);
        atomicMax(&cells[cell].max_key, highest);
    }
    if count > 0u {
        atomicAdd(&cells[cell].non_finite, count);
    }
}
