//! Every shape of every kernel finds what the twin finds: of textures and of packed voxels, with and without a grid.

mod common;

use std::sync::Arc;

use common::gpu::{MemorySource, gpu, gpu_with_tiles};
use common::viewer::settle;
use microtome::gpu::{Counting, Gpu, Join, Lanes, Readback, StagingRing, Tuning, VolumeTextures, VoxelFormat};
use microtome::reduce::{
    BoxJob, DigitSums, Histogram, Input, KeyRange, MAX_PREFIXES, MinMax, MinMaxGrid, Moments, key_bits, twin,
};
use microtome::session::Viewer;
use microtome::view::ViewOptions;
use microtome::volume::{Box3, Region, SampleType};

/// Types that textures hold.
const NARROW: [SampleType; 8] = [
    SampleType::U8,
    SampleType::I8,
    SampleType::U16,
    SampleType::I16,
    SampleType::F16,
    SampleType::U32,
    SampleType::I32,
    SampleType::F32,
];

/// A row of one vector, of several; one lane; odd ones; the most there are.
const LANES: [Lanes; 5] = [[8, 1, 8], [64, 4, 1], [1, 1, 1], [5, 3, 2], [64, 1, 4]];

fn joins(gpu: &Gpu) -> Vec<Join> {
    let mut joins = vec![Join::Atomic, Join::Workgroup];
    if gpu.caps.has_subgroups {
        joins.push(Join::Subgroup);
    } else {
        println!("not run: joining by subgroups, which this adapter does not have");
    }
    joins
}

/// Keys in order of value, of a box of a channel, (z, y, x).
fn keys(source: &MemorySource, part: &Box3) -> Vec<Option<u32>> {
    let format = VoxelFormat::of(source.dataset.sample_type);
    let mut keys = Vec::new();
    for z in part.z.clone() {
        for y in part.y.clone() {
            for x in part.x.clone() {
                keys.push(format.key_from_stored(source.stored(0, 0, [z, y, x])));
            }
        }
    }
    keys
}

fn range_of(keys: &[Option<u32>]) -> KeyRange {
    let finite = || keys.iter().flatten().copied();
    KeyRange {
        keys: finite().min().zip(finite().max()),
        non_finite: keys.iter().filter(|key| key.is_none()).count() as u32,
    }
}

/// The voxels of a box of the first channel on the GPU: in a texture, and packed as they are staged.
struct There {
    textures: VolumeTextures,
    packed: wgpu::Buffer,
    offset: u64,
    row_pitch: u32,
    size: [u32; 3],
    origin: [u32; 3],
}

impl There {
    /// Stages `part`, and keeps the whole volume in a texture.
    fn new(gpu: &Gpu, source: &MemorySource, part: &Box3) -> Self {
        let format = VoxelFormat::of(source.dataset.sample_type);
        let extent = source.dataset.shape.volume_box();
        let textures = VolumeTextures::new(gpu, format, 1, &extent).expect("a small texture");
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let mut ring = StagingRing::readable(gpu, 1, 8 << 20).expect("a small ring");
        let read = |zyx: &Box3| {
            let region = Region {
                level: 0,
                t: 0,
                c: 0..1,
                zyx: zyx.clone(),
            };
            let mut out = vec![0; (zyx.voxels() * format.bytes()) as usize];
            microtome::source::Source::read(source, &region, &mut out).expect("in memory");
            out
        };
        let row_bytes = |zyx: &Box3| zyx.size()[2] * format.bytes();
        let whole = ring
            .stage(&read(&extent), row_bytes(&extent), format.bytes())
            .expect("room");
        let staged = ring.stage(&read(part), row_bytes(part), format.bytes()).expect("room");
        ring.land(&mut encoder);
        encoder.copy_buffer_to_texture(
            wgpu::TexelCopyBufferInfo {
                buffer: &whole.buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: whole.offset,
                    bytes_per_row: Some(whole.row_pitch),
                    rows_per_image: Some(extent.size()[1] as u32),
                },
            },
            textures.texture(0, 0).as_image_copy(),
            textures.texture(0, 0).size(),
        );
        // Not given back: what was staged stays there.
        let _ = ring.before_submit();
        gpu.queue.submit([encoder.finish()]);
        let xyz = |[z, y, x]: [u64; 3]| [x as u32, y as u32, z as u32];
        Self {
            textures,
            packed: staged.buffer,
            offset: staged.offset,
            row_pitch: staged.row_pitch,
            size: xyz(part.size()),
            origin: xyz(part.origin()),
        }
    }

    /// The box, loaded either way, at a place of a grid.
    fn jobs(&self, at: [u32; 3]) -> [BoxJob<'_>; 2] {
        let texture = Input::Texture {
            view: self.textures.view(0, 0),
            origin: self.origin,
        };
        let packed = Input::Packed {
            buffer: &self.packed,
            offset: self.offset,
            row_pitch: self.row_pitch,
            rows_per_plane: self.size[1],
        };
        [texture, packed].map(|input| BoxJob {
            input,
            size: self.size,
            channel: 0,
            at,
        })
    }
}

fn run(gpu: &Gpu, encode: impl FnOnce(&mut wgpu::CommandEncoder) -> Readback) -> Vec<u8> {
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let readback = encode(&mut encoder);
    gpu.queue.submit([encoder.finish()]);
    readback.map();
    let bytes = readback.wait(gpu).expect("it came");
    gpu.check().expect("no error of the device");
    bytes
}

fn odd_box() -> Box3 {
    Box3 {
        z: 1..4,
        y: 2..69,
        x: 3..74,
    }
}

#[test]
fn every_shape_finds_the_range_of_every_type() {
    let Some(gpu) = gpu() else { return };
    for (index, sample_type) in NARROW.into_iter().enumerate() {
        let source = MemorySource::random(sample_type, [1, 1, 5, 71, 77], index as u64);
        let format = VoxelFormat::of(sample_type);
        let there = There::new(&gpu, &source, &odd_box());
        let wanted = range_of(&keys(&source, &odd_box()));
        // Compiling is what takes the time: all shapes of two types, one shape of the others.
        let lanes = if index % 5 == 2 {
            &LANES[..]
        } else {
            &LANES[index % 5..][..1]
        };
        for join in joins(&gpu) {
            for &lanes in lanes {
                for (load, job) in there.jobs([0; 3]).into_iter().enumerate() {
                    let minmax = MinMax::in_shape(&gpu, format, 1, join, lanes);
                    let bytes = run(&gpu, |encoder| {
                        minmax.encode(&gpu, encoder, &[job]).expect("within limits");
                        minmax.read_back(&gpu, encoder)
                    });
                    assert_eq!(
                        MinMax::decode(&bytes),
                        [wanted],
                        "{sample_type}, {join:?}, {lanes:?}, load {load}"
                    );
                }
            }
        }
    }
}

#[test]
fn every_shape_counts_every_type() {
    let Some(gpu) = gpu() else { return };
    for (index, sample_type) in NARROW.into_iter().enumerate() {
        let source = MemorySource::random(sample_type, [1, 1, 5, 71, 77], 10 + index as u64);
        let format = VoxelFormat::of(sample_type);
        let there = There::new(&gpu, &source, &odd_box());
        let mut wanted = vec![0; 1 << 16];
        for key in keys(&source, &odd_box()).into_iter().flatten() {
            wanted[(key >> key_bits(sample_type).saturating_sub(16)) as usize] += 1;
        }
        let lanes = if index % 5 == 2 {
            &LANES[..]
        } else {
            &LANES[index % 5..][..1]
        };
        for counting in [Counting::Direct, Counting::Near] {
            for &lanes in lanes {
                for (load, job) in there.jobs([0; 3]).into_iter().enumerate() {
                    let histogram = Histogram::in_shape(&gpu, format, 1, counting, lanes).expect("bins");
                    let bytes = run(&gpu, |encoder| {
                        histogram.encode(&gpu, encoder, &[job]).expect("within limits");
                        histogram.read_back_and_clear(&gpu, encoder).remove(0)
                    });
                    assert!(
                        Histogram::decode(&bytes) == [wanted.clone()],
                        "{sample_type}, {counting:?}, {lanes:?}, load {load}"
                    );
                }
            }
        }
    }
}

#[test]
fn sums_of_32_bit_voxels_are_exact() {
    let Some(gpu) = gpu() else { return };
    for (index, sample_type) in [SampleType::U32, SampleType::I32, SampleType::F32]
        .into_iter()
        .enumerate()
    {
        let source = MemorySource::random(sample_type, [1, 1, 5, 71, 77], 20 + index as u64);
        let format = VoxelFormat::of(sample_type);
        let there = There::new(&gpu, &source, &odd_box());
        let mut counts = vec![0; 1 << 16];
        let mut wanted = Moments::none(sample_type);
        for key in keys(&source, &odd_box()).into_iter().flatten() {
            counts[(key >> 16) as usize] += 1;
            twin::add_to(&mut wanted, format.value_from_key(key));
        }
        for (load, job) in there.jobs([0; 3]).into_iter().enumerate() {
            let sums = DigitSums::new(&gpu, format, 1).expect("memory").expect("32 bits");
            let bytes = run(&gpu, |encoder| {
                // Twice, to see sums that carry: the words wrap around.
                sums.encode(&gpu, encoder, &[job, job]).expect("within limits");
                sums.read_back_and_clear(&gpu, encoder)
            });
            let doubled: Vec<u64> = counts.iter().map(|count| 2 * count).collect();
            let found = Moments::from_digit_sums(sample_type, &doubled, &sums.decode(&bytes)[0]);
            assert_eq!(found.count, 2 * wanted.count, "{sample_type}, load {load}");
            assert_eq!(found.sum, &wanted.sum * 2, "{sample_type}, load {load}");
            assert_eq!(found.squares, &wanted.squares * 2u32, "{sample_type}, load {load}");
        }
    }
}

/// As many voxels as one lane ever walks through: drivers bound how often an invocation goes round a loop.
#[test]
fn the_deepest_boxes_are_walked_to_their_end() {
    let Some(gpu) = gpu() else { return };
    for (sample_type, columns) in [(SampleType::U8, 1024), (SampleType::U16, 512), (SampleType::F32, 256)] {
        let source = MemorySource::random(sample_type, [1, 1, 32, 32, columns], 50 + columns);
        let format = VoxelFormat::of(sample_type);
        let extent = source.dataset.shape.volume_box();
        let there = There::new(&gpu, &source, &extent);
        let keys = keys(&source, &extent);
        let shift = key_bits(sample_type).saturating_sub(16);
        let mut counts = vec![0; 1 << 16];
        let mut moments = Moments::none(sample_type);
        for &key in keys.iter().flatten() {
            counts[(key >> shift) as usize] += 1;
            twin::add_to(&mut moments, format.value_from_key(key));
        }
        // The most prefixes that one pass can tell apart, and some that no voxel has.
        let prefixes: Vec<u32> = (0..MAX_PREFIXES as u32).map(|i| 0x8000 + 7 * i).collect();
        let below = |prefix: u32| {
            let mut counts = vec![0; 1 << 16];
            for &key in keys.iter().flatten().filter(|&&key| key >> 16 == prefix) {
                counts[(key & 0xffff) as usize] += 1;
            }
            counts
        };
        for (load, job) in there.jobs([0; 3]).into_iter().enumerate() {
            let minmax = MinMax::new(&gpu, format, 1);
            let histogram = Histogram::first_digit(&gpu, format, 1).expect("bins");
            let bytes = run(&gpu, |encoder| {
                minmax.encode(&gpu, encoder, &[job]).expect("within limits");
                minmax.read_back(&gpu, encoder)
            });
            assert_eq!(MinMax::decode(&bytes), [range_of(&keys)], "{sample_type}, load {load}");
            let bytes = run(&gpu, |encoder| {
                histogram.encode(&gpu, encoder, &[job]).expect("within limits");
                histogram.read_back_and_clear(&gpu, encoder).remove(0)
            });
            assert!(
                Histogram::decode(&bytes) == [counts.clone()],
                "{sample_type}, load {load}"
            );
            let Some(sums) = DigitSums::new(&gpu, format, 1).expect("memory") else {
                continue;
            };
            let bytes = run(&gpu, |encoder| {
                sums.encode(&gpu, encoder, &[job]).expect("within limits");
                sums.read_back_and_clear(&gpu, encoder)
            });
            let wide: Vec<u64> = counts.iter().map(|&count| u64::from(count)).collect();
            let found = Moments::from_digit_sums(sample_type, &wide, &sums.decode(&bytes)[0]);
            assert_eq!(found, moments, "{sample_type}, load {load}");
            let second = Histogram::second_digit(&gpu, format, vec![prefixes.clone()]).expect("bins");
            let bytes = run(&gpu, |encoder| {
                second.encode(&gpu, encoder, &[job]).expect("within limits");
                second.read_back_and_clear(&gpu, encoder).remove(0)
            });
            let wanted: Vec<Vec<u32>> = prefixes.iter().map(|&prefix| below(prefix)).collect();
            assert!(Histogram::decode(&bytes) == wanted, "{sample_type}, load {load}");
        }
    }
}

/// The grid of a channel, cell by cell, in the plainest way.
fn check_grid(name: &str, source: &MemorySource, grid: &MinMaxGrid) {
    let extent = source.dataset.shape.volume_box();
    assert_eq!(grid.extent, extent, "{name}");
    let mut cells = grid.cells[0].iter();
    for z in 0..grid.shape[0] {
        for y in 0..grid.shape[1] {
            for x in 0..grid.shape[2] {
                let wanted = range_of(&keys(source, &grid.cell_box([z, y, x])));
                assert_eq!(cells.next(), Some(&wanted), "{name}, cell {z} {y} {x}");
            }
        }
    }
    assert_eq!(cells.next(), None, "{name}");
}

#[test]
fn the_grid_equals_the_twin_in_every_shape() {
    let Some(gpu) = gpu() else { return };
    let mut own = Gpu::headless(&microtome::gpu::AdapterChoice::from_env()).expect("as the shared one");
    for (index, sample_type) in [SampleType::U8, SampleType::I16, SampleType::F32]
        .into_iter()
        .enumerate()
    {
        let source = MemorySource::random(sample_type, [1, 1, 35, 71, 77], 30 + index as u64);
        let extent = source.dataset.shape.volume_box();
        for join in joins(&gpu) {
            own.tuning = Tuning {
                join,
                minmax_lanes: LANES[index + 1],
                ..own.tuning
            };
            // Boxes that begin anywhere in the grid; packed ones where 16 bytes do.
            let first_x = 16;
            let columns = [0..first_x, first_x..77];
            let bands = [0..7, 7..71];
            let minmax = MinMax::with_grid(&own, VoxelFormat::of(sample_type), 1, &extent).expect("a small grid");
            let mut parts = Vec::new();
            for x in &columns {
                for y in &bands {
                    for z in [0..33, 33..35] {
                        let part = Box3 {
                            z,
                            y: y.clone(),
                            x: x.clone(),
                        };
                        parts.push(There::new(&own, &source, &part));
                    }
                }
            }
            let jobs: Vec<BoxJob<'_>> = parts
                .iter()
                .enumerate()
                .map(|(place, part)| part.jobs(part.origin)[place % 2])
                .collect();
            let bytes = run(&own, |encoder| {
                minmax.encode(&own, encoder, &jobs).expect("within limits");
                minmax.read_back(&own, encoder)
            });
            let grid = minmax.cells(&bytes).expect("a grid");
            check_grid(&format!("{sample_type}, {join:?}"), &source, &grid);
            let all = range_of(&keys(&source, &extent));
            assert_eq!(minmax.ranges(&bytes), [all]);
        }
    }
}

#[test]
fn a_loaded_volume_has_its_grid() {
    let Some(gpu) = gpu() else { return };
    let Some(tiled) = gpu_with_tiles(40) else { return };
    for (gpu, name) in [(gpu, "in one tile"), (tiled, "in tiles")] {
        // Strips of 13 rows, and blocks that begin where no 16 bytes do.
        let strips = MemorySource::random(SampleType::U16, [1, 1, 35, 71, 77], 40).in_strips(13);
        let mut blocks = MemorySource::random(SampleType::F32, [1, 1, 35, 71, 77], 41);
        blocks.chunk = [1, 5, 11, 9];
        for source in [strips, blocks] {
            let shared: Arc<dyn microtome::source::Source> = Arc::new(source.clone());
            let mut viewer = Viewer::show(shared, ViewOptions::default(), Arc::new(|| ()));
            settle(&mut viewer, &gpu);
            check_grid(name, &source, viewer.grid().expect("a whole volume"));
        }
    }
}
