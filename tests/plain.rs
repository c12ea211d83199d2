//! The parts that need no GPU: tiles, ranks, view states, rules, layouts, colours.

mod common;

use std::collections::BTreeSet;

use common::gpu::{MemorySource, Random, random_bits};
use microtome::gpu::{Caps, Tile, TileGrid, align_up};
use microtome::reduce::{CpuCounts, RankSearch, key_bits, percentile_from_neighbours, ranks_of_percentile, twin};
use microtome::view::{
    Camera, ContrastRule, LUT_NAMES, Layout, Palette, Rect, ViewOptions, ViewState, lut_by_name, montage_columns,
    panels, parse_range, picture_size,
};
use microtome::volume::{Axis, Box3, ChannelInfo, Lut, Orientation, SampleType, Shape, Window};

fn caps(max_tile: u64, max_texture_bytes: u64) -> Caps {
    Caps {
        max_binding_bytes: 128 << 20,
        shares_memory: true,
        has_subgroups: false,
        max_texture_3d: 2048,
        max_tile,
        max_texture_2d: 8192,
        max_buffer_bytes: 1 << 30,
        max_texture_bytes,
        handy_texture_bytes: u64::MAX,
        max_workgroups: 65535,
        memory_budget_bytes: 1 << 30,
        is_software: true,
    }
}

fn box_of(z: std::ops::Range<u64>, y: std::ops::Range<u64>, x: std::ops::Range<u64>) -> Box3 {
    Box3 { z, y, x }
}

#[test]
fn stacks_are_cut_between_planes_while_borders_take_little() {
    let handy = |bytes| Caps {
        handy_texture_bytes: bytes,
        ..caps(2048, u64::MAX)
    };
    for (planes, bytes, tiles) in [(100, 1, 4), (100, 60_000, 4), (100, 240_000, 1), (31, 1, 1), (32, 1, 2)] {
        let extent = box_of(0..planes, 0..30, 0..40);
        let grid = TileGrid::new(&extent, 2, &handy(bytes)).expect("possible");
        assert_eq!(grid.tiles.len(), tiles, "{planes} planes, {bytes} bytes");
        let are_whole = |tile: &Tile| (&tile.core.y, &tile.core.x) == (&extent.y, &extent.x);
        assert!(grid.tiles.iter().all(are_whole));
        assert!(grid.held_voxels() <= extent.voxels() * 9 / 8);
    }
}

#[test]
fn tiles_partition_a_volume_and_overlap_by_one_voxel() {
    let extents = [
        box_of(0..1, 0..1, 0..1),
        box_of(0..8, 0..9, 0..7),
        box_of(0..17, 0..5, 0..23),
        box_of(3..20, 11..12, 5..40),
    ];
    for extent in extents {
        for caps in [
            caps(3, u64::MAX),
            caps(8, u64::MAX),
            caps(1000, 64),
            caps(1000, u64::MAX),
        ] {
            let grid = TileGrid::new(&extent, 2, &caps).expect("possible");
            let mut seen = BTreeSet::new();
            for tile in &grid.tiles {
                for axis in Axis::ALL {
                    let (core, held, all) = (tile.core.along(axis), tile.held.along(axis), extent.along(axis));
                    assert!(held.end - held.start <= caps.max_tile);
                    assert_eq!(held.start, core.start.saturating_sub(1).max(all.start));
                    assert_eq!(held.end, (core.end + 1).min(all.end));
                }
                let bytes = 2 * tile.held.voxels();
                assert!(bytes <= caps.max_texture_bytes || caps.max_texture_bytes == 64 && bytes <= 27 * 2 * 2);
                for z in tile.core.z.clone() {
                    for y in tile.core.y.clone() {
                        for x in tile.core.x.clone() {
                            assert!(seen.insert([z, y, x]), "{:?} is in two tiles", [z, y, x]);
                        }
                    }
                }
            }
            assert_eq!(seen.len() as u64, extent.voxels());
            assert!(grid.held_voxels() >= extent.voxels());
        }
    }
    let whole = box_of(0..100, 0..100, 0..100);
    assert_eq!(
        TileGrid::new(&whole, 4, &caps(100, u64::MAX))
            .expect("fits")
            .tiles
            .len(),
        1
    );
    assert!(
        TileGrid::new(&whole, 4, &caps(2, u64::MAX)).is_err(),
        "no room for a voxel between borders"
    );
}

#[test]
fn numbers_are_rounded_up() {
    assert_eq!([0, 1, 255, 256, 257].map(|n| align_up(n, 256)), [0, 256, 256, 256, 512]);
}

#[test]
fn boxes() {
    let a = box_of(0..4, 2..6, 1..3);
    assert_eq!(a.size(), [4, 4, 2]);
    assert_eq!(a.intersect(&box_of(1..9, 0..3, 0..9)), box_of(1..4, 2..3, 1..3));
    assert!(a.intersect(&box_of(7..9, 0..3, 0..9)).is_empty());
    assert_eq!(a.layer(Axis::Y, 5), box_of(0..4, 5..6, 1..3));
    let huge = Shape {
        t: u64::MAX,
        c: 2,
        z: 1,
        y: 1,
        x: 1,
    };
    assert_eq!(huge.voxels(), None);
}

#[test]
fn rank_search_finds_every_rank_of_every_type() {
    for (index, sample_type) in SampleType::ALL.into_iter().enumerate() {
        let voxels = random_bits(sample_type, 997, index as u64);
        let sorted = twin::numbers(&voxels, sample_type).sorted;
        let ranks: Vec<u64> = (0..sorted.len() as u64)
            .step_by(97)
            .chain([sorted.len() as u64 - 1])
            .collect();
        let mut prefixes = vec![0];
        let mut search: Option<RankSearch> = None;
        for digit in 0..key_bits(sample_type).div_ceil(16) {
            let mut counts = CpuCounts::new(sample_type, digit, prefixes.clone());
            // In two halves, as blocks come.
            let half = 400 * sample_type.bytes();
            counts.count(&voxels[..half]);
            let mut rest = CpuCounts::new(sample_type, digit, prefixes);
            rest.count(&voxels[half..]);
            counts.join(&rest);
            match &mut search {
                None => search = Some(RankSearch::new(key_bits(sample_type), &counts.into_counts()[0], &ranks)),
                Some(search) => assert!(search.advance(&counts.into_counts())),
            }
            prefixes = search.as_ref().expect("just set").prefixes();
        }
        let search = search.expect("one digit at least");
        assert!(search.is_done());
        assert_eq!(search.total(), sorted.len() as u64);
        for (&rank, (key, count)) in ranks.iter().zip(search.keys()) {
            let value = microtome::reduce::value_from_key(sample_type, key).as_f64();
            assert_eq!(value, sorted[rank as usize], "{sample_type}, rank {rank}");
            assert_eq!(count, sorted.iter().filter(|v| **v == value).count() as u64);
        }
    }
}

#[test]
fn percentiles_are_those_of_numpy() {
    let percentile = |sorted: &[f64], percent: f64| {
        let (below, above, fraction) = ranks_of_percentile(percent, sorted.len() as u64);
        percentile_from_neighbours(sorted[below as usize], sorted[above as usize], fraction)
    };
    // numpy.percentile([1, 2, 4, 8], [0, 25, 50, 99.9, 100]); of one value; of two.
    let list = [1.0, 2.0, 4.0, 8.0];
    let found = [0.0, 25.0, 50.0, 99.9, 100.0].map(|percent| percentile(&list, percent));
    assert_eq!(found, [1.0, 1.75, 3.0, 7.988000000000001, 8.0]);
    assert_eq!(percentile(&[5.0], 37.0), 5.0);
    assert_eq!(percentile(&[0.0, 10.0], 10.0), 1.0);
}

#[test]
fn windows_that_are_empty() {
    for (lo, hi) in [
        (1.0, 1.0),
        (2.0, 1.0),
        (f64::NAN, 1.0),
        (0.0, f64::NAN),
        (f64::NAN, f64::NAN),
    ] {
        assert!(Window::new(lo, hi).is_empty(), "{lo} to {hi}");
    }
    for (lo, hi) in [(0.0, 1.0), (-1.0, 1e-300), (f64::MIN, f64::MAX)] {
        assert!(!Window::new(lo, hi).is_empty(), "{lo} to {hi}");
    }
    let union = Window::new(0.0, 5.0).union(Window::new(-3.0, 2.0));
    assert_eq!(union, Window::new(-3.0, 5.0));
}

fn view() -> ViewState {
    let source = MemorySource::random(SampleType::U8, [3, 4, 10, 20, 30], 1).spaced([2.0, 0.5, 1.0]);
    ViewState::new(&source.dataset)
}

#[test]
fn stepping_stops_at_the_ends() {
    let mut view = view();
    assert_eq!((view.plane(), view.plane_count()), (5, 10));
    assert!(view.step(3) && view.plane() == 8);
    assert!(view.step(100) && view.plane() == 9);
    assert!(!view.step(1));
    assert!(view.step(i64::MIN) && view.plane() == 0);
    assert!(!view.step(i64::MIN));
    view.set_normal(Axis::X);
    assert_eq!((view.plane(), view.plane_count()), (15, 30));
    view.set_plane(1000);
    assert_eq!(view.plane(), 29);
    view.set_normal(Axis::Z);
    assert_eq!(view.plane(), 0, "each axis keeps its plane");
    assert!(view.set_time(7) && view.t == 2);
    assert!(!view.set_time(2));
}

#[test]
fn channels_are_shown_and_hidden() {
    let mut view = view();
    view.toggle_channel(1);
    assert_eq!(view.visible_channels(), [0, 2, 3]);
    assert_eq!(view.active_channel, 1);
    view.show_only(2);
    assert_eq!(view.visible_channels(), [2]);
    for beyond in [4, usize::MAX] {
        view.toggle_channel(beyond);
        view.show_only(beyond);
        view.set_window(beyond, Window::new(0.0, 1.0));
    }
    assert_eq!(view.visible_channels(), [2]);
    view.show_all();
    assert_eq!(view.visible_channels(), [0, 1, 2, 3]);
    view.set_window(3, Window::new(1.0, 2.0));
    view.set_contrast(Some(0), ContrastRule::Plane);
    let rules: Vec<_> = view.channels.iter().map(|channel| channel.contrast).collect();
    let volume = ContrastRule::Volume;
    assert_eq!(rules, [ContrastRule::Plane, volume, volume, ContrastRule::Given]);
}

const PANEL: Rect = Rect {
    x: 30,
    y: 7,
    width: 301,
    height: 203,
};

fn assert_near(a: [f64; 2], b: [f64; 2]) {
    assert!((0..2).all(|i| (a[i] - b[i]).abs() < 1e-9), "{a:?} instead of {b:?}");
}

#[test]
fn zooming_keeps_the_place_under_the_pointer() {
    let mut random = Random::new(2);
    for normal in Axis::ALL {
        let mut view = view();
        view.set_normal(normal);
        for step in 0..200 {
            let px = [random.between(30.0, 331.0), random.between(7.0, 210.0)];
            let before = view.uv_from_px(PANEL, px);
            view.zoom_at(PANEL, px, random.between(0.3, 3.0));
            assert_near(view.uv_from_px(PANEL, px), before);
            let (_, scale) = view.resolve_camera(PANEL);
            assert!((1e-3..=256.0).contains(&scale[0]), "step {step}");
            assert!((scale[1] / scale[0] / view.aspect() - 1.0).abs() < 1e-9);
        }
    }
}

#[test]
fn panning_moves_the_picture_and_keeps_it_in_sight() {
    let mut view = view();
    let px = [100.0, 100.0];
    let before = view.uv_from_px(PANEL, px);
    view.pan(PANEL, [3.0, -2.0]);
    assert_near(view.uv_from_px(PANEL, [103.0, 98.0]), before);
    view.pan(PANEL, [-1e9, 1e9]);
    let (center, _) = view.resolve_camera(PANEL);
    assert_eq!(center, [30.0, 0.0]);
}

/// The box is in the middle, touches two sides of the panel, and reaches over none.
#[test]
fn a_dragged_box_is_shown_as_large_as_it_fits() {
    let mut random = Random::new(5);
    for normal in Axis::ALL {
        let mut view = view();
        view.set_normal(normal);
        for _ in 0..100 {
            let size = view.plane_size().map(|n| n as f64);
            let mut place = || [random.between(0.0, size[0]), random.between(0.0, size[1])];
            let (a, b) = (place(), place());
            view.zoom_to(PANEL, a, b);
            let (_, scale) = view.resolve_camera(PANEL);
            assert!(
                (scale[1] / scale[0] / view.aspect() - 1.0).abs() < 1e-9,
                "the aspect is kept"
            );
            let [from, to] = [a, b].map(|uv| view.px_from_uv(PANEL, uv));
            let middle = [0, 1].map(|i| (from[i] + to[i]) / 2.0);
            assert_near(middle, [30.0 + 301.0 / 2.0, 7.0 + 203.0 / 2.0]);
            let share = ((from[0] - to[0]).abs() / 301.0).max((from[1] - to[1]).abs() / 203.0);
            let is_bound = scale[0] == 256.0;
            assert!(share < 1.0 + 1e-9 && (is_bound || share > 1.0 - 1e-9), "{share}");
        }
        // A single place is no box.
        let before = view.camera;
        view.zoom_to(PANEL, [3.0, 3.0], [3.0, 3.0]);
        view.zoom_to(PANEL, [f64::NAN, 3.0], [3.0, 4.0]);
        assert_eq!(view.camera, before);
        view.zoom_to(PANEL, [3.0, 3.0], [3.0 + 1e-6, 3.0 + 1e-6]);
        assert_eq!(view.resolve_camera(PANEL).1[0], 256.0);
    }
}

#[test]
fn the_plane_is_made_as_wide_as_the_panel() {
    // 30 x 20 voxels, half as high as wide: half of the panel is free, above and below.
    let mut view = view();
    view.pan(PANEL, [5.0, 40.0]);
    view.fit_width(PANEL);
    assert_near(view.px_from_uv(PANEL, [0.0, 10.0]), [30.0, 7.0 + 203.0 / 2.0]);
    assert_near(view.px_from_uv(PANEL, [30.0, 10.0]), [331.0, 7.0 + 203.0 / 2.0]);
    // In a low panel the place in the middle is kept, but nothing beside the plane is shown.
    let low = Rect { height: 60, ..PANEL };
    view.camera = Camera::At {
        center: [12.0, 9.0],
        zoom: 3.0,
        is_square: false,
    };
    view.fit_width(low);
    let (center, scale) = view.resolve_camera(low);
    assert_near(center, [15.0, 9.0]);
    assert_near(scale, [301.0 / 30.0, 301.0 / 60.0]);
    view.pan(low, [0.0, -1e6]);
    view.fit_width(low);
    assert_near(view.px_from_uv(low, [0.0, 20.0]), [30.0, 67.0]);
}

#[test]
fn a_panel_without_pixels_changes_nothing() {
    let flat = Rect { width: 0, ..PANEL };
    let mut view = view();
    view.zoom_at(flat, [30.0, 10.0], 2.0);
    view.pan(flat, [5.0, 5.0]);
    view.zoom_to(flat, [5.0, 5.0], [9.0, 9.0]);
    view.fit_width(flat);
    assert_eq!(view.camera, Camera::Fit);
    assert_eq!(view.voxel_from_px(flat, [30.0, 10.0]), None);
    view.zoom_at(PANEL, [30.0, 10.0], 0.0);
    view.zoom_at(PANEL, [30.0, 10.0], f64::NAN);
    assert_eq!(view.camera, Camera::Fit);
}

#[test]
fn pixels_name_the_voxels_they_show() {
    let mut view = view();
    view.camera = Camera::OnePixelPerVoxel;
    let canvas = Rect {
        x: 0,
        y: 0,
        width: 30,
        height: 20,
    };
    assert_eq!(view.voxel_from_px(canvas, [0.5, 0.5]), Some([5, 0, 0]));
    assert_eq!(view.voxel_from_px(canvas, [29.5, 19.5]), Some([5, 19, 29]));
    assert_eq!(view.voxel_from_px(canvas, [30.5, 0.5]), None);
    assert_eq!(view.voxel_from_px(canvas, [-0.5, 0.5]), None);
    view.set_normal(Axis::Y);
    view.camera = Camera::OnePixelPerVoxel;
    let canvas = Rect { height: 10, ..canvas };
    assert_eq!(view.voxel_from_px(canvas, [2.5, 3.5]), Some([3, 10, 2]));
}

#[test]
fn a_turned_picture_names_stored_voxels() {
    let mut view = view();
    // 20 rows of 30 columns, turned clockwise: row 0 at the right, column 0 at the top.
    view.orientation = Orientation::RightTop;
    assert_eq!(view.plane_size(), [20, 30]);
    assert_eq!(view.aspect(), view.spacing[2] / view.spacing[1]);
    view.camera = Camera::OnePixelPerVoxel;
    let canvas = Rect {
        x: 0,
        y: 0,
        width: 20,
        height: 30,
    };
    assert_eq!(view.voxel_from_px(canvas, [19.5, 0.5]), Some([5, 0, 0]));
    assert_eq!(view.voxel_from_px(canvas, [0.5, 0.5]), Some([5, 19, 0]));
    assert_eq!(view.voxel_from_px(canvas, [0.5, 29.5]), Some([5, 19, 29]));
    assert_eq!(view.voxel_from_px(canvas, [20.5, 0.5]), None);
    // What is under the mouse stays there.
    let px = [6.5, 11.5];
    let before = view.voxel_from_px(canvas, px);
    view.zoom_at(canvas, px, 3.0);
    assert_eq!(view.voxel_from_px(canvas, px), before);
    view.pan(canvas, [4.0, -2.0]);
    assert_eq!(view.voxel_from_px(canvas, [10.5, 9.5]), before);
    for orientation in Orientation::ALL {
        for normal in Axis::ALL {
            (view.orientation, view.normal) = (orientation, normal);
            assert_near(view.uv_from_stored(view.stored_from_uv([3.25, 7.5])), [3.25, 7.5]);
        }
    }
}

#[test]
fn a_fitted_plane_fills_the_panel_with_its_aspect() {
    for normal in Axis::ALL {
        let mut view = view();
        view.set_normal(normal);
        let (center, scale) = view.resolve_camera(PANEL);
        let size = view.plane_size().map(|n| n as f64);
        assert_near(center, [size[0] / 2.0, size[1] / 2.0]);
        let fill = [size[0] * scale[0] / 301.0, size[1] * scale[1] / 203.0];
        assert!((fill[0].max(fill[1]) - 1.0).abs() < 1e-9, "{fill:?}");
        let (v, u) = normal.plane_axes();
        assert!((scale[1] / scale[0] - view.spacing[v.index()] / view.spacing[u.index()]).abs() < 1e-9);
    }
}

#[test]
fn rules_are_read() {
    let read = |text: &str| text.parse::<ContrastRule>();
    assert_eq!(read("volume"), Ok(ContrastRule::Volume));
    assert_eq!(read("plane"), Ok(ContrastRule::Plane));
    assert_eq!(read("plane-shared"), Ok(ContrastRule::PlaneShared));
    assert_eq!(read("percentile"), Ok(ContrastRule::Percentile(0.1, 99.9)));
    assert_eq!(read("percentile:0, 100"), Ok(ContrastRule::Percentile(0.0, 100.0)));
    for wrong in [
        "",
        "Volume",
        "given",
        "percentile:",
        "percentile:5",
        "percentile:5,5",
        "percentile:90,10",
        "percentile:-1,50",
        "percentile:1,101",
        "percentile:nan,50",
        "percentile:1,2,3",
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
    assert_eq!(parse_range("1,2.5"), Ok((None, Window::new(1.0, 2.5))));
    assert_eq!(parse_range("3:-1e3, 7"), Ok((Some(3), Window::new(-1000.0, 7.0))));
    for wrong in ["", "1", "x:1,2", "-1:1,2", "1,inf", "nan,1", "1:2:3,4"] {
        assert!(parse_range(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn montages_are_in_reading_order_and_fill_the_canvas() {
    let columns = [0, 1, 2, 4, 5, 9, 10, 16, 17, 40].map(montage_columns);
    assert_eq!(columns, [1, 1, 2, 4, 3, 3, 4, 4, 5, 7]);
    for count in [1u64, 2, 4, 5, 9, 40] {
        let source = MemorySource::random(SampleType::U8, [1, count, 1, 2, 3], count);
        let mut view = ViewState::new(&source.dataset);
        view.layout = Layout::Montage;
        let canvas = Rect {
            x: 11,
            y: 5,
            width: 101,
            height: 67,
        };
        let panels = panels(&view, canvas);
        assert_eq!(panels.len() as u64, count);
        let columns = montage_columns(count as usize);
        for (index, panel) in panels.iter().enumerate() {
            assert_eq!(panel.channels, [index]);
            let rect = panel.rect;
            if index % columns == 0 {
                assert_eq!(rect.x, 11);
            } else {
                let left = panels[index - 1].rect;
                assert_eq!((rect.x, rect.y), (left.x + left.width, left.y));
            }
            if index % columns == columns - 1 {
                assert_eq!(rect.x + rect.width, 112);
            }
            if index >= columns {
                let above = panels[index - columns].rect;
                assert_eq!(rect.y, above.y + above.height);
            }
        }
        let last = panels.last().expect("one at least").rect;
        assert_eq!(last.y + last.height, 72);
        let rows = count.div_ceil(columns as u64);
        assert_eq!(picture_size(&view, [3, 2]), [3 * columns as u64, 2 * rows]);
        assert_eq!(picture_size(&view, [u64::MAX, 2])[0], u64::MAX);
    }
}

#[test]
fn palettes_give_colours_by_number_of_channels() {
    let solid = |palette: Palette, count: usize| -> Vec<[u8; 3]> {
        (0..count).map(|index| palette.lut(index, count, None).top()).collect()
    };
    let (red, green, blue, white) = ([255, 0, 0], [0, 255, 0], [0, 0, 255], [255; 3]);
    for palette in [Palette::Auto, Palette::Rgb] {
        assert_eq!(solid(palette, 1), [white]);
        assert_eq!(solid(palette, 2), [green, [255, 0, 255]]);
        assert_eq!(solid(palette, 3), [red, green, blue]);
        assert_eq!(solid(palette, 7), solid(Palette::Safe, 7));
    }
    let safe: BTreeSet<_> = solid(Palette::Safe, 7).into_iter().collect();
    assert_eq!(safe.len(), 7);
    assert_eq!(solid(Palette::Gray, 3), [white; 3]);
    assert_eq!(solid(Palette::Safe, 40).len(), 40);
    let orange = ChannelInfo {
        lut: Some(Lut::Solid([255, 128, 0])),
        ..Default::default()
    };
    assert_eq!(Palette::Auto.lut(0, 3, Some(&orange)).top(), [255, 128, 0]);
    assert_eq!(Palette::Rgb.lut(0, 3, Some(&orange)).top(), red);
    let mut palette = Palette::Auto;
    for _ in 0..4 {
        assert_eq!(palette.name().parse(), Ok(palette));
        palette = palette.next();
    }
    assert_eq!(palette, Palette::Auto);
}

#[test]
fn luts_have_names() {
    for name in LUT_NAMES {
        assert!(lut_by_name(name).is_some(), "{name}");
    }
    assert_eq!(lut_by_name("#ff8000"), Some(Lut::Solid([255, 128, 0])));
    for wrong in ["", "#", "#fff", "#ff80000", "#+f8000", "#gggggg", "Viridis"] {
        assert_eq!(lut_by_name(wrong), None, "{wrong}");
    }
    let ramp: [[u8; 3]; 256] = std::array::from_fn(|i| [0, i as u8, (i / 2) as u8]);
    assert_eq!(Lut::from_table(&ramp), Lut::Solid([0, 255, 127]));
    let inverted: [[u8; 3]; 256] = std::array::from_fn(|i| [255 - i as u8; 3]);
    assert!(matches!(Lut::from_table(&inverted), Lut::Table(_)));
}

#[test]
fn options_make_a_view() {
    let source = MemorySource::random(SampleType::U8, [2, 3, 5, 20, 30], 3);
    let options = ViewOptions {
        channels: Some(vec![2]),
        ranges: vec![(None, Window::new(0.0, 9.0)), (Some(1), Window::new(1.0, 2.0))],
        zoom: Some(2.5),
        ..Default::default()
    };
    let view = options.view_of(&source.dataset).expect("it fits");
    assert_eq!(view.visible_channels(), [2]);
    assert_eq!(view.active_channel, 2);
    assert_eq!(view.channels[0].window, Window::new(0.0, 9.0));
    assert_eq!(view.channels[1].window, Window::new(1.0, 2.0));
    let (size, view) = options.picture_of(view);
    assert_eq!(size, [75, 50]);
    assert_eq!(view.resolve_camera(PANEL), ([15.0, 10.0], [2.5, 2.5]));
    let wrong = ViewOptions {
        luts: vec![(Some(3), Lut::Solid([1; 3]))],
        ..Default::default()
    };
    let error = wrong.view_of(&source.dataset).expect_err("there are three");
    assert_eq!(error, "there is no channel 3: they count from 0 to 2");
}
