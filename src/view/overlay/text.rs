use ab_glyph::{Font as _, FontRef, GlyphId, PxScale, ScaleFont, point};

use super::blend_over;

/// How dark the outline is, from 0 to 1: dark enough on white, and something of the picture still shows.
const OUTLINE_OPACITY: f32 = 0.8;
/// How dark the ground under texts is.
const GROUND_OPACITY: f32 = 0.7;
const DARK: [u8; 3] = [0; 3];
/// How much wider strokes are made, as a part of the font's height: the font is a light one, for quiet grounds.
const EMBOLDEN: f32 = 0.035;

/// The window's font in one size, and another for letters that it has not.
pub(super) struct Font {
    /// `None` for bytes that are no font, which a test rules out.
    fonts: Option<[FontRef<'static>; 2]>,
    px: f32,
}

struct Placed {
    font: usize,
    id: GlyphId,
    x: f32,
}

impl Font {
    /// `px` is the height of a line, from the highest to the lowest letter.
    pub(super) fn new(px: f32) -> Self {
        let load = |bytes| FontRef::try_from_slice(bytes).ok();
        let first = load(epaint_default_fonts::UBUNTU_LIGHT);
        let fonts = first.zip(load(epaint_default_fonts::HACK_REGULAR));
        Self {
            fonts: fonts.map(|(first, second)| [first, second]),
            px,
        }
    }

    pub(super) fn px(&self) -> f32 {
        self.px
    }

    /// From one line to the next, in pixels.
    pub(super) fn line(&self) -> f32 {
        (self.px * 1.15).round()
    }

    /// What is left free at the edges of a panel, in pixels.
    pub(super) fn margin(&self) -> f32 {
        (self.px * 0.6).round()
    }

    /// Width of the dark outline in pixels.
    pub(super) fn outline(&self) -> f32 {
        (self.px / 12.0).max(1.0)
    }

    /// Width of a text in pixels.
    pub(super) fn width(&self, text: &str) -> f32 {
        match self.place(text).1 {
            0.0 => 0.0,
            width => width + EMBOLDEN * self.px,
        }
    }

    /// The text, or as much of it as has room, with an ellipsis.
    pub(super) fn fit(&self, text: &str, room: f32) -> String {
        if self.width(text) <= room {
            return text.to_owned();
        }
        let mut kept: Vec<char> = text.chars().take(room.max(0.0) as usize).collect();
        while kept.pop().is_some() {
            let shorter: String = kept.iter().chain(&['…']).collect();
            if !kept.is_empty() && self.width(&shorter) <= room {
                return shorter;
            }
        }
        String::new()
    }

    fn place(&self, text: &str) -> (Vec<Placed>, f32) {
        let Some(fonts) = &self.fonts else {
            return (Vec::new(), 0.0);
        };
        let mut x = 0.0;
        let mut before: Option<(usize, GlyphId)> = None;
        let mut placed = Vec::new();
        for letter in text.chars().filter(|letter| !letter.is_control()) {
            let none = GlyphId(0);
            let font = fonts.iter().position(|font| font.glyph_id(letter) != none).unwrap_or(0);
            let scaled = fonts[font].as_scaled(PxScale::from(self.px));
            let id = scaled.glyph_id(letter);
            if let Some((_, left)) = before.filter(|&(other, _)| other == font) {
                x += scaled.kern(left, id);
            }
            placed.push(Placed { font, id, x });
            x += scaled.h_advance(id);
            before = Some((font, id));
        }
        (placed, x)
    }

    /// Calls `cover` with every pixel of a text and how much of it is covered, relative to the top left of its line.
    fn cover(&self, text: &str, offset: [f32; 2], mut cover: impl FnMut(i64, i64, f32)) {
        let Some(fonts) = &self.fonts else {
            return;
        };
        let scale = PxScale::from(self.px);
        for Placed { font, id, x } in self.place(text).0 {
            let ascent = fonts[0].as_scaled(scale).ascent();
            let glyph = id.with_scale_and_position(scale, point(offset[0] + x, offset[1] + ascent));
            if let Some(outlined) = fonts[font].outline_glyph(glyph) {
                let bounds = outlined.px_bounds();
                let (left, top) = (bounds.min.x as i64, bounds.min.y as i64);
                outlined.draw(|x, y, covered| cover(left + i64::from(x), top + i64::from(y), covered));
            }
        }
    }
}

/// A layer that is drawn into; what lies outside of it is lost.
pub(super) struct Canvas<'a> {
    rgba: &'a mut [u8],
    size: [u32; 2],
}

impl<'a> Canvas<'a> {
    /// `None` if the bytes are not those of a layer of that size.
    pub(super) fn new(rgba: &'a mut [u8], size: [u32; 2]) -> Option<Self> {
        let bytes = u64::from(size[0]) * u64::from(size[1]) * 4;
        (rgba.len() as u64 == bytes && bytes > 0).then_some(Self { rgba, size })
    }

    /// Draws a text whose line has its top left at `at`.
    pub(super) fn text(&mut self, font: &Font, text: &str, at: [f32; 2], color: [u8; 3]) {
        if text.is_empty() {
            return;
        }
        let border = font.outline().ceil() + 1.0;
        // Baselines lie between pixels otherwise, and letters get soft.
        let at = [at[0], at[1].round()];
        let origin = [at[0].floor() - border, at[1] - border];
        let size = [
            font.width(text).ceil() + 2.0 * border + font.px(),
            font.px() * 1.5 + 2.0 * border,
        ];
        let mut mask = Mask::new(origin, size);
        let offset = [at[0] - origin[0], at[1] - origin[1]];
        for widening in [0.0, EMBOLDEN * font.px()] {
            let offset = [offset[0] + widening, offset[1]];
            font.cover(text, offset, |x, y, covered| mask.add(x, y, covered));
        }
        self.stamp(&mask.grown(font.outline()), DARK, OUTLINE_OPACITY);
        self.stamp(&mask, color, 1.0);
    }

    /// Darkens the ground of what is about to be drawn, with round corners.
    pub(super) fn ground(&mut self, font: &Font, at: [f32; 2], size: [f32; 2]) {
        let pad = (font.px() * 0.3).round();
        let (origin, size) = (
            at.map(|start| start.floor() - pad),
            size.map(|length| length.ceil() + 2.0 * pad),
        );
        let mut mask = Mask::new(origin, size);
        let (width, height) = (mask.width as i64, (mask.covered.len() / mask.width) as i64);
        for y in 0..height {
            for x in 0..width {
                // From the middle of the nearest corner's circle.
                let inside = |i: i64, n: i64| (pad - 0.5 - i.min(n - 1 - i) as f32).max(0.0);
                let (dx, dy) = (inside(x, width), inside(y, height));
                mask.add(x, y, pad + 0.5 - (dx * dx + dy * dy).sqrt());
            }
        }
        self.stamp(&mask, DARK, GROUND_OPACITY);
    }

    /// Draws a white bar with its top left at `at`, on whole pixels.
    pub(super) fn bar(&mut self, at: [f32; 2], size: [f32; 2], outline: f32) {
        let border = outline.ceil() + 1.0;
        let mut mask = Mask::new(at.map(|start| start - border), size.map(|length| length + 2.0 * border));
        let [left, top] = [border as i64; 2];
        for y in 0..size[1] as i64 {
            for x in 0..size[0] as i64 {
                mask.add(left + x, top + y, 1.0);
            }
        }
        self.stamp(&mask.grown(outline), DARK, OUTLINE_OPACITY);
        self.stamp(&mask, [255; 3], 1.0);
    }

    fn stamp(&mut self, mask: &Mask, color: [u8; 3], opacity: f32) {
        for (row, covered) in mask.covered.chunks_exact(mask.width).enumerate() {
            let y = mask.top + row as i64;
            for (column, covered) in covered.iter().enumerate().filter(|(_, covered)| **covered > 0.0) {
                let x = mask.left + column as i64;
                if (0..i64::from(self.size[0])).contains(&x) && (0..i64::from(self.size[1])).contains(&y) {
                    let at = (y as usize * self.size[0] as usize + x as usize) * 4;
                    let [red, green, blue] = color;
                    let over = [red, green, blue, 255].map(|part| f32::from(part) * covered * opacity);
                    blend_over(&mut self.rgba[at..at + 4], over);
                }
            }
        }
    }
}

/// How much of each pixel of a rectangle is covered, from 0 to 1.
struct Mask {
    left: i64,
    top: i64,
    width: usize,
    covered: Vec<f32>,
}

impl Mask {
    fn new(origin: [f32; 2], size: [f32; 2]) -> Self {
        let [width, height] = size.map(|length| length.ceil().max(1.0) as usize);
        Self {
            left: origin[0] as i64,
            top: origin[1] as i64,
            width,
            covered: vec![0.0; width * height],
        }
    }

    fn add(&mut self, x: i64, y: i64, covered: f32) {
        let Some(at) = self.place(x, y) else {
            return;
        };
        self.covered[at] = (self.covered[at] + covered).clamp(0.0, 1.0);
    }

    fn place(&self, x: i64, y: i64) -> Option<usize> {
        let is_inside = (0..self.width as i64).contains(&x) && y >= 0;
        let at = y as usize * self.width + x as usize;
        (is_inside && at < self.covered.len()).then_some(at)
    }

    /// Each pixel as covered as the most covered within `radius` of it, less at the edge of that circle.
    fn grown(&self, radius: f32) -> Mask {
        let reach = radius.ceil() as i64;
        let mut grown = Mask {
            covered: vec![0.0; self.covered.len()],
            ..*self
        };
        let around = (-reach..=reach).flat_map(|dy| (-reach..=reach).map(move |dx| (dx, dy)));
        let weighted: Vec<_> = around
            .map(|(dx, dy)| {
                (
                    dx,
                    dy,
                    (radius + 0.5 - ((dx * dx + dy * dy) as f32).sqrt()).clamp(0.0, 1.0),
                )
            })
            .filter(|&(_, _, weight)| weight > 0.0)
            .collect();
        for (at, &covered) in self.covered.iter().enumerate().filter(|(_, covered)| **covered > 0.0) {
            let (x, y) = ((at % self.width) as i64, (at / self.width) as i64);
            for &(dx, dy, weight) in &weighted {
                if let Some(near) = self.place(x + dx, y + dy) {
                    grown.covered[near] = grown.covered[near].max(covered * weight);
                }
            }
        }
        grown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fonts_are_there_and_have_what_we_write() {
        let font = Font::new(16.0);
        let fonts = font.fonts.as_ref().expect("the fonts can be read");
        for letter in "0123456789 µmnzyxt/…".chars() {
            assert_ne!(fonts[0].glyph_id(letter), GlyphId(0), "{letter:?}");
        }
        assert!(font.width("50 µm") > 30.0);
    }

    #[test]
    fn long_texts_are_cut() {
        let font = Font::new(16.0);
        let cut = font.fit("a rather long name of a channel", 80.0);
        assert!(cut.ends_with('…') && font.width(&cut) <= 80.0, "{cut}");
        assert_eq!(font.fit("actin", 80.0), "actin");
        assert_eq!(font.fit("actin", 1.0), "");
    }
}
