//! The bars of a histogram as one mesh.

use egui::{Color32, Mesh, Rect, pos2};

use super::axis::Axis;
use crate::volume::{BinCounts, Value, Window};

/// What a mesh of bars is made from.
pub(super) struct Bars<'a> {
    pub(super) bins: &'a BinCounts,
    pub(super) axis: Axis,
    /// Whether heights grow with the count, not with its logarithm.
    pub(super) is_linear: bool,
    /// Bars within it have the first colour, the others the second.
    pub(super) window: Window,
    pub(super) colors: [Color32; 2],
}

impl Bars<'_> {
    /// The bars within `plot`, each a whole number of pixels wide, the highest of them as high as it is. Those that share
    /// a pixel are drawn as the highest of them, so that none vanishes.
    pub(super) fn mesh(&self, plot: Rect, px_per_pt: f32) -> Mesh {
        let mut mesh = Mesh::default();
        let [first, last] = self.axis.ends();
        let edges = &self.bins.edges;
        let bins = edges.windows(2).zip(&self.bins.counts);
        let ends = |edges: &[Value]| [edges[0].as_f64(), edges[1].as_f64()];
        let is_seen = |[from, to]: [f64; 2]| to > first && from < last;
        let seen = bins
            .map(|(edges, &count)| (ends(edges), count))
            .filter(|&(ends, _)| is_seen(ends));
        let most = seen.clone().map(|(_, count)| count).max().unwrap_or(0);
        if most == 0 {
            return mesh;
        }
        mesh.reserve_vertices(4 * self.bins.counts.len());
        mesh.reserve_triangles(2 * self.bins.counts.len());
        let x = |value: f64| {
            let x = plot.left() + plot.width() * self.axis.share(value).clamp(0.0, 1.0) as f32;
            (x * px_per_pt).round() / px_per_pt
        };
        let mut highest = 0;
        let mut left = None;
        for ([from, to], count) in seen {
            highest = highest.max(count);
            let from_x = *left.get_or_insert(x(from));
            let to_x = x(to);
            if to_x <= from_x {
                continue;
            }
            let is_within = to > self.window.lo && from <= self.window.hi;
            let top = plot.bottom() - plot.height() * self.height(highest, most);
            if highest > 0 {
                let bar = Rect::from_min_max(pos2(from_x, top), pos2(to_x, plot.bottom()));
                mesh.add_colored_rect(bar, self.colors[usize::from(!is_within)]);
            }
            (highest, left) = (0, None);
        }
        mesh
    }

    fn height(&self, count: u64, most: u64) -> f32 {
        let [count, most] = [count, most].map(|count| count as f64);
        if self.is_linear {
            (count / most) as f32
        } else {
            (count.ln_1p() / most.ln_1p()) as f32
        }
    }
}
