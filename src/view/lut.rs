use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::volume::{ChannelInfo, Lut};

/// Names of the colour maps: solid colours, then those whose lightness rises with the value ([`rises_evenly`]), then
/// others.
pub const LUT_NAMES: [&str; 20] = [
    "gray",
    "red",
    "green",
    "blue",
    "cyan",
    "magenta",
    "yellow",
    "orange",
    "viridis",
    "magma",
    "inferno",
    "plasma",
    "cividis",
    "cubehelix",
    "turbo",
    "warm",
    "cool",
    "rainbow",
    "sinebow",
    "spectral",
];

/// Maps in which equal steps of the value are steps of lightness in one direction, so that the order of values is
/// seen, by colour-blind people and in grey print too.
const EVEN: [&str; 6] = ["viridis", "magma", "inferno", "plasma", "cividis", "cubehelix"];

/// Whether a colour map of this name never gets darker where values get larger. The others show differences that are
/// not in the data, and hide some that are.
pub fn rises_evenly(name: &str) -> bool {
    EVEN.contains(&name)
}

/// The LUT of a name, or of a colour written `#rrggbb`.
pub fn lut_by_name(name: &str) -> Option<Lut> {
    if let Some(hex) = name.strip_prefix('#') {
        // from_str_radix alone would take a sign for a digit.
        let is_hex = hex.len() == 6 && hex.bytes().all(|digit| digit.is_ascii_hexdigit());
        let value = u32::from_str_radix(hex, 16).ok().filter(|_| is_hex)?;
        return Some(Lut::Solid([(value >> 16) as u8, (value >> 8) as u8, value as u8]));
    }
    let gradient = match name {
        "gray" | "grey" | "white" => return Some(Lut::Solid([255, 255, 255])),
        "red" => return Some(Lut::Solid([255, 0, 0])),
        "green" => return Some(Lut::Solid([0, 255, 0])),
        "blue" => return Some(Lut::Solid([0, 0, 255])),
        "cyan" => return Some(Lut::Solid([0, 255, 255])),
        "magenta" => return Some(Lut::Solid([255, 0, 255])),
        "yellow" => return Some(Lut::Solid([255, 255, 0])),
        "orange" => return Some(Lut::Solid([255, 128, 0])),
        "viridis" => colorous::VIRIDIS,
        "magma" => colorous::MAGMA,
        "inferno" => colorous::INFERNO,
        "plasma" => colorous::PLASMA,
        "cividis" => colorous::CIVIDIS,
        "turbo" => colorous::TURBO,
        "warm" => colorous::WARM,
        "cool" => colorous::COOL,
        "cubehelix" => colorous::CUBEHELIX,
        "rainbow" => colorous::RAINBOW,
        "sinebow" => colorous::SINEBOW,
        "spectral" => colorous::SPECTRAL,
        _ => return None,
    };
    let table = std::array::from_fn(|i| gradient.eval_rational(i, 256).as_array());
    Some(Lut::Table(Box::new(table)))
}

/// The name of a LUT, or of its colour: what [`lut_by_name`] takes. `None` for a table that has none.
pub fn name_of_lut(lut: &Lut) -> Option<String> {
    match lut {
        Lut::Solid([red, green, blue]) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        Lut::Table(_) => {
            let name = LUT_NAMES.iter().find(|name| lut_by_name(name).as_ref() == Some(lut));
            name.map(|&name| name.to_owned())
        }
    }
}

/// Colours for all channels at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Palette {
    /// The file's colours if it has them, else [`Palette::Rgb`] up to three channels and [`Palette::Safe`] beyond.
    Auto,
    /// 1 channel grey, 2 green and magenta, 3 red, green, blue; beyond that the safe cycle.
    Rgb,
    /// A cycle that people with colour-vision deficiency can tell apart (Okabe and Ito, 2008, without black).
    Safe,
    /// Every channel grey.
    Gray,
}

/// Okabe and Ito's palette ("Color Universal Design", 2008), brightest contrasts first, for a black background.
const SAFE: [[u8; 3]; 7] = [
    [0, 114, 178],
    [230, 159, 0],
    [0, 158, 115],
    [204, 121, 167],
    [86, 180, 233],
    [213, 94, 0],
    [240, 228, 66],
];

impl Palette {
    /// The LUT of channel `index` of `count`.
    pub fn lut(self, index: usize, count: usize, info: Option<&ChannelInfo>) -> Lut {
        let safe = Lut::Solid(SAFE[index % SAFE.len()]);
        match (self, count) {
            (Palette::Auto, _) => match info.and_then(|info| info.lut.clone()) {
                Some(lut) => lut,
                None => Palette::Rgb.lut(index, count, None),
            },
            (Palette::Gray, _) | (Palette::Rgb, 1) => Lut::Solid([255, 255, 255]),
            (Palette::Rgb, 2) => Lut::Solid([[0, 255, 0], [255, 0, 255]][index % 2]),
            (Palette::Rgb, 3) => Lut::Solid([[255, 0, 0], [0, 255, 0], [0, 0, 255]][index % 3]),
            (Palette::Rgb | Palette::Safe, _) => safe,
        }
    }

    /// The palette a key press switches to.
    pub fn next(self) -> Self {
        match self {
            Palette::Auto => Palette::Safe,
            Palette::Safe => Palette::Rgb,
            Palette::Rgb => Palette::Gray,
            Palette::Gray => Palette::Auto,
        }
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Palette::Auto => "auto",
            Palette::Rgb => "rgb",
            Palette::Safe => "safe",
            Palette::Gray => "gray",
        }
    }
}

impl FromStr for Palette {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Palette::Auto, Palette::Rgb, Palette::Safe, Palette::Gray]
            .into_iter()
            .find(|palette| palette.name() == text)
            .ok_or_else(|| format!("{text:?} is none of auto, safe, rgb, gray"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CIE lightness of an sRGB colour, 0 to 100.
    fn lightness(color: [u8; 3]) -> f64 {
        let [r, g, b] = color.map(|byte| {
            let share = f64::from(byte) / 255.0;
            if share <= 0.040_45 {
                share / 12.92
            } else {
                ((share + 0.055) / 1.055).powf(2.4)
            }
        });
        let luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        if luminance > 216.0 / 24389.0 {
            116.0 * luminance.cbrt() - 16.0
        } else {
            luminance * 24389.0 / 27.0
        }
    }

    #[test]
    fn maps_are_called_even_that_get_lighter_all_the_way() {
        for name in LUT_NAMES {
            let Some(Lut::Table(table)) = lut_by_name(name) else {
                continue;
            };
            let steps: Vec<f64> = (0..=16).map(|i| lightness(table[i * 255 / 16])).collect();
            let rises = steps.windows(2).all(|pair| pair[1] > pair[0] + 0.5);
            let is_wide = steps[16] - steps[0] > 60.0;
            assert_eq!(rises && is_wide, rises_evenly(name), "{name}: {steps:.0?}");
        }
    }
}
