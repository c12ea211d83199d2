//! What a file says about how it is shown: pictures made by the command line, byte by byte, and numbers as stored.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::tiff_files::{BIG, LITTLE, noise};
use common::tiff_writer::{Page, Values};
use serde_json::{Value, json};

type Rgb = [u8; 3];

/// A picture: rows of colours.
#[derive(Debug, PartialEq)]
struct Picture {
    width: usize,
    colors: Vec<Rgb>,
}

impl Picture {
    fn new(width: usize, colors: impl IntoIterator<Item = Rgb>) -> Self {
        Self {
            width,
            colors: colors.into_iter().collect(),
        }
    }
}

fn run(args: &[&str]) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_microtome"))
        .args(args)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

fn json_of(args: &[&str]) -> Value {
    let (is_ok, printed, error) = run(args);
    assert!(is_ok, "{args:?}: {error}");
    serde_json::from_str(&printed).expect("JSON")
}

fn has_gpu() -> bool {
    let found = !json_of(&["adapters", "--json"])["adapters"]
        .as_array()
        .expect("a list")
        .is_empty();
    if !found {
        let is_required = std::env::var_os("MICROTOME_REQUIRE_GPU").is_some();
        assert!(!is_required, "no graphics adapter, and one is required");
        println!("skipped: there is no graphics adapter");
    }
    found
}

/// A file in a folder of its own.
struct File {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl File {
    fn new(pages: &[Page]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("image.tif");
        // Both byte orders, by chance.
        let layout = if pages[0].chunks[0].len().is_multiple_of(2) {
            LITTLE
        } else {
            BIG
        };
        std::fs::write(&path, layout.write(pages)).expect("the file is written");
        Self { _folder: folder, path }
    }

    fn path(&self) -> &str {
        self.path.to_str().expect("UTF-8")
    }

    fn info(&self) -> Value {
        json_of(&["info", self.path(), "--json"])
    }

    /// Range, percentiles and hash of the voxels.
    fn numbers(&self) -> Value {
        let stats = json_of(&["stats", self.path(), "--json", "--hash"]);
        assert!(stats["sha256"].is_string());
        json!([stats["channels"], stats["sha256"]])
    }

    fn warnings(&self) -> String {
        self.info()["warnings"].to_string()
    }

    fn png(&self, options: &[&str]) -> PathBuf {
        let target = self.path.with_extension("png");
        let mut args = vec!["render", self.path(), "-q", "-o", target.to_str().expect("UTF-8")];
        args.extend(options);
        let (is_ok, _, error) = run(&args);
        assert!(is_ok, "{args:?}: {error}");
        target
    }

    fn render(&self, options: &[&str]) -> Picture {
        read_png(&self.png(options))
    }
}

fn read_png(path: &Path) -> Picture {
    let file = std::io::BufReader::new(std::fs::File::open(path).expect("the picture is there"));
    let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("it fits")];
    let info = reader.next_frame(&mut bytes).expect("pixels");
    let pixels = bytes[..info.buffer_size()].chunks_exact(3);
    Picture::new(info.width as usize, pixels.map(|p| [p[0], p[1], p[2]]))
}

/// A page of 8-bit samples, pixel by pixel.
fn samples_page(width: u32, samples: u16, photometric: u16, data: Vec<u8>) -> Page {
    let height = data.len() as u32 / width / u32::from(samples);
    Page::gray(width, height, 8, 1, data)
        .with(258, Values::Short(vec![8; samples.into()]))
        .with(262, Values::Short(vec![photometric]))
        .with(277, Values::Short(vec![samples]))
}

fn gray(value: u8) -> Rgb {
    [value; 3]
}

const W: usize = 7;
const H: usize = 5;

#[test]
fn low_values_are_white() {
    if !has_gpu() {
        return;
    }
    let mut values = noise(W * H, 1);
    values[..2].copy_from_slice(&[0, 255]);
    let file = File::new(&[samples_page(W as u32, 1, 0, values.clone())]);
    let inverted = Picture::new(W, values.iter().map(|&value| gray(255 - value)));
    assert_eq!(file.render(&[]), inverted);
    assert_eq!(
        file.render(&["--lut", "gray"]),
        Picture::new(W, values.iter().map(|&value| gray(value)))
    );
    assert!(file.warnings().contains("MinIsWhite"), "{}", file.warnings());
    // Numbers are those of a page that says nothing.
    let plain = File::new(&[samples_page(W as u32, 1, 1, values)]);
    assert_eq!(file.numbers(), plain.numbers());
    assert_ne!(plain.render(&[]), inverted);
}

/// Red, green and blue of `count` indices, 16 bits each, and their bytes.
fn colors(count: usize, seed: u64) -> (Vec<u16>, Vec<Rgb>) {
    let bytes = noise(6 * count, seed);
    let parts: Vec<u16> = bytes
        .chunks(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    let table = (0..count).map(|i| [0, 1, 2].map(|color| (parts[color * count + i] >> 8) as u8));
    (parts.clone(), table.collect())
}

#[test]
fn an_index_has_its_colour() {
    if !has_gpu() {
        return;
    }
    let (map, table) = colors(256, 2);
    // Not all indices occur: the range of the values does not matter.
    let indices: Vec<u8> = noise(W * H, 3).into_iter().map(|index| 40 + index / 3).collect();
    let pages: Vec<Page> = [0, 100]
        .map(|more| {
            let indices = indices.iter().map(|index| index + more).collect();
            samples_page(W as u32, 1, 3, indices).with(320, Values::Short(map.clone()))
        })
        .into();
    let file = File::new(&pages);
    let picture = |more: u8| Picture::new(W, indices.iter().map(|&index| table[usize::from(index + more)]));
    assert_eq!(file.render(&["--z", "0"]), picture(0));
    assert_eq!(file.render(&["--z", "1"]), picture(100));
    assert_ne!(file.render(&["--z", "0", "--contrast", "volume"]), picture(0));
    let stats = json_of(&["stats", file.path(), "--json"]);
    let least = *indices.iter().min().expect("some");
    assert_eq!(stats["channels"][0]["min"], json!(least));
    assert!(file.warnings().contains("palette"), "{}", file.warnings());
}

#[test]
fn a_palette_of_8_bit_parts_is_understood() {
    if !has_gpu() {
        return;
    }
    let (map, _) = colors(256, 4);
    let low: Vec<u16> = map.iter().map(|part| part >> 8).collect();
    let indices = noise(W * H, 5);
    let page = |map: Vec<u16>| samples_page(W as u32, 1, 3, indices.clone()).with(320, Values::Short(map));
    assert_eq!(File::new(&[page(low)]).render(&[]), File::new(&[page(map)]).render(&[]));
}

#[test]
fn a_palette_of_16_bits_is_sampled() {
    if !has_gpu() {
        return;
    }
    let (map, table) = colors(65536, 6);
    let indices: Vec<u16> = noise(W * H, 7)
        .into_iter()
        .map(|index| u16::from(index) * 257)
        .collect();
    let data = indices.iter().flat_map(|index| index.to_le_bytes()).collect();
    let page = Page::gray(W as u32, H as u32, 16, 1, data)
        .with(262, Values::Short(vec![3]))
        .with(320, Values::Short(map));
    let file = File::new(&[page]);
    let wanted = Picture::new(W, indices.iter().map(|&index| table[usize::from(index)]));
    assert_eq!(file.render(&[]), wanted);
    assert!(file.warnings().contains("256 of its colours"), "{}", file.warnings());
}

#[test]
fn a_palette_that_does_not_fit_is_not_applied() {
    let page = |map: Option<Vec<u16>>| {
        let page = samples_page(W as u32, 1, 3, noise(W * H, 8));
        match map {
            Some(map) => page.with(320, Values::Short(map)),
            None => page,
        }
    };
    for (map, part) in [(None, "no ColorMap"), (Some(vec![1, 2, 3]), "3 entries, not 768")] {
        let file = File::new(&[page(map)]);
        assert!(file.warnings().contains(part), "{}", file.warnings());
        assert_eq!(file.info()["channels"][0]["color"], Value::Null);
    }
}

#[test]
fn eight_bit_colour_is_shown_as_it_is() {
    if !has_gpu() {
        return;
    }
    for (samples, extra) in [(3, vec![]), (4, vec![2]), (4, vec![0]), (4, vec![]), (5, vec![0, 1])] {
        // Dim, so that any stretching shows.
        let pixels: Vec<u8> = noise(W * H * samples, 9)
            .into_iter()
            .map(|value| 20 + value / 2)
            .collect();
        let mut page = samples_page(W as u32, samples as u16, 2, pixels.clone());
        if !extra.is_empty() {
            page = page.with(338, Values::Short(extra.clone()));
        }
        let file = File::new(&[page]);
        let color = |pixel: &[u8]| [pixel[0], pixel[1], pixel[2]];
        let wanted = Picture::new(W, pixels.chunks(samples).map(color));
        assert_eq!(file.render(&[]), wanted, "{samples} samples, extra {extra:?}");
        assert_ne!(file.render(&["--contrast", "volume"]), wanted);
        let info = file.info();
        let channels = info["channels"].as_array().expect("a list");
        assert_eq!(channels.len(), samples);
        for (index, channel) in channels.iter().enumerate() {
            assert_eq!(channel["hidden"], json!(index >= 3));
            let is_alpha = index >= 3 && matches!(extra.get(index - 3), Some(1 | 2));
            assert_eq!(channel["name"] == "alpha", is_alpha, "channel {index}");
        }
        if samples > 3 {
            let alpha = Picture::new(W, pixels.chunks(samples).map(|pixel| gray(pixel[3])));
            assert_eq!(file.render(&["--channels", "3", "--range", "0,255"]), alpha);
        }
    }
}

#[test]
fn colour_of_16_bits_stays_channels() {
    let data = noise(W * H * 6, 10);
    let page = samples_page(W as u32, 3, 2, vec![0; W * H * 3]).with(258, Values::Short(vec![16; 3]));
    let file = File::new(&[Page {
        chunks: vec![data],
        ..page
    }]);
    for channel in file.info()["channels"].as_array().expect("a list") {
        assert_eq!(channel["color"], Value::Null);
    }
}

#[test]
fn grey_with_alpha_is_grey() {
    if !has_gpu() {
        return;
    }
    let pixels = noise(W * H * 2, 11);
    let page = |kind| samples_page(W as u32, 2, 1, pixels.clone()).with(338, Values::Short(vec![kind]));
    let wanted = Picture::new(W, pixels.chunks(2).map(|pixel| gray(pixel[0])));
    assert_eq!(File::new(&[page(2)]).render(&["--range", "0,255"]), wanted);
    // An unspecified sample is a channel like the first.
    assert_ne!(File::new(&[page(0)]).render(&["--range", "0,255"]), wanted);
}

#[test]
fn inks_darken_white() {
    if !has_gpu() {
        return;
    }
    let pixels = noise(W * H * 4, 12);
    let page = || samples_page(W as u32, 4, 5, pixels.clone());
    let file = File::new(&[page()]);
    let color = |pixel: &[u8]| {
        let light = |ink: u8| 1.0 - f64::from(ink) / 255.0;
        [0, 1, 2].map(|i| (255.0 * light(pixel[i]) * light(pixel[3])).round() as u8)
    };
    let drawn = file.render(&[]);
    let wanted = Picture::new(W, pixels.chunks(4).map(color));
    let is_near = |(a, b): (&Rgb, &Rgb)| (0..3).all(|i| a[i].abs_diff(b[i]) <= 1);
    assert!(
        drawn.colors.iter().zip(&wanted.colors).all(is_near),
        "{drawn:?} {wanted:?}"
    );
    let cyan = Picture::new(W, pixels.chunks(4).map(|pixel| [255 - pixel[0], 255, 255]));
    assert_eq!(file.render(&["--channels", "0"]), cyan);
    assert_eq!(file.render(&["--blend", "multiply"]), drawn);
    assert_ne!(file.render(&["--blend", "add"]), drawn);
    assert!(file.warnings().contains("inks"), "{}", file.warnings());
    // Inks that are not cyan, magenta, yellow and black are channels.
    let others = File::new(&[page().with(332, Values::Short(vec![2]))]);
    assert_eq!(others.info()["channels"][0]["color"], Value::Null);
    assert!(others.warnings().contains("inks"), "{}", others.warnings());
}

#[test]
fn colours_that_are_not_converted_are_said_to_be() {
    let page = samples_page(W as u32, 3, 8, noise(W * H * 3, 13));
    let file = File::new(&[page]);
    assert!(file.warnings().contains("L*a*b*"), "{}", file.warnings());
}

/// Where TIFF 6.0 puts the stored pixel (row, column) of H rows of W pixels, as (column, row) in the picture.
fn place(orientation: u16, row: usize, column: usize) -> (usize, usize) {
    let (last_row, last_column) = (H - 1 - row, W - 1 - column);
    match orientation {
        1 => (column, row),
        2 => (last_column, row),
        3 => (last_column, last_row),
        4 => (column, last_row),
        5 => (row, column),
        6 => (last_row, column),
        7 => (last_row, last_column),
        8 => (row, last_column),
        _ => unreachable!("{orientation} is none"),
    }
}

fn turned(orientation: u16, values: &[u8]) -> Picture {
    let width = if orientation >= 5 { H } else { W };
    let mut colors = vec![[0; 3]; W * H];
    for (i, &value) in values.iter().enumerate() {
        let (u, v) = place(orientation, i / W, i % W);
        colors[v * width + u] = gray(value);
    }
    Picture { width, colors }
}

#[test]
fn orientation_turns_the_picture_and_no_number() {
    if !has_gpu() {
        return;
    }
    let planes: Vec<Vec<u8>> = (0..3).map(|z| noise(W * H, 20 + z)).collect();
    let mut numbers = Vec::new();
    for orientation in 1..=8 {
        let pages: Vec<Page> = planes
            .iter()
            .map(|plane| samples_page(W as u32, 1, 1, plane.clone()).with(274, Values::Short(vec![orientation])))
            .collect();
        let file = File::new(&pages);
        let picture = turned(orientation, &planes[1]);
        assert_eq!(file.render(&["--range", "0,255"]), picture, "orientation {orientation}");
        assert_eq!(
            file.render(&["--range", "0,255", "--z", "0"]),
            turned(orientation, &planes[0])
        );

        // Fitted in a square, and four pixels per voxel: the same, larger.
        let large = file.render(&["--range", "0,255", "--size", &format!("{}x{}", 4 * W, 4 * W)]);
        let height = W * H / picture.width;
        let margin = [(W - picture.width) * 2, (W - height) * 2];
        for v in 0..4 * height {
            for u in 0..4 * picture.width {
                let pixel = large.colors[(v + margin[1]) * 4 * W + u + margin[0]];
                assert_eq!(
                    pixel,
                    picture.colors[v / 4 * picture.width + u / 4],
                    "orientation {orientation}"
                );
            }
        }

        // The centre is a stored place: the middle of voxel (1, 5).
        let spot = file.render(&[
            "--range", "0,255", "--center", "5.5,1.5", "--zoom", "4", "--size", "3x3",
        ]);
        assert_eq!(
            spot,
            Picture::new(3, [gray(planes[1][W + 5]); 9]),
            "orientation {orientation}"
        );

        // Other planes: z runs down, rows and columns across as they do in planes along z.
        let is_reversed = |axis: usize| {
            let ends = [
                place(orientation, 0, 0),
                place(orientation, usize::from(axis == 0), axis),
            ];
            (ends[0].0, ends[0].1) > (ends[1].0, ends[1].1)
        };
        let across = |n: usize, is_reversed: bool| (0..n).map(move |i| if is_reversed { n - 1 - i } else { i });
        let along_y = planes
            .iter()
            .flat_map(|plane| across(W, is_reversed(1)).map(|x| gray(plane[3 * W + x])));
        assert_eq!(
            file.render(&["--range", "0,255", "--normal", "y", "--z", "3"]),
            Picture::new(W, along_y),
            "orientation {orientation}"
        );
        let along_x = planes
            .iter()
            .flat_map(|plane| across(H, is_reversed(0)).map(|y| gray(plane[y * W + 2])));
        assert_eq!(
            file.render(&["--range", "0,255", "--normal", "x", "--z", "2"]),
            Picture::new(H, along_x),
            "orientation {orientation}"
        );

        let info = file.info();
        assert_eq!(info["orientation"], json!(orientation));
        assert_eq!(info["sizes"]["x"], json!(W));
        let (_, text, _) = run(&["info", file.path()]);
        assert_eq!(
            text.contains(&format!("orientation: {orientation} (")),
            orientation > 1,
            "{text}"
        );
        numbers.push(file.numbers());
    }
    assert!(numbers.iter().all(|these| *these == numbers[0]), "{numbers:?}");
}

#[test]
fn an_orientation_that_is_none_is_ignored() {
    let page = samples_page(W as u32, 1, 1, noise(W * H, 30)).with(274, Values::Short(vec![77]));
    let file = File::new(&[page]);
    assert_eq!(file.info()["orientation"], json!(1));
    assert!(file.warnings().contains("orientation 77"), "{}", file.warnings());
}
