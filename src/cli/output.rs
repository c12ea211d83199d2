use std::io::{IsTerminal, Write};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};

use super::common::Shared;

/// Writes finished text to stdout. A reader that has seen enough (`| head`) is no error.
pub(super) fn print(text: &str) -> Result<()> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("stdout"),
        _ => Ok(()),
    }
}

/// Prints a value as one JSON object.
pub(super) fn print_json(value: &serde_json::Value) -> Result<()> {
    print(&format!("{value:#}\n"))
}

/// The one line that an error is, on stderr.
pub(super) fn error(error: &anyhow::Error) {
    line("error", &format!("{error:#}"));
}

/// A warning on stderr, unless it is to be quiet.
pub(super) fn warn(shared: &Shared, message: &str) {
    if !shared.quiet {
        line("warning", message);
    }
}

fn line(kind: &str, message: &str) {
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    // Nothing can be said where stderr is closed.
    let _ = writeln!(std::io::stderr().lock(), "{kind}: {message}");
}

/// A progress bar on stderr: only on a terminal, and not where it is to be quiet.
pub(super) struct Progress {
    bar: ProgressBar,
}

const STEPS: u64 = 1000;

impl Progress {
    pub(super) fn new(shared: &Shared, what: &'static str) -> Self {
        let bar = if std::io::stderr().is_terminal() && !shared.quiet {
            ProgressBar::new(STEPS)
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {percent:>3}% {eta}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(what);
        Self { bar }
    }

    /// Shows the share done, from 0 to 1.
    pub(super) fn set(&self, share: f64) {
        self.bar.set_position((share * STEPS as f64) as u64);
    }

    /// Does what prints to the same terminal, with the bar out of the way.
    pub(super) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
