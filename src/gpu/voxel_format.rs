use crate::volume::{SampleType, Value};

/// How a stored integer is understood; `shaders/lib/voxel.wgsl` has the same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum VoxelKind {
    /// Unsigned integer.
    Unsigned = 0,
    /// Two's complement.
    Signed = 1,
    /// IEEE float, by its bits.
    Float = 2,
}

/// How voxels of a sample type lie in a texture, and what their keys mean.
///
/// A *key* is an unsigned integer in the order of the values: reductions run on keys, so that one shader serves every
/// type and integer atomics are exact for floats. Both zeros of a float have one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VoxelFormat {
    /// How the stored integer is understood.
    pub kind: VoxelKind,
    /// Width of the stored integer: 8, 16 or 32.
    pub bits: u32,
}

impl VoxelFormat {
    /// The format for a sample type. 64-bit numbers are narrowed to 32-bit floats, for display only.
    pub fn of(sample_type: SampleType) -> Self {
        let (kind, bits) = match sample_type {
            SampleType::U8 => (VoxelKind::Unsigned, 8),
            SampleType::U16 => (VoxelKind::Unsigned, 16),
            SampleType::U32 => (VoxelKind::Unsigned, 32),
            SampleType::I8 => (VoxelKind::Signed, 8),
            SampleType::I16 => (VoxelKind::Signed, 16),
            SampleType::I32 => (VoxelKind::Signed, 32),
            SampleType::F16 => (VoxelKind::Float, 16),
            SampleType::F32 | SampleType::U64 | SampleType::I64 | SampleType::F64 => (VoxelKind::Float, 32),
        };
        Self { kind, bits }
    }

    /// Bytes per voxel in the texture.
    pub fn bytes(self) -> u64 {
        u64::from(self.bits / 8)
    }

    /// Texture format of this width.
    pub fn texture_format(self) -> wgpu::TextureFormat {
        match self.bits {
            8 => wgpu::TextureFormat::R8Uint,
            16 => wgpu::TextureFormat::R16Uint,
            _ => wgpu::TextureFormat::R32Uint,
        }
    }

    /// The constants that fix this format in a pipeline, for `shaders/lib/voxel.wgsl`.
    pub fn shader_constants(self) -> [(&'static str, f64); 2] {
        [
            ("voxel_kind", f64::from(self.kind as u32)),
            ("voxel_bits", f64::from(self.bits)),
        ]
    }

    /// The highest bit of the stored integer: the sign of signed types.
    pub fn sign_bit(self) -> u32 {
        1 << (self.bits - 1)
    }

    /// All bits of the stored integer.
    pub fn mask(self) -> u32 {
        u32::MAX >> (32 - self.bits)
    }

    /// Bits that are all set in infinities and NaNs; 0 for integers.
    pub fn exponent_mask(self) -> u32 {
        match (self.kind, self.bits) {
            (VoxelKind::Float, 16) => 0x7c00,
            (VoxelKind::Float, _) => 0x7f80_0000,
            _ => 0,
        }
    }

    /// The key of a stored integer, or `None` for NaN and infinities.
    pub fn key_from_stored(self, stored: u32) -> Option<u32> {
        let sign = self.sign_bit();
        match self.kind {
            VoxelKind::Unsigned => Some(stored),
            VoxelKind::Signed => Some(stored ^ sign),
            VoxelKind::Float => {
                let exponent = self.exponent_mask();
                if stored & exponent == exponent {
                    return None;
                }
                Some(match stored {
                    _ if stored == sign => sign,
                    _ if stored & sign != 0 => !stored & self.mask(),
                    _ => stored | sign,
                })
            }
        }
    }

    /// The value a key stands for.
    pub fn value_from_key(self, key: u32) -> Value {
        let sign = self.sign_bit();
        match self.kind {
            VoxelKind::Unsigned => Value::Integer(key.into()),
            VoxelKind::Signed => Value::Integer(i128::from(key) - i128::from(sign)),
            VoxelKind::Float => {
                let stored = if key & sign != 0 {
                    key ^ sign
                } else {
                    !key & self.mask()
                };
                Value::Float(self.float_from_stored(stored))
            }
        }
    }

    /// The value of a stored integer; NaN and infinities as they are.
    pub fn value_from_stored(self, stored: u32) -> Value {
        match self.kind {
            VoxelKind::Float => Value::Float(self.float_from_stored(stored)),
            _ => self.value_from_key(
                stored
                    ^ if self.kind == VoxelKind::Signed {
                        self.sign_bit()
                    } else {
                        0
                    },
            ),
        }
    }

    fn float_from_stored(self, stored: u32) -> f64 {
        match self.bits {
            16 => half::f16::from_bits(stored as u16).to_f64(),
            _ => f32::from_bits(stored).into(),
        }
    }
}
