use crate::gpu::{Gpu, GpuError, VolumeTextures};
use crate::reduce::bench::{Accumulating, Contender, Found, Kernel, Stopwatch, Subject, Took, on_gpu};
use crate::reduce::{DigitSums, Histogram, MinMax};
use crate::volume::{Box3, Region};

use super::block::Block;
use super::ingest::{Counters, Ingest};
use super::plan::{BLOCK_BYTES, SMALL_BYTES};

/// Name of the kernel that only uploads: the others of [`upload_kernels`] are compared with it.
pub const UPLOAD: &str = "upload";

/// Voxels in main memory taken to the GPU as those of a file are, block by block: alone, and measured on the way.
pub fn upload_kernels() -> Vec<Kernel> {
    let row = |name, has_range: bool, has_counts: bool| {
        on_gpu(name, move |gpu, subject| {
            let format = subject.textures.format;
            let mut counters = Counters::default();
            if has_range {
                counters.minmax = Some(MinMax::new(gpu, format, 1));
            }
            if has_counts {
                counters.histogram = Some(Histogram::first_digit(gpu, format, 1)?);
                counters.sums = DigitSums::new(gpu, format, 1)?;
            }
            Upload::new(gpu, subject, counters)
        })
    };
    vec![
        row(UPLOAD, false, false),
        row("upload + minmax", true, false),
        row("upload + all numbers", true, true),
    ]
}

/// The blocks that an uncompressed file of this extent is read in: a plane, a band of rows of it, or several small ones.
fn blocks_of(extent: &Box3, row_bytes: u64) -> Vec<Box3> {
    let [planes, rows, _] = extent.size();
    let planes_each = (SMALL_BYTES / (rows * row_bytes)).max(1);
    let rows_each = (BLOCK_BYTES / row_bytes).clamp(1, rows);
    let bands = |z: u64| (0..rows).step_by(rows_each as usize).map(move |y| (z, y));
    (0..planes)
        .step_by(planes_each as usize)
        .flat_map(bands)
        .map(|(z, y)| Box3 {
            z: z..planes.min(z + planes_each),
            y: y..rows.min(y + rows_each),
            x: extent.x.clone(),
        })
        .collect()
}

struct Upload {
    ingest: Ingest,
    blocks: Vec<Block>,
}

impl Upload {
    fn new(gpu: &Gpu, subject: &Subject, counters: Counters) -> Result<Self, GpuError> {
        let format = subject.textures.format;
        let row_bytes = (subject.extent.size()[2] * format.bytes()) as usize;
        let mut rest = subject.voxels.as_slice();
        let blocks: Vec<Block> = blocks_of(&subject.extent, row_bytes as u64)
            .into_iter()
            .map(|zyx| {
                let [planes, rows, _] = zyx.size();
                let (voxels, behind) = rest.split_at((planes * rows) as usize * row_bytes);
                rest = behind;
                let region = Region {
                    level: 0,
                    t: 0,
                    c: 0..1,
                    zyx,
                };
                Block::new(region, voxels.into(), subject.sample_type)
            })
            .collect();
        let regions: Vec<Region> = blocks.iter().map(|block| block.region.clone()).collect();
        let textures = VolumeTextures::new(gpu, format, 1, &subject.extent)?;
        Ok(Self {
            ingest: Ingest::new(gpu, format, &regions, Some(textures), counters)?,
            blocks,
        })
    }

    fn counters(&self) -> Vec<&dyn Accumulating> {
        let counters = &self.ingest.counters;
        let minmax = counters.minmax.iter().map(|minmax| minmax as &dyn Accumulating);
        let histogram = counters
            .histogram
            .iter()
            .map(|histogram| histogram as &dyn Accumulating);
        let sums = counters.sums.iter().map(|sums| sums as &dyn Accumulating);
        minmax.chain(histogram).chain(sums).collect()
    }

    fn take_all(&mut self, gpu: &Gpu) -> Result<(), GpuError> {
        for block in &self.blocks {
            self.ingest.push_blocking(gpu, block)?;
        }
        self.ingest.flush(gpu)?;
        gpu.wait();
        gpu.check()
    }
}

impl Contender for Upload {
    fn run(&mut self, stopwatch: &Stopwatch<'_>, _: &Subject) -> Result<Took, GpuError> {
        stopwatch.wall_run(|| self.take_all(stopwatch.gpu))
    }

    /// What was counted on the way, and what the textures hold.
    fn find(&mut self, gpu: &Gpu, subject: &Subject) -> Result<Vec<Found>, GpuError> {
        self.counters().iter().try_for_each(|counter| counter.clear(gpu))?;
        self.take_all(gpu)?;
        let mut found = self
            .counters()
            .iter()
            .map(|counter| counter.found(gpu))
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(textures) = &self.ingest.textures {
            let histogram = Histogram::first_digit(gpu, textures.format, 1)?;
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            histogram.encode(gpu, &mut encoder, &subject.jobs_in(textures))?;
            gpu.queue.submit([encoder.finish()]);
            found.push(histogram.found(gpu)?);
        }
        Ok(found)
    }
}
