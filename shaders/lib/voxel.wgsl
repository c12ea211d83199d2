// What the stored integers of a voxel texture mean. gpu::VoxelFormat is the same in Rust.

const UNSIGNED: u32 = 0u;
const SIGNED: u32 = 1u;
const FLOAT: u32 = 2u;

// Fixed per pipeline, so that the branches on them cost nothing.
override voxel_kind: u32 = 0u;
override voxel_bits: u32 = 16u;

fn sign_bit() -> u32 {
    return 1u << (voxel_bits - 1u);
}

fn exponent_mask() -> u32 {
    return select(0x7f800000u, 0x7c00u, voxel_bits == 16u);
}

// NaN and infinities.
fn is_non_finite(stored: u32) -> bool {
    return voxel_kind == FLOAT && (stored & exponent_mask()) == exponent_mask();
}

// NaN only; the sign bit is shifted out.
fn is_nan(stored: u32) -> bool {
    return voxel_kind == FLOAT && (stored & ~sign_bit()) > exponent_mask();
}

// An unsigned integer in the order of the values. Both zeros of a float have one key.
// Meaningless for NaN; infinities keep their place beyond the finite values.
fn key_from_stored(stored: u32) -> u32 {
    let sign = sign_bit();
    if voxel_kind == FLOAT {
        let mask = 0xffffffffu >> (32u - voxel_bits);
        let negative = (stored & sign) != 0u && stored != sign;
        return select(stored | sign, ~stored & mask, negative);
    }
    return select(stored, stored ^ sign, voxel_kind == SIGNED);
}

fn float_from_stored(stored: u32) -> f32 {
    if voxel_bits == 16u {
        return unpack2x16float(stored).x;
    }
    return bitcast<f32>(stored);
}

// Both functions for four voxels at once.
fn are_finite(stored: vec4<u32>) -> vec4<bool> {
    let mask = vec4<u32>(exponent_mask());
    return (stored & mask) != mask;
}

fn keys_from_stored(stored: vec4<u32>) -> vec4<u32> {
    let sign = vec4<u32>(sign_bit());
    if voxel_kind == FLOAT {
        let mask = vec4<u32>(0xffffffffu >> (32u - voxel_bits));
        let negative = ((stored & sign) != vec4<u32>(0u)) & (stored != sign);
        return select(stored | sign, ~stored & mask, negative);
    }
    return select(stored, stored ^ sign, voxel_kind == SIGNED);
}
