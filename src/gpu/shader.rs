/// A WGSL program: an entry file and the files of functions it is joined with.
pub struct Shader {
    /// Name of the entry file below `shaders/`.
    pub name: &'static str,
    parts: &'static [&'static str],
}

const VOXEL: &str = include_str!("../../shaders/lib/voxel.wgsl");
const COLOR: &str = include_str!("../../shaders/lib/color.wgsl");
const MARK: &str = include_str!("../../shaders/lib/mark.wgsl");

/// What a reduction is joined from: the walk through voxels, where they come from, what is done with them, and how
/// partial results meet.
mod reductions {
    pub(super) const WALK: &str = include_str!("../../shaders/reduce/walk.wgsl");

    pub(super) const TEXTURE: &str = include_str!("../../shaders/reduce/texture.wgsl");
    pub(super) const PACKED: &str = include_str!("../../shaders/reduce/packed.wgsl");

    pub(super) const MINMAX: &str = include_str!("../../shaders/reduce/minmax.wgsl");
    pub(super) const NAIVE: &str = include_str!("../../shaders/reduce/naive.wgsl");
    pub(super) const HISTOGRAM: &str = include_str!("../../shaders/reduce/histogram.wgsl");
    pub(super) const SUMS: &str = include_str!("../../shaders/reduce/sums.wgsl");

    pub(super) const JOIN_ATOMIC: &str = include_str!("../../shaders/reduce/join_atomic.wgsl");
    pub(super) const JOIN_WORKGROUP: &str = include_str!("../../shaders/reduce/join_workgroup.wgsl");
    pub(super) const JOIN_SUBGROUP: &str = include_str!("../../shaders/reduce/join_subgroup.wgsl");

    pub(super) const COUNT_DIRECT: &str = include_str!("../../shaders/reduce/count_direct.wgsl");
    pub(super) const COUNT_NEAR: &str = include_str!("../../shaders/reduce/count_near.wgsl");
}

/// Every program there is.
pub mod shaders {
    use super::reductions as from;
    use super::{COLOR, MARK, Shader, VOXEL};

    const fn reduction(name: &'static str, parts: &'static [&'static str]) -> Shader {
        Shader { name, parts }
    }

    /// Minimum, maximum and non-finite count of cells of voxels: of a texture, then of packed ones; joined by atomics,
    /// in workgroup memory, by subgroups.
    pub const MINMAX: [[Shader; 3]; 2] = [
        [
            reduction(
                "reduce/minmax, texture, atomic",
                &[VOXEL, from::WALK, from::TEXTURE, from::MINMAX, from::JOIN_ATOMIC],
            ),
            reduction(
                "reduce/minmax, texture, workgroup",
                &[VOXEL, from::WALK, from::TEXTURE, from::MINMAX, from::JOIN_WORKGROUP],
            ),
            reduction(
                "reduce/minmax, texture, subgroup",
                &[VOXEL, from::WALK, from::TEXTURE, from::MINMAX, from::JOIN_SUBGROUP],
            ),
        ],
        [
            reduction(
                "reduce/minmax, packed, atomic",
                &[VOXEL, from::WALK, from::PACKED, from::MINMAX, from::JOIN_ATOMIC],
            ),
            reduction(
                "reduce/minmax, packed, workgroup",
                &[VOXEL, from::WALK, from::PACKED, from::MINMAX, from::JOIN_WORKGROUP],
            ),
            reduction(
                "reduce/minmax, packed, subgroup",
                &[VOXEL, from::WALK, from::PACKED, from::MINMAX, from::JOIN_SUBGROUP],
            ),
        ],
    ];
    /// The same in the simplest way: what the others are measured against.
    pub const NAIVE: Shader = reduction("reduce/naive", &[VOXEL, from::WALK, from::TEXTURE, from::NAIVE]);
    /// Counts of keys: of a texture, then of packed voxels; straight into the bins, or by way of workgroup memory.
    pub const HISTOGRAM: [[Shader; 2]; 2] = [
        [
            reduction(
                "reduce/histogram, texture, direct",
                &[VOXEL, from::WALK, from::TEXTURE, from::HISTOGRAM, from::COUNT_DIRECT],
            ),
            reduction(
                "reduce/histogram, texture, near",
                &[VOXEL, from::WALK, from::TEXTURE, from::HISTOGRAM, from::COUNT_NEAR],
            ),
        ],
        [
            reduction(
                "reduce/histogram, packed, direct",
                &[VOXEL, from::WALK, from::PACKED, from::HISTOGRAM, from::COUNT_DIRECT],
            ),
            reduction(
                "reduce/histogram, packed, near",
                &[VOXEL, from::WALK, from::PACKED, from::HISTOGRAM, from::COUNT_NEAR],
            ),
        ],
    ];
    /// Sums of 32-bit voxels: of a texture, then of packed ones.
    pub const SUMS: [Shader; 2] = [
        reduction("reduce/sums, texture", &[VOXEL, from::WALK, from::TEXTURE, from::SUMS]),
        reduction("reduce/sums, packed", &[VOXEL, from::WALK, from::PACKED, from::SUMS]),
    ];
    /// The largest voxels along a normal at points of a plane.
    pub const POINTS: Shader = reduction(
        "reduce/points",
        &[VOXEL, include_str!("../../shaders/reduce/points.wgsl")],
    );
    /// A plane of several channels, mixed.
    pub const SLICE: Shader = Shader {
        name: "view/slice",
        parts: &[VOXEL, COLOR, MARK, include_str!("../../shaders/view/slice.wgsl")],
    };
    /// A mix in floats to display bytes.
    pub const PRESENT: Shader = Shader {
        name: "view/present",
        parts: &[MARK, include_str!("../../shaders/view/present.wgsl")],
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
    /// Maxima along a normal.
    pub const PROJECT: Shader = Shader {
        name: "view/project",
        parts: &[VOXEL, include_str!("../../shaders/view/project.wgsl")],
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
    pub const ALL: [&Shader; 22] = [
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
        &POINTS,
        &SLICE,
        &PRESENT,
        &FILL,
        &HATCH,
        &PROJECT,
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
