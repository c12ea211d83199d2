use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::export::{FPS_RANGE, MovieFormat, MoviePlan, MovieWriter, Provenance};
use crate::session::{Headless, SessionError};

use super::asked::Asked;
use super::common::Shared;
use super::output::{self, Progress};
use super::view_args::ViewArgs;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Image file, folder or quoted pattern of files with one plane each, or sample:kidney
    #[arg(required_unless_present = "view")]
    path: Option<PathBuf>,
    /// .gif, animated .png, .mp4 (needs an installed ffmpeg; odd sides get a black line), or a folder for one PNG per
    /// frame
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// What to sweep through [default: z, or t where there is one plane]
    #[arg(long, value_enum)]
    sweep: Option<Sweep>,
    /// Frames per second
    #[arg(long, value_name = "N", default_value_t = 8.0, value_parser = frame_rate)]
    fps: f64,
    /// Replace frames in a folder that is not empty
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    view: ViewArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sweep {
    /// Planes along the normal
    Z,
    /// Time points
    T,
}

fn frame_rate(text: &str) -> Result<f64, String> {
    let (low, high) = FPS_RANGE.into_inner();
    text.parse()
        .ok()
        .filter(|fps| FPS_RANGE.contains(fps))
        .ok_or_else(|| format!("not a number from {low} to {high}"))
}

pub(super) fn run(args: &Args, shared: &Shared) -> Result<()> {
    MovieFormat::check(&args.output)?;
    let asked = Asked::new(args.path.as_deref(), &args.view, shared)?;
    let (path, options, shared) = (asked.path()?, &asked.options, &asked.shared);
    let (source, gpu) = shared.open_with_gpu(path)?;
    let dataset = source.dataset();
    shared.warn_if_narrowed(path, dataset);
    asked.warn_of_misfit(path, dataset);
    let view = options
        .view_of(dataset)
        .map_err(SessionError::Options)
        .with_context(|| path.display().to_string())?;
    let sweep = args
        .sweep
        .unwrap_or(if view.plane_count() == 1 { Sweep::T } else { Sweep::Z });
    let frame_count = if sweep == Sweep::T {
        view.t_count
    } else {
        view.plane_count()
    };

    let rate = MovieFormat::of(&args.output).rate(args.fps);
    if rate != args.fps {
        let out = args.output.display();
        output::warn(
            shared,
            &format!("{out}: a GIF has {rate} frames per second at most, not {}", args.fps),
        );
    }
    let progress = Progress::new(shared, "drawing");
    let mut writer: Option<MovieWriter> = None;
    let mut headless = Headless::new(gpu, source.clone()).strict(shared.strict);
    let swept = headless.sweep(options, sweep == Sweep::T, |frame, mut picture, view| {
        picture.annotate(dataset, view, options.overlay());
        if writer.is_none() {
            let plan = MoviePlan {
                size: picture.size(),
                frame_count,
                fps: args.fps,
                is_forced: args.force,
            };
            writer = Some(MovieWriter::create(&args.output, plan)?);
        }
        if let Some(writer) = &mut writer {
            writer.frame(&picture, &Provenance::new(dataset, view))?;
        }
        progress.set((frame + 1) as f64 / frame_count as f64);
        Ok(())
    });
    // Export errors name their own path.
    swept.map_err(|error: anyhow::Error| match error.is::<SessionError>() {
        true => error.context(path.display().to_string()),
        false => error,
    })?;
    drop(progress);
    shared.check_damage(path, headless.lost())?;
    if let Some(writer) = writer {
        writer.finish()?;
    }
    log::info!("{frame_count} frames: {}", args.output.display());
    Ok(())
}
