use crate::view::ViewOptions;
use anyhow::Result;
#[derive(clap::Args)]
pub(super) struct Args {
    /// Image file, or sample:kidney [default: sample:kidney]
    path: Option<String>,
    #[command(flatten)]
    view: super::view_args::ViewArgs,
}
impl Args {
    pub(super) fn is_empty(&self) -> bool {
        self.path.is_none() && self.view.options() == ViewOptions::default()
    }
}
pub(super) fn run(_args: &Args, _shared: &super::common::Shared) -> Result<()> {
    Ok(())
}
