//! The commands behind `make`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use local::{bench::Section, commands, progress::step, trouble::Result};

/// The back office on this machine, and the operator's commands.
#[derive(Parser)]
#[command(bin_name = "local")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start a stack, tell the story through real HTTP, and stop.
    Demo,
    /// Start the stack and stay until Ctrl-C, with tokens and curl lines at hand.
    Dev,
    /// Run all tests on a stack of their own; arguments go to `cargo test`.
    Test {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Lint the migrations.
    Lint,
    /// Build every function as Lambda gets it, and tell the sizes.
    Build,
    /// Build every function for release and try it under Lambda's own runtime emulator.
    TestRelease,
    /// Measure the functions on a stack of their own, and print one table.
    Bench {
        /// Only these sections.
        sections: Vec<Section>,
    },
    /// Break everything that can break under the release binaries, and say what was found.
    Chaos(commands::chaos::Wanted),
    /// Print a fresh token for the running `make dev`.
    Token(commands::token::Wanted),
    /// Open psql on the database of the running `make dev`.
    Psql,
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
    /// Encrypt every stored API key anew, under the current key of the secret.
    RotateKeys {
        /// The direct address (5432); by default the running `make dev`.
        #[arg(long)]
        direct_url: Option<String>,
    },
    /// Create the functions' secret in Secrets Manager, or change a part of it.
    Secrets(commands::secrets::Wanted),
    /// Build the functions and deploy them with `template.yaml`; arguments go to `sam deploy`.
    Deploy {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Print tables and functions as one script for a SQL editor.
    Schema,
    /// Write `openapi.yaml` from the types.
    Openapi,
    /// Write `openapi.yaml` from the types, and the web app's client from it.
    Client,
    /// Remove everything that stacks have left here, but not the installed tools.
    Clean,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(code) => code,
        Err(trouble) => {
            step(&format!("error: {trouble}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Demo => commands::demo::run().await?,
        Command::Dev => commands::dev::run().await?,
        Command::Test { arguments } => return commands::test::run(&arguments).await,
        Command::Lint => commands::lint::run().await?,
        Command::Bench { sections } => commands::bench::run(&sections).await?,
        Command::Chaos(wanted) => commands::chaos::run(wanted).await?,
        Command::Token(wanted) => commands::token::run(&wanted)?,
        Command::Psql => return commands::psql::run().await,
        Command::Admin { user, direct_url } => commands::admin::run(&user, direct_url).await?,
        Command::Migrate { direct_url } => commands::migrate::run(direct_url).await?,
        Command::RotateKeys { direct_url } => commands::rotate_keys::run_with_environment(direct_url).await?,
        Command::Build => commands::build::run().await?,
        Command::TestRelease => commands::test_release::run().await?,
        Command::Client => commands::client::run().await?,
        Command::Secrets(wanted) => commands::secrets::run(&wanted).await?,
        Command::Deploy { arguments } => return commands::deploy::run(&arguments).await,
        Command::Openapi => commands::openapi::run()?,
        Command::Schema => commands::migrate::print()?,
        Command::Clean => commands::clean::run()?,
    }
    Ok(ExitCode::SUCCESS)
}
