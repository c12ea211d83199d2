use anyhow::Result;
#[derive(clap::Args)]
pub(super) struct Args { path: Option<String>, #[command(flatten)] view: super::view_args::ViewArgs }
pub(super) fn run(_args: &Args, _shared: &super::common::Shared) -> Result<()> { Ok(()) }
