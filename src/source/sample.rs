use crate::volume::{ChannelInfo, Dataset, Region, SampleType, Shape, VoxelSize};

use super::{Source, SourceError, phantom};

/// The built-in sample: a synthetic kidney section, made when it is opened.
pub struct KidneySample {
    dataset: Dataset,
    /// In (z, y, x, c) order.
    voxels: Vec<u16>,
}

impl KidneySample {
    /// The name it is opened by.
    pub const PATH: &'static str = "sample:kidney";

    /// Generates it.
    pub fn new() -> Self {
        let [z, y, x, c] = phantom::SHAPE.map(|n| n as u64);
        let shape = Shape { t: 1, c, z, y, x };
        let [size_z, size_y, size_x] = phantom::VOXEL_SIZE_UM;
        let dataset = Dataset {
            path: Self::PATH.into(),
            format: "built-in sample".into(),
            axes: "ZYXC".into(),
            axes_from: "built-in sample".into(),
            stored_shape: vec![z, y, x, c],
            voxel_size: Some(VoxelSize {
                z: Some(size_z),
                y: size_y,
                x: size_x,
                unit: Some("µm".into()),
            }),
            channels: phantom::CHANNEL_NAMES
                .iter()
                .map(|&name| ChannelInfo {
                    name: Some(name.into()),
                    ..Default::default()
                })
                .collect(),
            ..Dataset::new(shape, SampleType::U16)
        };
        Self {
            dataset,
            voxels: phantom::kidney(),
        }
    }

    /// All voxels in (z, y, x, c) order.
    pub fn voxels(&self) -> &[u16] {
        &self.voxels
    }
}

impl Default for KidneySample {
    fn default() -> Self {
        Self::new()
    }
}

impl Source for KidneySample {
    fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    fn chunk_shape(&self, _level: usize) -> [u64; 4] {
        let Shape { c, y, x, .. } = self.dataset.shape;
        [c, 1, y, x]
    }

    fn read(&self, region: &Region, out: &mut [u8]) -> Result<(), SourceError> {
        let Shape {
            c: channels,
            y: height,
            x: width,
            ..
        } = self.dataset.shape;
        let mut rows = out.chunks_exact_mut(region.zyx.size()[2] as usize * 2);
        for c in region.c.clone() {
            for z in region.zyx.z.clone() {
                for y in region.zyx.y.clone() {
                    let start = (z * height + y) * width;
                    let row = rows.next().expect("out has the size of the region");
                    let stored = &self.voxels[((start + region.zyx.x.start) * channels) as usize
                        ..((start + region.zyx.x.end) * channels) as usize];
                    for (to, from) in row.chunks_exact_mut(2).zip(stored.chunks_exact(channels as usize)) {
                        to.copy_from_slice(&from[c as usize].to_ne_bytes());
                    }
                }
            }
        }
        Ok(())
    }
}
