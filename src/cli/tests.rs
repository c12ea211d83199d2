//! What the program says of a view is read back as that view: by the parser of the command line, and from a file.

use clap::Parser;

use crate::view::{
    Blend, Camera, ChannelView, ContrastRule, Filter, LUT_NAMES, Layout, Overlay, Palette, Rect, SavedView, ViewState,
    lut_by_name,
};
use crate::volume::{Axis, ChannelInfo, Dataset, Lut, Orientation, SampleType, Shape, VoxelSize, Window};

use super::{Cli, Command};

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % n
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    fn between(&mut self, lo: f64, hi: f64) -> f64 {
        lo + (hi - lo) * (self.below(1 << 53) as f64 / (1u64 << 53) as f64)
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize].clone()
    }

    fn window(&mut self) -> Window {
        let scale = self.one_of(&[1.0, 1e-30, 1e30, 4095.0]);
        let lo = self.between(-scale, scale);
        Window::new(lo, lo + self.between(0.0, scale))
    }

    fn table(&mut self) -> Lut {
        Lut::between([self.below(256) as u8, 0, 255], [255, self.below(256) as u8, 0])
    }

    fn dataset(&mut self) -> Dataset {
        let shape = Shape {
            t: 1 + self.below(3),
            c: 1 + self.below(12),
            z: 1 + self.below(20),
            y: 1 + self.below(50),
            x: 1 + self.below(50),
        };
        let channels = (0..shape.c).map(|_| ChannelInfo {
            name: None,
            lut: (self.below(3) == 0).then(|| self.table()),
            window: (self.below(3) == 0).then(|| self.window()),
            is_hidden: self.below(5) == 0,
        });
        Dataset {
            path: Default::default(),
            format: String::new(),
            axes: "TCZYX".into(),
            axes_from: String::new(),
            stored_shape: vec![shape.t, shape.c, shape.z, shape.y, shape.x],
            sample_type: SampleType::U16,
            shape,
            levels: vec![shape],
            channels: channels.collect(),
            time_step_s: None,
            voxel_size: Some(VoxelSize {
                z: Some(2.0),
                y: 1.5,
                x: 1.0,
                unit: None,
            }),
            is_subtractive: self.below(4) == 0,
            orientation: self.one_of(&Orientation::ALL),
            compression: String::new(),
            file_bytes: 0,
            series: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn view(&mut self, dataset: &Dataset) -> ViewState {
        let mut view = ViewState::new(dataset);
        view.set_palette(
            self.one_of(&[Palette::Auto, Palette::Auto, Palette::Rgb, Palette::Safe, Palette::Gray]),
            dataset,
        );
        view.set_normal(self.one_of(&Axis::ALL));
        view.set_time(self.below(dataset.shape.t));
        view.set_plane(self.below(view.plane_count()));
        view.slab = self.one_of(&[1, 1, 2, 5, u64::MAX]);
        view.blend = self.one_of(&[Blend::Add, Blend::Max, Blend::Multiply, view.blend]);
        view.layout = self.one_of(&[Layout::Composite, Layout::Montage]);
        view.filter = self.one_of(&[Filter::Nearest, Filter::Linear]);
        if self.coin() {
            view.camera = Camera::At {
                center: [self.between(-10.0, 60.0), self.between(-10.0, 60.0)],
                zoom: self.between(1e-3, 256.0),
                is_square: false,
            };
        }
        for channel in &mut view.channels {
            if self.coin() {
                channel.is_visible = self.coin();
                channel.contrast = self.one_of(&[
                    ContrastRule::Volume,
                    ContrastRule::Percentile(0.25, 99.5),
                    ContrastRule::Plane,
                    ContrastRule::PlaneShared,
                    ContrastRule::Given,
                ]);
                channel.window = self.window();
                channel.gamma = self.one_of(&[1.0, 0.5, 0.1 + 0.2]);
                channel.marks_clipping = self.coin();
                channel.is_linked = self.coin();
            }
            if self.below(3) == 0 {
                let name = self.one_of(&LUT_NAMES);
                channel.lut = lut_by_name(name).expect("a name");
            }
        }
        view.active_channel = self.below(dataset.shape.c) as usize;
        view
    }
}

const PANEL: Rect = Rect {
    x: 0,
    y: 0,
    width: 640,
    height: 480,
};

fn assert_same_place(found: &ViewState, view: &ViewState, what: &str) {
    let of = |view: &ViewState| {
        let (center, scale) = view.resolve_camera(PANEL);
        [center, scale].concat()
    };
    for (found, wanted) in of(found).into_iter().zip(of(view)) {
        assert!((found - wanted).abs() <= 1e-9, "{what}: {found} is not {wanted}");
    }
}

#[test]
fn words_make_the_same_view() {
    let mut random = Random(1);
    for round in 0..600 {
        let dataset = random.dataset();
        let view = random.view(&dataset);
        let overlay = Overlay {
            scale_bar: random.coin(),
            labels: random.coin(),
        };
        let is_exact = random.coin();
        let words = view.words(&dataset, [640, 480], overlay, is_exact);
        let what = format!("{round}: {}", words.join(" "));
        let line = ["microtome", "render", "x.tif", "-o", "x.png"].map(str::to_owned);
        let cli = Cli::try_parse_from(line.into_iter().chain(words)).unwrap_or_else(|error| panic!("{what}: {error}"));
        let Some(Command::Render(args)) = cli.command else {
            panic!("{what}: another command");
        };
        let options = args.view.options();
        let found = options
            .view_of(&dataset)
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        let (size, found) = options.picture_of(found);
        assert_eq!((size, options.overlay()), ([640, 480], overlay), "{what}");
        assert_same_place(&found, &view, &what);
        assert_eq!(parts(&found), parts(&view), "{what}");
        for channel in view.visible_channels() {
            let (found, wanted) = (&found.channels[channel], &view.channels[channel]);
            assert_eq!(channel_parts(found), channel_parts(wanted), "{what}");
            if is_exact && wanted.contrast == ContrastRule::Volume {
                assert_eq!(found.contrast, ContrastRule::Volume, "{what}");
            } else {
                assert_eq!(found.window, wanted.window, "{what}");
                assert_eq!(found.contrast, ContrastRule::Given, "{what}");
            }
        }
    }
}

/// What words say of a view. A field that is new does not compile here: it is to be varied by [`Random::view`], and said by
/// words and in saved views, or not to be a part of the picture.
fn parts(view: &ViewState) -> impl PartialEq + std::fmt::Debug {
    let ViewState {
        t,
        normal,
        blend,
        layout,
        filter,
        // That of the normal is seen.
        index: _,
        // As far as there are planes.
        slab: _,
        // One by one.
        channels: _,
        // By the place that is seen.
        camera: _,
        // Those of the dataset.
        t_count: _,
        extent: _,
        spacing: _,
        orientation: _,
        // No part of the picture.
        active_channel: _,
        palette: _,
    } = view;
    let place = (*t, *normal, view.plane(), view.slab_range());
    (place, view.visible_channels(), *blend, *layout, *filter)
}

/// As [`parts`], of a channel.
fn channel_parts(channel: &ChannelView) -> impl PartialEq + std::fmt::Debug {
    let ChannelView {
        is_visible,
        gamma,
        lut,
        marks_clipping,
        // Together.
        contrast: _,
        window: _,
        // No part of the picture.
        is_linked: _,
    } = channel;
    (*is_visible, *gamma, lut.clone(), *marks_clipping)
}

#[test]
fn a_view_as_it_opens_takes_no_words() {
    let mut random = Random(2);
    for _ in 0..50 {
        let dataset = random.dataset();
        let view = ViewState::new(&dataset);
        assert_eq!(
            view.words(&dataset, [7, 5], Overlay::default(), true),
            ["--size", "7x5"]
        );
    }
}

#[test]
fn saved_views_are_read_back() {
    let mut random = Random(3);
    for round in 0..300 {
        let dataset = random.dataset();
        let mut view = random.view(&dataset);
        if random.below(4) == 0 {
            let channel = random.below(dataset.shape.c) as usize;
            view.channels[channel].lut = random.table();
        }
        let overlay = Overlay {
            scale_bar: random.coin(),
            labels: random.coin(),
        };
        let saved = SavedView::new(&view, &dataset, Some([640, 480]), overlay);
        let text = saved.to_text();
        let read = SavedView::from_text(&text).unwrap_or_else(|error| panic!("{round}: {error} in {text}"));
        assert_eq!(read, saved, "{text}");
        assert_eq!((read.overlay(), read.misfit(&dataset)), (overlay, None));
        let mut found = ViewState::new(&dataset);
        read.apply(&mut found, &dataset).expect("it fits");
        assert_same_place(&found, &view, &text);
        assert_eq!(found.slab_range(), view.slab_range());
        (found.camera, found.slab) = (view.camera, view.slab);
        assert_eq!(found, view, "{text}");
    }
}

#[test]
fn a_saved_view_of_another_image_is_applied_as_far_as_it_fits() {
    let mut random = Random(4);
    let (mut large, mut small) = (random.dataset(), random.dataset());
    let shape = |c, z| Shape { t: 1, c, z, y: 9, x: 9 };
    (large.shape, small.shape) = (shape(3, 30), shape(2, 10));
    large.channels.truncate(3);
    let mut view = ViewState::new(&large);
    view.set_plane(25);
    view.active_channel = 2;
    view.channels[1].gamma = 0.25;
    let saved = SavedView::new(&view, &large, None, Overlay::default());
    let misfit = saved.misfit(&small).expect("it does not fit");
    assert_eq!(
        misfit,
        "the saved view is of another image: it has 3 channels and the image 2; it shows plane z 25 and the image has 10"
    );
    let mut found = ViewState::new(&small);
    saved.apply(&mut found, &small).expect("as far as it fits");
    assert_eq!((found.plane(), found.active_channel, found.channels.len()), (9, 1, 2));
    assert_eq!(found.channels[1].gamma, 0.25);
}

/// Every wrong value is told in one line.
#[test]
fn broken_saved_views_are_refused() {
    let mut random = Random(5);
    let dataset = random.dataset();
    let text = SavedView::new(&ViewState::new(&dataset), &dataset, None, Overlay::default()).to_text();
    SavedView::from_text(&text).expect("it is right");
    for (right, wrong, part) in [
        ("\"microtome_view\": 1", "\"microtome_view\": 2", "microtome_view is 2"),
        ("\"t\": 0", "\"t\": -1", "-1"),
        ("\"t\": 0", "\"time\": 0", "unknown field `time`"),
        ("\"t\": 0,", "", "missing field `t`"),
        ("\"slab\": 1", "\"slab\": 0", "slab 0"),
        ("\"slab\": 1", "\"slab\": \"most\"", "slab \"most\""),
        ("\"fit\"", "\"far\"", "camera"),
        ("\"fit\"", "{\"zoom\": 0, \"center\": [1, 1]}", "zoom 0"),
        ("\"fit\"", "{\"zoom\": 1, \"centre\": [1, 1]}", "centre"),
        ("\"composite\"", "\"collage\"", "collage"),
        ("\"gamma\": 1.0", "\"gamma\": -1.0", "gamma -1"),
        ("\"rule\": \"", "\"rule\": \"loud", "loud"),
        ("\"lut\": \"", "\"lut\": \"plaid", "plaid"),
        ("{", "[", "no saved view"),
    ] {
        assert!(text.contains(right), "{right} is in {text}");
        let broken = text.replacen(right, wrong, 1);
        let error = SavedView::from_text(&broken).expect_err(wrong);
        assert!(error.contains(part) && !error.contains('\n'), "{wrong}: {error}");
    }
}

#[test]
fn the_image_lies_beside_the_view() {
    let mut random = Random(6);
    let dataset = random.dataset();
    let mut saved = SavedView::new(&ViewState::new(&dataset), &dataset, None, Overlay::default());
    let file = std::path::Path::new("/data/views/a.view.json");
    for (path, stored, found) in [
        ("/data/views/b/image.tif", "b/image.tif", "/data/views/b/image.tif"),
        ("/data/image.tif", "/data/image.tif", "/data/image.tif"),
        ("sample:kidney", "sample:kidney", "sample:kidney"),
        ("/data/views", "/data/views", "/data/views"),
    ] {
        saved.set_path(path, file);
        assert_eq!(saved.path.as_deref(), Some(stored));
        assert_eq!(saved.path_from(file), Some(found.into()));
    }
    saved.set_path("/data/views/b/image.tif", file);
    let moved = saved.path_from(std::path::Path::new("/other/a.view.json"));
    assert_eq!(moved, Some("/other/b/image.tif".into()));
}
