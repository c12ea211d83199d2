use super::super::page::Page;
use super::chunk::Chunk;

/// Gives every pixel the chroma of its block: TIFF 6.0, section 21. Samples stay Y, Cb and Cr of 8 bits.
///
/// A block is its Y samples, row by row, then one Cb and one Cr; blocks at the edges are whole.
pub(super) fn expand(page: &Page, chunk: &Chunk, packed: &[u8], out: &mut [u8]) {
    let (across, down) = (page.subsampling.0 as usize, page.subsampling.1 as usize);
    let (width, block) = (chunk.width as usize, across * down + 2);
    let blocks_of_row = packed.chunks_exact(width.div_ceil(across) * block);
    for (rows, blocks) in out.chunks_mut(width * 3 * down).zip(blocks_of_row) {
        for (y, row) in rows.chunks_exact_mut(width * 3).enumerate() {
            for (pixels, block) in row.chunks_mut(across * 3).zip(blocks.chunks_exact(block)) {
                let (luma, chroma) = block.split_at(across * down);
                for (pixel, &luma) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(&luma[y * across..]) {
                    *pixel = [luma, chroma[0], chroma[1]];
                }
            }
        }
    }
}
