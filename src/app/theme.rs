//! The look: dark, so that it does not outshine the picture, and calm.

use egui::{Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Stroke, TextStyle, Vec2};

/// Behind panels.
pub(crate) const PANEL: Color32 = Color32::from_rgb(0x1b, 0x1d, 0x21);
/// Behind sheets that lie over the picture.
pub(crate) const SHEET: Color32 = Color32::from_rgb(0x22, 0x25, 0x2a);
/// Behind buttons and numbers.
pub(crate) const FIELD: Color32 = Color32::from_rgb(0x30, 0x34, 0x3c);
/// Lines between things.
pub(crate) const LINE: Color32 = Color32::from_rgb(0x33, 0x37, 0x3f);
/// Text.
pub(crate) const TEXT: Color32 = Color32::from_rgb(0xdd, 0xe1, 0xe6);
/// Text that matters less.
pub(crate) const DIM: Color32 = Color32::from_rgb(0x93, 0x9a, 0xa5);
/// What is chosen, and progress.
pub(crate) const ACCENT: Color32 = Color32::from_rgb(0x4c, 0x9f, 0xe0);
/// What went wrong.
pub(crate) const ERROR: Color32 = Color32::from_rgb(0xf0, 0x7a, 0x6a);

/// Text size in points.
pub(crate) const TEXT_PT: f32 = 13.0;
/// Size of less important text.
pub(crate) const SMALL_PT: f32 = 11.5;

/// Digits of equal width.
pub(crate) fn mono() -> FontId {
    FontId::monospace(12.0)
}

/// Gives a context the look. Two fonts and no more: each costs start-up time.
pub(crate) fn apply(ctx: &egui::Context) {
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
    ctx.set_theme(egui::Theme::Dark);
    ctx.options_mut(|options| {
        options.zoom_with_keyboard = false;
        options.fallback_theme = egui::Theme::Dark;
        options.warn_on_id_clash = cfg!(debug_assertions);
    });
    ctx.style_mut_of(egui::Theme::Dark, |style| {
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
        visuals.panel_fill = PANEL;
        visuals.window_fill = SHEET;
        visuals.window_stroke = Stroke::new(1.0, LINE);
        visuals.window_shadow = egui::Shadow::NONE;
        visuals.popup_shadow = egui::Shadow::NONE;
        visuals.extreme_bg_color = Color32::from_rgb(0x12, 0x14, 0x17);
        visuals.override_text_color = None;
        visuals.weak_text_color = Some(DIM);
        visuals.selection.bg_fill = ACCENT.gamma_multiply(0.55);
        visuals.selection.stroke = Stroke::new(1.0, Color32::WHITE);
        visuals.slider_trailing_fill = true;
        visuals.text_cursor.blink = false;
        let radius = CornerRadius::same(4);
        visuals.menu_corner_radius = radius;
        visuals.window_corner_radius = CornerRadius::same(6);
        let widgets = &mut visuals.widgets;
        for (widget, fill, text) in [
            (&mut widgets.noninteractive, PANEL, TEXT),
            (&mut widgets.inactive, FIELD, TEXT),
            (
                &mut widgets.hovered,
                Color32::from_rgb(0x3a, 0x40, 0x49),
                Color32::WHITE,
            ),
            (&mut widgets.active, Color32::from_rgb(0x46, 0x4d, 0x58), Color32::WHITE),
            (&mut widgets.open, Color32::from_rgb(0x3a, 0x40, 0x49), TEXT),
        ] {
            widget.bg_fill = fill;
            widget.weak_bg_fill = fill;
            widget.bg_stroke = Stroke::NONE;
            widget.fg_stroke = Stroke::new(1.0, text);
            widget.corner_radius = radius;
            widget.expansion = 0.0;
        }
        widgets.noninteractive.bg_stroke = Stroke::new(1.0, LINE);
    });
}
