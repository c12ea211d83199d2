//! A GPU for tests, seeded data, and datasets that lie in memory.

use std::sync::{Arc, LazyLock};

use microtome::gpu::{AdapterChoice, Gpu};
use microtome::reduce::narrowed;
use microtome::source::{Source, SourceError};
use microtome::volume::{Dataset, Region, SampleType, Shape, VoxelSize};

/// A device without a window, one for all tests of a program; without one, says why a test is skipped.
/// `MICROTOME_REQUIRE_GPU=1` turns the skip into a failure.
pub(crate) fn gpu() -> Option<Arc<Gpu>> {
    static SHARED: LazyLock<Option<Arc<Gpu>>> = LazyLock::new(|| open(AdapterChoice::from_env()));
    SHARED.clone()
}

/// A device on which no tile is longer than `max_tile` voxels.
pub(crate) fn gpu_with_tiles(max_tile: u64) -> Option<Arc<Gpu>> {
    open(AdapterChoice {
        max_tile: Some(max_tile),
        ..AdapterChoice::from_env()
    })
}

/// A device with so little memory that nothing fits as a whole, and small tiles.
pub(crate) fn gpu_with_memory(memory_bytes: u64, max_tile: u64) -> Option<Arc<Gpu>> {
    open(AdapterChoice {
        memory_bytes: Some(memory_bytes),
        max_tile: Some(max_tile),
        ..AdapterChoice::from_env()
    })
}

/// As [`gpu`], with the adapter and bounds that are asked for.
pub(crate) fn open(choice: AdapterChoice) -> Option<Arc<Gpu>> {
    match Gpu::headless(&choice) {
        Ok(gpu) => Some(Arc::new(gpu)),
        Err(error) if std::env::var_os("MICROTOME_REQUIRE_GPU").is_some_and(|value| value == "1") => {
            panic!("{error}, and MICROTOME_REQUIRE_GPU=1 demands one");
        }
        Err(error) => {
            eprintln!("skipped: {error}");
            None
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): small, and good enough for test data.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// At least `lo`, less than `hi`.
    pub(crate) fn between(&mut self, lo: f64, hi: f64) -> f64 {
        lo + (hi - lo) * ((self.next() >> 11) as f64 / (1u64 << 53) as f64)
    }
}

/// Voxels of any bits, in native byte order: every integer, and every kind of float. Never all zero.
pub(crate) fn random_bits(sample_type: SampleType, count: u64, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let bytes = count as usize * sample_type.bytes();
    let mut voxels: Vec<u8> = (0..bytes.div_ceil(8))
        .flat_map(|_| random.next().to_ne_bytes())
        .collect();
    voxels.truncate(bytes);
    if let Some(first) = voxels.first_mut() {
        *first |= 1;
    }
    voxels
}

/// Numbers as voxels, in native byte order: rounded to the nearest there is.
pub(crate) fn voxels_of(sample_type: SampleType, numbers: impl IntoIterator<Item = f64>) -> Vec<u8> {
    macro_rules! each {
        ($type:ty) => {
            numbers
                .into_iter()
                .flat_map(|number| (number.round() as $type).to_ne_bytes())
                .collect()
        };
    }
    match sample_type {
        SampleType::U8 => each!(u8),
        SampleType::I8 => each!(i8),
        SampleType::U16 => each!(u16),
        SampleType::I16 => each!(i16),
        SampleType::U32 => each!(u32),
        SampleType::I32 => each!(i32),
        SampleType::U64 => each!(u64),
        SampleType::I64 => each!(i64),
        SampleType::F16 => numbers
            .into_iter()
            .flat_map(|n| half::f16::from_f64(n).to_ne_bytes())
            .collect(),
        SampleType::F32 => numbers.into_iter().flat_map(|n| (n as f32).to_ne_bytes()).collect(),
        SampleType::F64 => numbers.into_iter().flat_map(f64::to_ne_bytes).collect(),
    }
}

/// Finite voxels between two values, in native byte order.
pub(crate) fn random_between(sample_type: SampleType, count: u64, (lo, hi): (f64, f64), seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    voxels_of(sample_type, (0..count).map(|_| random.between(lo, hi)))
}

/// A dataset in memory.
#[derive(Clone)]
pub(crate) struct MemorySource {
    pub(crate) dataset: Dataset,
    /// In (t, c, z, y, x) order, native byte order.
    pub(crate) voxels: Vec<u8>,
    /// Extents (c, z, y, x) of what is read at once.
    pub(crate) chunk: [u64; 4],
    /// Reading this plane fails.
    pub(crate) damaged_plane: Option<u64>,
    /// Reading any plane of this time fails.
    pub(crate) damaged_time: Option<u64>,
    /// What reading any region takes, beside copying it.
    pub(crate) delay: std::time::Duration,
    /// The next level, a smaller copy.
    pub(crate) coarse: Option<Arc<MemorySource>>,
}

impl MemorySource {
    /// A dataset of `shape`, (t, c, z, y, x), whose voxels lie in that order.
    pub(crate) fn new(sample_type: SampleType, [t, c, z, y, x]: [u64; 5], voxels: Vec<u8>) -> Self {
        let shape = Shape { t, c, z, y, x };
        let count = shape.voxels().expect("a small shape");
        assert_eq!(voxels.len() as u64, count * sample_type.bytes() as u64);
        let dataset = Dataset::new(shape, sample_type);
        Self {
            dataset,
            voxels,
            chunk: [1, 1, y, x],
            damaged_plane: None,
            damaged_time: None,
            delay: std::time::Duration::ZERO,
            coarse: None,
        }
    }

    /// With a smaller copy as its next level.
    pub(crate) fn with_level(mut self, coarse: MemorySource) -> Self {
        self.dataset.levels.push(coarse.dataset.shape);
        self.coarse = Some(Arc::new(coarse));
        self
    }

    /// Voxels of any bits.
    pub(crate) fn random(sample_type: SampleType, shape: [u64; 5], seed: u64) -> Self {
        Self::new(
            sample_type,
            shape,
            random_bits(sample_type, shape.iter().product(), seed),
        )
    }

    /// Finite voxels between two values.
    pub(crate) fn between(sample_type: SampleType, shape: [u64; 5], limits: (f64, f64), seed: u64) -> Self {
        let voxels = random_between(sample_type, shape.iter().product(), limits, seed);
        Self::new(sample_type, shape, voxels)
    }

    /// Stored in bands of rows of all channels together, as chunky TIFF strips are.
    pub(crate) fn in_strips(mut self, rows: u64) -> Self {
        self.chunk = [self.dataset.shape.c, 1, rows, self.dataset.shape.x];
        self
    }

    /// With a distance between voxels, in (z, y, x) order.
    pub(crate) fn spaced(mut self, [z, y, x]: [f64; 3]) -> Self {
        self.dataset.voxel_size = Some(VoxelSize {
            z: Some(z),
            y,
            x,
            unit: None,
        });
        self
    }

    pub(crate) fn shared(self) -> Arc<dyn Source> {
        Arc::new(self)
    }

    /// Index of the first byte of a voxel.
    fn place(&self, t: u64, c: u64, [z, y, x]: [u64; 3]) -> usize {
        let shape = self.dataset.shape;
        let index = (((t * shape.c + c) * shape.z + z) * shape.y + y) * shape.x + x;
        index as usize * self.dataset.sample_type.bytes()
    }

    /// All voxels of a channel at a time.
    pub(crate) fn channel(&self, t: u64, c: u64) -> &[u8] {
        let shape = self.dataset.shape;
        let bytes = (shape.z * shape.y * shape.x) as usize * self.dataset.sample_type.bytes();
        let start = self.place(t, c, [0; 3]);
        &self.voxels[start..start + bytes]
    }

    /// The stored integer of a voxel, as textures hold it.
    pub(crate) fn stored(&self, t: u64, c: u64, voxel: [u64; 3]) -> u32 {
        let bytes = self.dataset.sample_type.bytes();
        let start = self.place(t, c, voxel);
        let voxel = &self.voxels[start..start + bytes];
        match bytes {
            1 => voxel[0].into(),
            2 => u16::from_ne_bytes([voxel[0], voxel[1]]).into(),
            4 => u32::from_ne_bytes(voxel.try_into().expect("four bytes")),
            _ => u32::from_ne_bytes(
                narrowed(voxel, self.dataset.sample_type)
                    .try_into()
                    .expect("four bytes"),
            ),
        }
    }
}

impl Source for MemorySource {
    fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    fn chunk_shape(&self, level: usize) -> [u64; 4] {
        match &self.coarse {
            Some(coarse) if level > 0 => coarse.chunk,
            _ => self.chunk,
        }
    }

    fn read(&self, region: &Region, out: &mut [u8]) -> Result<(), SourceError> {
        if let (1, Some(coarse)) = (region.level, &self.coarse) {
            let region = Region {
                level: 0,
                ..region.clone()
            };
            return coarse.read(&region, out);
        }
        std::thread::sleep(self.delay);
        let row = self.dataset.sample_type.bytes() * region.zyx.size()[2] as usize;
        let mut rows = out.chunks_exact_mut(row);
        for c in region.c.clone() {
            for z in region.zyx.z.clone() {
                if self.damaged_plane == Some(z) || self.damaged_time == Some(region.t) {
                    return Err(SourceError::Damaged(format!("plane {z} is missing")));
                }
                for y in region.zyx.y.clone() {
                    let start = self.place(region.t, c, [z, y, region.zyx.x.start]);
                    let to = rows.next().expect("out has the size of the region");
                    to.copy_from_slice(&self.voxels[start..start + row]);
                }
            }
        }
        Ok(())
    }
}
