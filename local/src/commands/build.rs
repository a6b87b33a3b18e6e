//! `make build`: every function as Lambda gets it.

use crate::{
    interruption::until_interrupted,
    progress::step,
    release::{self, ARM64, X86_64},
    schema, tools,
    trouble::{Result, Trouble},
};

/// A zip above this starts too slowly.
pub const MOST_ZIP_BYTES: u64 = 5_000_000;

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
    let artifacts = until_interrupted(release::build(&tools, &checkout, processor)).await?;
    for artifact in &artifacts {
        let bytes = artifact.bytes()?;
        step(&format!("  {:<16} {:>9} bytes  {}", artifact.function, bytes, artifact.zip.display()));
        if bytes > MOST_ZIP_BYTES {
            return Err(Trouble::new(format!("{} is larger than {MOST_ZIP_BYTES} bytes", artifact.function)));
        }
    }
    step("built; next: `make test-release` tries them under Lambda's runtime emulator, `make deploy` deploys");
    Ok(())
}
