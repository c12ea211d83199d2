use crate::gpu::{Counting, Gpu, Join, Lanes, Load, Tuning};
use crate::reduce::{Histogram, MinMax};
use crate::volume::SampleType;

use super::kernels::OnGpu;
use super::{BenchError, Effort, Kernel, Pattern, Stopwatch, Subject, measure, on_gpu};

/// Lanes of the shapes that are tried.
const LANES: [Lanes; 8] = [
    [8, 1, 1],
    [8, 1, 4],
    [8, 1, 8],
    [16, 1, 8],
    [32, 1, 1],
    [64, 1, 1],
    [64, 4, 1],
    [256, 1, 1],
];

/// A shape of a kernel.
#[derive(Clone, Copy)]
enum Shape {
    MinMax(Join, Lanes),
    Histogram(Counting, Lanes),
}

impl Shape {
    /// All that an adapter can run.
    fn all(gpu: &Gpu) -> Vec<Self> {
        let joins = [Join::Atomic, Join::Workgroup, Join::Subgroup];
        let is_possible = |join: &Join| *join != Join::Subgroup || gpu.caps.has_subgroups;
        let mut shapes = Vec::new();
        for lanes in LANES {
            shapes.extend(
                joins
                    .into_iter()
                    .filter(is_possible)
                    .map(|join| Self::MinMax(join, lanes)),
            );
            shapes.extend([Counting::Direct, Counting::Near].map(|counting| Self::Histogram(counting, lanes)));
        }
        shapes
    }

    fn kernel(self, load: Load) -> Kernel {
        let (kernel, how, [x, y, columns]) = match self {
            Self::MinMax(join, lanes) => ("minmax", format!("{join:?}"), lanes),
            Self::Histogram(counting, lanes) => ("histogram", format!("{counting:?}"), lanes),
        };
        let name = format!("{kernel} {load:?} {how} {x}x{y}x{columns}").to_lowercase();
        match self {
            Self::MinMax(join, lanes) => on_gpu(&name, move |gpu, subject| {
                let format = subject.textures.format;
                Ok(OnGpu(load, MinMax::in_shape(gpu, format, 1, join, lanes)))
            }),
            Self::Histogram(counting, lanes) => on_gpu(&name, move |gpu, subject| {
                let format = subject.textures.format;
                Ok(OnGpu(load, Histogram::in_shape(gpu, format, 1, counting, lanes)?))
            }),
        }
    }
}

/// Every shape of the kernels that the adapter can run, of packed voxels and of textures.
pub fn variants(gpu: &Gpu) -> Vec<Kernel> {
    let loads = [Load::Packed, Load::Texture];
    let of_load = |load| Shape::all(gpu).into_iter().map(move |shape| shape.kernel(load));
    loads.into_iter().flat_map(of_load).collect()
}

/// Finds the shapes that are the fastest on an adapter, on 16-bit voxels like a camera's, packed as they arrive. Every
/// candidate is checked; `told` hears of each, with its GB/s.
///
/// # Errors
/// If the adapter fails, or a kernel is wrong.
pub fn tune(
    stopwatch: &Stopwatch<'_>,
    bytes: u64,
    effort: Effort,
    mut told: impl FnMut(&str, f64),
) -> Result<Tuning, BenchError> {
    let subject = Subject::new(stopwatch.gpu, SampleType::U16, Pattern::Image, bytes)?;
    let mut tuning = stopwatch.gpu.tuning;
    let (mut best_minmax, mut best_histogram) = (0.0, 0.0);
    for shape in Shape::all(stopwatch.gpu) {
        let kernel = shape.kernel(Load::Packed);
        let speed = measure(stopwatch, &subject, &kernel, effort)?.gb_per_s();
        told(&kernel.name, speed);
        match shape {
            Shape::MinMax(join, lanes) if speed > best_minmax => {
                (best_minmax, tuning.join, tuning.minmax_lanes) = (speed, join, lanes);
            }
            Shape::Histogram(counting, lanes) if speed > best_histogram => {
                (best_histogram, tuning.counting, tuning.histogram_lanes) = (speed, counting, lanes);
            }
            _ => {}
        }
    }
    Ok(tuning)
}
