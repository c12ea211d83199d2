// How every reduction walks through a box of voxels: a workgroup covers lanes_x * columns chunks along x, BAND rows and
// BAND planes of the grid of cells; a lane walks down its columns of chunks side by side, plane by plane. What a chunk
// is, and where voxels come from, a loader says: texture.wgsl or packed.wgsl.

// reduce::job::JobUniform is the same in Rust.
struct Job {
    origin: vec4<u32>,                  // x, y, z of the first voxel, or where it lies in a buffer: see the loader
    size: vec4<u32>,                    // extents x, y, z of the box
    at: vec4<u32>,                      // x, y, z of its first voxel in the grid of cells
    results: vec4<u32>,                 // first result of the channel; results per cell along x, y, z
    shift: u32,                         // of keys, to make a digit of them
    prefix_count: u32,
    _pad0: u32,
    _pad1: u32,
    prefixes: array<vec4<u32>, 4>,      // ascending; those there are not are higher than any
}

@group(0) @binding(1) var<uniform> job: Job;

// Side of a cell, in voxels.
const BAND: u32 = 32u;

// Fixed per pipeline; chosen by measurement.
override lanes_x: u32 = 64u;
override lanes_y: u32 = 4u;
// Columns of a lane, lanes_x chunks apart: 1, 2, 4 or 8. Where memory is fetched ahead, long runs of it matter.
override columns: u32 = 1u;

// What a lane walks through, in voxels of the box.
struct Walk {
    // Of the first column, and from one to the next.
    x: u32,
    step_x: u32,
    first_y: u32,
    end_y: u32,
    step_y: u32,
    first_z: u32,
    end_z: u32,
}

// The part [x, y) of a box side that lies in a band of the grid.
fn part_in_band(band: u32, at: u32, size: u32) -> vec2<u32> {
    let skipped = at % BAND;
    return vec2<u32>(max(band * BAND, skipped) - skipped, min((band + 1u) * BAND - skipped, size));
}

fn walk_of(group: vec3<u32>, lane: vec3<u32>) -> Walk {
    let y = part_in_band(group.y, job.at.y, job.size.y);
    let z = part_in_band(group.z, job.at.z, job.size.z);
    let x = (group.x * lanes_x * columns + lane.x) * chunk_width();
    let first_y = y.x + lane.y * CHUNK_HEIGHT;
    // A lane beyond the box has nothing to walk through.
    return Walk(x, lanes_x * chunk_width(), first_y, select(0u, y.y, x < job.size.x), lanes_y * CHUNK_HEIGHT, z.x, z.y);
}

// The result of the cell that a column of a walk is in; all cells have one result where there is no grid.
fn cell_of(walk: Walk, x: u32) -> u32 {
    let cell = (vec3<u32>(x, walk.first_y, walk.first_z) + job.at.xyz) / BAND;
    return job.results.x + dot(cell, job.results.yzw);
}
