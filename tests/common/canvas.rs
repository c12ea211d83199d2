//! What a window shows, compared with what `render` makes.

use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::stage::{PROGRAM, Stage, TIMEOUT, wait};
use super::xvfb::Image;

/// How far a byte on the screen may be from the one in a picture.
const TOLERANCE: u8 = 1;

impl Stage<'_> {
    pub(crate) fn shown(&self) -> Image {
        let [x, y, width, height] = self.canvas();
        self.display
            .screenshot_of((x as i16, y as i16), (width as u16, height as u16))
    }

    /// What `render` makes of the same file at the size of the canvas.
    pub(crate) fn rendered(&self, path: &str, options: &str) -> Image {
        let [_, _, width, height] = self.canvas();
        let size = format!("{width}x{height}");
        let target = self.folder.path().join("rendered.png");
        let mut command = Command::new(PROGRAM);
        command.args(["render", path, "--size", &size, "-q", "-o"]).arg(&target);
        command.args(options.split_whitespace());
        let output = command.output().expect("render runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        read_png(&target)
    }

    /// Waits until the canvas shows this picture.
    pub(crate) fn expect(&self, wanted: &Image, what: &str) {
        let start = Instant::now();
        loop {
            let shown = self.shown();
            let wrong = different_bytes(&shown, wanted);
            if wrong == 0 {
                return;
            }
            if start.elapsed() > TIMEOUT {
                let folder = std::env::temp_dir();
                let (seen, meant) = (folder.join("window-shown.png"), folder.join("window-meant.png"));
                shown.save(&seen).expect("a picture can be saved");
                wanted.save(&meant).expect("a picture can be saved");
                panic!(
                    "{what}: {wrong} bytes differ; see {} and {}",
                    seen.display(),
                    meant.display()
                );
            }
            sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn expect_rendered(&self, options: &str) {
        self.expect(&self.rendered("sample:kidney", options), options);
    }

    /// Does something, and waits for the picture to change and to come to rest: then what it shows.
    pub(crate) fn changed_by(&self, what: &str, act: impl FnOnce()) -> Image {
        let before = self.shown();
        act();
        let start = Instant::now();
        let mut last = before.clone();
        loop {
            self.rest(Duration::from_millis(400));
            let now = self.shown();
            if now == last && now != before {
                return now;
            }
            assert!(start.elapsed() < TIMEOUT, "{what} changes nothing");
            last = now;
        }
    }

    /// Saves the picture, and reads it.
    pub(crate) fn saved(&self, name: &str) -> Image {
        let target = self.folder.path().join(name);
        self.display.key("ctrl+s");
        wait(&format!("{name} is saved"), || {
            // The name is there before the picture is.
            let is_written = std::fs::metadata(&target).is_ok_and(|file| file.len() > 0);
            is_written && self.app.output().contains(name)
        });
        // The message lies over the picture.
        wait("it is told", || self.notices().0 > 0);
        self.display.key("Escape");
        wait("the message goes", || self.notices().0 == 0);
        self.rest(Duration::from_millis(200));
        read_png(&target)
    }
}

pub(crate) fn read_png(path: &Path) -> Image {
    let file = std::fs::File::open(path).expect("the picture is there");
    let mut reader = png::Decoder::new(std::io::BufReader::new(file))
        .read_info()
        .expect("a PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("of a size")];
    let info = reader.next_frame(&mut bytes).expect("a picture");
    let samples = info.color_type.samples();
    let rgb = bytes[..info.buffer_size()]
        .chunks_exact(samples)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]);
    Image {
        width: info.width as usize,
        height: info.height as usize,
        rgb: rgb.collect(),
    }
}

pub(crate) fn different_bytes(one: &Image, other: &Image) -> usize {
    if (one.width, one.height) != (other.width, other.height) {
        return usize::MAX;
    }
    let pairs = one.rgb.iter().zip(&other.rgb);
    pairs.filter(|(a, b)| a.abs_diff(**b) > TOLERANCE).count()
}
