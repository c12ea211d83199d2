use super::directory::{Directory, DirectoryReader};
use super::display::DisplayTags;

/// What the first directory says about the whole file.
#[derive(Debug, Default)]
pub(super) struct Description {
    /// All ImageDescription tags: some writers put two there.
    pub(super) texts: Vec<String>,
    /// Pixels per resolution unit.
    pub(super) x_resolution: Option<(u64, u64)>,
    pub(super) y_resolution: Option<(u64, u64)>,
    /// Red, green, blue, each 16 bits for every index.
    pub(super) color_map: Option<Vec<u64>>,
    /// How pages are shown.
    pub(super) display: DisplayTags,
    /// ImageJ's sizes and bytes of its own metadata.
    pub(super) imagej: Option<(Vec<u64>, Vec<u8>)>,
    /// What Zeiss' LSM software writes of its dimensions.
    pub(super) lsm: Option<Vec<u8>>,
    /// Whether there are MetaMorph's tags, and whether MicroManager's.
    pub(super) has_uic: bool,
    pub(super) has_micro_manager: bool,
}

impl Description {
    pub(super) fn read(directory: &Directory, reader: &mut DirectoryReader<'_>, warnings: &mut Vec<String>) -> Self {
        let mut description = Description::default();
        let mut imagej = (None, None);
        for entry in &directory.entries {
            let result = match entry.tag {
                270 => reader.text(entry).map(|text| description.texts.push(text)),
                282 => reader
                    .rational(entry)
                    .map(|ratio| description.x_resolution = Some(ratio)),
                283 => reader
                    .rational(entry)
                    .map(|ratio| description.y_resolution = Some(ratio)),
                320 => reader.uints(entry).map(|map| description.color_map = Some(map)),
                33629 => {
                    description.has_uic = true;
                    Ok(())
                }
                34412 => reader.raw(entry).map(|bytes| description.lsm = Some(bytes)),
                50838 => reader.uints(entry).map(|sizes| imagej.0 = Some(sizes)),
                50839 => reader.raw(entry).map(|bytes| imagej.1 = Some(bytes)),
                51123 => {
                    description.has_micro_manager = true;
                    Ok(())
                }
                _ => description.display.read(entry, reader),
            };
            if let Err(error) = result {
                warnings.push(format!("ignored: {error}"));
            }
        }
        description.imagej = imagej.0.zip(imagej.1);
        description
    }

    /// Whether ImageJ wrote the file.
    pub(super) fn is_imagej(&self) -> bool {
        self.text(|text| text.starts_with("ImageJ=")).is_some()
    }

    /// The first ImageDescription that is one of a kind.
    pub(super) fn text(&self, is_wanted: impl Fn(&str) -> bool) -> Option<&str> {
        self.texts.iter().map(String::as_str).find(|text| is_wanted(text))
    }
}
