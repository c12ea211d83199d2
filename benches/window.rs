//! How quick the window is, measured from outside, on a display in memory: start to first picture, a key press to
//! changed pixels on the X screen, the program's own time from event to presentation, and what it does when idle.
//!
//!     cargo bench --bench window

#[path = "../tests/common/mod.rs"]
mod common;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("not measured: it takes Xvfb");
}

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::process::Command;
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use super::common::xvfb::{App, Display};

    const PROGRAM: &str = env!("CARGO_BIN_EXE_microtome");
    const TIMEOUT: Duration = Duration::from_secs(30);
    const STARTS: usize = 7;
    const STEPS: usize = 200;
    /// With this window the canvas is 800 × 600.
    const WINDOW_PX: (u16, u16) = (1092, 661);

    pub(super) fn main() {
        let display = match Display::start() {
            Ok(display) => display,
            Err(error) => {
                println!("not measured: {error}");
                return;
            }
        };
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("kidney.tif");
        let file = file.to_str().expect("in UTF-8");
        let made = Command::new(PROGRAM)
            .args(["sample", file, "-q"])
            .status()
            .expect("the program runs");
        assert!(made.success());
        let adapters = Command::new(PROGRAM)
            .arg("adapters")
            .output()
            .expect("the program runs");
        print!("{}", String::from_utf8_lossy(&adapters.stdout));

        for path in [file, "sample:kidney"] {
            let first: Vec<f64> = (0..STARTS).map(|_| first_picture_ms(&display, path)).collect();
            report(&format!("start to first picture, {path}"), first);
        }
        for (what, args) in [("nearest", [].as_slice()), ("linear", &["--filter", "linear"])] {
            steps(&display, what, args, file);
        }
    }

    fn open<'d>(display: &'d Display, args: &[&str]) -> App<'d> {
        let app = display.spawn(PROGRAM, args, &[("MICROTOME_TRACE", "1")]);
        let start = Instant::now();
        while !app.output().contains("complete picture") {
            assert!(start.elapsed() < TIMEOUT, "no picture");
            sleep(Duration::from_millis(5));
        }
        app
    }

    fn quit(display: &Display, app: &App<'_>) {
        display.key("ctrl+q");
        let status = app.wait_for_exit(TIMEOUT).expect("Ctrl+Q ends it");
        assert!(status.success());
    }

    fn first_picture_ms(display: &Display, path: &str) -> f64 {
        let app = open(display, &[path]);
        let output = app.output();
        quit(display, &app);
        let line = output.lines().find_map(|line| line.strip_prefix("first picture: "));
        let number = line.and_then(|line| line.split(' ').next());
        number
            .and_then(|number| number.parse().ok())
            .expect("the program says when")
    }

    /// Steps to and fro through three channels on a canvas of 800 × 600, then leaves the window alone.
    fn steps(display: &Display, what: &str, args: &[&str], path: &str) {
        let app = open(display, &[&[path], args].concat());
        let (width, height) = WINDOW_PX;
        app.resize(width, height);
        let start = Instant::now();
        while !app.output().contains("canvas: 0 0 800 600") {
            assert!(start.elapsed() < TIMEOUT, "the canvas is not 800 x 600");
            sleep(Duration::from_millis(5));
        }
        // Off the window, where no voxel lies under it.
        display.mouse_move(1270, 790);
        sleep(Duration::from_millis(500));
        let frames_before = app.output().lines().filter(|line| line.starts_with("frame ")).count();
        let mut on_screen = Vec::new();
        for step in 0..STEPS {
            // A small part in the middle is read quickly; tissue differs there from plane to plane.
            let (corner, size) = ((380, 280), (40, 40));
            let before = display.screenshot_of(corner, size);
            let pressed = Instant::now();
            display.key(if step % 2 == 0 { "Right" } else { "Left" });
            let changed = display.wait_until_part(corner, size, TIMEOUT, |now| *now != before);
            changed.expect("the step changes the picture");
            on_screen.push(pressed.elapsed().as_secs_f64() * 1e3);
            sleep(Duration::from_millis(20));
        }
        report(&format!("key press to changed pixels, {what}"), on_screen);
        let output = app.output();
        let frames = output
            .lines()
            .filter(|line| line.starts_with("frame "))
            .skip(frames_before);
        let own = frames.filter_map(|line| line.split(": ").nth(1)?.split(" ms after input").next()?.parse().ok());
        report(&format!("event to presentation, {what}"), own.collect());

        let count = || app.output().lines().filter(|line| line.starts_with("frame ")).count();
        let (frames, ticks) = (count(), cpu_ticks(app.pid()));
        sleep(Duration::from_secs(3));
        let (frames, ticks) = (count() - frames, cpu_ticks(app.pid()) - ticks);
        println!("idle for 3 s: {frames} frames, {} ms of CPU", ticks * 10);
        quit(display, &app);
    }

    /// Time used by a process, in hundredths of a second (proc(5): fields 14 and 15, clock ticks).
    fn cpu_ticks(pid: u32) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the program is there");
        // The name in brackets may hold spaces.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        fields
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<u64>().ok())
            .sum()
    }

    fn report(what: &str, mut ms: Vec<f64>) {
        ms.sort_by(f64::total_cmp);
        let Some(last) = ms.len().checked_sub(1) else {
            println!("{what}: nothing measured");
            return;
        };
        let at = |share: f64| ms[(last as f64 * share).round() as usize];
        println!(
            "{what}: min {:.1} ms, p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms ({} times)",
            ms[0],
            at(0.5),
            at(0.99),
            ms[last],
            ms.len()
        );
    }
}
