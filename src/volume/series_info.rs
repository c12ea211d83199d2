/// One of several images in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesInfo {
    /// Name, if the file has one.
    pub name: Option<String>,
    /// Stored axes, slowest first, squeezed.
    pub axes: String,
    /// Extents in the order of `axes`.
    pub shape: Vec<u64>,
}

impl SeriesInfo {
    /// `name · ZYX 16 × 512 × 512`, for a list.
    pub fn label(&self) -> String {
        let extents: Vec<String> = self.shape.iter().map(u64::to_string).collect();
        let name = self.name.as_deref().unwrap_or("(no name)");
        format!("{name} \u{b7} {} {}", self.axes, extents.join(" \u{d7} "))
    }
}
