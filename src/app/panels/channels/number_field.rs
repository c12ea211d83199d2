//! A number that stays as it is until another one is typed.

use std::ops::RangeInclusive;

use egui::{DragValue, Response, Ui};

/// A field whose text is shorter than its number. egui reads that text again whenever the field is left; here only
/// another text is another number, and only such a one is kept within the range.
pub(super) struct NumberField {
    /// What it is now.
    pub(super) value: f64,
    /// How much one point of a drag adds.
    pub(super) speed: f64,
    /// Numbers that can be chosen.
    pub(super) range: RangeInclusive<f64>,
    /// Its text.
    pub(super) shown: fn(f64) -> String,
}

impl NumberField {
    /// Shows it in so many points, with the number that was chosen.
    pub(super) fn show(self, ui: &mut Ui, size_pt: [f32; 2]) -> (Response, Option<f64>) {
        let Self { value, shown, .. } = self;
        let mut chosen = None;
        let field = DragValue::from_get_set(|new| {
            if let Some(new) = new.filter(|new| new.is_finite() && *new != value) {
                chosen = Some(new);
            }
            chosen.unwrap_or(value)
        });
        let before = shown(value);
        let field = field
            .speed(self.speed)
            .range(self.range)
            .clamp_existing_to_range(false)
            .custom_formatter(|value, _| shown(value))
            .custom_parser(|text| (text.trim() != before).then(|| parse(text)).flatten())
            .update_while_editing(false);
        let response = ui.add_sized(size_pt, field);
        (response, chosen)
    }
}

/// As egui reads numbers: spaces mean nothing, and the minus of typesetters is one.
fn parse(text: &str) -> Option<f64> {
    let text: String = text.split_whitespace().collect();
    let number = text.replace('\u{2212}', "-").parse::<f64>().ok();
    number.filter(|number| number.is_finite())
}
