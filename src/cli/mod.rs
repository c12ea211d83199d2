//! The command line: one file per command. Parsing is strict, output is a contract, and an error is one line.

mod adapters;
mod asked;
mod bench;
mod common;
mod damage;
mod info;
mod movie;
mod output;
mod region_args;
mod render;
mod sample;
mod stats;
#[cfg(test)]
mod tests;
mod tuning;
mod view_args;
mod window;

use std::process::ExitCode;
use std::time::Instant;

use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};

use common::Shared;

/// Opens a 3D multichannel image stack, measures it on the GPU, and shows any plane of it, correctly exposed.
///
/// Numbers are what NumPy would say: planes, times and channels count from 0. `sample:kidney` is a built-in sample
/// and is accepted wherever a path is.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    window: window::Args,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Subcommand)]
enum Command {
    /// What the header says; reads no voxels
    Info(info::Args),
    /// Exact per-channel statistics, on the GPU or on all cores
    Stats(stats::Args),
    /// One picture, without a window
    Render(render::Args),
    /// A sweep through z or t: .gif, animated .png, .mp4 (by an installed ffmpeg), or a folder of frames
    Movie(movie::Args),
    /// The reduction shaders, measured and checked
    Bench(bench::Args),
    /// The built-in sample as a TIFF file
    Sample(sample::Args),
    /// The graphics adapters that can be used here
    Adapters(adapters::Args),
}

/// Parses the command line, runs it, and says in the exit code how it went: 0 done; 1 the input or the machine cannot
/// do it, with one line on stderr; 2 wrong usage.
pub fn main() -> ExitCode {
    let started = Instant::now();
    silence_display_probe();
    let cli = Cli::parse();
    if cli.command.is_some() && !cli.window.is_empty() {
        usage_error("a path and view options belong behind the command's name");
    }
    cli.shared.start_logging();
    let result = match &cli.command {
        None => window::run(&cli.window, &cli.shared, started),
        Some(Command::Info(args)) => info::run(args, &cli.shared),
        Some(Command::Stats(args)) => stats::run(args, &cli.shared),
        Some(Command::Render(args)) => render::run(args, &cli.shared),
        Some(Command::Movie(args)) => movie::run(args, &cli.shared),
        Some(Command::Bench(args)) => bench::run(args, &cli.shared),
        Some(Command::Sample(args)) => sample::run(args),
        Some(Command::Adapters(args)) => adapters::run(args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}

/// Ends the program: options that no image could make right.
fn usage_error(message: &str) -> ! {
    Cli::command().error(ErrorKind::ArgumentConflict, message).exit()
}

/// Mesa's device-selection layer looks for a Wayland display to sort adapters by, and without a run-time folder for
/// one prints an error of its own. Adapters are sorted here, so the layer is not needed.
fn silence_display_probe() {
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        #[allow(unsafe_code)]
        // SAFETY: the program's first line; no other thread exists that could read the environment.
        unsafe {
            std::env::set_var("NODEVICE_SELECT", "1");
        }
    }
}
