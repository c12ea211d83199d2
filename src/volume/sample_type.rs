use std::fmt;

/// The stored type of one voxel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names say it
pub enum SampleType {
    U8,
    I8,
    U16,
    I16,
    F16,
    U32,
    I32,
    F32,
    U64,
    I64,
    F64,
}

impl SampleType {
    /// Every type, narrow to wide.
    pub const ALL: [SampleType; 11] = [
        SampleType::U8,
        SampleType::I8,
        SampleType::U16,
        SampleType::I16,
        SampleType::F16,
        SampleType::U32,
        SampleType::I32,
        SampleType::F32,
        SampleType::U64,
        SampleType::I64,
        SampleType::F64,
    ];

    /// Bytes per voxel as stored.
    pub fn bytes(self) -> usize {
        match self {
            SampleType::U8 | SampleType::I8 => 1,
            SampleType::U16 | SampleType::I16 | SampleType::F16 => 2,
            SampleType::U32 | SampleType::I32 | SampleType::F32 => 4,
            SampleType::U64 | SampleType::I64 | SampleType::F64 => 8,
        }
    }

    /// NumPy's name: `uint16`, `float32`, ...
    pub fn dtype(self) -> &'static str {
        match self {
            SampleType::U8 => "uint8",
            SampleType::I8 => "int8",
            SampleType::U16 => "uint16",
            SampleType::I16 => "int16",
            SampleType::F16 => "float16",
            SampleType::U32 => "uint32",
            SampleType::I32 => "int32",
            SampleType::F32 => "float32",
            SampleType::U64 => "uint64",
            SampleType::I64 => "int64",
            SampleType::F64 => "float64",
        }
    }

    /// Whether values are floating point (and may be NaN or infinite).
    pub fn is_float(self) -> bool {
        matches!(self, SampleType::F16 | SampleType::F32 | SampleType::F64)
    }

    /// Whether values are signed integers.
    pub fn is_signed_integer(self) -> bool {
        matches!(
            self,
            SampleType::I8 | SampleType::I16 | SampleType::I32 | SampleType::I64
        )
    }

    /// Whether values are wider than a texture can hold: drawn as float32, measured by the CPU.
    pub fn is_wide(self) -> bool {
        self.bytes() == 8
    }
}

impl fmt::Display for SampleType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.dtype())
    }
}
