//! Forms for a picture of any size, and for a movie.

use std::path::{Path, PathBuf};

use egui::{Align, Align2, Checkbox, ComboBox, Context, DragValue, Layout, RichText, TextEdit, Ui, vec2};

use super::{Panels, Request, lay, title};
use crate::app::actions::Sheet;
use crate::app::export_job::Movie;
use crate::app::panels::parts;
use crate::app::playback::{Along, Playback, RATES, Repeat};
use crate::app::save::numbered_where_taken;
use crate::app::theme;
use crate::export::MovieFormat;
use crate::view::{Overlay, ViewState, picture_size};

const WIDTH_PT: f32 = 400.0;
const LABEL_PT: f32 = 62.0;
/// The longest side that can be asked for; what a device can do, it says itself.
const MOST_PX: u32 = 65_536;

/// How large a picture is to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Size {
    /// As many times the pixels of the window, of what is seen in it.
    #[default]
    AsShown,
    Twice,
    FourTimes,
    /// The whole plane, one pixel per voxel.
    Voxels,
    /// Of what is seen in the window, as much as fits.
    Given,
}

impl Size {
    const ALL: [(Size, &'static str); 5] = [
        (Size::AsShown, "as shown"),
        (Size::Twice, "twice as large"),
        (Size::FourTimes, "four times as large"),
        (Size::Voxels, "whole plane, a pixel per voxel"),
        (Size::Given, "width and height"),
    ];
}

/// What was filled in.
#[derive(Debug, Default)]
pub(super) struct Form {
    path: String,
    size: Size,
    given: [u32; 2],
    overlay: Overlay,
    movie: Option<Movie>,
    checked: Option<Checked>,
}

/// What the system says of a path: asked when it is typed, not for every frame.
#[derive(Debug)]
struct Checked {
    path: String,
    is_taken: bool,
    /// What was answered for this path is no answer for another.
    may_replace: bool,
    /// Why no movie of this kind can be written.
    refusal: Option<String>,
}

impl Checked {
    fn new(text: &str) -> Self {
        let path = Path::new(text.trim());
        Self {
            path: text.to_owned(),
            may_replace: false,
            is_taken: !text.trim().is_empty() && path.exists(),
            refusal: MovieFormat::check(path).err().map(|error| error.to_string()),
        }
    }
}

/// What is asked for: a picture, or a movie.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExportOrder {
    pub(crate) path: PathBuf,
    pub(crate) may_replace: bool,
    pub(crate) size: [u32; 2],
    /// Whether it shows the whole plane, and not what is seen in the window.
    pub(crate) is_whole: bool,
    pub(crate) overlay: Overlay,
    pub(crate) movie: Option<Movie>,
}

/// What a form begins with.
pub(crate) struct Defaults<'a> {
    /// Without an ending, which is added, and a number where that is taken.
    pub(crate) name: PathBuf,
    pub(crate) overlay: Overlay,
    pub(crate) canvas_px: [u32; 2],
    pub(crate) playback: &'a Playback,
    pub(crate) view: &'a ViewState,
}

impl Form {
    /// A new form; sizes stay as they were chosen last.
    pub(super) fn begin(&mut self, sheet: Sheet, defaults: &Defaults<'_>) {
        let Defaults { playback, view, .. } = defaults;
        self.movie = (sheet == Sheet::Movie).then(|| {
            let along = playback.playable(view).unwrap_or(Along::Planes);
            let [from, to] = playback.range(view, along);
            Movie {
                is_over_time: along == Along::Times,
                range: from..to + 1,
                is_ping_pong: playback.repeat == Repeat::PingPong,
                fps: playback.rate,
            }
        });
        let ending = if self.movie.is_some() { "gif" } else { "png" };
        self.path = numbered_where_taken(&defaults.name, ending).display().to_string();
        self.checked = None;
        self.overlay = defaults.overlay;
        if self.given.contains(&0) {
            self.given = defaults.canvas_px;
        }
    }

    /// A place to save to. A picture is a PNG, whatever was left out.
    pub(super) fn set_path(&mut self, path: &Path) {
        let mut path = path.to_owned();
        if self.movie.is_none() && path.extension().is_none() {
            path.set_extension("png");
        }
        self.path = path.display().to_string();
    }

    fn size_px(&self, view: &ViewState, canvas_px: [u32; 2]) -> [u32; 2] {
        let times = |factor: u32| canvas_px.map(|side| side.saturating_mul(factor));
        match self.size {
            Size::AsShown => times(1),
            Size::Twice => times(2),
            Size::FourTimes => times(4),
            Size::Voxels => picture_size(view, view.plane_size()).map(|side| u32::try_from(side).unwrap_or(u32::MAX)),
            Size::Given => self.given,
        }
    }

    fn order(&self, view: &ViewState, canvas_px: [u32; 2]) -> ExportOrder {
        ExportOrder {
            path: PathBuf::from(self.path.trim()),
            may_replace: self.checked.as_ref().is_some_and(|checked| checked.may_replace),
            size: self.size_px(view, canvas_px),
            is_whole: self.size == Size::Voxels,
            overlay: self.overlay,
            movie: self.movie.clone(),
        }
    }
}

/// Shows the form of a picture or of a movie.
pub(super) fn show(ctx: &Context, panels: &mut Panels<'_>, canvas: egui::Rect, sheet: Sheet) {
    let Some(view) = panels.view.clone() else { return };
    let canvas_px = crate::app::panels::px_from_pt(canvas, ctx.pixels_per_point());
    let canvas_px = [canvas_px.width, canvas_px.height];
    let at = canvas.center_top() + vec2(0.0, 24.0);
    lay(ctx, "export", Align2::CENTER_TOP, at, |ui| {
        ui.set_width(WIDTH_PT.min(canvas.width() - 60.0));
        ui.spacing_mut().item_spacing.y = 7.0;
        let name = if sheet == Sheet::Movie {
            "Make a movie"
        } else {
            "Save a picture"
        };
        title(ui, name, sheet, &mut panels.actions);
        let form = &mut panels.forms.export;
        if form.movie.is_some() {
            format(ui, form);
        }
        // Enter ends what is typed elsewhere, and works what Tab has gone to.
        let focused = ui.memory(|memory| memory.focused());
        let mut is_for_form = focused.is_none();
        row(ui, "file", |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("browse\u{2026}").clicked() {
                    panels.requests.push(Request::Browse(PathBuf::from(form.path.trim())));
                }
                let field = TextEdit::singleline(&mut form.path).desired_width(f32::INFINITY);
                let field = ui.add(field);
                is_for_form |= focused == Some(field.id);
                parts::name(&field, || "path of the file".to_owned());
            });
        });
        movie(ui, form, &view);
        size(ui, form, &view, canvas_px);
        row(ui, "in it", |ui| {
            ui.checkbox(&mut form.overlay.scale_bar, "scale bar");
            ui.checkbox(&mut form.overlay.labels, "labels");
        });
        let known = form.checked.take().filter(|checked| checked.path == form.path);
        let mut checked = known.unwrap_or_else(|| Checked::new(&form.path));
        let is_taken = checked.is_taken;
        if is_taken {
            row(ui, "", |ui| {
                ui.add(Checkbox::new(&mut checked.may_replace, "replace what is there"));
            });
        }
        let obstacle = match () {
            () if form.path.trim().is_empty() => Some("a name is missing".to_owned()),
            () if is_taken && !checked.may_replace => Some("there is something of this name".to_owned()),
            () if form.movie.is_some() => checked.refusal.clone(),
            () => None,
        };
        form.checked = Some(checked);
        ui.horizontal(|ui| {
            ui.add_space(LABEL_PT);
            let name = if form.movie.is_some() { "make" } else { "save" };
            let is_wanted = is_for_form && ui.input(|input| input.key_pressed(egui::Key::Enter));
            let button = ui.add_enabled(obstacle.is_none(), egui::Button::new(RichText::new(name).strong()));
            if obstacle.is_none() && (button.clicked() || is_wanted) {
                panels.requests.push(Request::Export(form.order(&view, canvas_px)));
            }
            if let Some(reason) = obstacle {
                ui.label(RichText::new(reason).color(theme::colors(ui.visuals()).error));
            }
        });
    });
}

fn row(ui: &mut Ui, name: &str, content: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        let left = ui.cursor().left();
        ui.label(parts::dim(name));
        ui.add_space((left + LABEL_PT - ui.cursor().left()).max(0.0));
        content(ui);
    });
}

/// The kind of movie: what the name ends with.
fn format(ui: &mut Ui, form: &mut Form) {
    const FORMATS: [(MovieFormat, &str, &str); 4] = [
        (MovieFormat::Gif, "GIF", "gif"),
        (MovieFormat::Apng, "animated PNG", "png"),
        (MovieFormat::Mp4, "MP4", "mp4"),
        (MovieFormat::Frames, "folder of PNGs", ""),
    ];
    let current = MovieFormat::of(Path::new(form.path.trim()));
    row(ui, "as", |ui| {
        let choices = FORMATS.map(|(format, name, _)| (format, name));
        if let Some(chosen) = parts::choice(ui, current, &choices) {
            let ending = FORMATS.iter().find(|(format, ..)| *format == chosen);
            let mut path = PathBuf::from(form.path.trim());
            path.set_extension(ending.map_or("", |(_, _, ending)| ending));
            form.path = path.display().to_string();
        }
    });
}

/// What it goes through, and how fast.
fn movie(ui: &mut Ui, form: &mut Form, view: &ViewState) {
    let format = MovieFormat::of(Path::new(form.path.trim()));
    let Some(movie) = &mut form.movie else { return };
    let along = |is_over_time: bool| if is_over_time { Along::Times } else { Along::Planes };
    if view.plane_count() > 1 && view.t_count > 1 {
        let normal = view.normal.to_string();
        row(ui, "through", |ui| {
            let choices = [(false, normal.as_str()), (true, "t")];
            if let Some(is_over_time) = parts::choice(ui, movie.is_over_time, &choices) {
                movie.is_over_time = is_over_time;
                movie.range = 0..along(is_over_time).count(view);
            }
        });
    }
    let last = along(movie.is_over_time).count(view).saturating_sub(1);
    row(ui, "from", |ui| {
        let mut from = movie.range.start.min(last);
        let mut to = movie.range.end.saturating_sub(1).clamp(from, last);
        let field = ui.add(DragValue::new(&mut from).range(0..=last));
        parts::name(&field, || "first frame".to_owned());
        ui.label(parts::dim("to"));
        let field = ui.add(DragValue::new(&mut to).range(from..=last));
        parts::name(&field, || "last frame".to_owned());
        movie.range = from..to.max(from) + 1;
        ui.checkbox(&mut movie.is_ping_pong, "and back");
    });
    row(ui, "rate", |ui| {
        let field = ui.add(DragValue::new(&mut movie.fps).range(RATES).speed(0.1).max_decimals(2));
        parts::name(&field, || "frames per second".to_owned());
        let count = movie.frame_count();
        let rate = format.rate(movie.fps);
        let seconds = count as f64 / rate;
        ui.label(parts::dim(format!("frames per second: {count} in {seconds:.1} s")));
        if rate != movie.fps {
            ui.label(RichText::new(format!("{rate} at most")).color(theme::colors(ui.visuals()).error));
        }
    });
}

fn size(ui: &mut Ui, form: &mut Form, view: &ViewState, canvas_px: [u32; 2]) {
    row(ui, "size", |ui| {
        let name = Size::ALL.iter().find(|(size, _)| *size == form.size);
        let sizes = ComboBox::from_id_salt("size")
            .width(200.0)
            .selected_text(name.map_or("", |(_, name)| name))
            .show_ui(ui, |ui| {
                for (size, name) in Size::ALL {
                    ui.selectable_value(&mut form.size, size, name);
                }
            });
        parts::name(&sizes.response, || "size of the picture".to_owned());
        let [width, height] = form.size_px(view, canvas_px);
        if form.size == Size::Given {
            for (side, what) in form.given.iter_mut().zip(["width", "height"]) {
                let field = ui.add(DragValue::new(side).range(1..=MOST_PX).speed(4.0));
                parts::name(&field, || format!("{what} in pixels"));
            }
        } else {
            ui.label(parts::mono(format!("{width} \u{d7} {height}")));
        }
    });
}
