use super::{CodecError, incomplete};

/// Unpacks runs and literals: TIFF 6.0, section 9.
pub(super) fn unpack(packed: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    let (mut from, mut at) = (packed, 0);
    while at < out.len() {
        let Some((&head, rest)) = from.split_first() else {
            return Err(incomplete(at, out.len()));
        };
        let left = out.len() - at;
        match head {
            0..128 => {
                // Literals that reach beyond the end are cut; those that are not there are missed.
                let count = (usize::from(head) + 1).min(left);
                let Some((literals, behind)) = rest.split_at_checked(count) else {
                    return Err(incomplete(at + rest.len(), out.len()));
                };
                out[at..at + count].copy_from_slice(literals);
                (from, at) = (behind, at + count);
            }
            128 => from = rest,
            129.. => {
                let Some((&value, behind)) = rest.split_first() else {
                    return Err(incomplete(at, out.len()));
                };
                let count = (257 - usize::from(head)).min(left);
                out[at..at + count].fill(value);
                (from, at) = (behind, at + count);
            }
        }
    }
    Ok(())
}
