//! What is written can be read again, and is what was drawn. Needs no GPU: the pictures are made by hand.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use microtome::export::{ExportError, MovieFormat, MoviePlan, MovieWriter, Provenance, write_kidney_tiff, write_png};
use microtome::source::{KidneySample, Source, phantom};
use microtome::view::{Picture, ViewState};
use microtome::volume::Dataset;

/// Pixels in `colors` different colours, differently arranged for every `seed`.
fn picture(size: [u32; 2], colors: u32, seed: u32) -> Picture {
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    let rgba = (0..size[0] * size[1]).flat_map(|_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let [red, green, blue, _] = (state % colors).wrapping_mul(0x0123_4567).to_le_bytes();
        [red, green, blue, 255]
    });
    Picture {
        width: size[0],
        height: size[1],
        rgba: rgba.collect(),
    }
}

fn dataset() -> Dataset {
    let mut dataset = KidneySample::new().dataset().clone();
    dataset.path = "far/away/Niere größer.tif".into();
    dataset.file_bytes = 25_165_824;
    dataset
}

fn provenance() -> Provenance {
    let dataset = dataset();
    Provenance::new(&dataset, &ViewState::new(&dataset))
}

fn plan(size: [u32; 2], frame_count: u64) -> MoviePlan {
    MoviePlan {
        size,
        frame_count,
        fps: 12.5,
        is_forced: false,
    }
}

fn read_png(path: &Path) -> (Vec<Vec<u8>>, png::Info<'static>) {
    let file = BufReader::new(File::open(path).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let count = reader
        .info()
        .animation_control()
        .map_or(1, |control| control.num_frames);
    let frames = (0..count).map(|_| {
        let mut frame = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut frame).unwrap();
        frame
    });
    let frames = frames.collect();
    (frames, reader.info().clone())
}

fn texts(info: &png::Info<'_>) -> Vec<(String, String)> {
    let latin = info.uncompressed_latin1_text.iter();
    let utf8 = info.utf8_text.iter();
    latin
        .map(|chunk| (chunk.keyword.clone(), chunk.text.clone()))
        .chain(utf8.map(|chunk| (chunk.keyword.clone(), chunk.get_text().unwrap())))
        .collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_png_has_the_pixels_and_says_what_they_show() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.png");
    for size in [[1, 1], [37, 11], [64, 64]] {
        let picture = picture(size, 5000, 1);
        // The second and third replace the first.
        write_png(&path, &picture, &provenance()).unwrap();
        let (frames, info) = read_png(&path);
        assert_eq!(frames, [picture.rgb()]);
        assert_eq!(
            (info.color_type, info.bit_depth),
            (png::ColorType::Rgb, png::BitDepth::Eight)
        );
        assert!(info.source_gamma.is_none() && info.srgb.is_none());
        let mut expected = provenance().entries().to_vec();
        let mut written = texts(&info);
        expected.sort();
        written.sort();
        assert_eq!(written, expected);
    }
    assert_eq!(names(folder.path()), ["out.png"]);
}

#[test]
fn provenance_is_complete_and_readable() {
    let dataset = dataset();
    let mut view = ViewState::new(&dataset);
    view.set_window(1, microtome::volume::Window::new(68.0, 4095.5));
    view.toggle_channel(2);
    let provenance = Provenance::new(&dataset, &view);
    let version = env!("CARGO_PKG_VERSION");
    for (keyword, text) in [
        ("Software", &*format!("microtome {version}")),
        ("Source", "Niere größer.tif"),
        ("microtome:file_bytes", "25165824"),
        ("microtome:shape", "(16, 512, 512, 3)"),
        ("microtome:axes", "ZYXC"),
        ("microtome:dtype", "uint16"),
        ("microtome:voxel_size", "z=1.25 y=1.24 x=1.24 unit=µm"),
        ("microtome:plane", "z=8"),
        ("microtome:time", "0"),
        ("microtome:layout", "composite"),
        ("microtome:blend", "add"),
        ("microtome:filter", "nearest"),
        ("microtome:camera", "fit"),
        (
            "microtome:channel 1",
            r##"{"name":"WGA","visible":true,"window":[68,4095.5],"gamma":1,"lut":"#00ff00","contrast":"given"}"##,
        ),
    ] {
        assert_eq!(provenance.get(keyword), Some(text), "{keyword}");
    }
    let hidden: serde_json::Value = serde_json::from_str(provenance.get("microtome:channel 2").unwrap()).unwrap();
    assert_eq!(hidden["visible"], false);
}

#[test]
fn names_that_no_text_can_hold_are_tamed() {
    let mut dataset = dataset();
    dataset.path = "a\0b\nc.tif".into();
    dataset.channels[0].name = Some("\"DAPI\"\0\n".into());
    let provenance = Provenance::new(&dataset, &ViewState::new(&dataset));
    assert_eq!(provenance.get("Source"), Some("a b c.tif"));
    let channel: serde_json::Value = serde_json::from_str(provenance.get("microtome:channel 0").unwrap()).unwrap();
    assert_eq!(channel["name"], "\"DAPI\"\0\n");
    let folder = tempfile::tempdir().unwrap();
    write_png(&folder.path().join("out.png"), &picture([3, 3], 9, 1), &provenance).unwrap();
}

#[test]
fn a_failed_write_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.png");
    fs::write(&path, "precious").unwrap();
    let broken = Picture {
        width: 4,
        height: 4,
        rgba: vec![0; 7],
    };
    let error = write_png(&path, &broken, &provenance()).unwrap_err().to_string();
    assert!(
        error.starts_with("cannot write: ") && error.ends_with("out.png"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    assert_eq!(names(folder.path()), ["out.png"]);

    let missing = folder.path().join("no such folder").join("out.png");
    let error = write_png(&missing, &picture([2, 2], 4, 1), &provenance()).unwrap_err();
    assert!(error.to_string().ends_with("out.png"), "{error}");
    let error = write_png(folder.path(), &picture([2, 2], 4, 1), &provenance()).unwrap_err();
    assert!(error.to_string().contains("it is a folder"), "{error}");
    assert_eq!(names(folder.path()), ["out.png"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_read_only_files_are_kept() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file.png"), folder.path().join("link.png"));
    fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let small = picture([2, 2], 4, 1);
    write_png(&link, &small, &provenance()).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(read_png(&file).0, [small.rgb()]);

    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    let error = write_png(&file, &small, &provenance()).unwrap_err();
    assert!(error.to_string().contains("read-only"), "{error}");
    // Neither a file nor a folder: written to as it is.
    write_png(Path::new("/dev/null"), &small, &provenance()).unwrap();
}

#[test]
fn formats_are_told_by_the_name() {
    for (name, format) in [
        ("a.gif", MovieFormat::Gif),
        ("a.GIF", MovieFormat::Gif),
        ("a.png", MovieFormat::Apng),
        ("a.b.apng", MovieFormat::Apng),
        ("a.MP4", MovieFormat::Mp4),
        ("frames", MovieFormat::Frames),
        ("frames/", MovieFormat::Frames),
        ("2024.05.01", MovieFormat::Frames),
    ] {
        assert_eq!(MovieFormat::of(Path::new(name)), format, "{name}");
    }
}

fn write_movie(path: &Path, frames: &[Picture]) -> Result<(), ExportError> {
    let mut movie = MovieWriter::create(path, plan(frames[0].size(), frames.len() as u64))?;
    for frame in frames {
        movie.frame(frame, &provenance())?;
    }
    movie.finish()
}

#[test]
fn an_animated_png_is_exact() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.apng");
    let frames: Vec<Picture> = (1..6).map(|seed| picture([31, 17], 4000, seed)).collect();
    write_movie(&path, &frames).unwrap();
    let (read, info) = read_png(&path);
    assert_eq!(read, frames.iter().map(Picture::rgb).collect::<Vec<_>>());
    let control = info.animation_control.unwrap();
    assert_eq!((control.num_frames, control.num_plays), (5, 0));
    let frame = info.frame_control.unwrap();
    assert_eq!(f64::from(frame.delay_den) / f64::from(frame.delay_num), 12.5);
    let texts = texts(&info);
    assert!(
        texts.contains(&("microtome:frames".into(), "count=5 fps=12.5".into())),
        "{texts:?}"
    );
    assert!(texts.iter().any(|(keyword, _)| keyword == "microtome:channel 0"));
}

fn read_gif(path: &Path) -> (Vec<(Vec<u8>, u16)>, gif::Repeat) {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(File::open(path).unwrap()).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        frames.push((frame.buffer.to_vec(), frame.delay));
    }
    (frames, decoder.repeat())
}

#[test]
fn a_gif_is_exact_up_to_256_colours() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.gif");
    let frames: Vec<Picture> = [1, 2, 255, 256].map(|colors| picture([40, 30], colors, 7)).to_vec();
    write_movie(&path, &frames).unwrap();
    let (read, repeat) = read_gif(&path);
    assert_eq!(repeat, gif::Repeat::Infinite);
    assert_eq!(read.len(), 4);
    for ((rgba, delay), frame) in read.iter().zip(&frames) {
        assert!(*rgba == frame.rgba);
        assert_eq!(*delay, 8);
    }
    let bytes = fs::read(&path).unwrap();
    let comment = "microtome:voxel_size: z=1.25";
    assert!(bytes.windows(comment.len()).any(|window| window == comment.as_bytes()));
}

#[test]
fn a_gif_of_more_colours_is_near() {
    // A smooth picture, as they come: red and green gradients with a grey wave.
    let size = [128, 128];
    let rgba = (0..size[1]).flat_map(|y| {
        (0..size[0]).flat_map(move |x| {
            let wave = ((x * 7 + y * 3) % 32) as u8;
            [(x * 2) as u8 / 2 + wave, (y * 2) as u8 / 2 + wave, wave, 255]
        })
    });
    let frame = Picture {
        width: size[0],
        height: size[1],
        rgba: rgba.collect(),
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.gif");
    write_movie(&path, std::slice::from_ref(&frame)).unwrap();
    let (read, _) = read_gif(&path);
    let differences = read[0]
        .0
        .iter()
        .zip(&frame.rgba)
        .map(|(a, b)| u32::from(a.abs_diff(*b)));
    let mean = f64::from(differences.sum::<u32>()) / frame.rgba.len() as f64;
    assert!(mean < 4.0, "mean difference {mean}");
}

#[test]
fn a_folder_of_frames_is_exact() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("frames");
    let frames: Vec<Picture> = (1..13).map(|seed| picture([9, 5], 40, seed)).collect();
    write_movie(&path, &frames).unwrap();
    let expected: Vec<String> = (0..12).map(|i| format!("frame-{i:03}.png")).collect();
    assert_eq!(names(&path), expected);
    for (name, frame) in expected.iter().zip(&frames) {
        assert_eq!(read_png(&path.join(name)).0, [frame.rgb()]);
    }
    assert_eq!(names(folder.path()), ["frames"]);
}

#[test]
fn frames_replace_nothing_unless_forced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("frames");
    let frames: Vec<Picture> = (1..4).map(|seed| picture([9, 5], 40, seed)).collect();
    // An empty folder is as good as none.
    fs::create_dir(&path).unwrap();
    write_movie(&path, &frames).unwrap();

    fs::write(path.join("notes.txt"), "mine").unwrap();
    fs::write(path.join("frame-17.png"), "of an earlier movie").unwrap();
    let error = write_movie(&path, &frames[..2]).unwrap_err();
    assert!(matches!(error, ExportError::NotEmpty { .. }), "{error}");
    assert_eq!(names(&path).len(), 5);

    let forced = MoviePlan {
        is_forced: true,
        ..plan([9, 5], 2)
    };
    let mut movie = MovieWriter::create(&path, forced).unwrap();
    movie.frame(&frames[2], &provenance()).unwrap();
    movie.frame(&frames[1], &provenance()).unwrap();
    movie.finish().unwrap();
    assert_eq!(names(&path), ["frame-000.png", "frame-001.png", "notes.txt"]);
    assert_eq!(read_png(&path.join("frame-000.png")).0, [frames[2].rgb()]);
    assert_eq!(names(folder.path()), ["frames"]);

    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    let error = write_movie(&file, &frames).unwrap_err();
    assert!(matches!(error, ExportError::NotFolder { .. }), "{error}");
}

#[test]
fn a_movie_that_is_not_finished_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = ["a.gif", "a.png", "a"].map(|name| folder.path().join(name)).to_vec();
    fs::write(&paths[0], "old").unwrap();
    let frame = picture([4, 4], 9, 1);
    for path in &paths {
        let mut movie = MovieWriter::create(path, plan([4, 4], 2)).unwrap();
        movie.frame(&frame, &provenance()).unwrap();
        drop(movie);

        let mut movie = MovieWriter::create(path, plan([4, 4], 2)).unwrap();
        movie.frame(&frame, &provenance()).unwrap();
        let error = movie.finish().unwrap_err();
        assert!(
            matches!(
                error,
                ExportError::FrameCount {
                    got: 1,
                    expected: 2,
                    ..
                }
            ),
            "{error}"
        );

        let mut movie = MovieWriter::create(path, plan([4, 4], 1)).unwrap();
        let error = movie.frame(&picture([4, 5], 9, 1), &provenance()).unwrap_err();
        assert!(matches!(error, ExportError::FrameSize { frame: 0, .. }), "{error}");
        movie.frame(&frame, &provenance()).unwrap();
        let error = movie.frame(&frame, &provenance()).unwrap_err();
        assert!(
            matches!(
                error,
                ExportError::FrameCount {
                    got: 2,
                    expected: 1,
                    ..
                }
            ),
            "{error}"
        );
    }
    assert_eq!(names(folder.path()), ["a.gif"]);
    assert_eq!(fs::read_to_string(&paths[0]).unwrap(), "old");
}

#[test]
fn impossible_movies_are_refused_before_they_begin() {
    let path = Path::new("never.gif");
    for fps in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e6] {
        let error = MovieWriter::create(path, MoviePlan { fps, ..plan([4, 4], 2) })
            .err()
            .unwrap();
        assert!(matches!(error, ExportError::Rate { .. }), "{error}");
    }
    for (size, count) in [([0, 4], 2), ([4, 70_000], 2), ([4, 4], 0)] {
        let error = MovieWriter::create(path, plan(size, count)).err().unwrap();
        assert!(matches!(error, ExportError::Limit { .. }), "{error}");
        assert!(error.to_string().ends_with("never.gif"), "{error}");
    }
    assert!(!path.exists());
}

#[test]
fn the_sample_is_a_tiff_with_its_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kidney.tif");
    let sample = KidneySample::new();
    write_kidney_tiff(&path, &sample).unwrap();
    let mut decoder = tiff::decoder::Decoder::new(BufReader::new(File::open(&path).unwrap())).unwrap();
    let xml = decoder.get_tag_ascii_string(tiff::tags::Tag::ImageDescription).unwrap();
    for part in [
        "Name=\"nuclei, WGA, actin\"",
        "PhysicalSizeZ=\"1.25\"",
        "SamplesPerPixel=\"3\"",
    ] {
        assert!(xml.contains(part), "{xml}");
    }
    let [depth, height, width, channels] = phantom::SHAPE;
    let planes = sample.voxels().chunks_exact(height * width * channels);
    for (z, plane) in planes.enumerate() {
        assert_eq!(decoder.colortype().unwrap(), tiff::ColorType::RGB(16));
        assert_eq!(decoder.strip_count().unwrap(), 1);
        let tiff::decoder::DecodingResult::U16(read) = decoder.read_image().unwrap() else {
            panic!("not 16-bit");
        };
        assert!(read == plane, "plane {z}");
        assert_eq!(decoder.more_images(), z + 1 < depth);
        if decoder.more_images() {
            decoder.next_image().unwrap();
        }
    }
    // Little besides the voxels.
    let bytes = fs::metadata(&path).unwrap().len();
    assert!((25_165_824..25_180_000).contains(&bytes), "{bytes} bytes");
}
