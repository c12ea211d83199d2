use rayon::prelude::*;

use crate::gpu::{Gpu, GpuError, Load, VolumeTextures, VoxelFormat, VoxelKind};
use crate::volume::{Box3, SampleType};

use super::{BenchError, Pattern};
use crate::reduce::{BoxJob, CpuRange, DIGIT_BINS, GroupSums, Input, KeyRange, Moments, value_from_key};

/// A volume that is measured again and again, in main memory and in textures, with the numbers that are right for it.
pub struct Subject {
    /// Type of its voxels: one that textures hold.
    pub sample_type: SampleType,
    /// What they look like.
    pub pattern: Pattern,
    /// Where it lies: from (0, 0, 0).
    pub extent: Box3,
    /// Its voxels in (z, y, x) order, C order, native byte order.
    pub voxels: Vec<u8>,
    /// The same on the GPU, one channel.
    pub textures: VolumeTextures,
    /// And packed in a buffer, as they lie there before they become a texture.
    packed: wgpu::Buffer,
    right: Numbers,
}

/// The numbers that are right.
#[derive(Default)]
struct Numbers {
    range: CpuRange,
    counts: Vec<u64>,
    sums: Vec<GroupSums>,
}

/// What a kernel found.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Minimum, maximum, and how many voxels are neither.
    Range(CpuRange),
    /// Voxels per value of the upper 16 bits of the key, or of the whole of a narrower one; 65,536 of them.
    Counts(Vec<u64>),
    /// Sums over the lower halves of 32-bit voxels, per group; none of narrower ones.
    Sums(Vec<GroupSums>),
    /// Number, sum and sum of squares.
    Moments(Moments),
}

impl Found {
    /// What a kernel found of all voxels.
    pub(crate) fn of_range(found: KeyRange) -> Self {
        Found::Range(CpuRange {
            keys: found.keys.map(|(low, high)| (low.into(), high.into())),
            non_finite: found.non_finite.into(),
        })
    }
}

/// Bytes that are handed to wgpu at a time: it holds them once more until they are copied.
const UPLOAD_BYTES: u64 = 64 << 20;

impl Subject {
    /// Makes and uploads about `bytes` of voxels; at least a plane of 512 × 512.
    ///
    /// # Errors
    /// If they do not fit the adapter.
    pub fn new(gpu: &Gpu, sample_type: SampleType, pattern: Pattern, bytes: u64) -> Result<Self, GpuError> {
        let format = VoxelFormat::of(sample_type);
        let extent = extent_of(bytes / format.bytes());
        let textures = VolumeTextures::new(gpu, format, 1, &extent)?;
        let voxels = pattern.voxels(sample_type, &extent);
        upload(gpu, &textures, &voxels)?;
        let packed = gpu.allocate("a volume in a buffer", voxels.len() as u64, || {
            gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("packed voxels"),
                size: voxels.len() as u64,
                usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        })?;
        for (offset, part) in (0..)
            .step_by(UPLOAD_BYTES as usize)
            .zip(voxels.chunks(UPLOAD_BYTES as usize))
        {
            gpu.queue.write_buffer(&packed, offset, part);
            gpu.queue.submit([]);
            gpu.wait();
        }
        Ok(Self {
            sample_type,
            pattern,
            extent,
            right: numbers(&voxels, format),
            voxels,
            textures,
            packed,
        })
    }

    /// Number of voxels.
    pub fn voxel_count(&self) -> u64 {
        self.extent.voxels()
    }

    /// What the reductions are given: its tiles, or all of it packed.
    pub fn jobs(&self, load: Load) -> Vec<BoxJob<'_>> {
        if load == Load::Texture {
            return self.jobs_in(&self.textures);
        }
        let [_, rows, columns] = self.extent.size();
        // Sides are multiples of 512, so that rows begin where rows in staging memory do.
        let input = Input::Packed {
            buffer: &self.packed,
            offset: 0,
            row_pitch: (columns * self.textures.format.bytes()) as u32,
            rows_per_plane: rows as u32,
        };
        vec![BoxJob {
            input,
            size: xyz(self.extent.size()),
            channel: 0,
            at: [0; 3],
        }]
    }

    /// The tiles of textures as large as this volume.
    pub fn jobs_in<'a>(&self, textures: &'a VolumeTextures) -> Vec<BoxJob<'a>> {
        let job = |(index, tile): (usize, &crate::gpu::Tile)| {
            let (core, held) = (tile.core.origin(), tile.held.origin());
            BoxJob {
                input: Input::Texture {
                    view: textures.view(0, index),
                    origin: xyz([0, 1, 2].map(|axis| core[axis] - held[axis])),
                },
                size: xyz(tile.core.size()),
                channel: 0,
                at: xyz(core),
            }
        };
        textures.grid.tiles.iter().enumerate().map(job).collect()
    }

    /// Compares all that a kernel found with what is right.
    ///
    /// # Errors
    /// [`BenchError::Wrong`] if something differs, or nothing was found.
    pub fn check(&self, kernel: &str, found: &[Found]) -> Result<(), BenchError> {
        let wrong = |found: String, expected: String| {
            Err(BenchError::wrong(
                kernel,
                self.sample_type,
                self.pattern,
                found,
                expected,
            ))
        };
        if found.is_empty() {
            return wrong("nothing".into(), self.in_words(&self.right.range));
        }
        for found in found {
            match found {
                Found::Range(found) if *found != self.right.range => {
                    return wrong(self.in_words(found), self.in_words(&self.right.range));
                }
                Found::Range(_) => {}
                Found::Counts(found) => {
                    let count = |counts: &[u64], bin| counts.get(bin).copied().unwrap_or(0);
                    let mut bins = 0..found.len().max(self.right.counts.len());
                    if let Some(bin) = bins.find(|&bin| count(found, bin) != count(&self.right.counts, bin)) {
                        let found = format!("{} voxels in bin {bin}", count(found, bin));
                        return wrong(found, count(&self.right.counts, bin).to_string());
                    }
                }
                Found::Sums(found) if *found != self.right.sums => {
                    let of = |sums: &[GroupSums], group| sums.get(group).copied().unwrap_or_default();
                    let mut groups = 0..found.len().max(self.right.sums.len());
                    let group = groups.find(|&group| of(found, group) != of(&self.right.sums, group));
                    let group = group.unwrap_or_default();
                    return wrong(
                        format!("{:?} in group {group} of {}", of(found, group), found.len()),
                        format!("{:?}", of(&self.right.sums, group)),
                    );
                }
                Found::Sums(_) => {}
                Found::Moments(found) => {
                    let right = match self.right.sums.as_slice() {
                        [] => Moments::from_counts(self.sample_type, &self.right.counts),
                        sums => Moments::from_digit_sums(self.sample_type, &self.right.counts, sums),
                    };
                    if *found != right {
                        return wrong(format!("{found:?}"), format!("{right:?}"));
                    }
                }
            }
        }
        Ok(())
    }

    fn in_words(&self, range: &CpuRange) -> String {
        let number = |key| value_from_key(self.sample_type, key).as_f64();
        let (low, high) = range
            .keys
            .map_or((f64::NAN, f64::NAN), |(low, high)| (number(low), number(high)));
        format!("({low}, {high}) and {} without a value", range.non_finite)
    }
}

fn xyz([z, y, x]: [u64; 3]) -> [u32; 3] {
    [x as u32, y as u32, z as u32]
}

/// A volume of about so many voxels, in proportions that stacks have.
fn extent_of(voxels: u64) -> Box3 {
    let side = [512, 1024].into_iter().find(|side| voxels / (side * side) <= 512);
    let side = side.unwrap_or(2048);
    Box3 {
        z: 0..(voxels / (side * side)).max(1),
        y: 0..side,
        x: 0..side,
    }
}

fn upload(gpu: &Gpu, textures: &VolumeTextures, voxels: &[u8]) -> Result<(), GpuError> {
    let bytes = textures.format.bytes();
    let [_, rows, columns] = textures.grid.extent.size();
    for (index, tile) in textures.grid.tiles.iter().enumerate() {
        let [first, top, left] = tile.held.origin();
        let [planes, height, width] = tile.held.size();
        let at_a_time = (UPLOAD_BYTES / (rows * columns * bytes)).max(1);
        for z in (0..planes).step_by(at_a_time as usize) {
            let mut target = textures.texture(0, index).as_image_copy();
            target.origin.z = z as u32;
            gpu.queue.write_texture(
                target,
                &voxels[((((first + z) * rows + top) * columns + left) * bytes) as usize..],
                wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some((columns * bytes) as u32),
                    rows_per_image: Some(rows as u32),
                },
                wgpu::Extent3d {
                    width: width as u32,
                    height: height as u32,
                    depth_or_array_layers: at_a_time.min(planes - z) as u32,
                },
            );
            gpu.queue.submit([]);
            gpu.wait();
        }
    }
    gpu.check()
}

/// The numbers of voxels, as plainly as can be: what every kernel is compared with.
fn numbers(voxels: &[u8], format: VoxelFormat) -> Numbers {
    let nothing = || Numbers {
        range: CpuRange::default(),
        counts: vec![0; DIGIT_BINS],
        sums: match (format.bits, format.kind) {
            (32, VoxelKind::Float) => vec![GroupSums::default(); 512],
            (32, _) => vec![GroupSums::default()],
            _ => Vec::new(),
        },
    };
    let of_part = |part: &[u8]| {
        let mut numbers = nothing();
        let mut see = |stored| numbers.see(format, stored);
        match format.bits {
            8 => part.iter().for_each(|&voxel| see(voxel.into())),
            16 => part
                .as_chunks()
                .0
                .iter()
                .for_each(|&voxel| see(u16::from_ne_bytes(voxel).into())),
            _ => part
                .as_chunks()
                .0
                .iter()
                .for_each(|&voxel| see(u32::from_ne_bytes(voxel))),
        }
        numbers
    };
    voxels.par_chunks(8 << 20).map(of_part).reduce(nothing, Numbers::join)
}

impl Numbers {
    fn see(&mut self, format: VoxelFormat, stored: u32) {
        let Some(key) = format.key_from_stored(stored) else {
            self.range.non_finite += 1;
            return;
        };
        let (low, high) = self.range.keys.unwrap_or((key.into(), key.into()));
        self.range.keys = Some((low.min(key.into()), high.max(key.into())));
        self.counts[(key >> format.bits.saturating_sub(16)) as usize] += 1;
        if self.sums.is_empty() {
            return;
        }
        // As `GroupSums` explains.
        let (group, high) = match format.kind {
            VoxelKind::Float if stored & format.exponent_mask() == 0 => (key >> 23, stored >> 16 & 0x7f),
            VoxelKind::Float => (key >> 23, stored >> 16 & 0x7f | 0x80),
            _ => (0, key >> 16),
        };
        let (low, high) = (u128::from(stored & 0xffff), u128::from(high));
        self.sums[group as usize].join(&GroupSums {
            low,
            low_squared: low * low,
            high_low: high * low,
        });
    }

    fn join(mut self, other: Self) -> Self {
        self.range = self.range.join(other.range);
        self.counts.iter_mut().zip(&other.counts).for_each(|(a, b)| *a += b);
        self.sums.iter_mut().zip(&other.sums).for_each(|(a, b)| a.join(b));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reduce::twin;

    #[test]
    fn what_kernels_are_compared_with_equals_the_twin() {
        for sample_type in SampleType::ALL.into_iter().filter(|kind| !kind.is_wide()) {
            let extent = Box3 {
                z: 0..2,
                y: 0..31,
                x: 0..64,
            };
            let mut voxels = Pattern::Uniform.voxels(sample_type, &extent);
            if sample_type.is_float() {
                // NaN, in either width.
                let bytes = sample_type.bytes();
                voxels[7 * bytes..8 * bytes].fill(0xff);
            }
            let Numbers { range, counts, sums } = numbers(&voxels, VoxelFormat::of(sample_type));
            let twin = twin::numbers(&voxels, sample_type);
            assert_eq!(range.non_finite, twin.non_finite);
            assert_eq!(range.stats(sample_type).range, twin.range);
            assert_eq!(counts.iter().sum::<u64>(), twin.sorted.len() as u64);
            if sample_type.bytes() == 4 {
                let moments = Moments::from_digit_sums(sample_type, &counts, &sums);
                // These sums are exact in double precision: 32 bits each, and some thousand of them.
                let count = twin.sorted.len() as f64;
                let mean = twin.sorted.iter().sum::<f64>() / count;
                let variance = twin.sorted.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count;
                assert_eq!(moments.mean(), Some(mean), "{sample_type}");
                let std = moments.std().expect("some voxels");
                assert!((std / variance.sqrt() - 1.0).abs() < 1e-12, "{sample_type}: {std}");
            }
            // Bins are in the order of the values: the middle voxel lies where half of them are counted.
            let middle = counts
                .iter()
                .scan(0, |sum, count| {
                    *sum += count;
                    Some(*sum)
                })
                .position(|sum| sum > twin.sorted.len() as u64 / 2)
                .expect("a bin");
            let shift = VoxelFormat::of(sample_type).bits.saturating_sub(16);
            let edge = |bin: usize| value_from_key(sample_type, (bin as u64) << shift).as_f64();
            let value = twin.sorted[twin.sorted.len() / 2];
            assert!(edge(middle) <= value, "{sample_type}: {value} in bin {middle}");
            assert!(value < edge(middle + 1), "{sample_type}: {value} in bin {middle}");
        }
    }

    #[test]
    fn volumes_have_about_the_size_that_was_asked_for() {
        for (voxels, size) in [
            (0, [1, 512, 512]),
            (1 << 20, [4, 512, 512]),
            (64 << 20, [256, 512, 512]),
            (256 << 20, [256, 1024, 1024]),
            (1 << 30, [256, 2048, 2048]),
        ] {
            assert_eq!(extent_of(voxels).size(), size);
        }
    }
}
