// Lanes of a subgroup that are all in one cell meet in registers; nothing is assumed about how many there are, nor which.
fn join(cell: u32, first: u32, lowest: u32, highest: u32, count: u32, lane: u32) {
    if subgroupMin(cell) == subgroupMax(cell) {
        let least = subgroupMin(lowest);
        let most = subgroupMax(highest);
        let sum = subgroupAdd(count);
        if subgroupMin(lane) == lane {
            add_to_cell(cell, least, most, sum);
        }
    } else {
        add_to_cell(cell, lowest, highest, count);
    }
}

fn finish(first: u32, lane: u32) {}
