//! What lies over the picture when it is asked for: help, the palette of commands, and forms.

mod export;
mod help;
mod open_path;
mod palette;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use egui::{Align, Align2, Area, Context, Frame, Id, InnerResponse, Layout, Margin, Order, Pos2, RichText, Stroke, Ui};

use super::actions::{Action, Sheet};
use super::panels::{Panels, parts};
use super::theme;
pub(crate) use export::{Defaults, ExportOrder};

/// What a sheet asks for beside actions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    /// To open a file.
    Open(PathBuf),
    /// To show another image of the open file, by its number from 0.
    OpenSeries(usize),
    /// To make a picture or a movie.
    Export(ExportOrder),
    /// To choose in a dialog where it is to be, which is at first this.
    Browse(PathBuf),
    /// To stay with the present file.
    CancelOpening,
    /// To load no more of it.
    StopLoading,
    /// To end the making of one of them: its place among those that are under way.
    CancelExport(usize),
}

/// What was typed into the sheets.
#[derive(Debug, Default)]
pub(crate) struct Forms {
    palette: palette::Form,
    open_path: open_path::Form,
    export: export::Form,
}

impl Forms {
    /// A place to save to was chosen for the picture or the movie.
    pub(crate) fn set_target(&mut self, path: &Path) {
        self.export.set_path(path);
    }

    /// A sheet is going to be shown.
    pub(crate) fn begin(&mut self, sheet: Sheet, defaults: Option<&Defaults<'_>>) {
        match sheet {
            Sheet::Palette => self.palette = Default::default(),
            Sheet::OpenPath => self.open_path.begin(),
            Sheet::Picture | Sheet::Movie => {
                if let Some(defaults) = defaults {
                    self.export.begin(sheet, defaults);
                }
            }
            Sheet::Help => {}
        }
    }
}

/// Shows the sheet that is wanted, over the picture.
pub(crate) fn show(ctx: &Context, panels: &mut Panels<'_>, canvas: egui::Rect) {
    match panels.sheet {
        Some(Sheet::Help) => help::show(ctx, panels, canvas),
        Some(Sheet::Palette) => palette::show(ctx, panels, canvas),
        Some(Sheet::OpenPath) => open_path::show(ctx, panels, canvas),
        Some(sheet @ (Sheet::Picture | Sheet::Movie)) => export::show(ctx, panels, canvas, sheet),
        None => {}
    }
}

/// A sheet whose `pivot` is at a place in the window.
fn lay(ctx: &Context, name: &str, pivot: Align2, at: Pos2, add: impl FnOnce(&mut Ui)) -> InnerResponse<()> {
    let colors = theme::colors_of(ctx);
    let area = Area::new(Id::unique(("sheet", name)))
        .order(Order::Foreground)
        .pivot(pivot);
    area.fixed_pos(at).constrain_to(ctx.content_rect()).show(ctx, |ui| {
        let frame = Frame::new()
            .fill(colors.sheet)
            .stroke(Stroke::new(1.0, colors.line))
            .corner_radius(8.0);
        frame.inner_margin(Margin::symmetric(18, 14)).show(ui, add);
    })
}

/// The name of a sheet, and a cross that closes it.
fn title(ui: &mut Ui, name: &str, sheet: Sheet, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).size(16.0).strong());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if parts::close_button(ui).on_hover_text("close (Esc)").clicked() {
                actions.push(Action::Show(sheet));
            }
        });
    });
}
