//! Metadata for the target `metadata`: a byte for the pages, a byte for where the text is, the text.

/// Descriptions of six pages.
pub(super) const DESCRIPTIONS: &[&str] = &[
    "ImageJ=1.54f\nimages=6\nchannels=3\nslices=2\nhyperstack=true\nmode=composite\nunit=\\u00B5m\nspacing=0.5\n\
     finterval=1.5\nmin=0.0\nmax=255.0\n",
    "ImageJ=1.11a\nimages=6\nframes=6\norder=czt\nloop=false\n",
    "{\"shape\": [2, 3, 4, 5], \"axes\": \"ZCYX\"}",
    "{\"shape\": [6, 7, 9], \"truncated\": true, \"spacing\": 0.3}",
    "shape=(6,4,5)",
    "<?xml version=\"1.0\"?><OME xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\" UUID=\"urn:uuid:1\">\
     <Image ID=\"Image:0\" Name=\"a\"><Pixels ID=\"Pixels:0\" DimensionOrder=\"XYCZT\" Type=\"uint8\" SizeX=\"5\" \
     SizeY=\"4\" SizeC=\"3\" SizeZ=\"2\" SizeT=\"1\" PhysicalSizeX=\"0.1\" PhysicalSizeY=\"0.2\" PhysicalSizeZ=\"0.3\" \
     PhysicalSizeZUnit=\"nm\"><Channel ID=\"Channel:0:0\" Name=\"DAPI\" Color=\"-16776961\" SamplesPerPixel=\"1\"/>\
     <TiffData FirstC=\"0\" FirstZ=\"1\" FirstT=\"0\" IFD=\"2\" PlaneCount=\"3\"><UUID FileName=\"image.tif\">\
     urn:uuid:1</UUID></TiffData><TiffData/></Pixels></Image></OME>",
    "<OME><Image><Pixels DimensionOrder=\"XYZCT\" Type=\"uint16\" BigEndian=\"false\" SizeX=\"9\" SizeY=\"7\" SizeZ=\"6\" \
     SizeC=\"1\" SizeT=\"1\"><TiffData IFD=\"0\" PlaneCount=\"6\"/><Plane TheZ=\"0\" TheC=\"0\" TheT=\"0\"/></Pixels></Image>\
     <Image><Pixels DimensionOrder=\"XYTZC\" SizeX=\"9\" SizeY=\"7\" SizeZ=\"1\" SizeC=\"1\" SizeT=\"1\"/></Image></OME>",
    "<OME><BinaryOnly MetadataFile=\"image.companion.ome\" UUID=\"urn:uuid:1\"/></OME>",
    "Aperio Image Library v11\r\n9x7 [0,0 9x7] (16x16) JPEG/RGB Q=30|AppMag = 20|MPP = 0.4990",
    "<MetaData>\n<prop id=\"spatial-calibration-x\" type=\"float\" value=\"0.5\"/>\n<prop id=\"z-position\" \
     type=\"float\" value=\"1\"/>\n</MetaData>",
    "{\"Summary\": {\"Channels\": 3, \"Slices\": 2, \"Frames\": 1, \"Width\": 5, \"Height\": 4, \"PixelType\": \"GRAY8\", \
     \"ChNames\": [\"a\", \"b\", \"c\"], \"z-step_um\": 0.5, \"PixelSize_um\": 0.1}}",
];

/// One part of ImageJ's binary metadata, behind a header that says what it is.
fn imagej_part(kind: &[u8; 4], part: &[u8]) -> Vec<u8> {
    [b"IJIJ", kind, &1u32.to_be_bytes()[..], part].concat()
}

/// The block of numbers of an LSM file for six planes.
fn lsm() -> Vec<u8> {
    let numbers = [0x0400_494cu32, 512, 5, 4, 2, 3, 1, 1];
    let mut block: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    block.extend([0; 8]);
    block.extend([1e-6f64, 1e-6, 2e-6].iter().flat_map(|length| length.to_le_bytes()));
    block.resize(512, 0);
    block
}

pub(super) fn all() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for text in DESCRIPTIONS {
        for pages in [5u8, 0x15, 0x25, 0xc5, 0] {
            seeds.push([&[pages, 0], text.as_bytes()].concat());
        }
        seeds.push([&[5, 6], text.as_bytes()].concat());
        seeds.push([b"\x05\x07ZCYX\n", text.as_bytes()].concat());
        seeds.push([b"\x05\x08MetaSeries\n", text.as_bytes()].concat());
        seeds.push([&[5, 5], text.as_bytes()].concat());
    }
    let table: Vec<u8> = (0..768).map(|i| i as u8).collect();
    for (kind, part) in [
        (b"luts", &table[..]),
        (b"rang", &table[..16]),
        (b"labl", &b"\0D\0A\0P\0I"[..]),
    ] {
        for pages in [5, 0x45] {
            seeds.push([&[pages, 1], &imagej_part(kind, part)[..]].concat());
        }
    }
    seeds.push([&[5, 2], &lsm()[..]].concat());
    for place in [3, 4] {
        seeds.push([&[0, place], &[1, 0, 0, 0, 2, 0, 0, 0].repeat(6)[..]].concat());
    }
    seeds
}
