//! The commands behind `make bench` and `make chaos`.

use std::process::ExitCode;

use clap::Parser;
use ops::progress::exit_code;
use proof::commands;

/// Measures the functions, or breaks what they stand on.
#[derive(Parser)]
#[command(bin_name = "proof")]
enum Command {
    /// Measure the functions on a stack of their own, and write docs/benchmarks.md.
    Bench(commands::bench::BenchArgs),
    /// Break everything that can break under the release binaries, and say what was found.
    Chaos(commands::chaos::ChaosArgs),
}

#[tokio::main]
async fn main() -> ExitCode {
    exit_code(match Command::parse() {
        Command::Bench(args) => commands::bench::run(args).await,
        Command::Chaos(args) => commands::chaos::run(args).await,
    })
}
