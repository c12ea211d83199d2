use std::collections::HashSet;

use crate::volume::Damage;

/// Planes that cannot be read, each of them once.
#[derive(Debug, Default)]
pub(super) struct Losses {
    list: Vec<Damage>,
    /// Time, channel and place along z.
    known: HashSet<(u64, u64, u64)>,
}

impl Losses {
    /// Adds those that are not known yet.
    pub(super) fn add(&mut self, found: &[Damage]) {
        for damage in found {
            let mut is_new = false;
            for t in damage.t.clone() {
                for c in damage.c.clone() {
                    for z in damage.z.clone() {
                        is_new |= self.known.insert((t, c, z));
                    }
                }
            }
            if is_new {
                self.list.push(damage.clone());
            }
        }
    }

    /// All of them, in the order in which they were met.
    pub(super) fn list(&self) -> &[Damage] {
        &self.list
    }
}
