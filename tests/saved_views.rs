//! Saved views through the command line: the picture that was saved, and one line for every file that is none.

mod common;

use std::path::Path;
use std::process::{Command, Output};

use common::tiff_files::{LITTLE, noise};
use common::tiff_writer::Page;
use microtome::app::{free_path, render_command};
use microtome::session;
use microtome::view::{Camera, Filter, Layout, Overlay, SavedView, ViewState};
use microtome::volume::{Axis, Window};

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_microtome"))
        .args(args)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("the program starts")
}

fn render(args: &[&str], out: &Path) -> (Vec<u8>, String) {
    let mut all = vec!["render", "-o", out.to_str().expect("UTF-8")];
    all.extend(args);
    let output = run(&all);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{args:?}: {stderr}");
    let mut reader = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(out).expect("a picture")))
        .read_info()
        .expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("it fits")];
    reader.next_frame(&mut pixels).expect("pixels");
    (pixels, stderr)
}

/// A stack of nine planes in a file of its own, 23 columns and 17 rows.
fn stack(path: &Path) {
    let pages: Vec<Page> = (0..9)
        .map(|plane| Page::gray(23, 17, 16, 1, noise(23 * 17 * 2, plane + 1)))
        .collect();
    std::fs::write(path, LITTLE.write(&pages)).expect("it is written");
}

#[test]
fn a_saved_view_makes_the_picture_that_its_words_make() {
    if common::gpu::gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let (image, file, out) = (at("stack.tif"), at("a.view.json"), at("out.png"));
    stack(&image);
    let path = image.to_str().expect("UTF-8");
    let view_file = file.to_str().expect("UTF-8");
    let source = session::open(path, None, 0).expect("it opens");
    let dataset = source.dataset();

    let mut views = Vec::new();
    for normal in Axis::ALL {
        let mut view = ViewState::new(dataset);
        view.set_normal(normal);
        view.set_plane(3);
        view.filter = Filter::Linear;
        view.camera = Camera::At {
            center: [7.3, 5.1],
            zoom: 6.5,
            is_square: false,
        };
        view.channels[0].gamma = 0.7;
        view.set_window(0, Window::new(1234.5, 54321.0));
        views.push(view);
    }
    views.push(ViewState::new(dataset));
    views[3].layout = Layout::Montage;
    let mut pictures = Vec::new();
    for (view, labels) in views.iter().zip([true, false, true, false]) {
        let overlay = Overlay {
            scale_bar: labels,
            labels,
        };
        let mut saved = SavedView::new(view, dataset, Some([160, 120]), overlay);
        saved.set_path(path, &file);
        std::fs::write(&file, saved.to_text()).expect("it is written");
        let words = view.words(dataset, [160, 120], overlay, true);
        let mut args = vec![path];
        args.extend(words.iter().map(String::as_str));
        let (by_words, _) = render(&args, &out);
        // The file says where the image is, beside it.
        let (by_file, said) = render(&["--view", view_file], &out);
        assert_eq!(said, "");
        assert!(by_words == by_file, "{}", words.join(" "));
        assert_eq!(by_file.len(), 160 * 120 * 3);
        pictures.push(by_file);
    }
    assert!(
        pictures[0] != pictures[1] && pictures[1] != pictures[2],
        "the views differ"
    );

    // What is said goes before what was saved.
    let (by_file, _) = render(&["--view", view_file, "--z", "1", "--size", "80x60"], &out);
    let (by_words, _) = render(&[path, "--z", "1", "--size", "80x60"], &out);
    assert!(by_file == by_words);
    let (other, _) = render(&["--view", view_file, "--size", "80x60"], &out);
    assert!(by_file != other);
    // A folder with view and image may be moved.
    let moved = at("moved");
    std::fs::create_dir(&moved).expect("a folder");
    for name in ["stack.tif", "a.view.json"] {
        std::fs::rename(at(name), moved.join(name)).expect("it is moved");
    }
    let moved_file = moved.join("a.view.json");
    let (by_moved, _) = render(&["--view", moved_file.to_str().expect("UTF-8")], &out);
    assert!(pictures[3] == by_moved);
    // Of another image, it says what does not fit.
    let (_, said) = render(&["sample:kidney", "--view", moved_file.to_str().expect("UTF-8")], &out);
    assert!(
        said.contains("warning") && said.contains("it has 1 channels and the image 3"),
        "{said}"
    );
    // A movie begins with it, too.
    let movie = at("frames");
    let args = [
        "movie",
        "--view",
        moved_file.to_str().expect("UTF-8"),
        "-o",
        movie.to_str().expect("UTF-8"),
    ];
    let output = run(&args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(std::fs::read_dir(&movie).expect("a folder").count(), 9);
}

#[test]
fn broken_files_are_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.view.json");
    let (view, out) = (file.to_str().expect("UTF-8"), folder.path().join("x.png"));
    let out = out.to_str().expect("UTF-8");
    let fails = |part: &str| {
        for args in [
            &["render", "--view", view, "-o", out][..],
            &["movie", "--view", view, "-o", out],
            &["--view", view],
        ] {
            let output = run(args);
            let line = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(1), "{args:?}: {line}");
            assert_eq!(line.lines().count(), 1, "{line}");
            assert!(line.starts_with("error: ") && line.contains(part), "{part}: {line}");
        }
    };
    fails("a.view.json");
    for (text, part) in [
        (&b""[..], "no saved view"),
        (b"{}", "microtome_view"),
        (b"\xff\xfe", "UTF-8"),
        (b"[1, 2]", "no saved view"),
        (b"{\"microtome_view\": 1, \"colour\": 3}", "colour"),
    ] {
        std::fs::write(&file, text).expect("it is written");
        fails(part);
    }
    std::fs::remove_file(&file).expect("it is there");
    std::fs::create_dir(&file).expect("a folder");
    fails("it is no file");
    // Without a file and without a view there is nothing to draw.
    assert_eq!(run(&["render", "-o", out]).status.code(), Some(2));
}

/// What is copied from a window is one command for a shell, whatever an image is called.
#[test]
#[cfg(unix)]
fn a_copied_command_reads_files_of_any_name() {
    if common::gpu::gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (index, name) in [
        "-x.tif",
        "--strict.tif",
        "two words.tif",
        "it's \"quoted\".tif",
        "a\nnew line.tif",
        "$HOME `id` $(id).tif",
        "back\\slash\\.tif",
        "~tilde*?[a].tif",
        "\u{e9}tude \u{4e2d}\u{6587}.tif",
        "#&;|<>(){}!.tif",
    ]
    .into_iter()
    .enumerate()
    {
        stack(&folder.path().join(name));
        let source = session::open(folder.path().join(name).to_str().expect("UTF-8"), None, 0);
        let source = source.unwrap_or_else(|error| panic!("{name:?}: {error}"));
        let view = ViewState::new(source.dataset());
        let request = session::OpenRequest {
            path: name.into(),
            ..Default::default()
        };
        let target = free_path(Path::new(""), name, &view);
        let words = view.words(source.dataset(), [23, 17], Overlay::default(), true);
        let line = render_command(&request, &target, words);
        let rest = line.strip_prefix("microtome ").expect("a command of this program");
        let output = Command::new("sh")
            .args(["-c", &format!("\"$0\" {rest}")])
            .arg(env!("CARGO_BIN_EXE_microtome"))
            .current_dir(folder.path())
            .output()
            .expect("a shell");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {stderr}");
        assert!(folder.path().join(&target).is_file(), "{line}");
        let count = std::fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(count, 2 * (index + 1), "{line} made something else");
    }
}
