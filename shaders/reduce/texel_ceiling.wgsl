// As read_ceiling.wgsl, through a texture of the widest texels there are: a texel is 16 bytes.
//
// An invocation reads sixteen rows of a column; the texture is 512 texels wide, 512 high, and whole planes deep.

@group(0) @binding(0) var words: texture_3d<u32>;
@group(0) @binding(1) var<storage, read_write> found: array<u32>;

override lanes: u32 = 64u;

const SIDE: u32 = 512u;
const ROWS: u32 = 16u;

@compute @workgroup_size(lanes)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let invocation = (group.y * groups.x + group.x) * lanes + lane;
    let strip = invocation / SIDE;
    let at = vec3<u32>(invocation % SIDE, strip % (SIDE / ROWS) * ROWS, strip / (SIDE / ROWS));
    var all = textureLoad(words, at, 0);
    all ^= textureLoad(words, at + vec3<u32>(0u, 1u, 0u), 0);
    all ^= textureLoad(words, at + vec3<u32>(0u, 2u, 0u), 0);
    all ^= textureLoad(words, at + vec3<u32>(0u, 3u, 0u), 0);
    all ^= textureLoad(words, at + vec3<u32>(0u, 4u, 0u), 0);
    all ^= textureLoad(words, at + vec3<u32>(0u, 5u, 0u), 0);
    all ^= textureLoad(words, at + vec3<u32>(0u, 6u, 0u), 0);
    all ^= textureLoad(words, at + vec3<u32>(0u, 7u, 0u), 0);
    all ^= textureLoad(words, at + vec3<u32>(0u, 8u, 0u), 0);
    all ^= textureLoad(words, at + vec3<u32>(0u, 9u, 0u), 0);
    all ^= textureLoad(words, at + vec3<u32>(0u, 10u, 0u), 0);
    all ^= textureLoad(words, at + vec3<u32>(0u, 11u, 0u), 0);
    all ^= textureLoad(words, at + vec3<u32>(0u, 12u, 0u), 0);
    all ^= textureLoad(words, at + vec3<u32>(0u, 13u, 0u), 0);
    all ^= textureLoad(words, at + vec3<u32>(0u, 14u, 0u), 0);
    all ^= textureLoad(words, at + vec3<u32>(0u, 15u, 0u), 0);
    found[invocation] = all.x ^ all.y ^ all.z ^ all.w;
}
