// Lanes of one cell meet in workgroup memory first. A workgroup has at most 256 columns of 16 voxels side by side, so
// that its cells are at most 129 next to each other, from `first` on.

const MOST_CELLS: u32 = 132u;

// The smallest keys are kept inverted: workgroup memory begins as zero, which is "nothing found" for all three.
var<workgroup> inverted_min: array<atomic<u32>, MOST_CELLS>;
var<workgroup> group_max: array<atomic<u32>, MOST_CELLS>;
var<workgroup> group_non_finite: array<atomic<u32>, MOST_CELLS>;

fn join(cell: u32, first: u32, lowest: u32, highest: u32, count: u32, lane: u32) {
    let place = cell - first;
    if lowest <= highest {
        atomicMax(&inverted_min[place], ~lowest);
        atomicMax(&group_max[place], highest);
    }
    if count > 0u {
        atomicAdd(&group_non_finite[place], count);
    }
}

fn finish(first: u32, lane: u32) {
    workgroupBarrier();
    for (var i = lane; i < MOST_CELLS; i += lanes_x * lanes_y) {
        add_to_cell(first + i, ~atomicLoad(&inverted_min[i]), atomicLoad(&group_max[i]), atomicLoad(&group_non_finite[i]));
    }
}
