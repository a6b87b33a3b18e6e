//! The commands behind `make`.

mod commands;
mod dev_stack;
mod gateway;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use ops::progress::exit_code;

/// The back office on this machine.
#[derive(Parser)]
#[command(bin_name = "dev")]
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
    /// Build every function as Lambda gets it, and print the sizes.
    Build,
    /// Build every function for release and try it under Lambda's own runtime emulator.
    TestRelease,
    /// Print a fresh token for the running `make dev`.
    Token(commands::token::TokenArgs),
    /// Open psql on the database of the running `make dev`.
    Psql,
    /// Build the functions and deploy them with `template.yaml`; arguments go to `sam deploy`.
    Deploy {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Remove everything that stacks have left here, but not the installed tools.
    Clean,
}

#[tokio::main]
async fn main() -> ExitCode {
    exit_code(run(Arguments::parse().command).await)
}

async fn run(command: Command) -> Result<()> {
    match command {
        Command::Demo => commands::demo::run().await,
        Command::Dev => commands::dev::run().await,
        Command::Test { arguments } => commands::test::run(&arguments).await,
        Command::Lint => commands::lint::run().await,
        Command::Token(args) => commands::token::run(&args),
        Command::Psql => commands::psql::run().await,
        Command::Build => commands::build::run().await,
        Command::TestRelease => commands::test_release::run().await,
        Command::Deploy { arguments } => commands::deploy::run(&arguments).await,
        Command::Clean => commands::clean::run().await,
    }
}
