// Counts go where they belong at once.

fn choose_page(walk: Walk) {}

fn count(bin: u32, times: u32) {
    atomicAdd(&bins[bin], times);
}

fn flush(lane: u32) {}
