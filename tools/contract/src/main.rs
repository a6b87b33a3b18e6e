//! The commands behind `make openapi` and `make client`.

use std::{fs, process::ExitCode};

use anyhow::{Context, Result};
use clap::Parser;
use contract::{client, openapi};
use ops::{
    progress::{exit_code, step},
    schema,
};

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
    exit_code(run(&Command::parse()).await)
}

async fn run(command: &Command) -> Result<()> {
    write(openapi::FILE, openapi::yaml()?)?;
    step(&format!("{} says what the types say", openapi::FILE));
    if matches!(command, Command::Client) {
        write(client::FILE, client::types(&schema::checkout()).await?)?;
        step(&format!("{} says what openapi.yaml says; next: `make test T=client` checks what uses it", client::FILE));
    }
    Ok(())
}

fn write(file: &str, text: String) -> Result<()> {
    fs::write(schema::checkout().join(file), text).context(format!("writing {file}"))
}
