use super::{Layout, Rect, ViewState};

/// A part of the picture and the channels mixed in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel {
    /// Where it lies in the target.
    pub rect: Rect,
    /// Indices of the channels drawn in it, ascending.
    pub channels: Vec<usize>,
}

/// Columns of a montage of `n` panels: all in one row up to 4, else the ceiling of the square root.
pub fn montage_columns(n: usize) -> usize {
    match n {
        0..=4 => n.max(1),
        _ => (n as f64).sqrt().ceil() as usize,
    }
}

/// Cuts the canvas into panels in reading order; a composite is one panel. Without visible channels there is one
/// empty panel.
pub fn panels(view: &ViewState, canvas: Rect) -> Vec<Panel> {
    let visible = view.visible_channels();
    if view.layout == Layout::Composite || visible.len() <= 1 {
        return vec![Panel {
            rect: canvas,
            channels: visible,
        }];
    }
    let columns = montage_columns(visible.len()) as u32;
    let rows = (visible.len() as u32).div_ceil(columns);
    // Edges are rounded down one by one, so that panels meet exactly and fill the canvas.
    let cut = |length: u32, count: u32, i: u32| (u64::from(length) * u64::from(i) / u64::from(count)) as u32;
    visible
        .into_iter()
        .enumerate()
        .map(|(place, channel)| {
            let (row, column) = (place as u32 / columns, place as u32 % columns);
            let (left, right) = (
                cut(canvas.width, columns, column),
                cut(canvas.width, columns, column + 1),
            );
            let (top, bottom) = (cut(canvas.height, rows, row), cut(canvas.height, rows, row + 1));
            Panel {
                rect: Rect {
                    x: canvas.x + left,
                    y: canvas.y + top,
                    width: right - left,
                    height: bottom - top,
                },
                channels: vec![channel],
            }
        })
        .collect()
}

/// Size of a picture in which every panel is `panel` pixels wide and high.
pub fn picture_size(view: &ViewState, panel: [u64; 2]) -> [u64; 2] {
    let count = match view.layout {
        Layout::Composite => 1,
        Layout::Montage => view.visible_channels().len().max(1),
    };
    let columns = montage_columns(count) as u64;
    let rows = (count as u64).div_ceil(columns);
    [panel[0].saturating_mul(columns), panel[1].saturating_mul(rows)]
}
