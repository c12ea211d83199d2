use super::{ChannelInfo, Orientation, SampleType, SeriesInfo, Shape};

/// Distance between voxel centres.
#[derive(Clone, Debug, PartialEq)]
pub struct VoxelSize {
    /// Between planes; `None` where the file does not say.
    pub z: Option<f64>,
    /// Between rows.
    pub y: f64,
    /// Between columns.
    pub x: f64,
    /// Unit as the file spells it, micrometre spelled `µm`; `None` where the file does not say.
    pub unit: Option<String>,
}

/// What a path opens to: one 5D image, in one or more levels, described without reading a voxel.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// What was opened, as the user named it.
    pub path: String,
    /// Kind of file, for people: `TIFF`, `BigTIFF`, `built-in sample`.
    pub format: String,
    /// Stored axes, slowest first, squeezed: `ZYXC`. Letters as tifffile uses them (S for samples, Q and I unknown).
    pub axes: String,
    /// Where the axes come from: `ImageJ metadata`, `OME-XML`, `tifffile metadata`, `LSM metadata`, `MetaMorph metadata`,
    /// `MicroManager metadata`, `file names`, `pages`, `--axes`.
    pub axes_from: String,
    /// Extents in the order of `axes`.
    pub stored_shape: Vec<u64>,
    /// Type of every voxel.
    pub sample_type: SampleType,
    /// Extents of level 0 in (t, c, z, y, x) order.
    pub shape: Shape,
    /// Extents of all levels, level 0 first.
    pub levels: Vec<Shape>,
    /// Physical size, if the file says.
    pub voxel_size: Option<VoxelSize>,
    /// From one time point to the next, in seconds, if the file says.
    pub time_step_s: Option<f64>,
    /// One per channel.
    pub channels: Vec<ChannelInfo>,
    /// Whether the channels are inks, which darken white, and not lights, which add up.
    pub is_subtractive: bool,
    /// How a plane is turned when it is shown; shapes and voxels are as stored.
    pub orientation: Orientation,
    /// Name of the compression: `none`, `lzw`, `deflate`, ...
    pub compression: String,
    /// Size of the file, or of all files of the image; 0 for the built-in sample.
    pub file_bytes: u64,
    /// All images of the file, where it has several: one of them is this one.
    pub series: Vec<SeriesInfo>,
    /// What was ignored or assumed, one sentence each.
    pub warnings: Vec<String>,
}

impl Dataset {
    /// An image of which nothing is known but its extents and its type: stored in (t, c, z, y, x) order, in one level.
    pub fn new(shape: Shape, sample_type: SampleType) -> Self {
        Self {
            path: "memory".into(),
            format: "memory".into(),
            axes: "TCZYX".into(),
            axes_from: "memory".into(),
            stored_shape: vec![shape.t, shape.c, shape.z, shape.y, shape.x],
            sample_type,
            shape,
            levels: vec![shape],
            voxel_size: None,
            time_step_s: None,
            channels: vec![ChannelInfo::default(); shape.c as usize],
            is_subtractive: false,
            orientation: Orientation::default(),
            compression: "none".into(),
            file_bytes: 0,
            series: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Name for people: the file's, or `channel N` counted from 0.
    pub fn channel_name(&self, channel: usize) -> String {
        self.channels
            .get(channel)
            .and_then(|info| info.name.clone())
            .unwrap_or_else(|| format!("channel {channel}"))
    }

    /// Bytes of all voxels of one time point, or `None` if that does not fit in 64 bits.
    pub fn volume_bytes(&self) -> Option<u64> {
        let one = Shape { t: 1, ..self.shape };
        one.voxels()?.checked_mul(self.sample_type.bytes() as u64)
    }

    /// Distance between voxel centres in (z, y, x) order, 1 where nothing is known; z falls back to x.
    pub fn spacing(&self) -> [f64; 3] {
        match &self.voxel_size {
            Some(size) => [size.z.unwrap_or(size.x), size.y, size.x],
            None => [1.0; 3],
        }
    }
}
