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
}
