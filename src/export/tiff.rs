use std::io::Write;
use std::path::Path;

use tiff::TiffResult;
use tiff::encoder::{Rational, TiffEncoder, colortype::RGB16};
use tiff::tags::{ResolutionUnit, Tag};

use crate::source::{KidneySample, phantom};

use super::ExportError;
use super::pending::Pending;

/// Writes the built-in sample as an OME-TIFF of about 25 MB: 16 pages of 512 x 512 pixels, three uncompressed 16-bit
/// samples each, a strip per page.
///
/// tifffile reads it as `(16, 512, 512, 3)`, `ZYXS`, which is why the channels are samples and not pages. OME-XML has
/// one name for the samples of a pixel: it gets the names of all, with commas.
///
/// # Errors
/// If the file cannot be written.
pub fn write_kidney_tiff(path: &Path, sample: &KidneySample) -> Result<(), ExportError> {
    let (pending, mut file) = Pending::file(path)?;
    let mut write = || -> TiffResult<()> {
        let [_, height, width, channels] = phantom::SHAPE;
        let mut encoder = TiffEncoder::new(&mut file)?;
        let planes = sample.voxels().chunks_exact(height * width * channels);
        for (z, plane) in planes.enumerate() {
            let mut image = encoder.new_image::<RGB16>(width as u32, height as u32)?;
            image.rows_per_strip(height as u32)?;
            // For readers that know nothing of OME.
            image.resolution(ResolutionUnit::Centimeter, pixels_per_cm());
            if z == 0 {
                image.encoder().write_tag(Tag::ImageDescription, &*ome_xml())?;
            }
            image.write_data(plane)?;
        }
        Ok(file.flush()?)
    };
    write().map_err(|error| ExportError::write(path, error))?;
    drop(file);
    pending.commit()
}

fn pixels_per_cm() -> Rational {
    let [_, _, x_um] = phantom::VOXEL_SIZE_UM;
    Rational {
        n: 1_000_000,
        d: (x_um * 100.0).round() as u32,
    }
}

/// In ASCII, as TIFF asks for.
fn ome_xml() -> String {
    let [size_z, size_y, size_x, size_c] = phantom::SHAPE;
    let [z_um, y_um, x_um] = phantom::VOXEL_SIZE_UM;
    let names = phantom::CHANNEL_NAMES.join(", ");
    let version = env!("CARGO_PKG_VERSION");
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://www.openmicroscopy.org/Schemas/OME/2016-06 http://www.openmicroscopy.org/Schemas/OME/2016-06/ome.xsd"
 Creator="microtome {version}">
<Image ID="Image:0" Name="kidney">
<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SignificantBits="12" BigEndian="{big}" Interleaved="true"
 SizeX="{size_x}" SizeY="{size_y}" SizeC="{size_c}" SizeZ="{size_z}" SizeT="1"
 PhysicalSizeX="{x_um}" PhysicalSizeXUnit="&#181;m" PhysicalSizeY="{y_um}" PhysicalSizeYUnit="&#181;m"
 PhysicalSizeZ="{z_um}" PhysicalSizeZUnit="&#181;m">
<Channel ID="Channel:0:0" Name="{names}" SamplesPerPixel="{size_c}"/>
<TiffData IFD="0" PlaneCount="{size_z}"/>
</Pixels>
</Image>
</OME>
"#,
        big = cfg!(target_endian = "big"),
    )
}
