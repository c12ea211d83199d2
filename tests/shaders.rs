//! Every shader as it is joined: legal for every voxel format, and its structs laid out as their Rust mirrors.

use std::mem::{offset_of, size_of};

use microtome::gpu::{Shader, VoxelFormat, shaders};
use microtome::reduce::{Cell, JobUniform, ProbeUniform};
use microtome::view::{ChannelUniform, ChannelsUniform, DrawUniform, ProjectUniform};
use microtome::volume::SampleType;
use naga::back::pipeline_constants::process_overrides;
use naga::front::wgsl;
use naga::valid::{Capabilities, ShaderStages, SubgroupOperationSet, ValidationFlags, Validator};
use naga::{AddressSpace, Module, TypeInner, VectorSize};

fn parse(shader: &Shader) -> Module {
    let source = shader.source();
    wgsl::parse_str(&source).unwrap_or_else(|error| panic!("{}: {}", shader.name, error.emit_to_string(&source)))
}

fn validate(name: &str, module: &Module) -> naga::valid::ModuleInfo {
    // 16-bit floats are unpacked into 32-bit ones: in core WebGPU, not in every GLES.
    let capabilities = Capabilities::SHADER_FLOAT16_IN_FLOAT32 | Capabilities::SUBGROUP;
    Validator::new(ValidationFlags::all(), capabilities)
        .subgroup_operations(SubgroupOperationSet::all())
        .subgroup_stages(ShaderStages::COMPUTE)
        .validate(module)
        .unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

#[test]
fn every_shader_is_legal_for_every_voxel_format() {
    for shader in shaders::ALL {
        let module = parse(shader);
        let info = validate(shader.name, &module);
        assert!(!module.entry_points.is_empty(), "{} has no entry point", shader.name);
        for sample_type in SampleType::ALL {
            let declared = |name: &str| module.overrides.iter().any(|(_, o)| o.name.as_deref() == Some(name));
            let constants = VoxelFormat::of(sample_type)
                .shader_constants()
                .into_iter()
                .filter(|(name, _)| declared(name))
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            let (resolved, _) = process_overrides(&module, &info, None, &constants)
                .unwrap_or_else(|error| panic!("{} for {sample_type}: {error}", shader.name));
            validate(shader.name, &resolved);
        }
    }
}

/// A struct of a shader or of Rust: members in order with their offsets, and the size of the whole.
#[derive(Clone, Debug, PartialEq)]
struct Layout {
    members: Vec<(String, usize)>,
    size: usize,
}

macro_rules! mirror {
    ($type:ty { $($member:ident),* $(,)? }) => {
        Layout {
            members: vec![$((stringify!($member).to_owned(), offset_of!($type, $member))),*],
            size: size_of::<$type>(),
        }
    };
}

fn struct_of(module: &Module, name: &str) -> Layout {
    let (_, found) = module
        .types
        .iter()
        .find(|(_, ty)| ty.name.as_deref() == Some(name))
        .unwrap_or_else(|| panic!("no struct {name}"));
    let TypeInner::Struct { members, span } = &found.inner else {
        panic!("{name} is no struct");
    };
    let member = |member: &naga::StructMember| (member.name.clone().unwrap_or_default(), member.offset as usize);
    Layout {
        members: members.iter().map(member).collect(),
        size: *span as usize,
    }
}

/// Name of a struct in WGSL, a shader that has it, and its mirror.
fn mirrors() -> Vec<(&'static str, &'static Shader, Layout)> {
    vec![
        (
            "Job",
            &shaders::NAIVE,
            mirror!(JobUniform {
                origin,
                size,
                at,
                results,
                shift,
                prefix_count,
                _pad0,
                _pad1,
                prefixes
            }),
        ),
        (
            "Cell",
            &shaders::MINMAX[1][0],
            mirror!(Cell {
                min_key,
                max_key,
                non_finite
            }),
        ),
        (
            "Probe",
            &shaders::POINTS,
            mirror!(ProbeUniform { lo, hi, held, normal }),
        ),
        (
            "Draw",
            &shaders::SLICE,
            mirror!(DrawUniform {
                uv_at_origin,
                uv_per_px,
                core_lo,
                core_hi,
                held_lo,
                held_hi,
                u_axis,
                v_axis,
                base,
                origin_px,
                _pad0
            }),
        ),
        (
            "Channel",
            &shaders::SLICE,
            mirror!(ChannelUniform {
                color,
                base_key,
                base_offset,
                scale,
                prescale,
                gamma,
                lut_row,
                base_rest,
                marks,
                hi_key,
                lo_key,
                _pad0
            }),
        ),
        (
            "Project",
            &shaders::PROJECT,
            mirror!(ProjectUniform {
                from_at,
                to_at,
                u_axis,
                v_axis,
                n_axis,
                size
            }),
        ),
        ("Channels", &shaders::SLICE, mirror!(ChannelsUniform { channels })),
    ]
}

#[test]
fn structs_have_the_layout_of_their_mirrors() {
    for (name, shader, mirror) in mirrors() {
        assert_eq!(struct_of(&parse(shader), name), mirror, "{name} of {}", shader.name);
    }
}

#[test]
fn every_struct_in_a_buffer_has_a_mirror_that_is_compared() {
    let known: Vec<&str> = mirrors().iter().map(|(name, ..)| *name).collect();
    for shader in shaders::ALL {
        let module = parse(shader);
        for (_, variable) in module.global_variables.iter() {
            if !matches!(variable.space, AddressSpace::Uniform | AddressSpace::Storage { .. }) {
                continue;
            }
            let mut ty = &module.types[variable.ty];
            while let TypeInner::Array { base, .. } = ty.inner {
                ty = &module.types[base];
            }
            if matches!(ty.inner, TypeInner::Struct { .. }) {
                let name = ty.name.as_deref().unwrap_or_default();
                assert!(known.contains(&name), "{name} of {} has no mirror", shader.name);
            }
        }
    }
}

/// A scalar after a `vec3` lies at offset 12, not 16: such structs are not written at all.
fn has_bare_vec3(module: &Module) -> bool {
    module.types.iter().any(|(_, ty)| match &ty.inner {
        TypeInner::Struct { members, .. } => members.iter().any(|member| {
            member.binding.is_none()
                && matches!(
                    module.types[member.ty].inner,
                    TypeInner::Vector {
                        size: VectorSize::Tri,
                        ..
                    }
                )
                && is_in_buffer(module, ty)
        }),
        _ => false,
    })
}

fn is_in_buffer(module: &Module, wanted: &naga::Type) -> bool {
    fn holds(module: &Module, ty: &naga::Type, wanted: &naga::Type) -> bool {
        ty == wanted
            || match &ty.inner {
                TypeInner::Array { base, .. } => holds(module, &module.types[*base], wanted),
                TypeInner::Struct { members, .. } => members
                    .iter()
                    .any(|member| holds(module, &module.types[member.ty], wanted)),
                _ => false,
            }
    }
    module.global_variables.iter().any(|(_, variable)| {
        matches!(variable.space, AddressSpace::Uniform | AddressSpace::Storage { .. })
            && holds(module, &module.types[variable.ty], wanted)
    })
}

#[test]
fn no_buffer_has_a_bare_vec3() {
    for shader in shaders::ALL {
        assert!(!has_bare_vec3(&parse(shader)), "{}", shader.name);
    }
    let trap = "struct Trap { origin: vec3<f32>, radius: f32 }
        @group(0) @binding(0) var<uniform> trap: Trap;";
    assert!(has_bare_vec3(&wgsl::parse_str(trap).expect("legal")));
}

#[test]
fn a_wrong_mirror_is_noticed() {
    #[repr(C)]
    struct Swapped {
        max_key: u32,
        min_key: u32,
        non_finite: u32,
    }
    #[repr(C)]
    struct Short {
        min_key: u32,
        max_key: [u32; 0],
        non_finite: u32,
    }
    #[repr(C)]
    struct Longer {
        min_key: u32,
        max_key: u32,
        non_finite: [u32; 2],
    }
    let there = struct_of(&parse(&shaders::MINMAX[0][0]), "Cell");
    assert_eq!(
        there,
        mirror!(Cell {
            min_key,
            max_key,
            non_finite
        })
    );
    let wrong = [
        mirror!(Swapped {
            min_key,
            max_key,
            non_finite
        }),
        mirror!(Short {
            min_key,
            max_key,
            non_finite
        }),
        mirror!(Longer {
            min_key,
            max_key,
            non_finite
        }),
    ];
    for wrong in wrong {
        assert_ne!(there, wrong);
    }
}
