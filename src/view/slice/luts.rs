use wgpu::util::DeviceExt;

use crate::gpu::Gpu;
use crate::view::ViewState;
use crate::volume::{Lut, LutTable};

pub(super) struct LutTexture {
    pub(super) tables: Vec<LutTable>,
    pub(super) view: wgpu::TextureView,
}

impl LutTexture {
    pub(super) fn new(gpu: &Gpu, tables: Vec<LutTable>) -> Self {
        let mut texels: Vec<u8> = tables
            .iter()
            .flatten()
            .flat_map(|&[red, green, blue]| [red, green, blue, 255])
            .collect();
        if texels.is_empty() {
            texels.resize(256 * 4, 0);
        }
        let descriptor = wgpu::TextureDescriptor {
            label: Some("LUTs"),
            size: wgpu::Extent3d {
                width: 256,
                height: tables.len().max(1) as u32,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        };
        let order = wgpu::util::TextureDataOrder::LayerMajor;
        let texture = gpu
            .device
            .create_texture_with_data(&gpu.queue, &descriptor, order, &texels);
        Self {
            tables,
            view: texture.create_view(&Default::default()),
        }
    }
}

/// The channels that have a LUT table, in the order of rows in the LUT texture.
pub(super) fn lut_tables(view: &ViewState) -> impl Iterator<Item = (usize, &LutTable)> {
    view.channels
        .iter()
        .enumerate()
        .filter_map(|(index, channel)| match &channel.lut {
            Lut::Table(table) => Some((index, table.as_ref())),
            Lut::Solid(_) => None,
        })
}
