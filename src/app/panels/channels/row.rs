//! One channel: a line, and below it a histogram and numbers.

use egui::{Align, Button, Color32, FontId, Label, Layout, Rect, RichText, Sense, Ui};
use egui::{TextStyle, UiBuilder, pos2, vec2};

use super::super::{parts, theme};
use super::axis::GAMMAS;
use super::head::percentiles;
use super::histogram::{HEIGHT_PT, Histogram};
use super::links::spread;
use super::memory::Memory;
use super::menus;
use super::number_field::NumberField;
use crate::app::actions::Action;
use crate::app::keymap::Keymap;
use crate::app::window_edit::Scale;
use crate::view::{ChannelView, ContrastRule, ViewState};
use crate::volume::{BinCounts, ChannelStats, Value, Window};
use parts::Sign;

/// Height of a line, in points.
const LINE_PT: f32 = 20.0;
/// Between lines, and above and below them.
const GAP_PT: f32 = 4.0;
/// Height of a row with its histogram.
pub(super) const OPEN_PT: f32 = 2.0 * LINE_PT + HEIGHT_PT + 4.0 * GAP_PT + 5.0;
/// Height of a row without.
pub(super) const FOLDED_PT: f32 = LINE_PT + 2.0 * GAP_PT + 1.0;
/// Width of gamma, and of the two buttons beside it, in points.
const GAMMA_PT: f32 = 38.0;
const BUTTONS_PT: f32 = 74.0;

/// Channels that have a digit.
const DIGITS: usize = 9;

/// What a row shows beside the channel's view.
pub(super) struct Row<'a> {
    pub(super) index: usize,
    pub(super) keymap: &'static Keymap,
    pub(super) name: String,
    /// The rule of automatic contrast.
    pub(super) auto: ContrastRule,
    pub(super) is_active: bool,
    /// Whether its histogram is shown.
    pub(super) is_open: bool,
    /// Whether rows are folded that need not be open.
    pub(super) is_folding: bool,
    /// Whether there is no other channel.
    pub(super) is_alone: bool,
    pub(super) is_integer: bool,
    pub(super) is_exact: bool,
    pub(super) is_damaged: bool,
    /// The window that the file gives.
    pub(super) of_file: Option<Window>,
    pub(super) stats: Option<&'a ChannelStats>,
    /// Or why there is none.
    pub(super) histogram: Result<&'a BinCounts, &'static str>,
    pub(super) value: Option<Value>,
}

impl Row<'_> {
    /// Shows it, makes the edits, and asks for what is no edit of the view.
    pub(super) fn show(
        &self,
        ui: &mut Ui,
        rect: Rect,
        view: &mut ViewState,
        memory: &mut Memory,
        actions: &mut Vec<Action>,
    ) {
        let colors = theme::colors(ui.visuals());
        let background = ui.interact(rect, ui.scope_id().with(("row", self.index)), Sense::CLICK);
        if self.is_active {
            ui.painter().rect_filled(rect, 0.0, colors.accent.gamma_multiply(0.08));
            let bar = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
            ui.painter().rect_filled(bar, 0.0, colors.accent);
        }
        let stroke = egui::Stroke::new(1.0, colors.line);
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, stroke);

        let before = view.channels[self.index].clone();
        let visible = view.visible_channels();
        let inner = rect.shrink2(vec2(12.0, GAP_PT));
        let builder = UiBuilder::new().id_salt(("row", self.index)).max_rect(inner);
        let mut ui = ui.new_child(builder);
        let line = |ui: &mut Ui, top: f32, content: &mut dyn FnMut(&mut Ui)| {
            let rect = Rect::from_min_size(pos2(inner.left(), top), vec2(inner.width(), LINE_PT));
            let layout = Layout::left_to_right(Align::Center);
            let mut line = ui.new_child(
                UiBuilder::new()
                    .id_salt((top - inner.top()) as u32)
                    .max_rect(rect)
                    .layout(layout),
            );
            line.spacing_mut().item_spacing = vec2(4.0, 0.0);
            content(&mut line);
        };
        let mut is_solo = false;
        let channel = &mut view.channels[self.index];
        line(&mut ui, inner.top(), &mut |ui| {
            is_solo = self.title(ui, channel, visible == [self.index], memory, actions);
        });
        if self.is_open {
            let top = inner.top() + LINE_PT + GAP_PT;
            let place = Rect::from_min_size(pos2(inner.left(), top), vec2(inner.width(), HEIGHT_PT));
            let histogram = Histogram {
                channel: self.index,
                name: &self.name,
                stats: self.stats,
                bins: self.histogram,
                is_integer: self.is_integer,
                is_linear: memory.is_linear,
            };
            let mut zoom = memory.zooms.remove(&self.index);
            histogram.show(&mut ui, place, channel, &mut memory.drag, &mut zoom);
            memory.zooms.extend(zoom.map(|zoom| (self.index, zoom)));
            line(&mut ui, place.bottom() + GAP_PT, &mut |ui| self.numbers(ui, channel));
        }
        let is_edited = *channel != before;
        if is_edited {
            spread(view, self.index, &before);
        }
        if is_solo {
            memory.solo(view, self.index);
        }
        if is_edited || is_solo || background.clicked() {
            view.active_channel = self.index;
        }
    }

    /// The first line. Returns whether this channel is to be shown alone.
    fn title(
        &self,
        ui: &mut Ui,
        channel: &mut ChannelView,
        is_alone: bool,
        memory: &mut Memory,
        actions: &mut Vec<Action>,
    ) -> bool {
        let name = &self.name;
        if self.is_folding && !self.is_active {
            let what = || format!("{}: {name}", if self.is_open { "fold" } else { "unfold" });
            if parts::sign_button(ui, Sign::Fold, self.is_open, what).clicked() && !memory.unfolded.remove(&self.index)
            {
                memory.unfolded.insert(self.index);
            }
        } else if self.is_folding {
            ui.add_space(18.0);
        }
        let shown = ui.checkbox(&mut channel.is_visible, "");
        parts::name(&shown, || format!("visible: {name}"));
        parts::tip(shown, || {
            parts::with_key(
                self.keymap,
                "show or hide this channel",
                Action::ToggleChannel(self.index),
            )
        });
        ui.add_space(-4.0);
        let swatch = parts::swatch(ui, &channel.lut, channel.is_visible, || format!("colours of {name}"));
        let swatch = parts::tip(swatch, || "choose colours".to_owned());
        menus::colors(&swatch, channel);
        ui.add_space(2.0);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let is_solo = !self.is_alone && self.switches(ui, channel, is_alone);
            if self.is_open {
                self.rule_tag(ui, channel, actions);
            } else {
                self.range_bar(ui, channel);
            }
            if let Some(value) = self.value {
                ui.label(parts::mono(parts::number(value.as_f64())));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| self.label(ui, channel));
            is_solo
        })
        .inner
    }

    /// From the right: solo, link, clipping. Returns whether solo was clicked.
    fn switches(&self, ui: &mut Ui, channel: &mut ChannelView, is_alone: bool) -> bool {
        let name = &self.name;
        ui.spacing_mut().item_spacing.x = 2.0;
        let solo = parts::sign_button(ui, Sign::Solo, is_alone, || format!("solo: {name}"));
        let solo = parts::tip(solo, || match is_alone {
            true => "back to the channels that were shown before".to_owned(),
            false => {
                let only = match self.hears_keys() && self.index >= DIGITS {
                    true => Action::ShowOnlyActive,
                    false => Action::ShowOnly(self.index),
                };
                parts::with_key(self.keymap, "show this channel alone", only)
            }
        });
        if self.is_open {
            let link = parts::sign_button(ui, Sign::Link, channel.is_linked, || format!("link: {name}"));
            if parts::tip(link, || {
                "linked channels share window, gamma and contrast rule".to_owned()
            })
            .clicked()
            {
                channel.is_linked = !channel.is_linked;
            }
            self.clipping(ui, channel);
        }
        ui.spacing_mut().item_spacing.x = 4.0;
        solo.clicked()
    }

    /// Whether keys for the active channel are for this one.
    fn hears_keys(&self) -> bool {
        self.is_active || self.is_alone
    }

    fn clipping(&self, ui: &mut Ui, channel: &mut ChannelView) {
        let name = || format!("mark clipping: {}", self.name);
        let clipping = parts::sign_button(ui, Sign::Clipping, channel.marks_clipping, name);
        if parts::tip(clipping, || "mark voxels at or beyond the window".to_owned()).clicked() {
            channel.marks_clipping = !channel.marks_clipping;
        }
    }

    fn rule_tag(&self, ui: &mut Ui, channel: &mut ChannelView, actions: &mut Vec<Action>) {
        let text = self.rule(channel);
        let color = theme::colors(ui.visuals()).dim;
        let tag = RichText::new(text).size(theme::SMALL_PT).color(color);
        let tag = ui.add(Button::new(tag).fill(Color32::TRANSPARENT));
        parts::name(&tag, || format!("contrast of {}", self.name));
        let tag = parts::tip(tag, || "where the window comes from".to_owned());
        if let Some(percentiles) = menus::rules(&tag, channel, self.auto, self.of_file) {
            actions.push(Action::SetPercentiles(percentiles));
        }
    }

    fn label(&self, ui: &mut Ui, channel: &ChannelView) {
        let colors = theme::colors(ui.visuals());
        let color = if channel.is_visible { colors.text } else { colors.dim };
        let mut name = RichText::new(&self.name).color(color);
        if self.is_active {
            name = name.strong();
        }
        ui.add(Label::new(name).truncate().sense(Sense::hover()));
    }

    /// The whole range of the data, and the part of it between `lo` and `hi` in the channel's colours.
    fn range_bar(&self, ui: &mut Ui, channel: &ChannelView) {
        let (rect, response) = ui.allocate_exact_size(vec2(96.0, LINE_PT), Sense::hover());
        let rect = rect.shrink2(vec2(2.0, 7.5));
        ui.painter().rect_filled(rect, 2.0, theme::colors(ui.visuals()).field);
        let Window { lo, hi } = channel.window;
        parts::tip(response, || {
            let [lo, hi] = [lo, hi].map(parts::number);
            format!("{lo} to {hi}, {}", self.rule(channel))
        });
        let data = self.stats.and_then(ChannelStats::limits);
        let Some(axis) = super::axis::Axis::of(data, channel.window).filter(|_| lo < hi && channel.is_visible) else {
            return;
        };
        let x = |value: f64| rect.left() + rect.width() * axis.share(value).clamp(0.0, 1.0) as f32;
        let part = Rect::from_min_max(pos2(x(lo), rect.top()), pos2(x(hi), rect.bottom()));
        parts::paint_lut(ui.painter(), part, &channel.lut);
    }

    fn numbers(&self, ui: &mut Ui, channel: &mut ChannelView) {
        let room = ui.available_width() - 30.0 - GAMMA_PT - BUTTONS_PT - 7.0 * 4.0;
        let field_pt = (room / 2.0).floor();
        let window = channel.window;
        let data = self.stats.and_then(ChannelStats::limits);
        let scale = Scale::new(data, window, self.is_integer);
        for (end, value) in [("lo", window.lo), ("hi", window.hi)] {
            ui.label(parts::dim(end));
            if let Some(typed) = self.limit(ui, end, value, scale.width / 300.0, field_pt) {
                channel.contrast = ContrastRule::Given;
                channel.window = match end {
                    "lo" => scale.with_lo(window, typed),
                    _ => scale.with_hi(window, typed),
                };
            }
        }
        ui.label(parts::dim("\u{3b3}"));
        let field = NumberField {
            value: channel.gamma,
            speed: 0.005,
            range: GAMMAS,
            shown: |gamma| format!("{gamma:.2}"),
        };
        let (gamma, typed) = field.show(ui, [GAMMA_PT, LINE_PT]);
        channel.gamma = typed.unwrap_or(channel.gamma);
        parts::name(&gamma, || format!("gamma of {}", self.name));
        parts::tip(gamma, || "gamma: below 1 brightens".to_owned());
        self.rule_buttons(ui, channel);
    }

    /// A number to drag or to type: in smaller digits where there are many. Returns another one that was chosen.
    fn limit(&self, ui: &mut Ui, end: &str, value: f64, speed: f64, width: f32) -> Option<f64> {
        let digits = parts::number(value).chars().count() as f32;
        let size = ((width - 8.0) / (0.602 * digits)).clamp(7.0, 12.0);
        let field = NumberField {
            value,
            speed,
            range: f64::NEG_INFINITY..=f64::INFINITY,
            shown: parts::number,
        };
        let (response, typed) = ui
            .scope(|ui| {
                ui.spacing_mut().button_padding.x = 3.0;
                if size < 12.0 {
                    let font = FontId::monospace(size);
                    ui.style_mut().text_styles.insert(TextStyle::Monospace, font);
                }
                field.show(ui, [width, LINE_PT])
            })
            .inner;
        parts::name(&response, || format!("{end} of {}", self.name));
        let what = if end == "lo" {
            "drawn black"
        } else {
            "drawn in full colour"
        };
        parts::tip(response, || format!("the value {what}: drag, or click to type"));
        typed.map(|typed| if self.is_integer { typed.round() } else { typed })
    }

    fn rule_buttons(&self, ui: &mut Ui, channel: &mut ChannelView) {
        let is_for_all = false;
        for (name, rule, action, what) in [
            (
                "auto",
                self.auto,
                Action::ContrastPercentile { is_for_all },
                percentiles(self.auto),
            ),
            (
                "exact",
                ContrastRule::Volume,
                Action::ContrastVolume { is_for_all },
                "exact range of the volume".to_owned(),
            ),
        ] {
            let button = parts::toggle(ui, name, channel.contrast == rule);
            parts::name(&button, || format!("{name} contrast of {}", self.name));
            let tip = || match self.hears_keys() {
                true => parts::with_key(self.keymap, &what, action),
                false => what.clone(),
            };
            if parts::tip(button, tip).clicked() {
                channel.contrast = rule;
            }
        }
    }

    fn rule(&self, channel: &ChannelView) -> String {
        match channel.contrast {
            ContrastRule::Volume if !self.is_exact => "range so far".to_owned(),
            ContrastRule::Volume if self.is_damaged => "range of what is there".to_owned(),
            ContrastRule::Volume => "exact range".to_owned(),
            ContrastRule::Percentile(lo, hi) => {
                format!("{}\u{2013}{} %", parts::number(lo), parts::number(hi))
            }
            ContrastRule::Plane => "this plane".to_owned(),
            ContrastRule::PlaneShared => "plane, shared".to_owned(),
            ContrastRule::Given if self.of_file == Some(channel.window) => "as in the file".to_owned(),
            ContrastRule::Given => "by hand".to_owned(),
        }
    }
}
