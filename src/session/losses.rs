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
            let mut new = Vec::new();
            for t in damage.t.clone() {
                for c in damage.c.clone() {
                    for z in damage.z.clone() {
                        if self.known.insert((t, c, z)) {
                            new.push((t, c, z));
                        }
                    }
                }
            }
            if new.len() as u64 == damage.planes() {
                self.list.push(damage.clone());
                continue;
            }
            self.list.extend(new.into_iter().map(|(t, c, z)| Damage {
                t: t..t + 1,
                c: c..c + 1,
                z: z..z + 1,
                reason: damage.reason.clone(),
            }));
        }
    }

    /// All of them, in the order in which they were met.
    pub(super) fn list(&self) -> &[Damage] {
        &self.list
    }
}
