use anyhow::Result;
use serde_json::json;

use crate::gpu::{Caps, Gpu, describe_adapter};

use super::output;

#[derive(clap::Args)]
pub(super) struct Args {
    /// One JSON object on stdout
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let adapters = pollster::block_on(Gpu::adapters(&Gpu::instance()));
    let described: Vec<_> = adapters
        .iter()
        .map(|adapter| (adapter.get_info(), Caps::of(adapter)))
        .collect();
    if args.json {
        let list: Vec<_> = described
            .iter()
            .map(|(info, caps)| {
                json!({
                    "name": info.name,
                    "backend": format!("{:?}", info.backend),
                    "type": format!("{:?}", info.device_type),
                    "driver": format!("{} {}", info.driver, info.driver_info).trim(),
                    "max_texture_3d": caps.max_texture_3d,
                    "max_texture_2d": caps.max_texture_2d,
                    "max_buffer_bytes": caps.max_buffer_bytes,
                })
            })
            .collect();
        return output::print_json(&json!({ "adapters": list }));
    }
    if described.is_empty() {
        return output::print("no graphics adapter: install a Vulkan, Metal or DirectX 12 driver\n");
    }
    let mut text = String::new();
    for (place, (info, caps)) in described.iter().enumerate() {
        let mark = if place == 0 { "*" } else { " " };
        text += &format!("{mark} {}, {:?}\n", describe_adapter(info), info.device_type);
        text += &format!("    longest side of a 3D texture: {} voxels\n", caps.max_texture_3d);
        text += &format!("    longest side of a picture: {} pixels\n", caps.max_texture_2d);
    }
    text += "* is used unless --adapter or MICROTOME_ADAPTER names another\n";
    output::print(&text)
}
