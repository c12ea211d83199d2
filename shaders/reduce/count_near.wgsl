// Counts of the page of bins that the workgroup's first voxel falls into are gathered in workgroup memory, and added to the
// others at the end; voxels of one neighbourhood are mostly of one page, a camera's 12 bits always are.

const PAGE: u32 = 4096u;

var<workgroup> near: array<atomic<u32>, PAGE>;
var<workgroup> chosen_page: atomic<u32>;
var<private> page: u32;

// Some page that a voxel of the workgroup falls into: the highest of the lanes' first voxels.
fn choose_page(walk: Walk) {
    if walk.first_y < walk.end_y && walk.first_z < walk.end_z {
        let stored = part_of_chunk(load_chunk(column_at(walk.x), row_at(walk.first_y, walk.end_y, walk.first_z)), 0u).x;
        let first = bin_from_stored(stored);
        if first != NONE {
            atomicMax(&chosen_page, first / PAGE);
        }
    }
    workgroupBarrier();
    page = atomicLoad(&chosen_page);
}

fn count(bin: u32, times: u32) {
    if bin / PAGE == page {
        atomicAdd(&near[bin % PAGE], times);
    } else {
        atomicAdd(&bins[bin], times);
    }
}

fn flush(lane: u32) {
    workgroupBarrier();
    let first = page * PAGE;
    for (var i = lane; i < PAGE; i += lanes_x * lanes_y) {
        let times = atomicLoad(&near[i]);
        if times > 0u {
            atomicAdd(&bins[first + i], times);
        }
    }
}
