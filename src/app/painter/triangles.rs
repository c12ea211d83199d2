use std::ops::Range;

use bytemuck::{Pod, Zeroable};
use egui::epaint::Primitive;
use egui::{ClippedPrimitive, TextureId};

use crate::view::Rect;

/// A corner of a triangle, as `shaders/view/triangles.wgsl` reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(super) struct Corner {
    /// In clip space.
    at: [f32; 2],
    uv: [f32; 2],
    color: [u8; 4],
}

/// Triangles of one texture, within one rectangle.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Draw {
    pub(super) texture: TextureId,
    scissor: Rect,
    /// The part of that which they may touch.
    pub(super) touched: Rect,
    pub(super) indices: Range<u32>,
    pub(super) base_vertex: i32,
}

/// What a frame's panels are made of, for a target of one size.
#[derive(Debug, Default)]
pub(super) struct Triangles {
    size_px: [u32; 2],
    pub(super) corners: Vec<Corner>,
    /// Of each draw from its base vertex on.
    pub(super) indices: Vec<u32>,
    pub(super) draws: Vec<Draw>,
}

impl Triangles {
    /// From egui's, which are in points.
    pub(super) fn new(size_px: [u32; 2], px_per_pt: f32, primitives: &[ClippedPrimitive]) -> Self {
        let mut all = Self {
            size_px,
            ..Self::default()
        };
        let [width, height] = size_px.map(|px| px as f32 / px_per_pt);
        for ClippedPrimitive { clip_rect, primitive } in primitives {
            let Primitive::Mesh(mesh) = primitive else { continue };
            let px = |pt: f32, limit: u32| ((pt * px_per_pt).round().max(0.0) as u32).min(limit);
            let [left, right] = [clip_rect.left(), clip_rect.right()].map(|pt| px(pt, size_px[0]));
            let [top, bottom] = [clip_rect.top(), clip_rect.bottom()].map(|pt| px(pt, size_px[1]));
            if right <= left || bottom <= top || mesh.indices.is_empty() {
                continue;
            }
            let scissor = Rect {
                x: left,
                y: top,
                width: right - left,
                height: bottom - top,
            };
            let (first_index, first_corner) = (all.indices.len(), all.corners.len());
            all.indices.extend_from_slice(&mesh.indices);
            all.corners.extend(mesh.vertices.iter().map(|vertex| Corner {
                at: [2.0 * vertex.pos.x / width - 1.0, 1.0 - 2.0 * vertex.pos.y / height],
                uv: [vertex.uv.x, vertex.uv.y],
                color: vertex.color.to_array(),
            }));
            if let Some(touched) = bounds(size_px, scissor, &all.corners[first_corner..]) {
                all.draws.push(Draw {
                    texture: mesh.texture_id,
                    scissor,
                    touched,
                    indices: first_index as u32..all.indices.len() as u32,
                    base_vertex: first_corner as i32,
                });
            }
        }
        all
    }

    /// Rectangles outside of which these look like others that were drawn before, on the same ground. All of the
    /// target, if they are too different to tell.
    pub(super) fn changes_since(&self, before: &Self) -> Vec<Rect> {
        if self.size_px != before.size_px || self.draws.len() != before.draws.len() {
            let [width, height] = self.size_px;
            return vec![Rect {
                x: 0,
                y: 0,
                width,
                height,
            }];
        }
        let pairs = self.draws.iter().zip(&before.draws);
        pairs
            .flat_map(|(now, then)| {
                let (new, old) = (self.corners_of(now), before.corners_of(then));
                let is_alike = (now.texture, now.scissor) == (then.texture, then.scissor);
                let (new, old) = if is_alike { differing(&new, &old) } else { (new, old) };
                [(now, new), (then, old)]
                    .map(|(draw, triangles)| bounds(self.size_px, draw.scissor, triangles.as_flattened()))
            })
            .flatten()
            .collect()
    }

    /// Of each triangle.
    fn corners_of(&self, draw: &Draw) -> Vec<[Corner; 3]> {
        let indices = &self.indices[draw.indices.start as usize..draw.indices.end as usize];
        let corner = |index: u32| self.corners[draw.base_vertex as usize + index as usize];
        let triangles = indices.chunks_exact(3);
        triangles
            .map(|triangle| [0, 1, 2].map(|i| corner(triangle[i])))
            .collect()
    }
}

/// The pixels, of those in a rectangle, that triangles with these corners may touch.
fn bounds(size_px: [u32; 2], scissor: Rect, corners: &[Corner]) -> Option<Rect> {
    let (mut least, mut most) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
    for corner in corners {
        let shares = [corner.at[0] + 1.0, 1.0 - corner.at[1]];
        for (i, share) in shares.into_iter().enumerate() {
            let px = share / 2.0 * size_px[i] as f32;
            (least[i], most[i]) = (least[i].min(px), most[i].max(px));
        }
    }
    let edge = |px: f32| px.clamp(0.0, 1e6) as u32;
    // One pixel more on each side, against rounding.
    let [left, top] = least.map(|px| edge(px.floor() - 1.0));
    let [right, bottom] = most.map(|px| edge(px.ceil() + 1.0));
    let touched = Rect {
        x: left,
        y: top,
        width: right.saturating_sub(left),
        height: bottom.saturating_sub(top),
    };
    touched.intersection(scissor)
}

/// Those of both lists that are not the same in the other, at the same place from the beginning or from the end.
fn differing(new: &[[Corner; 3]], old: &[[Corner; 3]]) -> (Vec<[Corner; 3]>, Vec<[Corner; 3]>) {
    let same = |(a, b): &(&[Corner; 3], &[Corner; 3])| a == b;
    let first = new.iter().zip(old).take_while(same).count();
    let (new, old) = (&new[first..], &old[first..]);
    let last = new.iter().rev().zip(old.iter().rev()).take_while(same).count();
    let (new, old) = (&new[..new.len() - last], &old[..old.len() - last]);
    if new.len() != old.len() {
        return (new.to_vec(), old.to_vec());
    }
    new.iter().zip(old).filter(|pair| !same(pair)).unzip()
}
