//! What of an image cannot be read, in words and as JSON.

use serde_json::{Value, json};

use crate::volume::Damage;

/// More of them tell nobody anything.
const MAX_LINES: usize = 20;

/// `[{"t":[0,1],"c":[0,1],"z":[12,13],"reason":"..."}]`, half-open ranges.
pub(super) fn json(damage: &[Damage]) -> Value {
    let part = |part: &Damage| {
        json!({
            "t": [part.t.start, part.t.end],
            "c": [part.c.start, part.c.end],
            "z": [part.z.start, part.z.end],
            "reason": part.reason,
        })
    };
    damage.iter().map(part).collect()
}

/// One line for each, as far as anyone reads.
pub(super) fn lines(damage: &[Damage]) -> Vec<String> {
    let mut lines: Vec<String> = damage.iter().take(MAX_LINES).map(Damage::to_string).collect();
    if damage.len() > MAX_LINES {
        lines.push(format!("and {} more", damage.len() - MAX_LINES));
    }
    lines
}

/// Planes of all channels and times that cannot be read.
pub(super) fn planes(damage: &[Damage]) -> u64 {
    damage.iter().map(Damage::planes).sum()
}
