use ::zstd::bulk::Decompressor;

use super::{CodecError, fill_from, incomplete};

/// Unpacks Zstandard frames.
#[derive(Default)]
pub(super) struct Zstd {
    decompressor: Option<Decompressor<'static>>,
}

impl Zstd {
    pub(super) fn unpack(&mut self, packed: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        let decompressor = match &mut self.decompressor {
            Some(decompressor) => decompressor,
            none => none.insert(Decompressor::new().map_err(|error| error.to_string())?),
        };
        match decompressor.decompress_to_buffer(packed, out) {
            Ok(bytes) if bytes == out.len() => Ok(()),
            Ok(bytes) => Err(incomplete(bytes, out.len())),
            // A last strip that is as long as the others, or damage: the streaming decoder tells them apart.
            Err(_) => {
                let decoder = ::zstd::stream::read::Decoder::with_buffer(packed).map_err(|error| error.to_string())?;
                fill_from(decoder, out)
            }
        }
    }
}
