//! From file to file, without a window.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tiff::encoder::{Rational, TiffEncoder, colortype::Gray16};
use tiff::tags::{ResolutionUnit, Tag};

use super::*;
use crate::app::actions::{Action, Sheet};
use crate::app::event_loop::Launch;
use crate::app::files::Mail;
use crate::app::testing::{dataset, gpu};
use crate::app::trace::Trace;
use crate::gpu::AdapterChoice;
use crate::view::{Camera, ContrastRule, Overlay, SavedView};
use crate::volume::Window;

/// A folder of files, and the program that shows them.
struct Bench {
    gpu: Arc<Gpu>,
    folder: TempDir,
}

/// Files of a program and the planes in them.
impl Bench {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        Some(Self { gpu: gpu()?, folder })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A stack as ImageJ writes it, of planes of 8 by 6 voxels that are `um` micrometres wide.
    fn write(&self, name: &str, [times, planes]: [usize; 2], um: u32) -> PathBuf {
        let path = self.path(name);
        let mut encoder = TiffEncoder::new(File::create(&path).expect("a file")).expect("a header");
        let count = times * planes;
        for plane in 0..count {
            let mut image = encoder.new_image::<Gray16>(8, 6).expect("a page");
            image.resolution(ResolutionUnit::None, Rational { n: 1, d: um });
            if plane == 0 {
                let text =
                    format!("ImageJ=1.53\nimages={count}\nslices={planes}\nframes={times}\nspacing=2.0\nunit=um\n");
                image.encoder().write_tag(Tag::ImageDescription, &*text).expect("a tag");
            }
            let voxels: Vec<u16> = (0..48).map(|voxel| 100 + voxel + plane as u16).collect();
            image.write_data(&voxels).expect("a plane");
        }
        path
    }

    fn broken(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, "no image").expect("a file");
        path
    }

    fn start(&self, path: &Path, options: ViewOptions) -> Program {
        let request = OpenRequest {
            path: path.to_owned(),
            options,
            ..OpenRequest::default()
        };
        let launch = Launch {
            choice: AdapterChoice::from_env(),
            started: Instant::now(),
            is_verbose: false,
            keymap: None,
        };
        let mut program = Program::new(request, &launch, Arc::new(|| {}), Trace::new(Instant::now()));
        program.preferences.locks_contrast = false;
        self.settle(&mut program);
        program
    }

    /// Takes what has come, as the window does when it is woken.
    fn step(&self, program: &mut Program) {
        program.viewer.pump(&self.gpu);
        program.follow_coming(&self.gpu);
        program.take_up_views();
        program
            .files
            .mail()
            .into_iter()
            .for_each(|mail| program.read_mail(mail));
        std::thread::sleep(Duration::from_millis(1));
    }

    fn step_until(&self, program: &mut Program, is_so: impl Fn(&Program) -> bool) {
        for _ in 0..30_000 {
            if is_so(program) {
                return;
            }
            self.step(program);
        }
        panic!("it never is so: {:?}", program.viewer.phase());
    }

    /// Until what was asked for is shown, or given up.
    fn settle(&self, program: &mut Program) {
        self.step_until(program, |program| {
            program.coming.is_none() && *program.viewer.phase() == Phase::Ready && program.viewer.is_plane_ready()
        });
    }

    fn reload(&self, program: &mut Program) {
        program.act(Action::Reload);
        assert!(program.coming.is_some());
        self.settle(program);
    }
}

fn view(program: &Program) -> &ViewState {
    program.viewer.view().expect("a file is open")
}

fn shown(program: &Program) -> &Path {
    &program.request.path
}

fn errors(program: &Program) -> Vec<&str> {
    let errors = program.notices.iter().filter(|notice| notice.is_error);
    errors.map(|notice| notice.text.as_str()).collect()
}

#[test]
fn two_images_need_room_for_both() {
    let (small, large) = (dataset([9, 1, 1, 10, 10]), dataset([1, 2, 5, 10, 10]));
    assert!(is_room_for(None, &large, 2000));
    assert!(!is_room_for(None, &large, 1999));
    assert!(is_room_for(Some(&small), &large, 2200), "one time point of each");
    assert!(!is_room_for(Some(&small), &large, 2199));
}

// ---------------------------------------------------------------- read again

#[test]
fn what_is_changed_while_the_file_is_read_again_stays() {
    let Some(bench) = Bench::new() else { return };
    let path = bench.write("stack.tif", [1, 9], 1);
    let mut program = bench.start(&path, ViewOptions::default());
    let plane = view(&program).plane();
    bench.write("stack.tif", [1, 9], 4);
    program.reload();
    // Taken up by the one that is coming, while the last one is shown.
    while !program.has_taken_up {
        program.coming.as_mut().expect("it comes").viewer.take_opened();
        program.take_up_views();
    }
    program.act(Action::Step(3));
    assert!(program.coming.is_some());
    program.arrive();
    assert_eq!(view(&program).plane(), plane + 3);
    assert_eq!(view(&program).spacing, [2.0, 4.0, 4.0]);
}

#[test]
fn the_voxel_size_is_that_of_the_file_as_it_is_now() {
    let Some(bench) = Bench::new() else { return };
    let path = bench.write("stack.tif", [1, 9], 1);
    let mut program = bench.start(&path, ViewOptions::default());
    assert_eq!(view(&program).spacing, [2.0, 1.0, 1.0]);
    program.act(Action::Step(2));
    program.act(Action::ToggleFilter);
    let before = view(&program).clone();
    bench.write("stack.tif", [1, 9], 4);
    bench.reload(&mut program);
    let spacing = [2.0, 4.0, 4.0];
    assert_eq!(*view(&program), ViewState { spacing, ..before });
    program.act(Action::Undo);
    program.act(Action::Undo);
    assert_eq!(
        (view(&program).plane(), view(&program).spacing),
        (4, spacing),
        "also in views gone back to"
    );
}

#[test]
fn a_file_that_grows_and_shrinks_keeps_its_view() {
    let Some(bench) = Bench::new() else { return };
    let path = bench.write("stack.tif", [2, 5], 1);
    let mut program = bench.start(&path, ViewOptions::default());
    let camera = Camera::At {
        center: [2.0, 3.0],
        zoom: 7.0,
        is_square: false,
    };
    program.edit(|view, _| {
        (view.camera, view.t, view.index[0]) = (camera, 1, 4);
        view.channels[0].gamma = 0.5;
        view.set_window(0, Window::new(3.0, 200.0));
    });
    program.statistics.area = view(&program).box_between([1.0, 1.0], [3.0, 3.0]);
    let before = view(&program).clone();
    for [t_count, planes] in [[3, 5], [3, 8], [1, 3]] {
        bench.write("stack.tif", [t_count, planes], 1);
        bench.reload(&mut program);
        let now = view(&program);
        assert_eq!((now.t_count, now.extent[0]), (t_count as u64, planes as u64));
        assert_eq!((now.camera, &now.channels), (camera, &before.channels));
        assert_eq!(
            (now.t, now.plane()),
            (1.min(t_count as u64 - 1), 4.min(planes as u64 - 1))
        );
        assert!(program.statistics.area.is_some(), "the box is still within the planes");
    }
    program.act(Action::Undo);
    let now = view(&program);
    assert_eq!(
        (now.t, now.plane(), now.camera),
        (0, 2, Camera::Fit),
        "a step back, in what is left"
    );
}

#[test]
fn options_of_the_start_are_for_the_first_time() {
    let Some(bench) = Bench::new() else { return };
    let path = bench.write("stack.tif", [1, 9], 1);
    let options = ViewOptions {
        plane: Some(8),
        ..ViewOptions::default()
    };
    let mut program = bench.start(&path, options);
    assert_eq!(view(&program).plane(), 8);
    bench.write("stack.tif", [1, 5], 1);
    bench.reload(&mut program);
    assert_eq!(view(&program).plane(), 4);
    assert!(errors(&program).is_empty(), "{:?}", errors(&program));
}

#[test]
fn a_change_of_the_open_file_does_not_stop_the_next_one() {
    let Some(bench) = Bench::new() else { return };
    let (one, two) = (bench.write("one.tif", [1, 5], 1), bench.write("two.tif", [1, 5], 1));
    let bad = bench.broken("bad.tif");
    let mut program = bench.start(&one, ViewOptions::default());
    program.open(&two);
    program.read_mail(Mail::Changed(one.clone()));
    assert_eq!(program.newest_path(), two);
    program.act(Action::Reload);
    assert_eq!(
        program.newest_path(),
        two,
        "what is coming is read again, if anything is"
    );
    bench.settle(&mut program);
    assert_eq!(shown(&program), two);

    // Where the next one cannot be opened, the change is caught up with.
    program.open(&bad);
    bench.write("two.tif", [1, 7], 1);
    program.read_mail(Mail::Changed(two.clone()));
    bench.step_until(&mut program, |program| !errors(program).is_empty());
    bench.settle(&mut program);
    assert_eq!((shown(&program), view(&program).extent[0]), (two.as_path(), 7));
    program.read_mail(Mail::Changed(one));
    assert!(program.coming.is_none(), "nobody looks at that any more");

    // Also one that was being caught up with.
    bench.write("two.tif", [1, 8], 1);
    program.read_mail(Mail::Changed(two.clone()));
    program.open(&bad);
    bench.step_until(&mut program, |program| view(program).extent[0] == 8);
    assert_eq!(shown(&program), two);
}

#[test]
fn a_file_that_changes_while_it_is_read_again_keeps_its_view() {
    let Some(bench) = Bench::new() else { return };
    let path = bench.write("stack.tif", [1, 9], 1);
    let mut program = bench.start(&path, ViewOptions::default());
    program.act(Action::FirstPlane);
    program.act(Action::Reload);
    bench.step_until(&mut program, |program| program.has_taken_up);
    program.read_mail(Mail::Changed(path));
    bench.settle(&mut program);
    assert_eq!(view(&program).plane(), 0);
}

// ---------------------------------------------------------------- other files

#[test]
fn a_saved_view_is_stronger_than_the_lock_of_contrast() {
    let Some(bench) = Bench::new() else { return };
    let (one, two) = (bench.write("one.tif", [1, 5], 1), bench.write("two.tif", [1, 5], 1));
    let mut program = bench.start(&one, ViewOptions::default());
    program.edit(|view, _| view.set_window(0, Window::new(1.0, 2.0)));
    let dataset = program.viewer.dataset().expect("a file is open");
    let mut saved = SavedView::new(view(&program), dataset, None, Overlay::default());
    let file = bench.path("two.view.json");
    saved.set_path(&two, &file);
    std::fs::write(&file, saved.to_text()).expect("a file");
    program.edit(|view, _| view.set_window(0, Window::new(7.0, 9.0)));
    program.preferences.locks_contrast = true;
    program.open(&file);
    bench.settle(&mut program);
    assert_eq!(
        (shown(&program), view(&program).channels[0].window),
        (two.as_path(), Window::new(1.0, 2.0))
    );
    program.open(&one);
    bench.settle(&mut program);
    let channel = &view(&program).channels[0];
    assert_eq!(
        (channel.contrast, channel.window),
        (ContrastRule::Given, Window::new(1.0, 2.0))
    );
}

#[test]
fn what_cannot_be_read_is_passed_on_the_way_through_a_folder() {
    let Some(bench) = Bench::new() else { return };
    let (a, c) = (bench.write("a.tif", [1, 5], 1), bench.write("c.tif", [1, 5], 1));
    bench.broken("b.tif");
    let mut program = bench.start(&a, ViewOptions::default());
    program.act(Action::StepFile(1));
    bench.step_until(&mut program, |program| errors(program).len() == 1);
    assert_eq!(shown(&program), a, "the last picture stays");
    program.act(Action::StepFile(1));
    bench.step_until(&mut program, |program| shown(program) == c);
    bench.settle(&mut program);
    assert!(errors(&program)[0].contains("b.tif"), "an error waits until it is read");
    program.act(Action::Cancel);
    program.act(Action::StepFile(-1));
    bench.step_until(&mut program, |program| errors(program).len() == 1);
    program.act(Action::StepFile(-1));
    bench.step_until(&mut program, |program| shown(program) == a);
}

#[test]
fn dropped_files_are_gone_through() {
    let Some(bench) = Bench::new() else { return };
    let [one, two, ten, other] = ["b1.tif", "b2.tif", "b10.tif", "b3.tif"].map(|name| bench.write(name, [1, 3], 1));
    let mut program = bench.start(&other, ViewOptions::default());
    program.open_dropped(&[ten.clone(), one.clone(), two.clone()]);
    bench.settle(&mut program);
    assert_eq!(shown(&program), one);
    for next in [&two, &ten, &one] {
        program.act(Action::StepFile(1));
        bench.step_until(&mut program, |program| shown(program) == next);
    }
    program.open(&two);
    bench.settle(&mut program);
    program.act(Action::StepFile(1));
    bench.step_until(&mut program, |program| shown(program) == other);
}

#[test]
fn another_image_of_the_file_is_opened() {
    let Some(bench) = Bench::new() else { return };
    let path = bench.path("two.tif");
    let mut encoder = TiffEncoder::new(File::create(&path).expect("a file")).expect("a header");
    for side in [8, 8, 16] {
        let voxels = vec![7; (side * side) as usize];
        encoder.write_image::<Gray16>(side, side, &voxels).expect("a page");
    }
    drop(encoder);
    let mut program = bench.start(&path, ViewOptions::default());
    let dataset = program.viewer.dataset().expect("a file is open");
    assert_eq!((dataset.series.len(), dataset.shape.x), (2, 8));
    program.open_series(0);
    assert!(program.coming.is_none(), "it is there");
    program.open_series(1);
    bench.settle(&mut program);
    assert_eq!((program.request.series, view(&program).extent), (1, [1, 16, 16]));
    bench.reload(&mut program);
    assert_eq!(view(&program).extent, [1, 16, 16]);
    program.open(&path);
    bench.settle(&mut program);
    assert_eq!(program.request.series, 0, "a file begins with its first");
}

#[cfg(target_os = "linux")]
#[test]
fn names_need_not_be_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let Some(bench) = Bench::new() else { return };
    let one = bench.write("a.tif", [1, 5], 1);
    let strange = bench.folder.path().join(OsStr::from_bytes(b"b\xff.tif"));
    std::fs::copy(&one, &strange).expect("a file");
    let mut program = bench.start(&one, ViewOptions::default());
    program.act(Action::StepFile(1));
    bench.step_until(&mut program, |program| shown(program) == strange);
    bench.reload(&mut program);
    assert!(errors(&program).is_empty(), "{:?}", errors(&program));
    program.act(Action::StepFile(1));
    bench.step_until(&mut program, |program| shown(program) == one);
}

#[test]
fn a_system_without_dialogs_asks_for_a_path_however_often() {
    let Some(bench) = Bench::new() else { return };
    let mut program = bench.start(&bench.write("stack.tif", [1, 5], 1), ViewOptions::default());
    for _ in 0..2 {
        program.read_mail(Mail::NoDialog);
        assert_eq!(program.sheet, Some(Sheet::OpenPath));
    }
}
