//! Scale bar and labels, drawn on the CPU into a layer that lies over a finished picture, so that a window, a PNG and a
//! movie have the same.

mod scale;
mod text;

use super::{Panel, Rect, ViewState, panels};

use scale::{Scale, scale_bar};
use text::{Canvas, Font};

/// What is written into a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    /// A bar of a round length, with its length, at the bottom right of the last panel.
    pub scale_bar: bool,
    /// Names of channels at the top left of every panel; plane and time at the bottom left of the last row.
    pub labels: bool,
}

const WHITE: [u8; 3] = [255; 3];
/// Height of the font as a part of a panel's, and its bounds in pixels: what can be read, and what is not too much.
const FONT_PER_PANEL: f32 = 1.0 / 32.0;
const FONT_PX: [f32; 2] = [11.0, 28.0];
/// A scale bar is no longer than this part of its panel's width.
const BAR_PER_PANEL: f64 = 0.25;
/// Colours of less relative luminance are mixed with white until their names can be read: a contrast of 5 to 1 on
/// black (WCAG 2, "relative luminance" and "contrast ratio"). Red has it, blue has not.
const MIN_LUMINANCE: f32 = 0.2;

/// Writes scale bar and labels into the display bytes of a picture.
///
/// `rgba` has `size[0]` x `size[1]` pixels as [`super::Picture`] has them; `names` has a name per channel, `unit` is
/// that of `view.spacing`. What does not fit into a panel is left out.
pub fn annotate(
    rgba: &mut [u8],
    size: [u32; 2],
    view: &ViewState,
    names: &[String],
    unit: Option<&str>,
    options: Overlay,
) {
    let bytes = u64::from(size[0]) * u64::from(size[1]) * 4;
    if options == Overlay::default() || rgba.len() as u64 != bytes {
        return;
    }
    let layer = overlay_layer(size, view, names, unit, options);
    for (pixel, over) in rgba.chunks_exact_mut(4).zip(layer.chunks_exact(4)) {
        if over[3] > 0 {
            // Opaque stays opaque.
            blend_over(pixel, [over[0], over[1], over[2], over[3]].map(f32::from));
        }
    }
}

/// Puts a premultiplied colour, its parts from 0 to 255, over a premultiplied pixel.
fn blend_over(pixel: &mut [u8], over: [f32; 4]) {
    let rest = 1.0 - over[3] / 255.0;
    for (byte, over) in pixel.iter_mut().zip(over) {
        *byte = (over + f32::from(*byte) * rest).round() as u8;
    }
}

/// Scale bar and labels by themselves: rows of premultiplied red, green, blue and alpha, transparent where nothing is.
///
/// Over a picture, this is what [`annotate`] makes of it; the arguments are those of that.
pub fn overlay_layer(
    size: [u32; 2],
    view: &ViewState,
    names: &[String],
    unit: Option<&str>,
    options: Overlay,
) -> Vec<u8> {
    let mut rgba = vec![0; size[0] as usize * size[1] as usize * 4];
    draw_layer(&mut rgba, size, view, names, unit, options);
    rgba
}

fn draw_layer(
    rgba: &mut [u8],
    size: [u32; 2],
    view: &ViewState,
    names: &[String],
    unit: Option<&str>,
    options: Overlay,
) {
    let [width, height] = size;
    let all = Rect {
        x: 0,
        y: 0,
        width,
        height,
    };
    let panels = panels(view, all);
    let (Some(last), Some(mut canvas)) = (panels.last(), Canvas::new(rgba, size)) else {
        return;
    };
    let least = panels.iter().map(|panel| panel.rect.height).min().unwrap_or(0);
    let font = Font::new((least as f32 * FONT_PER_PANEL).clamp(FONT_PX[0], FONT_PX[1]));
    let mut bar_left = None;
    if options.scale_bar {
        let (_, px_per_voxel) = view.resolve_camera(last.rect);
        let [across, _] = view.shown_axes();
        let limit_px = f64::from(last.rect.width) * BAR_PER_PANEL;
        let bar = scale_bar(px_per_voxel[0], view.spacing[across.axis.index()], unit, limit_px);
        bar_left = bar.and_then(|bar| draw_bar(&mut canvas, &font, last.rect, &bar));
    }
    if options.labels {
        let first_of_row = panels.iter().find(|panel| panel.rect.y == last.rect.y).unwrap_or(last);
        let below = bar_left.filter(|_| first_of_row == last);
        draw_position(&mut canvas, &font, first_of_row.rect, view, below);
        for panel in &panels {
            draw_names(&mut canvas, &font, panel, view, names);
        }
    }
}

/// Draws a bar with its length above it, and returns where the left of the two begins, if they fit.
fn draw_bar(canvas: &mut Canvas<'_>, font: &Font, panel: Rect, bar: &Scale) -> Option<f32> {
    let margin = font.margin();
    let thickness = (font.px() / 5.0).round().max(2.0);
    let gap = (font.px() / 5.0).round().max(2.0);
    let (text_width, bar_width) = (font.width(&bar.text), bar.px.round().max(1.0) as f32);
    let widest = text_width.max(bar_width);
    let needed = [widest + 2.0 * margin, 2.0 * margin + font.line() + gap + thickness];
    if needed[0] > panel.width as f32 || needed[1] > panel.height as f32 {
        return None;
    }
    let right = (panel.x + panel.width) as f32 - margin;
    let bottom = (panel.y + panel.height) as f32 - margin;
    let middle = right - widest / 2.0;
    let top = bottom - thickness - gap - font.line();
    canvas.ground(font, [right - widest, top], [widest, bottom - top]);
    canvas.bar(
        [(middle - bar_width / 2.0).round(), bottom - thickness],
        [bar_width, thickness],
        font.outline(),
    );
    canvas.text(font, &bar.text, [middle - text_width / 2.0, top], WHITE);
    Some(right - widest)
}

/// Draws plane and time; above the scale bar's line if they would meet.
fn draw_position(canvas: &mut Canvas<'_>, font: &Font, panel: Rect, view: &ViewState, bar_left: Option<f32>) {
    let slab = view.slab_range();
    let plane = match slab.end - slab.start {
        0 | 1 => view.plane().to_string(),
        _ => format!("max {}\u{2013}{}", slab.start, slab.end - 1),
    };
    let mut parts = Vec::new();
    let mut part = |axis: char, index: String, count: u64| {
        if count > 1 {
            parts.push(format!("{axis} {index}/{}", count - 1));
        }
    };
    part(view.normal.letter(), plane, view.plane_count());
    part('t', view.t.to_string(), view.t_count);
    let text = parts.join("  ");
    let margin = font.margin();
    let (left, width) = (panel.x as f32 + margin, font.width(&text));
    let is_meeting = bar_left.is_some_and(|bar| left + width + margin > bar);
    let lines = if is_meeting { 3.0 } else { 1.0 };
    let top = (panel.y + panel.height) as f32 - margin - lines * font.line();
    if width > 0.0 && width + 2.0 * margin <= panel.width as f32 && top >= panel.y as f32 + margin {
        canvas.ground(font, [left, top], [width, font.line()]);
        canvas.text(font, &text, [left, top], WHITE);
    }
}

/// Draws the names of a panel's channels below each other, as many as there is room for above the bottom lines.
fn draw_names(canvas: &mut Canvas<'_>, font: &Font, panel: &Panel, view: &ViewState, names: &[String]) {
    let Rect { x, y, width, height } = panel.rect;
    let margin = font.margin();
    let room = width as f32 - 2.0 * margin;
    // A panel of a montage is worth its name even where it meets the bottom lines.
    let lines = ((height as f32 - 2.0 * margin) / font.line()) as usize;
    let lines = if lines > 3 { lines - 3 } else { lines.min(1) };
    let count = panel.channels.len();
    let left_out = if count > lines { count + 1 - lines.max(1) } else { 0 };
    let text_of = |(line, &channel): (usize, &usize)| {
        if left_out > 0 && line + 1 == lines && count > 1 {
            return (format!("and {left_out} more"), WHITE);
        }
        let name = names.get(channel).cloned();
        let name = name.unwrap_or_else(|| format!("channel {channel}"));
        let color = view.channels.get(channel).map_or(WHITE, |view| view.lut.top());
        (font.fit(&name, room), readable(color))
    };
    let texts: Vec<_> = panel.channels.iter().take(lines).enumerate().map(text_of).collect();
    let widest = texts.iter().map(|(text, _)| font.width(text)).fold(0.0, f32::max);
    if widest == 0.0 || widest > room {
        return;
    }
    let [left, top] = [x as f32 + margin, y as f32 + margin];
    canvas.ground(font, [left, top], [widest, texts.len() as f32 * font.line()]);
    for (line, (text, color)) in texts.iter().enumerate() {
        canvas.text(font, text, [left, top + line as f32 * font.line()], *color);
    }
}

/// The colour, or one of its hue that stands out from black.
fn readable(color: [u8; 3]) -> [u8; 3] {
    let linear = |byte: u8| (f32::from(byte) / 255.0).powf(2.2);
    let luminance = |[r, g, b]: [u8; 3]| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    let with_white = |part: u16| color.map(|byte| byte + (u16::from(255 - byte) * part / 255) as u8);
    let mut mixed = (0..=255).map(with_white);
    mixed.find(|&color| luminance(color) >= MIN_LUMINANCE).unwrap_or(WHITE)
}

#[cfg(test)]
mod tests;
