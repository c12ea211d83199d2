//! The program as it is used: every command, every flag, every kind of failure, through the command line.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use microtome::source::phantom;
use serde_json::Value;

const KIDNEY: &str = "sample:kidney";

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_microtome"));
    command.args(args).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command
}

fn run(args: &[&str]) -> Output {
    command(args).output().expect("the program starts")
}

/// Runs what must succeed and returns its stdout.
fn ok(args: &[&str]) -> String {
    let output = run(args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {stderr}");
    assert_eq!(stderr, "", "{args:?} is quiet where nothing is wrong");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Runs what must fail with one line and exit code 1; returns the line.
fn fails(args: &[&str]) -> String {
    let output = run(args);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{args:?}: {stderr}");
    assert_eq!(output.stdout, b"", "{args:?} prints nothing");
    assert_eq!(stderr.lines().count(), 1, "{args:?}: {stderr}");
    assert!(stderr.starts_with("error: "), "{args:?}: {stderr}");
    stderr
}

fn has_gpu() -> bool {
    let adapters: Value = serde_json::from_str(&ok(&["adapters", "--json"])).expect("JSON");
    let found = !adapters["adapters"].as_array().expect("a list").is_empty();
    if !found {
        assert!(
            std::env::var_os("MICROTOME_REQUIRE_GPU").is_none(),
            "no graphics adapter, and one is required"
        );
        println!("skipped: there is no graphics adapter");
    }
    found
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Size, and rows of RGB pixels.
type Rgb = ([usize; 2], Vec<[u8; 3]>);

fn read_png(path: &Path) -> Rgb {
    let file = std::io::BufReader::new(std::fs::File::open(path).expect("the picture is there"));
    let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("it fits")];
    let info = reader.next_frame(&mut bytes).expect("pixels");
    assert_eq!(info.color_type, png::ColorType::Rgb);
    let pixels = bytes[..info.buffer_size()]
        .chunks_exact(3)
        .map(|p| [p[0], p[1], p[2]])
        .collect();
    ([info.width as usize, info.height as usize], pixels)
}

#[test]
fn info_begins_with_what_numpy_prints() {
    let printed = ok(&["info", KIDNEY]);
    let first: Vec<&str> = printed.lines().take(3).collect();
    assert_eq!(
        first,
        ["number of dimensions: 4", "shape: (16, 512, 512, 3)", "dtype: uint16"]
    );
}

#[cfg(target_os = "linux")]
#[test]
fn names_of_files_need_not_be_text() {
    use std::os::unix::ffi::OsStrExt;
    let folder = folder();
    let plain = folder.path().join("sample.tif");
    ok(&["sample", text(&plain)]);
    let strange = folder.path().join(std::ffi::OsStr::from_bytes(b"sampl\xe9.tif"));
    std::fs::rename(&plain, &strange).expect("a file can be renamed");
    let output = command(&["info"]).arg(&strange).output().expect("the program starts");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && printed.contains("shape: (16, 512, 512, 3)"),
        "{printed}"
    );
    let output = command(&["info"]).arg(strange.with_extension("gone")).output();
    let said = String::from_utf8(output.expect("the program starts").stderr).expect("UTF-8");
    assert!(
        said.starts_with("error: ") && said.contains("sampl\u{fffd}.gone"),
        "{said}"
    );
}

#[test]
fn info_json_has_the_documented_keys() {
    let info: Value = serde_json::from_str(&ok(&["info", KIDNEY, "--json"])).expect("JSON");
    let keys: Vec<&String> = info.as_object().expect("an object").keys().collect();
    let mut expected = [
        "path",
        "format",
        "axes",
        "axes_from",
        "shape",
        "dtype",
        "sizes",
        "voxel_size",
        "time_step",
        "channels",
        "orientation",
        "compression",
        "bytes",
        "levels",
        "series",
        "warnings",
        "damage",
    ];
    expected.sort_unstable();
    assert_eq!(keys, expected);
    assert_eq!(info["shape"], serde_json::json!([16, 512, 512, 3]));
    assert_eq!(
        info["sizes"],
        serde_json::json!({"t": 1, "c": 3, "z": 16, "y": 512, "x": 512})
    );
    assert_eq!(
        info["voxel_size"],
        serde_json::json!({"z": 1.25, "y": 1.24, "x": 1.24, "unit": "µm"})
    );
    assert_eq!(info["time_step"], serde_json::Value::Null, "there is one time");
    assert_eq!(info["channels"][1]["name"], "WGA");
}

#[test]
fn stats_are_those_of_the_tutorial_and_of_the_cpu() {
    if !has_gpu() {
        return;
    }
    let printed = ok(&["stats", KIDNEY, "--check-cpu", "--device", "gpu"]);
    let first: Vec<&str> = printed.lines().take(4).collect();
    assert_eq!(
        first,
        [
            "range: (10, 4095)",
            "range for channel 0: (10, 4095)",
            "range for channel 1: (68, 4095)",
            "range for channel 2: (35, 4095)"
        ]
    );
    assert!(printed.contains("check: the CPU finds the same numbers"));

    let stats: Value =
        serde_json::from_str(&ok(&["stats", KIDNEY, "--json", "--hash", "--device", "gpu"])).expect("JSON");
    assert_eq!(stats["exact"], true);
    assert_eq!(stats["range"], serde_json::json!([10, 4095]));
    assert_eq!(stats["channels"][1]["min"], 68);
    for key in ["0.1", "1", "50", "99", "99.9"] {
        assert!(stats["channels"][0]["percentiles"][key].is_number(), "{key}");
    }
    for key in ["non_finite", "at_min", "at_max"] {
        assert!(stats["channels"][2][key].is_u64(), "{key}");
    }
    assert!(stats["adapter"].is_string() && stats["seconds"].is_f64());

    let mut sorted: Vec<u16> = phantom::kidney().chunks_exact(3).map(|voxel| voxel[2]).collect();
    sorted.sort_unstable();
    assert_eq!(
        stats["channels"][2]["at_min"],
        sorted.iter().filter(|&&value| value == 35).count()
    );
    let place = (sorted.len() - 1) as f64 * 0.5;
    let median = (f64::from(sorted[place.floor() as usize]) + f64::from(sorted[place.ceil() as usize])) / 2.0;
    assert_eq!(stats["channels"][2]["percentiles"]["50"].as_f64(), Some(median));
}

#[test]
fn the_sample_as_a_file_is_the_sample() {
    if !has_gpu() {
        return;
    }
    let folder = folder();
    let path = folder.path().join("k.tif");
    ok(&["sample", text(&path)]);
    let hash = |path: &str| {
        let stats: Value = serde_json::from_str(&ok(&["stats", path, "--json", "--hash"])).expect("JSON");
        stats["sha256"].as_str().expect("a hash").to_owned()
    };
    assert_eq!(hash(text(&path)), hash(KIDNEY));
    let info: Value = serde_json::from_str(&ok(&["info", text(&path), "--json"])).expect("JSON");
    assert_eq!(info["shape"], serde_json::json!([16, 512, 512, 3]));
    assert_eq!(
        info["voxel_size"],
        serde_json::json!({"z": 1.25, "y": 1.24, "x": 1.24, "unit": "µm"})
    );
    assert_eq!(info["channels"][2]["name"], "actin");
    // The axes can be overruled, by letters that fit.
    let info: Value = serde_json::from_str(&ok(&["info", text(&path), "--json", "--axes", "TYXC"])).expect("JSON");
    assert_eq!(
        info["sizes"],
        serde_json::json!({"t": 16, "c": 3, "z": 1, "y": 512, "x": 512})
    );
    assert!(fails(&["info", text(&path), "--axes", "ZYX"]).contains("--axes"));
}

/// What a picture of the sample must be, computed the plain way from its voxels.
struct Expected {
    normal: usize,
    plane: usize,
    windows: [[f64; 2]; 3],
    gamma: f64,
    colors: [[f64; 3]; 3],
    channels: Vec<usize>,
    is_max: bool,
    is_montage: bool,
}

const RGB: [[f64; 3]; 3] = [[255.0, 0.0, 0.0], [0.0, 255.0, 0.0], [0.0, 0.0, 255.0]];
const GRAY: [[f64; 3]; 3] = [[255.0; 3]; 3];
const VOLUME: [[f64; 2]; 3] = [[10.0, 4095.0], [68.0, 4095.0], [35.0, 4095.0]];

impl Expected {
    fn new() -> Self {
        Self {
            normal: 0,
            plane: 8,
            windows: VOLUME,
            gamma: 1.0,
            colors: RGB,
            channels: vec![0, 1, 2],
            is_max: false,
            is_montage: false,
        }
    }

    /// Extents (v, u) of a plane, and the voxel (z, y, x) at a place in it.
    fn place(&self, v: usize, u: usize) -> [usize; 3] {
        match self.normal {
            0 => [self.plane, v, u],
            1 => [v, self.plane, u],
            _ => [v, u, self.plane],
        }
    }

    fn size(&self) -> [usize; 2] {
        if self.normal == 0 { [512, 512] } else { [16, 512] }
    }

    fn value(voxels: &[u16], [z, y, x]: [usize; 3], channel: usize) -> f64 {
        f64::from(voxels[((z * 512 + y) * 512 + x) * 3 + channel])
    }

    /// Minimum and maximum of each channel in the plane.
    fn plane_windows(&self, voxels: &[u16]) -> [[f64; 2]; 3] {
        let [height, width] = self.size();
        std::array::from_fn(|channel| {
            let mut window = [f64::MAX, f64::MIN];
            for v in 0..height {
                for u in 0..width {
                    let value = Self::value(voxels, self.place(v, u), channel);
                    window = [window[0].min(value), window[1].max(value)];
                }
            }
            window
        })
    }

    fn check(&self, picture: &Rgb, voxels: &[u16], what: &str) {
        let [height, width] = self.size();
        let panels: Vec<Vec<usize>> = if self.is_montage {
            self.channels.iter().map(|&c| vec![c]).collect()
        } else {
            vec![self.channels.clone()]
        };
        assert_eq!(picture.0, [width * panels.len(), height], "{what}: size of the picture");
        for (place, panel) in panels.iter().enumerate() {
            for v in 0..height {
                for u in 0..width {
                    let mut sum = [0.0f64; 3];
                    for &channel in panel {
                        let [low, high] = self.windows[channel];
                        let value = Self::value(voxels, self.place(v, u), channel);
                        let brightness = ((value - low) / (high - low)).clamp(0.0, 1.0).powf(self.gamma);
                        for (sum, color) in sum.iter_mut().zip(self.colors[channel]) {
                            let part = brightness * color;
                            *sum = if self.is_max { sum.max(part) } else { *sum + part };
                        }
                    }
                    let got = picture.1[v * picture.0[0] + place * width + u];
                    for i in 0..3 {
                        let off = (f64::from(got[i]) - sum[i].clamp(0.0, 255.0)).abs();
                        assert!(
                            off <= 1.0,
                            "{what}: pixel ({u}, {v}) of panel {place} is {got:?}, not {sum:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn render_is_what_numpy_computes() {
    if !has_gpu() {
        return;
    }
    let voxels = phantom::kidney();
    let folder = folder();
    let out = folder.path().join("out.png");
    let check = |flags: &[&str], expected: &Expected| {
        let mut args = vec!["render", KIDNEY, "-o", text(&out)];
        args.extend_from_slice(flags);
        ok(&args);
        expected.check(&read_png(&out), &voxels, &flags.join(" "));
    };
    let base = Expected::new;
    check(&[], &base());
    check(&["--z", "3", "--t", "0"], &Expected { plane: 3, ..base() });
    check(
        &["--normal", "y"],
        &Expected {
            normal: 1,
            plane: 256,
            ..base()
        },
    );
    check(
        &["--normal", "x", "--z", "100"],
        &Expected {
            normal: 2,
            plane: 100,
            ..base()
        },
    );
    check(
        &["--channels", "0,2"],
        &Expected {
            channels: vec![0, 2],
            ..base()
        },
    );
    check(&["--contrast", "volume"], &base());
    let own = base().plane_windows(&voxels);
    check(&["--contrast", "plane"], &Expected { windows: own, ..base() });
    // The tutorial's one range for all channels of plane 8.
    check(
        &["--contrast", "plane-shared"],
        &Expected {
            windows: [[64.0, 4095.0]; 3],
            ..base()
        },
    );
    let shared = [own[1][0].min(own[2][0]), own[1][1].max(own[2][1])];
    let two = Expected {
        windows: [shared; 3],
        channels: vec![1, 2],
        ..base()
    };
    check(&["--contrast", "plane-shared", "--channels", "1,2"], &two);
    check(
        &["--range", "100,2000.5"],
        &Expected {
            windows: [[100.0, 2000.5]; 3],
            ..base()
        },
    );
    let mixed = [VOLUME[0], [-50.0, 3000.0], VOLUME[2]];
    check(
        &["--range", "1:-50,3000"],
        &Expected {
            windows: mixed,
            ..base()
        },
    );
    check(&["--gamma", "0.5"], &Expected { gamma: 0.5, ..base() });
    check(
        &["--blend", "max", "--palette", "gray"],
        &Expected {
            is_max: true,
            colors: GRAY,
            ..base()
        },
    );
    check(&["--blend", "add", "--palette", "rgb"], &base());
    let cyan = [[255.0, 128.0, 0.0], RGB[1], RGB[2]];
    check(&["--lut", "0:#ff8000"], &Expected { colors: cyan, ..base() });
    check(
        &["--lut", "gray", "--layout", "montage"],
        &Expected {
            colors: GRAY,
            is_montage: true,
            ..base()
        },
    );
    check(&["--layout", "composite", "--filter", "nearest"], &base());
    // Linear at one pixel per voxel meets every centre.
    check(&["--filter", "linear"], &base());
    check(&["--size", "512x512", "--center", "256,256", "--zoom", "1"], &base());
    let sorted: Vec<Vec<u16>> = (0..3)
        .map(|channel| {
            let mut values: Vec<u16> = voxels.chunks_exact(3).map(|voxel| voxel[channel]).collect();
            values.sort_unstable();
            values
        })
        .collect();
    let percentiles = |lo: f64, hi: f64| {
        std::array::from_fn(|channel| {
            [lo, hi].map(|percent| {
                let values: &[u16] = &sorted[channel];
                let place = (values.len() - 1) as f64 * percent / 100.0;
                let [below, above] = [place.floor(), place.ceil()].map(|rank| f64::from(values[rank as usize]));
                below + (above - below) * place.fract()
            })
        })
    };
    check(
        &["--contrast", "percentile"],
        &Expected {
            windows: percentiles(0.1, 99.9),
            ..base()
        },
    );
    check(
        &["--contrast", "percentile:5,95"],
        &Expected {
            windows: percentiles(5.0, 95.0),
            ..base()
        },
    );
    // Tiles of 100 voxels a side, edges inside the picture: the same picture.
    let output = command(&["render", KIDNEY, "-o", text(&out), "--filter", "linear"])
        .env("MICROTOME_MAX_TILE", "100")
        .output()
        .expect("the program starts");
    assert!(output.status.success());
    base().check(&read_png(&out), &voxels, "tiles of 100 voxels");
    // The comparison can fail.
    let wrong = std::panic::catch_unwind(|| Expected { plane: 9, ..base() }.check(&read_png(&out), &voxels, "wrong"));
    assert!(wrong.is_err(), "another plane is told apart");
}

#[test]
fn zoom_size_and_overlays_change_the_picture() {
    if !has_gpu() {
        return;
    }
    let folder = folder();
    let picture = |flags: &[&str]| {
        let out = folder.path().join("out.png");
        let mut args = vec!["render", KIDNEY, "-o", text(&out)];
        args.extend_from_slice(flags);
        ok(&args);
        read_png(&out)
    };
    assert_eq!(picture(&["--zoom", "0.5"]).0, [256, 256]);
    assert_eq!(picture(&["--size", "300x200"]).0, [300, 200]);
    let twice = picture(&["--zoom", "2"]);
    let once = picture(&[]);
    assert_eq!(twice.0, [1024, 1024]);
    for (place, pixel) in once.1.iter().enumerate() {
        assert_eq!(
            *pixel,
            twice.1[(place / 512 * 2) * 1024 + place % 512 * 2],
            "voxel {place}"
        );
    }
    let whole = picture(&["--size", "512x512"]);
    assert_eq!(whole.1, once.1, "the plane fills a picture of its size");
    assert_ne!(picture(&["--scale-bar"]).1, once.1);
    assert_ne!(picture(&["--labels"]).1, once.1);
    assert_ne!(picture(&["--lut", "viridis"]).1, once.1);
    assert_ne!(picture(&["--palette", "safe"]).1, once.1);
}

#[test]
fn pictures_say_what_made_them() {
    if !has_gpu() {
        return;
    }
    let folder = folder();
    let out = folder.path().join("out.png");
    ok(&["render", KIDNEY, "-o", text(&out), "--z", "5", "--gamma", "0.7"]);
    let reader = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&out).expect("it is there")))
        .read_info()
        .expect("a PNG");
    let info = reader.info();
    let mut all = String::new();
    for chunk in &info.uncompressed_latin1_text {
        all += &format!("{}={}\n", chunk.keyword, chunk.text);
    }
    for chunk in &info.utf8_text {
        all += &format!("{}={}\n", chunk.keyword, chunk.get_text().expect("text"));
    }
    for part in [
        env!("CARGO_PKG_VERSION"),
        KIDNEY,
        "nuclei",
        "WGA",
        "actin",
        "4095",
        "0.7",
        "1.24",
        "µm",
        "ZYXC",
    ] {
        assert!(all.contains(part), "{part:?} is not in\n{all}");
    }
}

#[test]
fn a_movie_has_every_plane() {
    if !has_gpu() {
        return;
    }
    let folder = folder();
    let frames = folder.path().join("frames");
    let apng = folder.path().join("movie.png");
    ok(&["movie", KIDNEY, "-o", text(&frames), "--zoom", "0.25"]);
    ok(&[
        "movie",
        KIDNEY,
        "-o",
        text(&apng),
        "--zoom",
        "0.25",
        "--fps",
        "12",
        "--sweep",
        "z",
    ]);
    ok(&[
        "movie",
        KIDNEY,
        "-o",
        text(&folder.path().join("movie.gif")),
        "--zoom",
        "0.25",
    ]);
    let mut names: Vec<PathBuf> = std::fs::read_dir(&frames)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    names.sort();
    assert_eq!(names.len(), 16);
    let mut reader = png::Decoder::new(std::io::BufReader::new(
        std::fs::File::open(&apng).expect("it is there"),
    ))
    .read_info()
    .expect("a PNG");
    assert_eq!(reader.info().animation_control.expect("animated").num_frames, 16);
    let out = folder.path().join("plane.png");
    for (plane, name) in names.iter().enumerate() {
        ok(&[
            "render",
            KIDNEY,
            "-o",
            text(&out),
            "--zoom",
            "0.25",
            "--z",
            &plane.to_string(),
        ]);
        let (_, expected) = read_png(&out);
        assert_eq!(read_png(name).1, expected, "frame {plane} of the folder");
        let mut bytes = vec![0; reader.output_buffer_size().expect("it fits")];
        let info = reader.next_frame(&mut bytes).expect("a frame");
        assert_eq!(
            bytes[..info.buffer_size()].as_chunks::<3>().0,
            expected,
            "frame {plane} of the animated PNG"
        );
    }
    // A folder that holds something is left alone unless it is said.
    let line = fails(&["movie", KIDNEY, "-o", text(&frames), "--zoom", "0.25"]);
    assert!(line.contains("frames"), "{line}");
    ok(&["movie", KIDNEY, "-o", text(&frames), "--zoom", "0.25", "--force"]);
}

#[test]
fn bad_input_is_one_line() {
    let folder = folder();
    let path = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("it can be written");
        path
    };
    let missing = folder.path().join("missing.tif");
    let text_file = path("text.tif", b"this is no picture\n");
    let empty = path("empty.tif", b"");
    for bad in [&missing, &folder.path().to_path_buf(), &text_file, &empty] {
        for command in ["info", "stats"] {
            let line = fails(&[command, text(bad)]);
            assert!(line.contains(text(bad)), "the path is named: {line}");
        }
        fails(&["render", text(bad), "-o", text(&folder.path().join("never.png"))]);
        fails(&["movie", text(bad), "-o", text(&folder.path().join("never.gif"))]);
    }
    assert!(!folder.path().join("never.png").exists() && !folder.path().join("never.gif").exists());
    if has_gpu() {
        let out = folder.path().join("x.png");
        let line = fails(&["render", KIDNEY, "-o", text(&out), "--z", "16"]);
        assert!(line.contains("there is no plane 16: they count from 0 to 15"), "{line}");
        assert!(fails(&["render", KIDNEY, "-o", text(&out), "--channels", "3"]).contains("no channel 3"));
        assert!(fails(&["render", KIDNEY, "-o", text(&out), "--t", "1"]).contains("no time point 1"));
        assert!(fails(&["render", KIDNEY, "-o", text(&out), "--size", "99999999x9"]).contains("99999999"));
        assert!(fails(&["render", KIDNEY, "-o", "/no/such/folder/x.png"]).contains("/no/such/folder/x.png"));
        assert!(
            fails(&[
                "movie",
                KIDNEY,
                "-o",
                text(&folder.path().join("m.gif")),
                "--memory",
                "1KiB"
            ])
            .contains("memory")
        );
        assert!(fails(&["sample", "/no/such/folder/k.tif"]).contains("/no/such/folder/k.tif"));
        assert!(!out.exists());
    }
    assert!(fails(&["stats", KIDNEY, "--adapter", "no such adapter"]).contains("no such adapter"));
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let wrong: [&[&str]; 17] = [
        &["render", KIDNEY],
        &["render", KIDNEY, "-o", "x.png", "--z", "minus"],
        &["render", KIDNEY, "-o", "x.png", "--contrast", "loud"],
        &["render", KIDNEY, "-o", "x.png", "--contrast", "percentile:9,1"],
        &["render", KIDNEY, "-o", "x.png", "--range", "5"],
        &["render", KIDNEY, "-o", "x.png", "--gamma", "0"],
        &["render", KIDNEY, "-o", "x.png", "--gamma", "1:0"],
        &["render", KIDNEY, "-o", "x.png", "--slab", "0"],
        &["render", KIDNEY, "-o", "x.png", "--slab", "some"],
        &["render", KIDNEY, "-o", "x.png", "--mark-clipping", "some"],
        &["render", KIDNEY, "-o", "x.png", "--channels", "some"],
        &["render", KIDNEY, "-o", "x.png", "--lut", "plaid"],
        &["render", KIDNEY, "-o", "x.png", "--size", "0x5"],
        &["info", KIDNEY, "--axes", "ZYQW"],
        &["stats", KIDNEY, "--memory", "much"],
        &["movie", KIDNEY, "-o", "x.gif", "--fps", "0"],
        &[KIDNEY, "info", KIDNEY],
    ];
    for args in wrong {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn verbose_says_more_and_quiet_nothing() {
    if !has_gpu() {
        return;
    }
    let output = run(&["-v", "stats", KIDNEY]);
    assert!(output.status.success() && !output.stderr.is_empty());
    assert_eq!(run(&["-q", "stats", KIDNEY]).stderr, b"");
}

#[test]
fn without_a_display_the_window_explains_itself() {
    if !has_gpu() {
        return;
    }
    let folder = folder();
    let output = command(&[])
        .current_dir(folder.path())
        .output()
        .expect("the program starts");
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said.lines().count(), 1, "{said}");
    let picture = std::fs::read_dir(folder.path())
        .expect("a folder")
        .next()
        .expect("a picture")
        .expect("an entry");
    assert!(said.contains(picture.file_name().to_str().expect("UTF-8")), "{said}");
    Expected::new().check(&read_png(&picture.path()), &phantom::kidney(), "without a display");
    assert!(fails(&[KIDNEY]).contains("microtome render"));
}
