//! The commands behind `make openapi` and `make client`.

use std::process::ExitCode;

use clap::Parser;
use contract::commands;
use ops::progress::exit_code;

/// Writes the published contract.
#[derive(Parser)]
#[command(bin_name = "contract")]
enum Command {
    /// Write `openapi.yaml` from the types.
    Openapi,
    /// Write `openapi.yaml` from the types, and the web app's client from it.
    Client,
}

#[tokio::main]
async fn main() -> ExitCode {
    exit_code(match Command::parse() {
        Command::Openapi => commands::openapi::run(),
        Command::Client => commands::client::run().await,
    })
}
