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
