// The colour of a voxel that is marked, whatever its channel: view::twin has the same. 1 is at or above a window, and
// goes before 0.5, at or below one.
fn color_of_mark(mark: f32) -> vec3<f32> {
    return select(vec3<f32>(0.0, 0.0, 1.0), vec3<f32>(1.0, 0.0, 0.0), mark > 0.75);
}
