//! Pictures of any size: drawn a part at a time, in targets that the adapter has.

use crate::gpu::{Gpu, Readback, align_up};
use crate::view::{Picture, Rect, SliceRenderer, SliceRequest};

use super::SessionError;
use super::stats::Progress;

/// The format pictures are drawn in: display bytes as they are, not sRGB-encoded a second time.
pub(super) const PICTURE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// The longest side in pixels: beyond it, the shaders' numbers are too coarse for the place of a pixel.
const LONGEST_SIDE: u64 = 1 << 20;

/// Bytes per pixel of a picture while it is made: its own, as many of what is written over it, and its colours once more
/// while they are encoded.
const PICTURE_PIXEL_BYTES: u64 = 12;

/// Pictures that take no more than this are made whatever the budget is.
const LEAST_PICTURE_BYTES: u64 = 64 << 20;

/// A part takes no more than this, as a texture and once more on its way back.
const PART_BYTES: u64 = 64 << 20;

/// Parts begin at multiples of it: the period of the stripes of `shaders/view/hatch.wgsl`, which go on from one to the next.
const PART_STEP: u64 = 16;

/// A canvas of this size.
///
/// # Errors
/// If its side is too long, or it is large and takes more than half of the memory budget.
pub(super) fn canvas_of(gpu: &Gpu, size: [u64; 2]) -> Result<Rect, SessionError> {
    let [width, height] = size;
    let longest = width.max(height);
    if longest > LONGEST_SIDE {
        let text = format!("a picture of {width} x {height} pixels: no side can be longer than {LONGEST_SIDE} pixels");
        return Err(SessionError::Options(text));
    }
    let needed = width * height * PICTURE_PIXEL_BYTES;
    let limit = (gpu.caps.memory_budget_bytes / 2).max(LEAST_PICTURE_BYTES);
    if needed > limit {
        let text = format!(
            "a picture of {width} x {height} pixels takes {needed} bytes while it is made, and there is room for {limit} \
             (--size makes it smaller, --memory makes room)"
        );
        return Err(SessionError::Options(text));
    }
    let [width, height] = size.map(|side| side as u32);
    Ok(Rect {
        x: 0,
        y: 0,
        width,
        height,
    })
}

/// The parts that a picture is drawn in, row by row: the whole of it where a target of the adapter holds that.
pub(super) fn parts(gpu: &Gpu, canvas: Rect) -> Vec<Rect> {
    let stepped = |length: u64| (length / PART_STEP * PART_STEP).max(PART_STEP);
    let longest = gpu.caps.max_texture_2d;
    let side = |length: u32, most: u64| match u64::from(length) <= most.min(longest) {
        true => length.max(1),
        false => stepped(most.min(longest)) as u32,
    };
    let width = side(canvas.width, u64::MAX);
    let bytes = PART_BYTES.min(gpu.caps.max_buffer_bytes);
    let height = side(canvas.height, bytes / pitch_of(width));
    let starts = |length: u32, step: u32| (0..length).step_by(step as usize);
    starts(canvas.height, height)
        .flat_map(|y| starts(canvas.width, width).map(move |x| (x, y)))
        .map(|(x, y)| Rect {
            x,
            y,
            width: width.min(canvas.width - x),
            height: height.min(canvas.height - y),
        })
        .collect()
}

/// Bytes from one row of a part to the next on its way back.
fn pitch_of(width: u32) -> u64 {
    align_up(u64::from(width) * 4, wgpu::COPY_BYTES_PER_ROW_ALIGNMENT.into())
}

/// Draws a picture of its own, as large as the canvas of the request, and reads it back. Blocks.
pub(super) fn draw_picture(
    gpu: &Gpu,
    renderer: &mut SliceRenderer,
    request: &SliceRequest<'_>,
    progress: Progress<'_>,
) -> Result<Picture, SessionError> {
    let Rect { width, height, .. } = request.canvas;
    if width == 0 || height == 0 {
        let reason = format!("there is no room for a picture: {width} x {height} pixels");
        return Err(SessionError::Options(reason));
    }
    let row_bytes = width as usize * 4;
    let bytes = row_bytes * height as usize;
    let mut rgba = Vec::new();
    rgba.try_reserve_exact(bytes).map_err(|_| {
        let text = format!("there is no memory for a picture of {width} x {height} pixels ({bytes} bytes)");
        SessionError::Options(text)
    })?;
    rgba.resize(bytes, 0);
    let parts = parts(gpu, request.canvas);
    for (index, part) in parts.iter().enumerate() {
        let request = SliceRequest {
            part: *part,
            ..request.clone()
        };
        let pitch = pitch_of(part.width) as usize;
        let padded = draw_part(gpu, renderer, request)?;
        let (start, length) = (part.x as usize * 4, part.width as usize * 4);
        let rows = rgba.chunks_exact_mut(row_bytes).skip(part.y as usize);
        for (to, from) in rows.zip(padded.chunks_exact(pitch)) {
            to[start..start + length].copy_from_slice(&from[..length]);
        }
        progress((index + 1) as f64 / parts.len() as f64);
    }
    Ok(Picture { width, height, rgba })
}

/// The rows of a part, each [`pitch_of`] its width long.
fn draw_part(gpu: &Gpu, renderer: &mut SliceRenderer, request: SliceRequest<'_>) -> Result<Vec<u8>, SessionError> {
    let Rect { width, height, .. } = request.part;
    let pitch = pitch_of(width);
    let bytes = pitch * u64::from(height);
    let extent = wgpu::Extent3d {
        width,
        height,
        depth_or_array_layers: 1,
    };
    let (target, readback) = gpu.allocate("the picture", 2 * bytes, || {
        let target = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("picture"),
            size: extent,
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: PICTURE_FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        (target, Readback::new(gpu, bytes))
    })?;
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    renderer.draw(gpu, &mut encoder, &target, request);
    encoder.copy_texture_to_buffer(
        target.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: readback.buffer(),
            layout: wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(pitch as u32),
                rows_per_image: None,
            },
        },
        extent,
    );
    gpu.queue.submit([encoder.finish()]);
    readback.map();
    Ok(readback.wait(gpu)?)
}
