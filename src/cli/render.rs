use anyhow::Result;
#[derive(clap::Args)]
pub(super) struct Args {
    path: String,
}
pub(super) fn run(_args: &Args, _shared: &super::common::Shared) -> Result<()> {
    Ok(())
}
