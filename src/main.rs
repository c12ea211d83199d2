//! The `microtome` program: parses, runs, prints the error, exits.

use std::process::ExitCode;

fn main() -> ExitCode {
    microtome::cli::main()
}
