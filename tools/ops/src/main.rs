//! The operator's commands behind `make`.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
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
        #[command(flatten)]
        database: Database,
    },
    /// Apply what is missing of tables and functions over the direct connection (5432), and drop old releases.
    Migrate {
        /// Further releases to drop, such as `release_0123456789ab`: what a security fix replaces.
        #[arg(long, value_delimiter = ' ')]
        drop: Vec<String>,
        #[command(flatten)]
        database: Database,
    },
    /// List the releases that the database holds, and whether they are called.
    Releases {
        /// For how long to look for calls.
        #[arg(long, default_value_t = 10)]
        seconds: u64,
        #[command(flatten)]
        database: Database,
    },
    /// Take over a database that another application has made: say what would be done, or do it.
    #[cfg(feature = "aws")]
    TakeOver {
        /// Do it. Without this nothing is changed.
        #[arg(long)]
        apply: bool,
        #[command(flatten)]
        choices: ops::take_over::Choices,
        #[command(flatten)]
        database: Database,
    },
    /// Print tables and functions as one script for a SQL editor.
    Schema,
    /// Encrypt every stored API key again, under the current key of the secret.
    #[cfg(feature = "aws")]
    RotateKeys(Database),
    /// Create the functions' secret in Secrets Manager, or change a part of it.
    #[cfg(feature = "aws")]
    Secrets(commands::secrets::SecretsArgs),
}

#[derive(Args)]
struct Database {
    /// The direct address (5432); by default the running `make dev`.
    #[arg(long)]
    direct_url: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    exit_code(run(Arguments::parse().command).await)
}

async fn run(command: Command) -> Result<()> {
    match command {
        Command::Admin { user, database } => commands::admin::run(&user, database.direct_url).await,
        Command::Migrate { drop, database } => commands::migrate::run(database.direct_url, &drop).await,
        Command::Releases { seconds, database } => commands::releases::run(database.direct_url, seconds).await,
        #[cfg(feature = "aws")]
        Command::TakeOver { apply, choices, database } => {
            commands::take_over::run(database.direct_url, &choices, apply).await
        }
        Command::Schema => commands::migrate::print(),
        #[cfg(feature = "aws")]
        Command::RotateKeys(database) => commands::rotate_keys::run_with_environment(database.direct_url).await,
        #[cfg(feature = "aws")]
        Command::Secrets(args) => commands::secrets::run(&args).await,
    }
}
