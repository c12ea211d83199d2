use libdeflater::{DecompressionError, Decompressor};

use super::{CodecError, fill_from, incomplete};

/// Inflates zlib streams.
#[derive(Default)]
pub(super) struct Inflater {
    decompressor: Option<Decompressor>,
}

impl Inflater {
    pub(super) fn unpack(&mut self, packed: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        let decompressor = self.decompressor.get_or_insert_with(Decompressor::new);
        match decompressor.zlib_decompress(packed, out) {
            Ok(bytes) if bytes == out.len() => Ok(()),
            Ok(bytes) => Err(incomplete(bytes, out.len())),
            // A last strip that is as long as the others: only its beginning is wanted.
            Err(DecompressionError::InsufficientSpace) => fill_from(flate2::read::ZlibDecoder::new(packed), out),
            Err(DecompressionError::BadData) => Err("corrupt or incomplete deflate stream".into()),
        }
    }
}
