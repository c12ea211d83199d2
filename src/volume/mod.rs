//! Plain data about volumes: shapes, regions, sample types, channels, statistics. No I/O, no GPU.

mod axis;
mod channel;
mod damage;
mod dataset;
mod orientation;
mod region;
mod sample_type;
mod series_info;
mod stats;
mod window;

pub use axis::Axis;
pub use channel::{ChannelInfo, Lut, LutTable};
pub use damage::Damage;
pub use dataset::{Dataset, VoxelSize};
pub use orientation::Orientation;
pub use region::{Box3, Region, Shape};
pub use sample_type::SampleType;
pub use series_info::SeriesInfo;
pub use stats::{BinCounts, ChannelStats, PERCENTILES, Percentile, Value, bit_depth};
pub use window::Window;
