use std::path::PathBuf;

use anyhow::Result;

use crate::export::write_kidney_tiff;
use crate::source::KidneySample;

#[derive(clap::Args)]
pub(super) struct Args {
    /// TIFF file to write
    #[arg(value_name = "OUT.tif")]
    output: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<()> {
    write_kidney_tiff(&args.output, &KidneySample::new())?;
    Ok(())
}
