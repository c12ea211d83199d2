//! Pictures drawn by the shaders, compared with those of the twin.

use std::sync::Arc;

use microtome::gpu::{Gpu, VoxelFormat};
use microtome::session::Headless;
use microtome::view::{ViewOptions, ViewState, twin};

use super::gpu::{MemorySource, gpu, gpu_with_tiles};

const TILE: u64 = 16;

/// A picture as rows of colours.
pub(crate) struct Drawn {
    pub(crate) size: [u32; 2],
    pub(crate) colors: Vec<[u8; 3]>,
    pub(crate) view: ViewState,
}

pub(crate) fn draw(headless: &mut Headless, options: &ViewOptions) -> Drawn {
    let (picture, view) = headless.render(options, &|_| ()).expect("a picture");
    assert!(picture.rgba.chunks_exact(4).all(|pixel| pixel[3] == 255));
    Drawn {
        size: [picture.width, picture.height],
        colors: picture.rgba.chunks_exact(4).map(|p| [p[0], p[1], p[2]]).collect(),
        view,
    }
}

pub(crate) fn reference(source: &MemorySource, drawn: &Drawn) -> Vec<[u8; 3]> {
    let format = VoxelFormat::of(source.dataset.sample_type);
    let stored = |channel: usize, voxel| source.stored(drawn.view.t, channel as u64, voxel);
    twin::render(&drawn.view, drawn.size, format, &stored)
}

/// Pixels of two pictures that differ by more than 1 in a colour, and the largest difference.
pub(crate) fn differences(a: &[[u8; 3]], b: &[[u8; 3]]) -> (usize, u8) {
    assert_eq!(a.len(), b.len());
    let worst = |(a, b): (&[u8; 3], &[u8; 3])| (0..3).map(|i| a[i].abs_diff(b[i])).max().unwrap_or(0);
    let all = a.iter().zip(b).map(worst);
    (all.clone().filter(|&d| d > 1).count(), all.max().unwrap_or(0))
}

pub(crate) fn is_black(colors: &[[u8; 3]]) -> bool {
    colors.iter().all(|color| *color == [0; 3])
}

/// A dataset on every GPU. Keeps what was compiled and loaded, as a program that draws many pictures does.
pub(crate) struct Subject {
    source: MemorySource,
    on_gpus: Vec<(Arc<Gpu>, Headless)>,
}

impl Subject {
    pub(crate) fn new(gpus: &[Arc<Gpu>], source: MemorySource) -> Self {
        let headless = |gpu: &Arc<Gpu>| (gpu.clone(), Headless::new(gpu.clone(), source.clone().shared()));
        Self {
            on_gpus: gpus.iter().map(headless).collect(),
            source,
        }
    }

    /// Draws with every GPU, compares with the twin, and returns the picture.
    pub(crate) fn check(&mut self, name: &str, options: &ViewOptions) -> Drawn {
        let mut first: Option<Drawn> = None;
        for (gpu, headless) in &mut self.on_gpus {
            let tile = gpu.caps.max_tile;
            let drawn = draw(headless, options);
            let (count, worst) = differences(&drawn.colors, &reference(&self.source, &drawn));
            assert_eq!(
                count, 0,
                "{name}, tiles of {tile}: {count} pixels differ from the twin by up to {worst}"
            );
            if let Some(first) = &first {
                let (count, worst) = differences(&drawn.colors, &first.colors);
                assert_eq!(
                    count, 0,
                    "{name}: {count} pixels differ between tilings by up to {worst}"
                );
            }
            gpu.check().expect("no error of the device");
            first.get_or_insert(drawn);
        }
        first.expect("at least one GPU")
    }
}

/// As [`Subject::check`], once.
pub(crate) fn check(name: &str, gpus: &[Arc<Gpu>], source: &MemorySource, options: &ViewOptions) -> Drawn {
    Subject::new(gpus, source.clone()).check(name, options)
}

pub(crate) fn gpus() -> Option<Vec<Arc<Gpu>>> {
    Some(vec![gpu()?, gpu_with_tiles(TILE)?])
}
