use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, bail};

use crate::app::{self, AppError, KeymapChoice, Launch, free_path};
use crate::export::{Provenance, write_png};
use crate::session::{Headless, OpenRequest};
use crate::source::KidneySample;

use super::asked::Asked;
use super::common::Shared;
use super::output::{self, Progress};
use super::view_args::ViewArgs;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Image file, folder or quoted pattern of files with one plane each, or sample:kidney [default: sample:kidney]
    path: Option<PathBuf>,
    #[command(flatten)]
    view: ViewArgs,
    /// Which keys do what: default, fiji, napari [default: those of the last time]
    #[arg(long, value_name = "NAME", help_heading = "Window")]
    keymap: Option<KeymapChoice>,
}

impl Args {
    /// Whether nothing was said.
    pub(super) fn is_empty(&self) -> bool {
        self.path.is_none() && self.view.is_empty() && self.keymap.is_none()
    }
}

pub(super) fn run(args: &Args, shared: &Shared, started: Instant) -> Result<()> {
    let asked = Asked::new(args.path.as_deref(), &args.view, shared)?;
    let shared = &asked.shared;
    let path = match args.view.file {
        Some(_) => asked.path()?,
        None => asked.path.as_deref().unwrap_or(Path::new(KidneySample::PATH)),
    };
    let choice = shared.adapter_choice();
    let request = OpenRequest {
        path: path.to_owned(),
        axes: shared.axes.clone(),
        series: shared.series.unwrap_or(0),
        options: asked.options.clone(),
        budget_bytes: Some(choice.least_budget_bytes()),
        is_strict: shared.strict,
    };
    let launch = Launch {
        choice,
        started,
        is_verbose: shared.verbose > 0,
        keymap: args.keymap,
    };
    match app::run(request, launch) {
        Err(AppError::NoDisplay(reason)) if asked.path.is_none() => draw_instead(&asked, &reason),
        Err(AppError::NoDisplay(reason)) => {
            let path = path.display();
            bail!("{path}: no display ({reason}); without one: microtome render {path} -o OUT.png")
        }
        other => Ok(other?),
    }
}

/// Without a display the sample is drawn into a file.
fn draw_instead(asked: &Asked, reason: &str) -> Result<()> {
    let (shared, options) = (&asked.shared, &asked.options);
    let (source, gpu) = shared.open_with_gpu(Path::new(KidneySample::PATH))?;
    let progress = Progress::new(shared, "drawing");
    let (mut picture, view) = Headless::new(gpu, source.clone()).render(options, &|share| progress.set(share))?;
    drop(progress);
    picture.annotate(source.dataset(), &view, options.overlay());
    let target = free_path(Path::new(""), KidneySample::PATH, &view);
    write_png(&target, &picture, &Provenance::new(source.dataset(), &view))?;
    output::print(&format!(
        "no display ({reason}): the sample's picture is in {}\n",
        target.display()
    ))
}
