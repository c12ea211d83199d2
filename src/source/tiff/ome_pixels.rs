//! What OME-XML says of an image beside its planes: channels, the size of a voxel, and the time between two time points.

use roxmltree::Node;

use crate::volume::{ChannelInfo, Lut, VoxelSize};

use super::page::Page;
use super::series::{brief, channel_name, is_distance};
use super::time::interval_s;

/// Names and colours of the channels, one for each sample of a pixel.
pub(super) fn channels(pixels: Node<'_, '_>, page: &Page) -> Vec<ChannelInfo> {
    let mut channels = Vec::new();
    for channel in pixels.children().filter(|node| node.tag_name().name() == "Channel") {
        if page.samples > 1 {
            // Samples of one channel are commonly its red, green and blue, and share its name. OME has one name for
            // all of them; a list with a name for each is understood.
            let names: Vec<&str> = channel
                .attribute("Name")
                .unwrap_or("")
                .split(", ")
                .map(str::trim)
                .collect();
            let is_list = names.len() as u64 == page.samples && names.iter().all(|name| !name.is_empty());
            channels.extend((0..page.samples as usize).map(|sample| {
                ChannelInfo {
                    name: names
                        .get(sample)
                        .filter(|_| is_list)
                        .and_then(|name| channel_name(name)),
                    ..Default::default()
                }
            }));
            continue;
        }
        // A signed 32-bit number: red, green, blue, alpha from its highest byte down.
        let color = channel
            .attribute("Color")
            .and_then(|text| text.trim().parse::<i64>().ok());
        let color = color.map(|rgba| [rgba >> 24, rgba >> 16, rgba >> 8].map(|byte| byte as u8));
        channels.push(ChannelInfo {
            name: channel.attribute("Name").and_then(channel_name),
            // Black would show nothing.
            lut: color.filter(|color| *color != [0; 3]).map(Lut::Solid),
            ..Default::default()
        });
    }
    let white = Some(Lut::Solid([255; 3]));
    if channels.len() > 1 && channels.iter().all(|channel| channel.lut == white) {
        // -1, white, is OME's default: several white channels are channels without a colour.
        channels.iter_mut().for_each(|channel| channel.lut = None);
    }
    channels
}

/// Micrometres of a unit of length; `None` for units that are none.
fn micrometres(unit: &str) -> Option<f64> {
    Some(match unit {
        "\u{b5}m" | "\u{3bc}m" | "um" | "micron" => 1.0,
        "nm" => 1e-3,
        "\u{c5}" | "\u{212b}" => 1e-4,
        "pm" => 1e-6,
        "mm" => 1e3,
        "cm" => 1e4,
        "dm" => 1e5,
        "m" => 1e6,
        "km" => 1e9,
        "in" => 25_400.0,
        "ft" => 304_800.0,
        _ => return None,
    })
}

/// The time between two time points, in seconds.
pub(super) fn time_step_s(pixels: Node<'_, '_>) -> Option<f64> {
    let count = pixels.attribute("TimeIncrement")?.trim().parse::<f64>().ok()?;
    interval_s(count, pixels.attribute("TimeIncrementUnit").unwrap_or("s"))
}

/// Distances between voxels in micrometres; `warnings` say what is none.
pub(super) fn voxel_size(pixels: Node<'_, '_>, warnings: &mut Vec<String>) -> Option<VoxelSize> {
    let mut size = |letter: char| {
        let text = pixels.attribute(format!("PhysicalSize{letter}").as_str())?;
        let unit = pixels
            .attribute(format!("PhysicalSize{letter}Unit").as_str())
            .unwrap_or("µm");
        let Some(scale) = micrometres(unit) else {
            if !matches!(unit, "pixel" | "reference frame") {
                let unit: String = unit.chars().take(40).collect();
                warnings.push(format!(
                    "PhysicalSize{letter} is in {unit:?}, which is no length that is known"
                ));
            }
            return None;
        };
        let size = text.trim().parse::<f64>().ok().filter(|&size| is_distance(size));
        if size.is_none() {
            let text = brief(text);
            warnings.push(format!("PhysicalSize{letter} is {text:?}, which is no distance"));
        }
        size.map(|size| size * scale)
    };
    let (x, y, z) = (size('X'), size('Y'), size('Z'));
    Some(VoxelSize {
        z,
        y: y.or(x)?,
        x: x.or(y)?,
        unit: Some("µm".into()),
    })
}
