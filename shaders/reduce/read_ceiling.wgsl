// Reads every word of a buffer and does next to nothing with it: the fastest a reduction could be.

@group(0) @binding(0) var<storage, read> words: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> result: array<atomic<u32>>;

const WIDTH: u32 = 64u;
const PER_INVOCATION: u32 = 64u;

@compute @workgroup_size(WIDTH)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let count = arrayLength(&words);
    var index = (group.y * groups.x + group.x) * WIDTH * PER_INVOCATION + lane;
    var all = vec4<u32>(0u);
    for (var i = 0u; i < PER_INVOCATION; i++) {
        if index < count {
            all ^= words[index];
        }
        index += WIDTH;
    }
    atomicXor(&result[0], all.x ^ all.y ^ all.z ^ all.w);
}
