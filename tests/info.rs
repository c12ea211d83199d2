//! What `info` says of files that are several images, that lack planes, or that are many files.

mod common;

use std::path::Path;
use std::process::{Command, Output};

use common::tiff_files::LITTLE;
use common::tiff_writer::{Page, Values};
use serde_json::{Value, json};

fn info(path: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_microtome"));
    command.arg("info").arg(path).args(args);
    command.output().expect("the program starts")
}

fn text(path: &Path, args: &[&str]) -> String {
    let output = info(path, args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert_eq!(stderr, "", "what info says is on stdout");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn json_of(path: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&text(path, &[&["--json"], args].concat())).expect("JSON")
}

fn error(path: &Path, args: &[&str]) -> String {
    let output = info(path, args);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with(&format!("error: {}: ", path.display())), "{stderr}");
    stderr
}

fn flat(value: u8) -> Page {
    Page::gray(6, 4, 8, 1, vec![value; 24])
}

#[test]
fn damaged_planes_are_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.tif");
    let mut pages: Vec<_> = (0..60).map(flat).collect();
    pages[0] = pages[0]
        .clone()
        .with_description("ImageJ=1.54f\nimages=60\nslices=30\nframes=2\n");
    std::fs::write(&path, LITTLE.write(&pages)).expect("written");
    assert!(!text(&path, &[]).contains("damaged"));
    assert_eq!(json_of(&path, &[])["damage"], json!([]));

    for (i, page) in pages.iter_mut().enumerate().filter(|(i, _)| i % 2 == 1) {
        *page = flat(i as u8).with(273, Values::Long(vec![70_000]));
    }
    std::fs::write(&path, LITTLE.write(&pages)).expect("written");
    let length = std::fs::metadata(&path).expect("it is there").len();
    let text = text(&path, &[]);
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with("damaged: ")).collect();
    assert_eq!(
        lines[0],
        format!(
            "damaged: t 0 to 1, c 0, z 1: page 1 wants 24 bytes at offset 70000, the file has {length} bytes (and 1 more planes like it)"
        )
    );
    assert_eq!(lines.len(), 15, "{text}");

    let found = json_of(&path, &[]);
    assert_eq!(found["damage"].as_array().map(Vec::len), Some(15));
    assert_eq!(found["damage"][14]["t"], json!([0, 2]));
    assert_eq!(found["damage"][14]["c"], json!([0, 1]));
    assert_eq!(found["damage"][14]["z"], json!([29, 30]));

    // Many kinds: not all are printed.
    pages[0] = flat(0).with_description("ImageJ=1.54f\nimages=60\nslices=60\n");
    std::fs::write(&path, LITTLE.write(&pages)).expect("written");
    let text = self::text(&path, &[]);
    assert_eq!(text.lines().filter(|line| line.starts_with("damaged: ")).count(), 21);
    assert!(text.ends_with("damaged: and 10 more\n"), "{text}");
}

#[test]
fn images_of_a_file_are_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.tif");
    let other = Page::gray(5, 5, 8, 1, vec![1; 25]);
    std::fs::write(&path, LITTLE.write(&[flat(0), flat(1), other])).expect("written");
    let said = text(&path, &[]);
    assert!(
        said.contains("series 0: (no name), IYX (2, 4, 6)\nseries 1: (no name), YX (5, 5)\n"),
        "{said}"
    );
    assert!(said.contains("warning: 1 pages differ from the first"), "{said}");
    let found = json_of(&path, &["--series", "1"]);
    assert_eq!(found["shape"], json!([5, 5]));
    assert_eq!(
        found["series"][0],
        json!({"name": null, "axes": "IYX", "shape": [2, 4, 6]})
    );
    assert!(error(&path, &["--series", "2"]).contains("--series 2: there are 2 images, counted from 0"));
    assert!(error(Path::new("sample:kidney"), &["--series", "1"]).contains("--series does not apply"));
}

#[test]
fn a_folder_and_a_pattern_are_images() {
    let folder = tempfile::tempdir().expect("a folder");
    for z in [1, 2, 10] {
        std::fs::write(folder.path().join(format!("z{z}.tif")), LITTLE.write(&[flat(z)])).expect("written");
    }
    for path in [folder.path().to_owned(), folder.path().join("z*.tif")] {
        let found = json_of(&path, &[]);
        assert_eq!(
            (&found["shape"], &found["axes_from"]),
            (&json!([3, 4, 6]), &json!("file names"))
        );
        assert_eq!(found["bytes"].as_u64(), Some(3 * LITTLE.write(&[flat(1)]).len() as u64));
    }
    let odd = Page::gray(6, 5, 8, 1, vec![0; 30]);
    std::fs::write(folder.path().join("z9.tif"), LITTLE.write(&[odd])).expect("written");
    assert!(
        error(folder.path(), &[])
            .contains("z9.tif: 6 x 5 pixels, 8 bits instead of 6 x 4 pixels, 8 bits, unlike z1.tif")
    );
}
