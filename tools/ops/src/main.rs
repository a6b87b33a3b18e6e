//! The operator's commands behind `make`.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use ops::{commands, progress::exit_code};

/// The operator's commands.
#[derive(Parser)]
#[command(bin_name = "ops")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a user an administrator, over the direct connection.
    Admin {
        /// The user's id (an Auth0 `sub`).
        #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
        user: String,
        /// The direct address (5432); by default the running `make dev`.
        #[arg(long)]
        direct_url: Option<String>,
    },
    /// Apply tables and functions over the direct connection (5432).
    Migrate {
        /// The direct address (5432); by default the running `make dev`.
        #[arg(long)]
        direct_url: Option<String>,
    },
    /// Print tables and functions as one script for a SQL editor.
    Schema,
    /// Encrypt every stored API key again, under the current key of the secret.
    RotateKeys {
        /// The direct address (5432); by default the running `make dev`.
        #[arg(long)]
        direct_url: Option<String>,
    },
    /// Create the functions' secret in Secrets Manager, or change a part of it.
    Secrets(commands::secrets::SecretsArgs),
}

#[tokio::main]
async fn main() -> ExitCode {
    exit_code(run(Arguments::parse().command).await)
}

async fn run(command: Command) -> Result<()> {
    match command {
        Command::Admin { user, direct_url } => commands::admin::run(&user, direct_url).await,
        Command::Migrate { direct_url } => commands::migrate::run(direct_url).await,
        Command::Schema => commands::migrate::print(),
        Command::RotateKeys { direct_url } => commands::rotate_keys::run_with_environment(direct_url).await,
        Command::Secrets(args) => commands::secrets::run(&args).await,
    }
}
