//! The sliders through planes and times, below the picture.

use egui::{Align, DragValue, Layout, Ui, vec2};

use super::{Panels, parts, theme};
use crate::app::actions::Action;
use crate::app::playback::RATES;
use crate::view::ViewState;

/// Height of a row, in points.
pub(crate) const ROW_PT: f32 = 26.0;

/// How many sliders a view has: none for what is one plane deep.
pub(crate) fn rows(view: &ViewState) -> usize {
    usize::from(view.plane_count() > 1) + usize::from(view.t_count > 1)
}

/// Shows them.
pub(crate) fn show(ui: &mut Ui, panels: &mut Panels<'_>) {
    let Some(view) = &mut panels.view else { return };
    let plays_time = view.plane_count() <= 1 && view.t_count > 1;
    let mut is_toggled = false;
    let playback = &mut *panels.playback;
    let mut row = |ui: &mut Ui, name: &str, letter: char, at: u64, count: u64, plays: bool| -> Option<u64> {
        let mut to = None;
        let size = vec2(ui.available_width(), ROW_PT);
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            if plays {
                is_toggled |= parts::play_button(ui, playback.is_playing()).clicked();
            } else {
                ui.add_space(28.0 + 6.0);
            }
            ui.label(parts::mono(letter.to_string()).color(theme::colors(ui.visuals()).dim));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if plays {
                    ui.label(parts::dim(format!("{name}s/s")));
                    let rate = DragValue::new(&mut playback.rate)
                        .range(RATES)
                        .speed(0.1)
                        .max_decimals(1);
                    ui.add_sized([40.0, 20.0], rate.update_while_editing(false))
                        .on_hover_text("rate of playback");
                } else {
                    ui.add_space(96.0);
                }
                let last = count.saturating_sub(1);
                let digits = last.to_string().len();
                ui.label(parts::mono(format!("0\u{2013}{last}")).color(theme::colors(ui.visuals()).dim));
                ui.label(parts::mono(format!("{name} {at:>digits$} /")));
                to = parts::slider(ui, at, last);
            });
        });
        to
    };
    let (normal, plane, planes) = (view.normal.letter(), view.plane(), view.plane_count());
    if planes > 1
        && let Some(plane) = row(ui, "plane", normal, plane, planes, true)
    {
        view.set_plane(plane);
    }
    if view.t_count > 1
        && let Some(t) = row(ui, "time", 't', view.t, view.t_count, plays_time)
    {
        view.set_time(t);
    }
    if is_toggled {
        panels.actions.push(Action::TogglePlay);
    }
}
