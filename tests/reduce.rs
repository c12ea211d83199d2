//! The reductions equal their twin exactly, for every sample type, on the GPU and on the CPU.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use common::gpu::{MemorySource, gpu, gpu_with_tiles, random_bits, voxels_of};
use microtome::gpu::{AdapterChoice, Gpu, Readback, VolumeTextures, VoxelFormat, VoxelKind};
use microtome::reduce::{
    BoxJob, Histogram, Input, KeyRange, MinMax, percentile_from_neighbours, ranks_of_percentile, twin,
};
use microtome::session::{FileStats, FullStats, MeasureRequest, Measurer, disagreement, measure};
use microtome::source::{Source, SourceError};
use microtome::volume::{BinCounts, Box3, Dataset, Percentile, Region, SampleType, Value};

/// Small enough that nothing here fits in one tile.
const TILE: u64 = 16;

/// What a channel's numbers must be, from the twin. Where the bins of the histogram are is not its business: `edges`.
fn expected(voxels: &[u8], sample_type: SampleType, percentiles: &[f64], edges: &[Value]) -> FullStats {
    let numbers = twin::numbers(voxels, sample_type);
    let sorted = &numbers.sorted;
    let count_of = |value: Option<&f64>| value.map_or(0, |value| sorted.iter().filter(|v| *v == value).count() as u64);
    // `numpy.percentile` with the methods `linear`, `lower` and `higher`, on the sorted values themselves.
    let percentile = |&percent: &f64| {
        let place = (sorted.len() - 1) as f64 * (percent / 100.0);
        let (below, above, fraction) = ranks_of_percentile(percent, sorted.len() as u64);
        Percentile {
            percent,
            value: percentile_from_neighbours(sorted[below as usize], sorted[above as usize], fraction),
            lower: numbers.sorted_values[place.floor() as usize],
            higher: numbers.sorted_values[place.ceil() as usize],
        }
    };
    let bits = |value: i128| 128 - value.leading_zeros();
    FullStats {
        stats: microtome::volume::ChannelStats {
            range: numbers.range,
            non_finite: numbers.non_finite,
        },
        count: sorted.len() as u64,
        at_min: count_of(sorted.first()),
        at_max: count_of(sorted.last()),
        mean: numbers.moments.mean(),
        std: numbers.moments.std(),
        bit_depth: match numbers.range {
            Some((Value::Integer(low), Value::Integer(high))) if sample_type.is_signed_integer() => {
                // The fewest bits of which two's complement holds both.
                (1..=64).find(|&n| low >= -(1i128 << (n - 1)) && high < 1i128 << (n - 1))
            }
            Some((Value::Integer(_), Value::Integer(high))) => Some(bits(high).max(1)),
            _ => None,
        },
        histogram: BinCounts {
            edges: edges.to_vec(),
            counts: counts_between(&numbers.sorted_values, edges),
        },
        percentiles: if sorted.is_empty() {
            Vec::new()
        } else {
            percentiles.iter().map(percentile).collect()
        },
    }
}

/// Of ascending values, how many lie from each edge on and below the next; at the last edge too for the last.
fn counts_between(sorted: &[Value], edges: &[Value]) -> Vec<u64> {
    let below = |edge: &Value| sorted.partition_point(|value| twin::order(value, edge).is_lt());
    let mut starts: Vec<usize> = edges.iter().map(below).collect();
    if let (Some(last), Some(edge)) = (starts.last_mut(), edges.last()) {
        *last = sorted.partition_point(|value| twin::order(value, edge).is_le());
    }
    starts.windows(2).map(|pair| (pair[1] - pair[0]) as u64).collect()
}

/// Whether a histogram is one that is promised: all finite voxels in at most 256 bins, those of integers equally wide.
fn check_histogram(found: &FullStats) -> Result<(), String> {
    let BinCounts { edges, counts } = &found.histogram;
    let is_all = counts.iter().sum::<u64>() == found.count;
    let is_ascending = edges.windows(2).all(|pair| match pair {
        [Value::Integer(a), Value::Integer(b)] => a < b,
        // One value alone has one bin.
        [a, b] => a.as_f64() < b.as_f64() || counts.len() == 1,
        _ => false,
    });
    let widths: Vec<i128> = edges
        .windows(2)
        .filter_map(|pair| match pair {
            [Value::Integer(a), Value::Integer(b)] => Some(b - a),
            _ => None,
        })
        .collect();
    let is_equal = widths.windows(2).all(|pair| pair[0] == pair[1]);
    let has_bins = counts.len() <= 256 && (counts.is_empty() == (found.count == 0));
    // A range of a few thousand values is resolved as far as 256 bins can.
    let is_fine = match found.stats.range {
        Some((Value::Integer(low), Value::Integer(high))) if high - low < 1 << 16 => {
            counts.len() as i128 >= (high - low + 1).min(128)
        }
        _ => true,
    };
    match is_all && is_ascending && is_equal && has_bins && is_fine {
        true => Ok(()),
        false => Err(format!("the histogram of {found:?}")),
    }
}

fn check(name: &str, found: &[FullStats], source: &MemorySource, percentiles: &[f64]) -> Result<(), String> {
    let shape = source.dataset.shape;
    if found.len() as u64 != shape.c {
        return Err(format!("{name}: {} channels instead of {}", found.len(), shape.c));
    }
    for (c, found) in found.iter().enumerate() {
        let voxels: Vec<u8> = (0..shape.t)
            .flat_map(|t| source.channel(t, c as u64).to_vec())
            .collect();
        check_histogram(found).map_err(|what| format!("{name}, channel {c}: {what}"))?;
        let wanted = expected(&voxels, source.dataset.sample_type, percentiles, &found.histogram.edges);
        if *found != wanted {
            return Err(format!("{name}, channel {c}:\n{found:?} instead of\n{wanted:?}"));
        }
    }
    Ok(())
}

/// Measures in every way there is and compares each with the twin.
fn check_everywhere(name: &str, gpus: &[Arc<Gpu>], source: MemorySource) {
    let shape = source.dataset.shape;
    let shared = source.clone().shared();
    let request = MeasureRequest::whole_file(shared.as_ref());
    let run = |measurer, textures: &mut Option<VolumeTextures>| {
        let found = measure(measurer, &shared, &request, textures, &|_| ());
        found.unwrap_or_else(|error| panic!("{name}: {error}")).channels
    };
    let compare = |way: &str, found: &[FullStats]| {
        if let Err(difference) = check(&format!("{name}, {way}"), found, &source, &request.percentiles) {
            panic!("{difference}");
        }
    };
    compare("CPU", &run(Measurer::Cpu, &mut None));
    for gpu in gpus {
        compare("GPU", &run(Measurer::Gpu(gpu), &mut None));
        if shape.t == 1 {
            let format = VoxelFormat::of(source.dataset.sample_type);
            let textures = VolumeTextures::new(gpu, format, shape.c as usize, &shape.volume_box());
            let mut textures = Some(textures.expect("small textures"));
            compare("GPU, in textures that stay", &run(Measurer::Gpu(gpu), &mut textures));
        }
        gpu.check().expect("no error of the device");
    }
}

fn gpus() -> Option<Vec<Arc<Gpu>>> {
    Some(vec![gpu()?, gpu_with_tiles(TILE)?])
}

#[test]
fn every_type_of_any_bits() {
    let Some(gpus) = gpus() else { return };
    for (index, sample_type) in SampleType::ALL.into_iter().enumerate() {
        let source = MemorySource::random(sample_type, [1, 2, 3, 67, 71], 100 + index as u64).in_strips(13);
        check_everywhere(&format!("{sample_type}"), &gpus, source);
    }
}

#[test]
fn sizes_around_tiles_and_workgroups() {
    let Some(gpus) = gpus() else { return };
    let shapes = [
        [1, 1, 1],
        [1, 1, TILE - 1],
        [1, TILE, 1],
        [TILE + 1, 1, 1],
        [TILE - 1, TILE, TILE + 1],
        [2, 63, 64],
        [1, 65, 129],
        [7, 11, 13],
    ];
    for (index, [z, y, x]) in shapes.into_iter().enumerate() {
        let sample_type = [SampleType::I16, SampleType::F16][index % 2];
        let source = MemorySource::random(sample_type, [1, 1, z, y, x], index as u64);
        check_everywhere(&format!("{sample_type} of {z} x {y} x {x}"), &gpus, source);
    }
}

#[test]
fn all_times_count() {
    let Some(gpus) = gpus() else { return };
    let source = MemorySource::random(SampleType::I32, [3, 2, 2, 9, 17], 5);
    check_everywhere("three times", &gpus, source);
}

#[test]
fn many_small_planes() {
    // Several are read and measured at once; more than a texture has layers, and more than one block.
    let Some(gpus) = gpus() else { return };
    for (index, shape) in [[1, 2, 5000, 3, 5], [1, 3, 150, 31, 33]].into_iter().enumerate() {
        let source = MemorySource::random(SampleType::U16, shape, 90 + index as u64);
        check_everywhere(&format!("planes of {shape:?}"), &gpus[..1], source);
    }
    let source = MemorySource::random(SampleType::F64, [2, 2, 70, 19, 21], 93).in_strips(4);
    check_everywhere("planes of 64-bit floats", &gpus, source);
}

#[test]
fn special_values() {
    let Some(gpus) = gpus() else { return };
    let gpus = &gpus[..1];
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    let lists: [(&str, &[f64]); 7] = [
        ("nothing finite", &[nan, inf, -inf, nan]),
        ("one finite", &[nan, 3.5, nan, inf]),
        ("both zeros", &[-0.0, 0.0, -0.0, 0.0, 0.0]),
        ("a negative zero only", &[-0.0, -0.0]),
        ("a constant", &[-7.25; 5]),
        ("infinities at the ends", &[-inf, -2.0, 1.0, inf, inf]),
        ("tiny", &[6e-8, -6e-8, 1.2e-7, 0.0]),
    ];
    for sample_type in [SampleType::F16, SampleType::F32, SampleType::F64] {
        for (name, list) in lists {
            let voxels = voxels_of(sample_type, list.iter().copied());
            let source = MemorySource::new(sample_type, [1, 1, 1, 1, list.len() as u64], voxels);
            check_everywhere(&format!("{sample_type}: {name}"), gpus, source);
        }
    }
    let denormal: Vec<u8> = [1u32, 0x8000_0001, 0x007f_ffff, 3, 0x807f_ffff]
        .into_iter()
        .flat_map(u32::to_ne_bytes)
        .collect();
    check_everywhere(
        "denormals",
        gpus,
        MemorySource::new(SampleType::F32, [1, 1, 1, 1, 5], denormal),
    );
    for (sample_type, [lo, hi]) in [
        (SampleType::I8, [-128.0, 127.0]),
        (SampleType::U16, [0.0, 65535.0]),
        (SampleType::U32, [0.0, 4_294_967_295.0]),
        (SampleType::I32, [-2_147_483_648.0, 2_147_483_647.0]),
    ] {
        let voxels = voxels_of(sample_type, [hi, lo, hi, 1.0, hi]);
        let source = MemorySource::new(sample_type, [1, 1, 1, 1, 5], voxels);
        check_everywhere(&format!("{sample_type}: the full range"), gpus, source);
        let voxels = voxels_of(sample_type, [hi; 100]);
        let source = MemorySource::new(sample_type, [1, 1, 1, 10, 10], voxels);
        check_everywhere(&format!("{sample_type}: constant"), gpus, source);
    }
}

#[test]
fn percentiles_of_wide_types_among_close_values() {
    // Values that share their upper 16 bits: a histogram of one pass could not tell them apart.
    let Some(gpus) = gpus() else { return };
    let around = |base: f64| (0..1000u32).map(move |i| base + f64::from(i.wrapping_mul(7919) % 1000));
    for sample_type in [SampleType::U32, SampleType::I32, SampleType::F32, SampleType::F64] {
        let base = if sample_type == SampleType::U32 { 4e9 } else { -3e6 };
        let voxels = voxels_of(sample_type, around(base));
        let source = MemorySource::new(sample_type, [1, 1, 10, 10, 10], voxels);
        check_everywhere(&format!("{sample_type}: close values"), &gpus[..1], source);
    }
}

#[test]
fn an_empty_box_is_no_box() {
    let Some(gpu) = gpu() else { return };
    let source = MemorySource::new(SampleType::U16, [1, 1, 0, 4, 4], Vec::new());
    assert!(matches!(
        microtome::session::check(&source.dataset),
        Err(microtome::session::SessionError::Empty([1, 1, 0, 4, 4]))
    ));
    let shared = source.shared();
    let request = MeasureRequest::whole_file(shared.as_ref());
    for measurer in [Measurer::Cpu, Measurer::Gpu(&gpu)] {
        let stats = measure(measurer, &shared, &request, &mut None, &|_| ()).expect("nothing to do");
        assert!(stats.channels.iter().all(|channel| channel.stats.range.is_none()));
    }
    gpu.check().expect("no error of the device");
}

#[test]
fn more_percentiles_than_one_pass_can_tell_apart() {
    let Some(gpu) = gpu() else { return };
    let source = MemorySource::random(SampleType::U32, [1, 1, 1, 50, 50], 77);
    let request = MeasureRequest {
        percentiles: (0..=20).map(|i| f64::from(i) * 5.0).collect(),
        ..MeasureRequest::whole_file(&source)
    };
    let shared = source.clone().shared();
    for measurer in [Measurer::Cpu, Measurer::Gpu(&gpu)] {
        let found = measure(measurer, &shared, &request, &mut None, &|_| ()).expect("measured");
        check("21 percentiles", &found.channels, &source, &request.percentiles).expect("equal");
    }
}

/// The volume's textures, filled.
fn upload(gpu: &Gpu, source: &MemorySource) -> VolumeTextures {
    let shape = source.dataset.shape;
    let format = VoxelFormat::of(source.dataset.sample_type);
    let mut textures =
        Some(VolumeTextures::new(gpu, format, shape.c as usize, &shape.volume_box()).expect("small textures"));
    let request = MeasureRequest {
        percentiles: Vec::new(),
        is_full: false,
        ..MeasureRequest::whole_file(source)
    };
    let shared = source.clone().shared();
    measure(Measurer::Gpu(gpu), &shared, &request, &mut textures, &|_| ()).expect("uploaded");
    textures.expect("the same textures")
}

/// Reduces the whole first tile of channel 0 with the shaders alone.
fn reduce_one_box(gpu: &Gpu, textures: &VolumeTextures, format: VoxelFormat) -> (KeyRange, Vec<u32>) {
    let lanes = gpu.tuning.minmax_lanes;
    let minmax = MinMax::in_shape(gpu, format, 1, gpu.tuning.join, lanes);
    let histogram = Histogram::in_shape(gpu, format, 1, gpu.tuning.counting, lanes).expect("bins");
    let [depth, height, width] = textures.grid.tiles[0].held.size().map(|n| n as u32);
    let job = BoxJob {
        input: Input::Texture {
            view: textures.view(0, 0),
            origin: [0; 3],
        },
        size: [width, height, depth],
        channel: 0,
        at: [0; 3],
    };
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    minmax.encode(gpu, &mut encoder, &[job]).expect("within limits");
    histogram.encode(gpu, &mut encoder, &[job]).expect("within limits");
    let range = minmax.read_back(gpu, &mut encoder);
    let counts = histogram.read_back_and_clear(gpu, &mut encoder).remove(0);
    gpu.queue.submit([encoder.finish()]);
    let range = MinMax::decode(&finish(gpu, &range))[0];
    (range, Histogram::decode(&finish(gpu, &counts)).remove(0))
}

fn finish(gpu: &Gpu, readback: &Readback) -> Vec<u8> {
    readback.map();
    readback.wait(gpu).expect("it came")
}

/// A device of this test alone, to be changed.
fn own_gpu() -> Option<Gpu> {
    gpu()?;
    Some(Gpu::headless(&AdapterChoice::from_env()).expect("as the shared one"))
}

#[test]
fn more_workgroups_than_65535_in_one_dispatch() {
    let Some(mut gpu) = own_gpu() else { return };
    // 2047 workgroups across and 64 deep.
    gpu.tuning.minmax_lanes = [1, 1, 1];
    let source = MemorySource::random(SampleType::U8, [1, 1, 2048, 1, 2047], 8);
    let textures = upload(&gpu, &source);
    assert_eq!(
        textures.grid.tiles.len(),
        1,
        "every adapter holds 2048 voxels along an axis"
    );
    let (range, counts) = reduce_one_box(&gpu, &textures, textures.format);
    let mut wanted = vec![0; 1 << 16];
    source.voxels.iter().for_each(|&voxel| wanted[usize::from(voxel)] += 1);
    assert_eq!(range.keys, Some((0, 255)));
    assert_eq!(counts, wanted);
}

#[test]
fn a_box_beyond_the_limits_is_taken_in_parts() {
    let Some(mut gpu) = own_gpu() else { return };
    // Sixteen workgroups per dimension of one lane, and bindings of 4 KiB.
    gpu.caps.max_workgroups = 16;
    gpu.tuning.minmax_lanes = [1, 1, 1];
    gpu.tuning.histogram_lanes = [1, 1, 1];
    gpu.caps.max_binding_bytes = 4096;
    for (index, sample_type) in [SampleType::U8, SampleType::F16, SampleType::I32]
        .into_iter()
        .enumerate()
    {
        let source = MemorySource::random(sample_type, [1, 2, 67, 70, 333], index as u64);
        let textures = upload(&gpu, &source);
        let (range, counts) = reduce_one_box(&gpu, &textures, textures.format);
        let numbers = twin::numbers(source.channel(0, 0), sample_type);
        let value = |key| textures.format.value_from_key(key);
        assert_eq!(range.keys.map(|(low, high)| (value(low), value(high))), numbers.range);
        assert_eq!(
            counts.iter().map(|&count| count as usize).sum::<usize>(),
            numbers.sorted.len()
        );
        let shared = source.clone().shared();
        let request = MeasureRequest::whole_file(shared.as_ref());
        let found = measure(Measurer::Gpu(&gpu), &shared, &request, &mut None, &|_| ()).expect("measured");
        check("in parts", &found.channels, &source, &request.percentiles).expect("the same");
    }
}

#[test]
fn a_wrong_key_order_is_noticed() {
    let Some(gpu) = gpu() else { return };
    let source = MemorySource::between(SampleType::I16, [1, 1, 2, 20, 20], (-900.0, 1000.0), 3);
    let textures = upload(&gpu, &source);
    let wanted = twin::numbers(&source.voxels, SampleType::I16).range;
    let range_with = |format: VoxelFormat| {
        let (range, _) = reduce_one_box(&gpu, &textures, format);
        let (lo, hi) = range.keys.expect("integers are finite");
        Some((format.value_from_key(lo), format.value_from_key(hi)))
    };
    assert_eq!(range_with(textures.format), wanted);
    let unsigned = VoxelFormat {
        kind: VoxelKind::Unsigned,
        ..textures.format
    };
    assert_ne!(range_with(unsigned), wanted);
}

#[test]
fn a_flipped_voxel_is_noticed() {
    let Some(gpu) = gpu() else { return };
    let source = MemorySource::between(SampleType::U16, [1, 2, 3, 20, 20], (100.0, 4000.0), 4);
    let shared = source.clone().shared();
    let request = MeasureRequest::whole_file(shared.as_ref());
    let found = measure(Measurer::Gpu(&gpu), &shared, &request, &mut None, &|_| ()).expect("measured");
    check("as it is", &found.channels, &source, &request.percentiles).expect("equal");
    for flipped in [99.0, 4001.0] {
        let mut other = source.clone();
        other.voxels[2000..2002].copy_from_slice(&voxels_of(SampleType::U16, [flipped]));
        check("flipped", &found.channels, &other, &request.percentiles).expect_err("another minimum or maximum");
    }
    let mut shifted = source.clone();
    let middle = twin::numbers(source.channel(0, 0), SampleType::U16).sorted[600];
    let place = twin::values(source.channel(0, 0), SampleType::U16)
        .iter()
        .position(|&value| value == middle)
        .expect("it is there");
    shifted.voxels[2 * place..2 * place + 2].copy_from_slice(&voxels_of(SampleType::U16, [3999.0]));
    check("shifted", &found.channels, &shifted, &request.percentiles).expect_err("another median");
}

#[test]
fn every_wrong_number_is_noticed_by_counting_again() {
    for sample_type in [SampleType::I16, SampleType::F32] {
        let source = MemorySource::between(sample_type, [1, 2, 3, 11, 13], (-100.0, 900.0), 4).shared();
        let request = MeasureRequest::whole_file(source.as_ref());
        let right = measure(Measurer::Cpu, &source, &request, &mut None, &|_| ()).expect("measured");
        let told = |claimed: &FileStats| disagreement(&source, &request, claimed, &|_| ()).expect("counted");
        assert_eq!(told(&right), None);
        let other = Value::Integer(7);
        type Damage<'a> = (&'a str, &'a dyn Fn(&mut FullStats));
        let damages: [Damage<'_>; 14] = [
            ("minimum", &|of| {
                of.stats.range = of.stats.range.map(|(_, high)| (other, high))
            }),
            ("maximum", &|of| {
                of.stats.range = of.stats.range.map(|(low, _)| (low, other))
            }),
            ("not finite", &|of| of.stats.non_finite += 1),
            ("finite voxels", &|of| of.count -= 1),
            ("at the minimum", &|of| of.at_min += 1),
            ("at the maximum", &|of| of.at_max += 1),
            ("mean", &|of| of.mean = of.mean.map(f64::next_up)),
            ("deviation", &|of| of.std = of.std.map(f64::next_down)),
            ("bit depth", &|of| of.bit_depth = Some(3)),
            ("histogram", &|of| of.histogram.counts[0] += 1),
            ("histogram", &|of| of.histogram.edges[0] = of.histogram.edges[1]),
            ("percentile 50", &|of| {
                of.percentiles[2].value = of.percentiles[2].value.next_up()
            }),
            ("lower neighbour of percentile 1", &|of| {
                of.percentiles[1].lower = of.percentiles[2].lower
            }),
            ("higher neighbour of percentile 99", &|of| {
                of.percentiles[3].higher = other
            }),
        ];
        for (what, damage) in damages {
            let mut claimed = right.clone();
            damage(&mut claimed.channels[1]);
            let told = told(&claimed).unwrap_or_else(|| panic!("{sample_type}: {what} is wrong, and nobody says so"));
            assert!(
                told.starts_with("channel 1: ") && told.contains(what),
                "{sample_type}, {what}: {told}"
            );
        }
    }
}

/// Tells how many voxels are read of another source.
struct Counting {
    source: MemorySource,
    voxels: AtomicU64,
}

impl Source for Counting {
    fn dataset(&self) -> &Dataset {
        self.source.dataset()
    }

    fn chunk_shape(&self, level: usize) -> [u64; 4] {
        self.source.chunk_shape(level)
    }

    fn read(&self, region: &Region, out: &mut [u8]) -> Result<(), SourceError> {
        self.voxels.fetch_add(region.voxels(), Ordering::Relaxed);
        self.source.read(region, out)
    }
}

#[test]
fn nothing_is_read_but_what_is_asked_for() {
    let gpu = gpu();
    for (sample_type, readings) in [(SampleType::U16, 1), (SampleType::F32, 2)] {
        for is_chunky in [false, true] {
            let mut source = MemorySource::random(sample_type, [2, 4, 9, 20, 30], 21);
            if is_chunky {
                source = source.in_strips(7);
            }
            let counting = Arc::new(Counting {
                source,
                voxels: AtomicU64::new(0),
            });
            let shared: Arc<dyn Source> = counting.clone();
            let request = MeasureRequest {
                times: 1..2,
                extent: Box3 {
                    z: 2..7,
                    y: 3..17,
                    x: 11..12,
                },
                channels: vec![1, 2],
                ..MeasureRequest::whole_file(&counting.source)
            };
            let measurers = std::iter::once(Measurer::Cpu).chain(gpu.as_deref().map(Measurer::Gpu));
            for measurer in measurers {
                counting.voxels.store(0, Ordering::Relaxed);
                let found = measure(measurer, &shared, &request, &mut None, &|_| ()).expect("measured");
                let read = counting.voxels.load(Ordering::Relaxed);
                assert_eq!(
                    read,
                    readings * 2 * request.extent.voxels(),
                    "{sample_type}, chunky: {is_chunky}"
                );
                assert!(found.channels[0].stats.range.is_none() && found.channels[1].stats.range.is_some());
            }
        }
    }
}

#[test]
fn keys_keep_the_order_of_values() {
    for sample_type in SampleType::ALL {
        let format = VoxelFormat::of(sample_type);
        let stored: Vec<u32> = random_bits(SampleType::U32, 500, 9)
            .chunks_exact(4)
            .map(|b| u32::from_ne_bytes([b[0], b[1], b[2], b[3]]) & format.mask())
            .chain([0, 1, format.sign_bit(), format.mask()])
            .collect();
        let keyed: Vec<(u32, f64)> = stored
            .iter()
            .filter_map(|&stored| {
                Some((
                    format.key_from_stored(stored)?,
                    format.value_from_stored(stored).as_f64(),
                ))
            })
            .collect();
        for &(a, value_a) in &keyed {
            assert_eq!(format.value_from_key(a).as_f64(), value_a, "{sample_type}");
            assert!(
                keyed.iter().all(|&(b, value_b)| (a < b) == (value_a < value_b)),
                "{sample_type}"
            );
        }
    }
    assert_eq!(Value::Integer(-1).to_string(), "-1");
    assert_eq!(Value::Float(1.0).to_string(), "1.0");
}

#[test]
fn a_reader_that_panics_is_an_error() {
    struct Broken(MemorySource);
    impl Source for Broken {
        fn dataset(&self) -> &microtome::volume::Dataset {
            &self.0.dataset
        }
        fn chunk_shape(&self, level: usize) -> [u64; 4] {
            self.0.chunk_shape(level)
        }
        fn read(&self, region: &microtome::volume::Region, _: &mut [u8]) -> Result<(), microtome::source::SourceError> {
            panic!("a decoder fails at {region:?}");
        }
    }
    let source: Arc<dyn Source> = Arc::new(Broken(MemorySource::random(SampleType::U8, [1, 1, 3, 4, 5], 1)));
    let request = MeasureRequest::whole_file(source.as_ref());
    measure(Measurer::Cpu, &source, &request, &mut None, &|_| ()).expect_err("numbers of nothing");
}
