//! Pictures copied in the real window: what another program pastes is what `render` draws at that size.
#![cfg(target_os = "linux")]

mod common;

use std::sync::Arc;

use common::stage::{Stage, TIMEOUT, folder};
use common::xvfb::Display;
use microtome::session::Headless;
use microtome::source::KidneySample;
use microtome::view::ViewOptions;

#[test]
fn another_program_pastes_the_picture() {
    let Some(gpu) = common::gpu::gpu() else { return };
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &["sample:kidney"]);
    let [_, _, width, height] = stage.canvas();
    display.key("ctrl+shift+c");
    stage.wait_for_line("copied the picture");
    let pasted = display.paste_as("image/png", TIMEOUT).expect("a picture");
    let mut reader = png::Decoder::new(std::io::Cursor::new(pasted))
        .read_info()
        .expect("a PNG");
    let info = reader.info();
    assert_eq!((info.width as usize, info.height as usize), (width, height));
    let samples = info.color_type.samples();
    let mut pixels = vec![0u8; reader.output_buffer_size().expect("a size")];
    reader.next_frame(&mut pixels).expect("a picture");

    let options = ViewOptions {
        size: Some([width as u32, height as u32]),
        ..ViewOptions::default()
    };
    let mut headless = Headless::new(gpu, Arc::new(KidneySample::new()));
    let (wanted, _) = headless.render(&options, &|_| ()).expect("a picture");
    let both = pixels.chunks_exact(samples).zip(wanted.rgba.chunks_exact(4));
    let off = both
        .flat_map(|(found, wanted)| (0..3).map(|i| found[i].abs_diff(wanted[i])))
        .max();
    assert!(off <= Some(1), "it is off by {off:?}");
    assert!(display.paste(TIMEOUT).is_err(), "a picture is no text");
    stage.quit();
}
