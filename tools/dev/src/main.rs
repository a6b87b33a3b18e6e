//! The commands behind `make`.

mod clusters;
mod commands;
mod console;
mod dev_stack;
mod edge;
mod gateway;
mod people;
mod roots;
mod seed;

use std::process::ExitCode;

use clap::{Args, Parser};
use ops::progress::exit_code;

/// The back office on this machine.
#[derive(Parser)]
#[command(bin_name = "dev")]
enum Command {
    /// Start a stack, tell the story through real HTTP, and stop.
    Demo,
    /// Start the stack and stay until Ctrl-C, with tokens and curl lines at hand.
    Dev,
    /// Run all tests on a stack of their own; arguments go to `cargo test`.
    Test(More),
    /// Run the console's tests in a browser, on a back office of their own.
    TestConsole,
    /// Make the pictures in `docs/console` anew.
    Screenshots,
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
    /// Record the SQL of this release, and what it answers, for the migrations to come.
    Release,
    /// Build the functions and deploy them with `template.yaml`; arguments go to `sam deploy`.
    Deploy(commands::deploy::DeployArgs),
    /// Build the console for a deployment.
    Console(console::ConsoleArgs),
    /// Remove everything that stacks have left here, but not the installed tools.
    Clean,
}

#[derive(Args)]
struct More {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    exit_code(match Command::parse() {
        Command::Demo => commands::demo::run().await,
        Command::Dev => commands::dev::run().await,
        Command::Test(more) => commands::test::run(&more.arguments).await,
        Command::TestConsole => commands::browser::test().await,
        Command::Screenshots => commands::browser::screenshots().await,
        Command::Lint => commands::lint::run().await,
        Command::Token(args) => commands::token::run(&args),
        Command::Psql => commands::psql::run().await,
        Command::Build => commands::build::run().await,
        Command::TestRelease => commands::test_release::run().await,
        Command::Release => commands::release::run().await,
        Command::Deploy(args) => commands::deploy::run(&args).await,
        Command::Console(args) => console::for_deployment(&args).await,
        Command::Clean => commands::clean::run().await,
    })
}
