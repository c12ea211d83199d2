// Smallest and largest key, and number of non-finite voxels, of every cell of a grid.

// reduce::minmax::Cell is the same in Rust.
struct Cell {
    min_key: atomic<u32>,
    max_key: atomic<u32>,
    non_finite: atomic<u32>,
}

@group(0) @binding(2) var<storage, read_write> cells: array<Cell>;

const MOST_COLUMNS: u32 = 8u;

var<private> low: array<vec4<u32>, MOST_COLUMNS>;
var<private> high: array<vec4<u32>, MOST_COLUMNS>;
var<private> non_finite: array<u32, MOST_COLUMNS>;
// Where the columns are loaded from.
var<private> places: array<u32, MOST_COLUMNS>;

// Where a column is loaded from: columns beyond the box repeat the last chunk in it. Voxels beyond the box always repeat
// one in it; only their number would be wrong.
fn loaded_x(x: u32) -> u32 {
    return min(x, (job.size.x - 1u) / chunk_width() * chunk_width());
}

fn take_part(column: u32, chunk: vec4<u32>, part: u32, x: u32, y: u32, end_y: u32) {
    let stored = part_of_chunk(chunk, part);
    let keys = keys_from_stored(stored);
    if voxel_kind == FLOAT {
        let finite = are_finite(stored);
        low[column] = min(low[column], select(vec4<u32>(0xffffffffu), keys, finite));
        high[column] = max(high[column], select(vec4<u32>(0u), keys, finite));
        non_finite[column] += dot(vec4<u32>(!finite & are_in_box(x, y, end_y, part)), vec4<u32>(1u));
    } else {
        low[column] = min(low[column], keys);
        high[column] = max(high[column], keys);
    }
}

fn begin(column: u32, walk: Walk) {
    low[column] = vec4<u32>(0xffffffffu);
    places[column] = column_at(loaded_x(walk.x + column * walk.step_x));
}

// Parts and columns are written out, so that what they accumulate stays in registers.
fn take(column: u32, walk: Walk, y: u32, row: Row) {
    let x = walk.x + column * walk.step_x;
    let chunk = load_chunk(places[column], row);
    take_part(column, chunk, 0u, x, y, walk.end_y);
    if PARTS > 1u {
        take_part(column, chunk, 1u, x, y, walk.end_y);
    }
    if PARTS > 2u {
        take_part(column, chunk, 2u, x, y, walk.end_y);
        take_part(column, chunk, 3u, x, y, walk.end_y);
    }
}

fn take_row(walk: Walk, y: u32, z: u32) {
    let row = row_at(y, walk.end_y, z);
    take(0u, walk, y, row);
    if columns > 1u {
        take(1u, walk, y, row);
    }
    if columns > 2u {
        take(2u, walk, y, row);
        take(3u, walk, y, row);
    }
    if columns > 4u {
        take(4u, walk, y, row);
        take(5u, walk, y, row);
        take(6u, walk, y, row);
        take(7u, walk, y, row);
    }
}

@compute @workgroup_size(lanes_x, lanes_y)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) lane: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let walk = walk_of(group, lane);
    begin(0u, walk);
    begin(1u, walk);
    begin(2u, walk);
    begin(3u, walk);
    begin(4u, walk);
    begin(5u, walk);
    begin(6u, walk);
    begin(7u, walk);
    for (var z = walk.first_z; z < walk.end_z; z++) {
        var y = walk.first_y;
        // Several chunks are asked for before the first is looked at: of several rows, where there is one column.
        if columns == 1u {
            for (; y + 3u * walk.step_y < walk.end_y; y += 4u * walk.step_y) {
                take_row(walk, y, z);
                take_row(walk, y + walk.step_y, z);
                take_row(walk, y + 2u * walk.step_y, z);
                take_row(walk, y + 3u * walk.step_y, z);
            }
        }
        for (; y < walk.end_y; y += walk.step_y) {
            take_row(walk, y, z);
        }
    }
    let first = cell_of(walk, loaded_x(group.x * lanes_x * columns * chunk_width()));
    end(0u, walk, first, index);
    if columns > 1u {
        end(1u, walk, first, index);
    }
    if columns > 2u {
        end(2u, walk, first, index);
        end(3u, walk, first, index);
    }
    if columns > 4u {
        end(4u, walk, first, index);
        end(5u, walk, first, index);
        end(6u, walk, first, index);
        end(7u, walk, first, index);
    }
    finish(first, index);
}

fn end(column: u32, walk: Walk, first: u32, index: u32) {
    let least = low[column];
    let most = high[column];
    join(
        cell_of(walk, loaded_x(walk.x + column * walk.step_x)),
        first,
        min(min(least.x, least.y), min(least.z, least.w)),
        max(max(most.x, most.y), max(most.z, most.w)),
        non_finite[column],
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
