use crate::view::{Camera, Layout, Palette, ViewState};
use crate::volume::{Dataset, Lut, SampleType, Shape};

use super::*;

fn view(c: u64) -> ViewState {
    let shape = Shape {
        t: 3,
        c,
        z: 16,
        y: 64,
        x: 64,
    };
    ViewState::new(&Dataset::new(shape, SampleType::U8))
}

const BOTH: Overlay = Overlay {
    scale_bar: true,
    labels: true,
};

fn drawn(view: &ViewState, size: [u32; 2], options: Overlay) -> Vec<u8> {
    let names: Vec<String> = (0..view.channels.len()).map(|i| format!("stain {i}")).collect();
    let mut rgba = [40, 40, 40, 255].repeat((size[0] * size[1]) as usize);
    annotate(&mut rgba, size, view, &names, Some("µm"), options);
    rgba
}

fn count(rgba: &[u8], color: [u8; 3]) -> usize {
    rgba.chunks_exact(4).filter(|pixel| pixel[..3] == color).count()
}

#[test]
fn no_size_of_picture_panics() {
    for size in [
        [1, 1],
        [1, 40],
        [40, 1],
        [7, 13],
        [30, 30],
        [64, 64],
        [200, 40],
        [40, 300],
    ] {
        for channels in [1, 3, 40] {
            for layout in [Layout::Composite, Layout::Montage] {
                let mut view = view(channels);
                view.layout = layout;
                let rgba = drawn(&view, size, BOTH);
                assert!(rgba.chunks_exact(4).all(|pixel| pixel[3] == 255));
            }
        }
    }
    // A picture whose size is not what is said is left alone.
    let mut short = [9; 7];
    annotate(&mut short, [2, 2], &view(1), &[], None, BOTH);
    assert_eq!(short, [9; 7]);
}

/// Over pictures of every brightness, and with room enough for names in every panel.
#[test]
fn the_layer_over_a_picture_is_the_annotated_picture() {
    let size = [300, 200];
    for (channels, layout) in [(1, Layout::Composite), (3, Layout::Composite), (3, Layout::Montage)] {
        let mut view = view(channels);
        view.layout = layout;
        let names: Vec<String> = (0..channels).map(|i| format!("stain {i}")).collect();
        let layer = overlay_layer(size, &view, &names, Some("µm"), BOTH);
        assert!(
            layer.chunks_exact(4).all(|p| p[..3].iter().all(|byte| *byte <= p[3])),
            "premultiplied"
        );
        let is_drawn = |panel: &Panel| {
            let rect = panel.rect;
            let rows = rect.y..rect.y + rect.height / 2;
            rows.flat_map(|y| (rect.x..rect.x + rect.width).map(move |x| (y * size[0] + x) as usize))
                .any(|pixel| layer[pixel * 4 + 3] == 255)
        };
        let all = Rect {
            x: 0,
            y: 0,
            width: size[0],
            height: size[1],
        };
        assert!(
            panels(&view, all).iter().all(is_drawn),
            "{layout:?}: a panel has no name"
        );
        let picture: Vec<u8> = (0..size[0] * size[1])
            .flat_map(|i| [(i % 256) as u8, (i / 7 % 256) as u8, 255, 255])
            .collect();
        let mut annotated = picture.clone();
        annotate(&mut annotated, size, &view, &names, Some("µm"), BOTH);
        for ((under, over), found) in picture.chunks(4).zip(layer.chunks(4)).zip(annotated.chunks(4)) {
            for i in 0..4 {
                let wanted = f32::from(over[i]) + f32::from(under[i]) * (255.0 - f32::from(over[3])) / 255.0;
                assert!(
                    (wanted - f32::from(found[i])).abs() <= 0.5001,
                    "{under:?} {over:?} {found:?}"
                );
            }
        }
    }
    assert!(
        overlay_layer(size, &view(3), &[], None, Overlay::default())
            .iter()
            .all(|byte| *byte == 0)
    );
}

#[test]
fn nothing_is_drawn_unless_asked() {
    let rgba = drawn(&view(3), [256, 256], Overlay::default());
    assert_eq!(count(&rgba, [40; 3]), 256 * 256);
}

#[test]
fn the_bar_is_as_long_as_its_text_says() {
    let mut view = view(1);
    view.spacing = [1.0, 0.5, 0.5];
    view.camera = Camera::Fit;
    let size = [512, 512];
    let options = Overlay {
        scale_bar: true,
        labels: false,
    };
    let rgba = drawn(&view, size, options);
    // 8 pixels per voxel of 0.5 µm: 128 pixels are 8 µm, so the bar is 5 µm, 80 pixels.
    let row = (0..512).map(|y| count(&rgba[y * 2048..(y + 1) * 2048], WHITE)).max();
    assert_eq!(row, Some(80));
}

#[test]
fn names_have_the_colours_of_their_channels() {
    let mut view = view(2);
    view.set_window(0, crate::volume::Window::new(0.0, 1.0));
    let options = Overlay {
        scale_bar: false,
        labels: true,
    };
    let rgba = drawn(&view, [512, 512], options);
    assert!(count(&rgba, [0, 255, 0]) > 5 && count(&rgba, readable([255, 0, 255])) > 5);
    view.toggle_channel(1);
    let rgba = drawn(&view, [512, 512], options);
    assert!(count(&rgba, [0, 255, 0]) > 5 && count(&rgba, readable([255, 0, 255])) == 0);
}

#[test]
fn dark_colours_become_readable_and_bright_ones_stay() {
    assert_eq!(readable([0, 255, 0]), [0, 255, 0]);
    assert_eq!(readable([255, 255, 255]), [255, 255, 255]);
    let Lut::Solid(blue) = Palette::Rgb.lut(2, 3, None) else {
        panic!("blue is one colour");
    };
    let lighter = readable(blue);
    assert!(lighter[2] == 255 && lighter[0] == lighter[1] && lighter[0] > 60);
    assert_eq!(readable([255, 0, 0]), [255, 0, 0]);
    assert!(readable([0; 3])[0] > 99);
}
