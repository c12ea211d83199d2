use lzma_rust2::XzReader;

use super::{CodecError, fill_from};

/// Memory for the dictionary of a stream, in KiB: the largest preset of the xz tool needs 65 MiB.
const MAX_KIB: u32 = 96 << 10;

/// Unpacks an xz stream.
pub(super) fn unpack(packed: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    fill_from(XzReader::new_mem_limit(packed, true, MAX_KIB), out)
}
