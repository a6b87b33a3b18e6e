//! `make test-release`: the release binaries under Lambda's own runtime emulator.

use std::process::Command;

use anyhow::{Context, Result};
use ops::{progress::step, schema};
use testkit::{programs, release, shutdown::until_interrupted, stack::with_stack, test_env};

pub async fn run() -> Result<()> {
    let checkout = schema::checkout();
    let tools = programs::deployment(&checkout).await?;
    until_interrupted(release::build_for_this_machine(&tools, &checkout)).await?;
    with_stack("test", async |stack| {
        let mut test = Command::new("cargo");
        test.current_dir(&checkout).args([
            "test",
            "--package",
            "tests",
            "--features",
            "emulator",
            "--test",
            "emulator",
        ]);
        programs::run(test.envs(test_env::variables(stack)?)).await.context("testing the release binaries")
    })
    .await?;
    step("the release binaries do what they should; next: `make deploy`");
    Ok(())
}
