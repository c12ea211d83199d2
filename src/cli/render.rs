use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::export::{Provenance, write_png};
use crate::session::Headless;

use super::common::Shared;
use super::output::Progress;
use super::view_args::{ViewArgs, annotate};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Image file, folder or quoted pattern of files with one plane each, or sample:kidney
    path: String,
    /// PNG file to write
    #[arg(short, long, value_name = "OUT.png")]
    output: PathBuf,
    #[command(flatten)]
    view: ViewArgs,
}

pub(super) fn run(args: &Args, shared: &Shared) -> Result<()> {
    let (source, gpu) = shared.open_with_gpu(&args.path)?;
    shared.warn_if_narrowed(&args.path, source.dataset());
    let options = args.view.options();
    let progress = Progress::new(shared, "measuring");
    let mut headless = Headless::new(gpu, source.clone());
    let (mut picture, view) = headless
        .render(&options, &|share| progress.set(share))
        .context(args.path.clone())?;
    drop(progress);
    shared.check_damage(&args.path, headless.lost())?;
    annotate(&mut picture, source.dataset(), &view, &options);
    write_png(&args.output, &picture, &Provenance::new(source.dataset(), &view))?;
    log::info!(
        "{} x {} pixels: {}",
        picture.width,
        picture.height,
        args.output.display()
    );
    Ok(())
}
