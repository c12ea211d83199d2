//! Stored axes to (t, c, z, y, x).

use std::ops::Range;

use crate::source::SourceError;
use crate::volume::Shape;

use super::page::Page;

/// What runs along a stored axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// One page after the other.
    Pages,
    /// Rows of a page.
    Rows,
    /// Columns of a page.
    Columns,
    /// Samples of a pixel.
    Samples,
}

/// One axis of the stored array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StoredAxis {
    pub(super) letter: char,
    pub(super) len: u64,
    pub(super) role: Role,
}

/// The stored array: its axes, slowest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) axes: Vec<StoredAxis>,
    /// Whether axes of length 1 (but Y and X) are left out of what is reported.
    pub(super) is_squeezed: bool,
}

impl Stored {
    /// Axes of pages, and those of one page behind them.
    pub(super) fn new(outer: &[(char, u64)], page: &Page) -> Self {
        let mut axes: Vec<_> = outer
            .iter()
            .map(|&(letter, len)| StoredAxis {
                letter,
                len,
                role: Role::Pages,
            })
            .collect();
        axes.extend(page_axes(page));
        Self {
            axes,
            is_squeezed: true,
        }
    }

    fn is_kept(&self, axis: &StoredAxis) -> bool {
        !self.is_squeezed || axis.len != 1 || matches!(axis.letter, 'Y' | 'X')
    }

    /// Letters and extents as reported: squeezed as tifffile does.
    pub(super) fn reported(&self) -> (String, Vec<u64>) {
        let kept = || self.axes.iter().filter(|axis| self.is_kept(axis));
        (
            kept().map(|axis| axis.letter).collect(),
            kept().map(|axis| axis.len).collect(),
        )
    }

    /// Number of pages.
    pub(super) fn pages(&self) -> Option<u64> {
        self.axes
            .iter()
            .filter(|axis| axis.role == Role::Pages)
            .try_fold(1u64, |n, axis| n.checked_mul(axis.len))
    }

    /// Gives the axes other letters: those of `--axes`, for all stored axes or for those that are longer than 1.
    pub(super) fn relabel(&mut self, wanted: &str) -> Result<(), SourceError> {
        let (letters, shape) = self.reported();
        let error = |reason: String| SourceError::Axes {
            axes: wanted.to_owned(),
            reason,
        };
        let stored = || format!("the file stores {letters} {shape:?}");
        let new: Vec<char> = wanted.chars().map(|letter| letter.to_ascii_uppercase()).collect();
        if let Some(letter) = new.iter().find(|letter| !"TCZYXSQI".contains(**letter)) {
            return Err(error(format!(
                "{letter} is not one of T, C, Z, Y, X, S, Q, I; {}",
                stored()
            )));
        }
        for letter in "TCZYXS".chars() {
            if new.iter().filter(|&&other| other == letter).count() > 1 {
                return Err(error(format!("{letter} is there more than once; {}", stored())));
            }
        }
        let mut is_changed: Vec<bool> = self.axes.iter().map(|axis| self.is_kept(axis)).collect();
        if new.len() == self.axes.len() {
            is_changed.fill(true);
        } else if new.len() != is_changed.iter().filter(|&&kept| kept).count() {
            return Err(error(format!(
                "{} letters for {} axes; {}",
                new.len(),
                letters.len(),
                stored()
            )));
        }
        // What is left out has length 1: it must not take a letter that is given to another.
        let mut letter = new.iter();
        for (axis, is_changed) in self.axes.iter_mut().zip(is_changed) {
            let new = if is_changed {
                letter.next().copied().unwrap_or('Q')
            } else {
                'Q'
            };
            let fits = match (axis.role, axis.letter) {
                (Role::Rows, 'Y') => new == 'Y',
                (Role::Columns, 'X') => new == 'X',
                (Role::Samples, _) => !is_changed || matches!(new, 'S' | 'C'),
                (Role::Pages, _) => !matches!(new, 'Y' | 'X' | 'S') || !self.is_squeezed,
                _ => true,
            };
            if !fits {
                let what = match axis.role {
                    Role::Rows => "the rows of the pages",
                    Role::Columns => "the columns of the pages",
                    Role::Samples => "the samples of the pixels",
                    Role::Pages => "the order of the pages",
                };
                return Err(error(format!("{new} stands where {what} are; {}", stored())));
            }
            axis.letter = new;
        }
        for letter in ['Y', 'X'] {
            if !self.axes.iter().any(|axis| axis.letter == letter) {
                return Err(error(format!("{letter} is missing; {}", stored())));
            }
        }
        Ok(())
    }
}

/// The axes of one page, as tifffile orders them: `YX`, `YXS` or `SYX`.
pub(super) fn page_axes(page: &Page) -> Vec<StoredAxis> {
    let axis = |letter, len, role| StoredAxis { letter, len, role };
    let mut axes = vec![axis('Y', page.height, Role::Rows), axis('X', page.width, Role::Columns)];
    if page.samples > 1 {
        let at = if page.is_planar { 0 } else { 2 };
        axes.insert(at, axis('S', page.samples, Role::Samples));
    }
    axes
}

/// One of t, c, z, y, x as it is stored: axes of pages, slowest first, and at most one axis within the pages.
#[derive(Clone, Debug, Default)]
struct Target {
    /// Extent, and pages from one to the next.
    outer: Vec<(u64, u64)>,
    /// Fastest, with its extent in full resolution.
    inner: Option<(Role, u64)>,
}

/// Where a stretch of coordinates of one target is: pages to add, and the coordinates within a page.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) page: u64,
    pub(super) inner: Range<u64>,
    /// Distance of its first coordinate from the start of what was asked for.
    pub(super) at: u64,
}

/// Finds pages, and places in them, from coordinates.
#[derive(Clone, Debug)]
pub(super) struct AxisMap {
    /// In (t, c, z, y, x) order.
    targets: [Target; 5],
}

impl AxisMap {
    pub(super) fn new(stored: &Stored) -> Result<Self, SourceError> {
        let has_z = stored.axes.iter().any(|axis| axis.letter == 'Z');
        let mut targets: [Target; 5] = Default::default();
        let mut stride = 1u64;
        // From the fastest axis up, so that the strides are known; S is the fastest part of c, wherever it is.
        for axis in stored.axes.iter().rev() {
            let target = match axis.letter {
                'C' | 'S' => 1,
                'Z' => 2,
                'Y' => 3,
                'X' => 4,
                'Q' | 'I' if !has_z => 2,
                _ => 0,
            };
            let target = &mut targets[target];
            if axis.role == Role::Pages {
                target.outer.insert(0, (axis.len, stride));
                stride = stride.checked_mul(axis.len).ok_or_else(|| {
                    SourceError::TooLarge(format!("more pages than 64 bits can count: {:?}", stored.reported()))
                })?;
                continue;
            }
            match target.inner {
                Some(_) if axis.len == 1 => {}
                None | Some((_, 1)) => target.inner = Some((axis.role, axis.len)),
                Some(_) => {
                    let (axes, shape) = stored.reported();
                    return Err(SourceError::Unsupported(format!("axes {axes} {shape:?} within pages")));
                }
            }
        }
        Ok(Self { targets })
    }

    /// Which of (t, c, z, y, x) runs along rows, columns or samples of a page.
    pub(super) fn target_of(&self, role: Role) -> Option<usize> {
        self.targets
            .iter()
            .position(|target| target.inner.is_some_and(|(inner, _)| inner == role))
    }

    /// Extents with pages of this size.
    pub(super) fn shape(&self, page: &Page) -> Option<Shape> {
        let mut extents = [1u64; 5];
        for (extent, target) in extents.iter_mut().zip(&self.targets) {
            *extent = target
                .outer
                .iter()
                .try_fold(inner_len(target.inner, page), |n, &(len, _)| n.checked_mul(len))?;
        }
        let [t, c, z, y, x] = extents;
        Some(Shape { t, c, z, y, x })
    }

    /// The stretches that make up `range` of a target, in order.
    pub(super) fn pieces(&self, target: usize, range: Range<u64>, page: &Page) -> Vec<Piece> {
        let target = &self.targets[target];
        let len = inner_len(target.inner, page);
        let mut pieces = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let (mut outer, first) = (at / len, at % len);
            let last = len.min(first + (range.end - at));
            let mut page = 0;
            for &(len, stride) in target.outer.iter().rev() {
                page += outer % len * stride;
                outer /= len;
            }
            pieces.push(Piece {
                page,
                inner: first..last,
                at: at - range.start,
            });
            at += last - first;
        }
        pieces
    }
}

fn inner_len(inner: Option<(Role, u64)>, page: &Page) -> u64 {
    match inner.map(|(role, _)| role) {
        Some(Role::Rows) => page.height,
        Some(Role::Columns) => page.width,
        Some(Role::Samples) => page.samples,
        Some(Role::Pages) | None => 1,
    }
}
