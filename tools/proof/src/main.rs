//! The commands behind `make bench`, `make bench-take-over`, `make chaos` and `make replay`.

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
    /// Collect a month of usage while everything goes wrong, and compare the bills.
    Replay(commands::replay::ReplayArgs),
    /// Take over a large database of somebody else's, and say how long it took and how much memory it needed.
    TakeOver(commands::take_over::TakeOverArgs),
}

#[tokio::main]
async fn main() -> ExitCode {
    exit_code(match Command::parse() {
        Command::Bench(args) => commands::bench::run(args).await,
        Command::Chaos(args) => commands::chaos::run(args).await,
        Command::Replay(args) => commands::replay::run(args).await,
        Command::TakeOver(args) => commands::take_over::run(args).await,
    })
}
