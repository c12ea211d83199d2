// The largest key along the normal at points of a plane. Later dispatches, over other tiles, add to what earlier ones found.

struct Probe {
    // The box of voxels that is looked at, in the volume: x, y, z.
    lo: vec4<u32>,
    hi: vec4<u32>,
    // First voxel of the texture.
    held: vec4<u32>,
    // 1 along the normal; w is the place of the first point's result.
    normal: vec4<u32>,
}

@group(0) @binding(0) var voxels: texture_3d<u32>;
@group(0) @binding(1) var<uniform> probe: Probe;
@group(0) @binding(2) var<storage, read_write> keys: array<u32>;
// x, y, z; 0 along the normal.
@group(0) @binding(3) var<storage, read> points: array<vec4<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= arrayLength(&points) {
        return;
    }
    let normal = probe.normal.xyz;
    // A place along the normal is in every box.
    let point = points[id.x].xyz + normal * probe.lo.xyz;
    if any(point < probe.lo.xyz) || any(point >= probe.hi.xyz) {
        return;
    }
    var at = point - probe.held.xyz;
    let planes = dot(probe.hi.xyz - probe.lo.xyz, normal);
    var largest = keys[probe.normal.w + id.x];
    for (var plane = 0u; plane < planes; plane++) {
        let stored = textureLoad(voxels, at, 0).x;
        if !is_nan(stored) {
            largest = max(largest, key_from_stored(stored));
        }
        at += normal;
    }
    keys[probe.normal.w + id.x] = largest;
}
