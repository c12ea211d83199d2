//! The look: calm, dark or light.

use egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Stroke, Style, TextStyle, Theme,
    Vec2, Visuals,
};

/// The colours of everything but the picture, around which it is always black.
pub(crate) struct Colors {
    /// Behind panels.
    pub(crate) panel: Color32,
    /// Behind sheets that lie over the picture.
    pub(crate) sheet: Color32,
    /// Behind buttons and numbers.
    pub(crate) field: Color32,
    /// The same, under the mouse, and while it is pressed.
    pub(crate) hovered: Color32,
    pub(crate) pressed: Color32,
    /// Behind texts that are typed, and plots.
    pub(crate) well: Color32,
    /// Lines between things.
    pub(crate) line: Color32,
    /// Text.
    pub(crate) text: Color32,
    /// Text that stands out.
    pub(crate) strong: Color32,
    /// Text that matters less.
    pub(crate) dim: Color32,
    /// What is chosen, and progress.
    pub(crate) accent: Color32,
    /// What went wrong.
    pub(crate) error: Color32,
}

/// Dark, so that it does not outshine the picture.
const DARK: Colors = Colors {
    panel: Color32::from_rgb(0x1b, 0x1d, 0x21),
    sheet: Color32::from_rgb(0x22, 0x25, 0x2a),
    field: Color32::from_rgb(0x30, 0x34, 0x3c),
    hovered: Color32::from_rgb(0x3a, 0x40, 0x49),
    pressed: Color32::from_rgb(0x46, 0x4d, 0x58),
    well: Color32::from_rgb(0x12, 0x14, 0x17),
    line: Color32::from_rgb(0x33, 0x37, 0x3f),
    text: Color32::from_rgb(0xdd, 0xe1, 0xe6),
    strong: Color32::WHITE,
    dim: Color32::from_rgb(0x93, 0x9a, 0xa5),
    accent: Color32::from_rgb(0x4c, 0x9f, 0xe0),
    error: Color32::from_rgb(0xf0, 0x7a, 0x6a),
};

/// Light, for bright rooms.
const LIGHT: Colors = Colors {
    panel: Color32::from_rgb(0xf1, 0xf2, 0xf4),
    sheet: Color32::from_rgb(0xf5, 0xf6, 0xf8),
    field: Color32::from_rgb(0xdf, 0xe2, 0xe7),
    hovered: Color32::from_rgb(0xd2, 0xd7, 0xde),
    pressed: Color32::from_rgb(0xc3, 0xca, 0xd3),
    well: Color32::from_rgb(0xff, 0xff, 0xff),
    line: Color32::from_rgb(0xcd, 0xd1, 0xd7),
    text: Color32::from_rgb(0x1f, 0x23, 0x29),
    strong: Color32::BLACK,
    dim: Color32::from_rgb(0x5b, 0x63, 0x6e),
    accent: Color32::from_rgb(0x1c, 0x72, 0xbd),
    error: Color32::from_rgb(0xb7, 0x2b, 0x1c),
};

/// The colours that go with egui's.
pub(crate) fn colors(visuals: &Visuals) -> &'static Colors {
    match visuals.dark_mode {
        true => &DARK,
        false => &LIGHT,
    }
}

/// Those of a context now.
pub(crate) fn colors_of(ctx: &Context) -> &'static Colors {
    colors(&ctx.global_style().visuals)
}

/// A channel's colour as that of text: mixed with that of text until it can be read.
pub(crate) fn readable(visuals: &Visuals, [r, g, b]: [u8; 3]) -> Color32 {
    let share = if visuals.dark_mode { 0.45 } else { 0.55 };
    Color32::from_rgb(r, g, b).lerp_to_gamma(colors(visuals).strong, share)
}

/// Text size in points.
pub(crate) const TEXT_PT: f32 = 13.0;
/// Size of less important text.
pub(crate) const SMALL_PT: f32 = 11.5;

/// Digits of equal width.
pub(crate) fn mono() -> FontId {
    FontId::monospace(12.0)
}

/// Gives a context the look. Two fonts and no more: each costs start-up time.
pub(crate) fn apply(ctx: &Context) {
    let mut defaults = FontDefinitions::default();
    let mut fonts = FontDefinitions::empty();
    for (family, name) in [
        (FontFamily::Proportional, "Ubuntu-Light"),
        (FontFamily::Monospace, "Hack"),
    ] {
        let data = defaults.font_data.remove(name);
        fonts.font_data.insert(
            name.to_owned(),
            data.unwrap_or_else(|| FontData::from_static(&[]).into()),
        );
        // Hack has the arrows and mathematical signs that Ubuntu lacks.
        let mut names = vec![name.to_owned()];
        if name != "Hack" {
            names.push("Hack".to_owned());
        }
        fonts.families.insert(family, names);
    }
    ctx.set_fonts(fonts);
    ctx.options_mut(|options| {
        options.zoom_with_keyboard = false;
        options.fallback_theme = Theme::Dark;
        options.warn_on_id_clash = cfg!(debug_assertions);
    });
    // Discs made of triangles, not of pictures among the letters, which `Painter` does not scale smoothly.
    ctx.tessellation_options_mut(|options| options.prerasterized_discs = false);
    ctx.style_mut_of(Theme::Dark, |style| restyle(style, &DARK));
    ctx.style_mut_of(Theme::Light, |style| restyle(style, &LIGHT));
}

fn restyle(style: &mut Style, colors: &Colors) {
    style.animation_time = 0.0;
    style.explanation_tooltips = false;
    style.interaction.selectable_labels = false;
    style.text_styles = [
        (TextStyle::Heading, FontId::proportional(15.0)),
        (TextStyle::Body, FontId::proportional(TEXT_PT)),
        (TextStyle::Button, FontId::proportional(TEXT_PT)),
        (TextStyle::Small, FontId::proportional(SMALL_PT)),
        (TextStyle::Monospace, mono()),
    ]
    .into();
    style.drag_value_text_style = TextStyle::Monospace;
    style.spacing.item_spacing = Vec2::new(6.0, 4.0);
    style.spacing.button_padding = Vec2::new(6.0, 2.0);
    style.spacing.interact_size = Vec2::new(30.0, 20.0);
    style.spacing.scroll = egui::style::ScrollStyle::thin();

    let visuals = &mut style.visuals;
    visuals.panel_fill = colors.panel;
    visuals.window_fill = colors.sheet;
    visuals.window_stroke = Stroke::new(1.0, colors.line);
    visuals.window_shadow = egui::Shadow::NONE;
    visuals.popup_shadow = egui::Shadow::NONE;
    visuals.extreme_bg_color = colors.well;
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(colors.dim);
    visuals.selection.bg_fill = colors.accent.gamma_multiply(0.55);
    visuals.selection.stroke = Stroke::new(1.0, colors.strong);
    visuals.slider_trailing_fill = true;
    visuals.text_cursor.blink = false;
    let radius = CornerRadius::same(4);
    visuals.menu_corner_radius = radius;
    visuals.window_corner_radius = CornerRadius::same(6);
    let widgets = &mut visuals.widgets;
    for (widget, fill, text) in [
        (&mut widgets.noninteractive, colors.panel, colors.text),
        (&mut widgets.inactive, colors.field, colors.text),
        (&mut widgets.hovered, colors.hovered, colors.strong),
        (&mut widgets.active, colors.pressed, colors.strong),
        (&mut widgets.open, colors.hovered, colors.text),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::NONE;
        widget.fg_stroke = Stroke::new(1.0, text);
        widget.corner_radius = radius;
        widget.expansion = 0.0;
    }
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, colors.line);
}
