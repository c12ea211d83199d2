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

    /// A reduction: what walks through voxels, where they come from, what is done with them, and how partial results
    /// are joined.
    macro_rules! reduction {
        ($name:literal, $load:literal, $kernel:literal $(, $join:literal)?) => {
            Shader {
                name: concat!("reduce/", $name),
                parts: &[
                    VOXEL,
                    include_str!("../../shaders/reduce/walk.wgsl"),
                    include_str!(concat!("../../shaders/reduce/", $load, ".wgsl")),
                    include_str!(concat!("../../shaders/reduce/", $kernel, ".wgsl")),
                    $(include_str!(concat!("../../shaders/reduce/", $join, ".wgsl")),)?
                ],
            }
        };
    }

    /// Minimum, maximum and non-finite count of cells of voxels: of a texture, then of packed ones; joined by atomics,
    /// in workgroup memory, by subgroups.
    pub const MINMAX: [[Shader; 3]; 2] = [
        [
            reduction!("minmax, texture, atomic", "texture", "minmax", "join_atomic"),
            reduction!("minmax, texture, workgroup", "texture", "minmax", "join_workgroup"),
            reduction!("minmax, texture, subgroup", "texture", "minmax", "join_subgroup"),
        ],
        [
            reduction!("minmax, packed, atomic", "packed", "minmax", "join_atomic"),
            reduction!("minmax, packed, workgroup", "packed", "minmax", "join_workgroup"),
            reduction!("minmax, packed, subgroup", "packed", "minmax", "join_subgroup"),
        ],
    ];
    /// The same in the simplest way: what the others are measured against.
    pub const NAIVE: Shader = reduction!("naive", "texture", "naive");
    /// Counts of keys: of a texture, then of packed voxels; straight into the bins, or by way of workgroup memory.
    pub const HISTOGRAM: [[Shader; 2]; 2] = [
        [
            reduction!("histogram, texture, direct", "texture", "histogram", "count_direct"),
            reduction!("histogram, texture, near", "texture", "histogram", "count_near"),
        ],
        [
            reduction!("histogram, packed, direct", "packed", "histogram", "count_direct"),
            reduction!("histogram, packed, near", "packed", "histogram", "count_near"),
        ],
    ];
    /// Sums of 32-bit voxels: of a texture, then of packed ones.
    pub const SUMS: [Shader; 2] = [
        reduction!("sums, texture", "texture", "sums"),
        reduction!("sums, packed", "packed", "sums"),
    ];
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

    /// All of them, for tests.
    pub const ALL: [&Shader; 19] = [
        &MINMAX[0][0],
        &MINMAX[0][1],
        &MINMAX[0][2],
        &MINMAX[1][0],
        &MINMAX[1][1],
        &MINMAX[1][2],
        &NAIVE,
        &HISTOGRAM[0][0],
        &HISTOGRAM[0][1],
        &HISTOGRAM[1][0],
        &HISTOGRAM[1][1],
        &SUMS[0],
        &SUMS[1],
        &SLICE,
        &PRESENT,
        &FILL,
        &HATCH,
        &TRIANGLES,
        &READ_CEILING,
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
