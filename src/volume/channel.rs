use super::Window;

/// 256 display colours, darkest value first, sRGB bytes.
pub type LutTable = [[u8; 3]; 256];

/// Colours of a channel, from black-level to full.
#[derive(Clone, Debug, PartialEq)]
pub enum Lut {
    /// Black to this colour, sRGB bytes, in as many steps as the display has.
    Solid([u8; 3]),
    /// A table looked up with the byte that the window makes of a value.
    Table(Box<LutTable>),
}

impl Lut {
    /// A table as a LUT; one that is a straight ramp from black to a colour becomes [`Lut::Solid`].
    pub fn from_table(table: &LutTable) -> Self {
        let top = table[255];
        let is_ramp = table.iter().enumerate().all(|(i, entry)| {
            entry
                .iter()
                .zip(top)
                .all(|(&byte, top)| (f64::from(byte) - f64::from(top) * i as f64 / 255.0).abs() <= 1.0)
        });
        if is_ramp {
            Lut::Solid(top)
        } else {
            Lut::Table(Box::new(*table))
        }
    }

    /// A table of even steps from one colour to another.
    pub fn between(from: [u8; 3], to: [u8; 3]) -> Self {
        let step =
            |i: usize, from: u8, to: u8| ((usize::from(from) * (255 - i) + usize::from(to) * i + 127) / 255) as u8;
        Lut::Table(Box::new(std::array::from_fn(|i| {
            [0, 1, 2].map(|part| step(i, from[part], to[part]))
        })))
    }

    /// The colour of the highest value.
    pub fn top(&self) -> [u8; 3] {
        match self {
            Lut::Solid(color) => *color,
            Lut::Table(table) => table[255],
        }
    }
}

/// What a file says about a channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChannelInfo {
    /// Name, if the file has one.
    pub name: Option<String>,
    /// Colours, if the file has them.
    pub lut: Option<Lut>,
    /// The values drawn in the first and the last of these colours, if the file means certain ones: the range of its
    /// type where its colours have a meaning of their own.
    pub window: Option<Window>,
    /// Whether it is no part of the picture, as alpha is not.
    pub is_hidden: bool,
}
