//! `make build`: every function as Lambda gets it.

use crate::{
    interruption::until_interrupted,
    progress::step,
    release::{self, ARM64, X86_64},
    schema, tools,
    trouble::Result,
};

pub async fn run() -> Result<()> {
    let checkout = schema::checkout();
    let tools = tools::deployment(&checkout).await?;
    let processor = if ARM64.is_installed(&checkout).await? {
        ARM64
    } else {
        step(
            "Rust cannot compile for arm64 here (`rustup target add aarch64-unknown-linux-gnu` teaches it): x86-64 then",
        );
        X86_64
    };
    step("building every function for release (the first time takes several minutes)");
    until_interrupted(release::build(&tools, &checkout, processor)).await?;
    step("built; next: `make test-release` tries them under Lambda's runtime emulator, `make deploy` deploys");
    Ok(())
}
