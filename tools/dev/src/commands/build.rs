//! `make build`: every function as Lambda gets it.

use anyhow::Result;
use ops::{progress::step, schema};
use testkit::{
    programs,
    release::{self, ARM64, X86_64},
    shutdown::until_interrupted,
};

pub async fn run() -> Result<()> {
    let checkout = schema::checkout();
    let tools = programs::deployment(&checkout).await?;
    let processor = if ARM64.is_installed(&checkout).await {
        ARM64
    } else {
        step("building for x86-64: for arm64, run `rustup target add aarch64-unknown-linux-gnu` first");
        X86_64
    };
    step("building every function for release (the first time takes several minutes)");
    until_interrupted(release::build(&tools, &checkout, processor)).await?;
    step("built; next: `make test-release` tries them under Lambda's runtime emulator, `make deploy` deploys");
    Ok(())
}
