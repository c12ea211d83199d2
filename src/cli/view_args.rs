use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::view::{
    Blend, ContrastRule, Filter, LUT_NAMES, Layout, Palette, ViewOptions, lut_by_name, parse_range, split_channel,
};
use crate::volume::{Axis, Lut, Window};

/// What a picture shows, and how.
#[derive(Args, Debug)]
#[command(next_help_heading = "View")]
pub(super) struct ViewArgs {
    /// Begin with the view that was saved in this file; without a path, of the image that it was saved of
    #[arg(long = "view", id = "view", value_name = "FILE.json")]
    pub(super) file: Option<PathBuf>,
    /// Plane to show, along the normal [default: the middle one, n // 2]
    #[arg(long, value_name = "N")]
    z: Option<u64>,
    /// Time point to show [default: 0]
    #[arg(long, value_name = "N")]
    t: Option<u64>,
    /// Axis that the plane is perpendicular to [default: z]
    #[arg(long, value_enum)]
    normal: Option<NormalArg>,
    /// Show the maximum of this many planes about the plane, or of all [default: 1]
    #[arg(long, value_name = "N|all", value_parser = parse_slab)]
    slab: Option<u64>,
    /// Channels to show, for example 0,2, or none [default: all but alpha]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = parse_shown)]
    channels: Option<Vec<Option<usize>>>,
    /// Where windows come from: volume (exact minimum and maximum), percentile[:LO,HI], plane, plane-shared
    /// [default: volume, or what the file means: 0 to 255 for 8-bit colour; percentile alone is 0.1,99.9]
    #[arg(long, value_name = "RULE")]
    contrast: Option<ContrastRule>,
    /// Window LO,HI for all channels, or C:LO,HI for one; may be repeated
    #[arg(long, value_name = "[C:]LO,HI", value_parser = parse_range, allow_hyphen_values = true)]
    range: Vec<(Option<usize>, Window)>,
    /// Exponent on brightness for all channels, or C:G for one; may be repeated [default: 1]
    #[arg(long, value_name = "[C:]G", value_parser = parse_gamma)]
    gamma: Vec<(Option<usize>, f64)>,
    /// Colour map for all channels, or C:NAME for one; may be repeated; a name or #rrggbb
    #[arg(long, value_name = "[C:]NAME", value_parser = parse_lut)]
    lut: Vec<(Option<usize>, Lut)>,
    /// Colours for all channels: auto, safe (colour-blind), rgb, gray [default: auto]
    #[arg(long, value_name = "NAME")]
    palette: Option<Palette>,
    /// Draw voxels at or above the window red, and those at or below it blue: of all channels, or of some, for example 0,2
    #[arg(long, value_name = "LIST|all", value_delimiter = ',', value_parser = parse_marked)]
    mark_clipping: Vec<Option<usize>>,
    /// How channels are joined [default: add; multiply for inks (CMYK)]
    #[arg(long, value_enum)]
    blend: Option<BlendArg>,
    /// Channels mixed, or one panel each [default: composite]
    #[arg(long, value_enum)]
    layout: Option<LayoutArg>,
    /// Between voxel centres [default: nearest]
    #[arg(long, value_enum)]
    filter: Option<FilterArg>,
    /// Size of the picture in pixels; the plane is fitted in, voxels with their physical aspect
    /// [default: one pixel per voxel]
    #[arg(long, value_name = "WxH", value_parser = parse_size)]
    size: Option<[u32; 2]>,
    /// Output pixels per voxel
    #[arg(long, value_name = "F", value_parser = positive)]
    zoom: Option<f64>,
    /// Place in the plane as it is stored, in voxels, that is shown in the middle
    #[arg(long, value_name = "X,Y", value_parser = parse_center, allow_hyphen_values = true)]
    center: Option<[f64; 2]>,
    /// Draw a scale bar
    #[arg(long)]
    scale_bar: bool,
    /// Draw channel names and the plane's number
    #[arg(long)]
    labels: bool,
}

macro_rules! choice {
    ($name:ident => $target:ident { $($variant:ident),* }) => {
        #[derive(Clone, Copy, Debug, ValueEnum)]
        enum $name { $($variant),* }
        impl From<$name> for $target {
            fn from(choice: $name) -> Self {
                match choice { $($name::$variant => $target::$variant),* }
            }
        }
    };
}

choice!(NormalArg => Axis { Z, Y, X });
choice!(BlendArg => Blend { Add, Max, Multiply });
choice!(LayoutArg => Layout { Composite, Montage });
choice!(FilterArg => Filter { Nearest, Linear });

impl ViewArgs {
    /// Whether nothing was said.
    pub(super) fn is_empty(&self) -> bool {
        self.file.is_none() && self.options() == ViewOptions::default()
    }

    /// What was said beside a saved view.
    pub(super) fn options(&self) -> ViewOptions {
        ViewOptions {
            saved: None,
            plane: self.z,
            t: self.t,
            normal: self.normal.map(Axis::from),
            slab: self.slab,
            channels: self.channels.clone().map(|shown| shown.into_iter().flatten().collect()),
            contrast: self.contrast,
            ranges: self.range.clone(),
            gammas: self.gamma.clone(),
            luts: self.lut.clone(),
            palette: self.palette,
            marked: self.mark_clipping.clone(),
            blend: self.blend.map(Blend::from),
            layout: self.layout.map(Layout::from),
            filter: self.filter.map(Filter::from),
            size: self.size,
            zoom: self.zoom,
            center: self.center,
            has_scale_bar: self.scale_bar,
            has_labels: self.labels,
        }
    }
}

fn positive(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|value| value.is_finite() && *value > 0.0)
        .ok_or_else(|| "not a number above 0".to_owned())
}

fn parse_gamma(text: &str) -> Result<(Option<usize>, f64), String> {
    let (channel, gamma) = split_channel(text)?;
    Ok((channel, positive(gamma)?))
}

fn parse_slab(text: &str) -> Result<u64, String> {
    let planes = match text {
        "all" => Some(u64::MAX),
        _ => text.parse().ok().filter(|&planes| planes > 0),
    };
    planes.ok_or_else(|| "neither a number of planes above 0 nor all".to_owned())
}

/// A channel; none for `none`.
fn parse_shown(text: &str) -> Result<Option<usize>, String> {
    channel_or("none", text)
}

/// A channel; none for all of them.
fn parse_marked(text: &str) -> Result<Option<usize>, String> {
    channel_or("all", text)
}

fn channel_or(word: &str, text: &str) -> Result<Option<usize>, String> {
    match text.parse() {
        _ if text == word => Ok(None),
        Ok(channel) => Ok(Some(channel)),
        Err(_) => Err(format!("neither a channel number nor {word}")),
    }
}

fn parse_lut(text: &str) -> Result<(Option<usize>, Lut), String> {
    let (channel, name) = split_channel(text)?;
    let lut = lut_by_name(name).ok_or_else(|| format!("{name:?} is none of {}, #rrggbb", LUT_NAMES.join(", ")))?;
    Ok((channel, lut))
}

fn parse_size(text: &str) -> Result<[u32; 2], String> {
    let side = |text: &str| text.parse::<u32>().ok().filter(|&n| n > 0);
    text.split_once(['x', 'X'])
        .and_then(|(width, height)| Some([side(width)?, side(height)?]))
        .ok_or_else(|| "not WIDTHxHEIGHT in pixels".to_owned())
}

fn parse_center(text: &str) -> Result<[f64; 2], String> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
    text.split_once(',')
        .and_then(|(x, y)| Some([number(x)?, number(y)?]))
        .ok_or_else(|| "not X,Y in voxels".to_owned())
}
