use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::export::{Provenance, write_png};
use crate::session::Headless;

use super::asked::Asked;
use super::common::Shared;
use super::output::Progress;
use super::view_args::ViewArgs;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Image file, folder or quoted pattern of files with one plane each, or sample:kidney
    #[arg(required_unless_present = "view")]
    path: Option<PathBuf>,
    /// PNG file to write
    #[arg(short, long, value_name = "OUT.png")]
    output: PathBuf,
    #[command(flatten)]
    pub(super) view: ViewArgs,
}

pub(super) fn run(args: &Args, shared: &Shared) -> Result<()> {
    let asked = Asked::new(args.path.as_deref(), &args.view, shared)?;
    let (path, options, shared) = (asked.path()?, &asked.options, &asked.shared);
    let (source, gpu) = shared.open_with_gpu(path)?;
    shared.warn_if_narrowed(path, source.dataset());
    asked.warn_of_misfit(path, source.dataset());
    let progress = Progress::new(shared, "measuring");
    let mut headless = Headless::new(gpu, source.clone());
    let (mut picture, view) = headless
        .render(options, &|share| progress.set(share))
        .with_context(|| path.display().to_string())?;
    drop(progress);
    shared.check_damage(path, headless.lost())?;
    picture.annotate(source.dataset(), &view, options.overlay());
    write_png(&args.output, &picture, &Provenance::new(source.dataset(), &view))?;
    log::info!(
        "{} x {} pixels: {}",
        picture.width,
        picture.height,
        args.output.display()
    );
    Ok(())
}
