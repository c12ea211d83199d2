/// A WGSL program: an entry file and the files of functions it is joined with.
pub struct Shader {
    /// Name of the entry file below `shaders/`.
    pub name: &'static str,
    parts: &'static [&'static str],
}

const VOXEL: &str = include_str!("../../shaders/lib/voxel.wgsl");
const COLOR: &str = include_str!("../../shaders/lib/color.wgsl");

/// Every program there is.
pub mod shaders {
    use super::{COLOR, Shader, VOXEL};

    /// Minimum, maximum and non-finite count of a box of voxels.
    pub const MINMAX: Shader = Shader {
        name: "reduce/minmax",
        parts: &[VOXEL, include_str!("../../shaders/reduce/minmax.wgsl")],
    };
    /// Counts of keys in a box of voxels.
    pub const HISTOGRAM: Shader = Shader {
        name: "reduce/histogram",
        parts: &[VOXEL, include_str!("../../shaders/reduce/histogram.wgsl")],
    };
    /// A plane of several channels, mixed.
    pub const SLICE: Shader = Shader {
        name: "view/slice",
        parts: &[VOXEL, COLOR, include_str!("../../shaders/view/slice.wgsl")],
    };
    /// A mix in floats to display bytes.
    pub const PRESENT: Shader = Shader {
        name: "view/present",
        parts: &[include_str!("../../shaders/view/present.wgsl")],
    };
    /// One colour.
    pub const FILL: Shader = Shader {
        name: "view/fill",
        parts: &[include_str!("../../shaders/view/fill.wgsl")],
    };
    /// Stripes over what is missing.
    pub const HATCH: Shader = Shader {
        name: "view/hatch",
        parts: &[include_str!("../../shaders/view/hatch.wgsl")],
    };
    /// Textured triangles, for the window's panels.
    pub const TRIANGLES: Shader = Shader {
        name: "view/triangles",
        parts: &[include_str!("../../shaders/view/triangles.wgsl")],
    };
    /// How fast memory can be read by a kernel that does nothing else.
    pub const READ_CEILING: Shader = Shader {
        name: "reduce/read_ceiling",
        parts: &[include_str!("../../shaders/reduce/read_ceiling.wgsl")],
    };
    /// The same through a texture.
    pub const TEXEL_CEILING: Shader = Shader {
        name: "reduce/texel_ceiling",
        parts: &[include_str!("../../shaders/reduce/texel_ceiling.wgsl")],
    };

    /// All of them, for tests.
    pub const ALL: [&Shader; 9] = [
        &MINMAX,
        &HISTOGRAM,
        &SLICE,
        &PRESENT,
        &FILL,
        &HATCH,
        &TRIANGLES,
        &READ_CEILING,
        &TEXEL_CEILING,
    ];
}

impl Shader {
    /// The joined text.
    pub fn source(&self) -> String {
        self.parts.join("\n")
    }

    /// Compiles it.
    pub fn module(&self, device: &wgpu::Device) -> wgpu::ShaderModule {
        device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(self.name),
            source: wgpu::ShaderSource::Wgsl(self.source().into()),
        })
    }
}
