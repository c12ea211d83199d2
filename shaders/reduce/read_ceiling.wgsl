// Reads every word of a buffer and does next to nothing with it: the fastest a reduction could be. What is fastest
// differs from adapter to adapter, so the shape is given per pipeline, and the best of a few is the ceiling.
//
// The buffer is a whole number of workgroups' shares, so that no bounds are looked at.

@group(0) @binding(0) var<storage, read> words: array<vec4<u32>>;
// Exclusive or of what each invocation read: it proves that everything was, without atomics.
@group(0) @binding(1) var<storage, read_write> found: array<u32>;

// Invocations of a workgroup.
override lanes: u32 = 64u;
// Neighbours that read neighbouring words: a multiple of `abreast` words, then the next as many.
override abreast: u32 = 8u;
// Times that eight words are read.
override rounds: u32 = 8u;

@compute @workgroup_size(lanes)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let invocation = (group.y * groups.x + group.x) * lanes + lane;
    let share = abreast * rounds * 8u;
    var index = invocation / abreast * share + invocation % abreast;
    var all = vec4<u32>(0u);
    for (var round = 0u; round < rounds; round++) {
        all ^= words[index];
        all ^= words[index + abreast];
        all ^= words[index + 2u * abreast];
        all ^= words[index + 3u * abreast];
        all ^= words[index + 4u * abreast];
        all ^= words[index + 5u * abreast];
        all ^= words[index + 6u * abreast];
        all ^= words[index + 7u * abreast];
        index += 8u * abreast;
    }
    found[invocation] = all.x ^ all.y ^ all.z ^ all.w;
}
