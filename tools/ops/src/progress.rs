//! What commands tell the person at the terminal, all on stderr: stdout is for what a command returns.

use std::process::ExitCode;

use anyhow::Result;

/// Prints one line.
#[expect(clippy::print_stderr, reason = "the one place that talks to the person at the terminal")]
pub fn step(text: &str) {
    eprintln!("{text}");
}

/// Prints the error if there is one; what `main` returns.
pub fn exit_code(ended: Result<()>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            step(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
