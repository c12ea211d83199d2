//! Any colour: a square of saturations and values, a strip of hues, and a field for `#rrggbb`.
//!
//! egui's own picker has signs that neither font of the window has, and a third font would delay its start.

use egui::epaint::Hsva;
use egui::{Color32, Id, Mesh, Rect, Response, Role, Sense, Stroke, TextEdit, Ui, WidgetInfo, pos2, vec2};

use super::super::{parts, theme};
use crate::view::lut_by_name;
use crate::volume::Lut;

/// Height of the square, and of the strip below it, in points.
const SQUARE_PT: f32 = 96.0;
const STRIP_PT: f32 = 16.0;

/// Shows it, `width` points wide. Returns the colour that was picked.
pub(super) fn show(ui: &mut Ui, [r, g, b]: [u8; 3], width: f32) -> Option<[u8; 3]> {
    // Grey has no hue and black no saturation: what was picked is kept while it means the same colour.
    let id = Id::unique("picker");
    let color = Color32::from_rgb(r, g, b);
    let kept = ui.data(|data| data.get_temp::<Hsva>(id));
    let hsva = kept.filter(|&kept| Color32::from(kept) == color);
    let mut hsva = hsva.unwrap_or_else(|| Hsva::from(color));
    let before = hsva;

    let square = area(ui, vec2(width, SQUARE_PT), "saturation and value");
    if let Some(at) = place(&square) {
        (hsva.s, hsva.v) = (at.x, 1.0 - at.y);
    }
    let at = pos2(hsva.s, 1.0 - hsva.v);
    paint(ui, square.rect, [24, 16], |x, y| Hsva::new(hsva.h, x, 1.0 - y, 1.0));
    let knob = square.rect.lerp_inside(at.to_vec2());
    ui.painter()
        .circle(knob, 5.0, Color32::from(hsva), Stroke::new(2.0, Color32::WHITE));

    parts::focus_ring(ui, &square);
    let strip = area(ui, vec2(width, STRIP_PT), "hue");
    if let Some(at) = place(&strip) {
        hsva.h = at.x;
    }
    paint(ui, strip.rect, [36, 1], |x, _| Hsva::new(x, 1.0, 1.0, 1.0));
    let knob = strip.rect.lerp_inside(vec2(hsva.h, 0.5));
    let mark = Rect::from_center_size(knob, vec2(5.0, STRIP_PT));
    let hue = Color32::from(Hsva::new(hsva.h, 1.0, 1.0, 1.0));
    ui.painter().rect(
        mark,
        2.0,
        hue,
        Stroke::new(2.0, Color32::WHITE),
        egui::StrokeKind::Inside,
    );

    parts::focus_ring(ui, &strip);
    let mut picked = None;
    if hsva != before {
        ui.data_mut(|data| data.insert_temp(id, hsva));
        let color = Color32::from(hsva);
        picked = Some([color.r(), color.g(), color.b()]);
    }
    typed(ui, [r, g, b]).or(picked)
}

fn area(ui: &mut Ui, size: egui::Vec2, name: &'static str) -> Response {
    let (_, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::ColorWell, true, name));
    response
}

/// Where the mouse holds it, from 0 to 1.
fn place(response: &Response) -> Option<egui::Vec2> {
    let pointer = response.interact_pointer_pos()?;
    let at = (pointer - response.rect.min) / response.rect.size();
    (response.is_pointer_button_down_on() || response.clicked())
        .then(|| at.clamp(egui::Vec2::ZERO, egui::Vec2::splat(1.0)))
}

/// Fills a rectangle with the colours of a function of places from 0 to 1, mixed between so many cells.
fn paint(ui: &Ui, rect: Rect, [across, down]: [u32; 2], color: impl Fn(f32, f32) -> Hsva) {
    let mut mesh = Mesh::default();
    for row in 0..=down {
        for column in 0..=across {
            let (x, y) = (column as f32 / across as f32, row as f32 / down as f32);
            mesh.colored_vertex(rect.lerp_inside(vec2(x, y)), Color32::from(color(x, y)));
        }
    }
    for row in 0..down {
        for column in 0..across {
            let first = row * (across + 1) + column;
            let below = first + across + 1;
            mesh.add_triangle(first, first + 1, below);
            mesh.add_triangle(first + 1, below, below + 1);
        }
    }
    ui.painter().add(mesh);
}

fn typed(ui: &mut Ui, [r, g, b]: [u8; 3]) -> Option<[u8; 3]> {
    let id = Id::unique("picker text");
    let current = format!("#{r:02x}{g:02x}{b:02x}");
    // Half a colour is kept until it is a whole one.
    let mut text = ui.data(|data| data.get_temp(id)).unwrap_or_else(|| current.clone());
    let field = TextEdit::singleline(&mut text).font(theme::mono()).desired_width(72.0);
    let field = ui.add(field);
    parts::name(&field, || "colour as #rrggbb".to_owned());
    if field.has_focus() {
        ui.data_mut(|data| data.insert_temp(id, text.clone()));
    } else {
        ui.data_mut(|data| data.remove::<String>(id));
    }
    match lut_by_name(text.trim()).filter(|_| field.changed()) {
        Some(Lut::Solid(color)) if text.trim() != current => Some(color),
        _ => None,
    }
}
