//! `make release`: records the SQL of this release, and what it answers, for the migrations to come.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result};
use migrations::{RECORDED, Release};
use ops::{
    progress::step,
    schema::{self, releases::KEPT},
};
use testkit::{programs, stack::with_stack, test_env};

pub async fn run() -> Result<()> {
    let checkout = schema::checkout();
    let release = Release::read(&checkout)?;
    let script = match recorded(&release)? {
        Some(script) => script,
        None => checkout.join(RECORDED).join(format!("{:03}_{}.sql", next_number()?, release.schema)),
    };
    step("recording what each example of the contract asks the database, and what that answers");
    with_stack("test", async |stack| {
        let mut test = Command::new("cargo");
        test.current_dir(&checkout).args(["test", "--quiet", "--package", "tests", "--test", "release"]);
        test.args(["kept::record", "--", "--exact", "--ignored"]).env("RELEASE_SCRIPT", &script);
        programs::run(test.envs(test_env::variables(stack)?)).await.context("recording the release")
    })
    .await?;
    let scripts = migrations::recorded(&checkout)?;
    for old in &scripts[..scripts.len().saturating_sub(KEPT)] {
        fs::remove_file(old)
            .and_then(|()| fs::remove_file(old.with_extension("json")))
            .context("deleting an old one")?;
    }
    step(&format!("{} is recorded; next: commit {RECORDED}, then `make deploy`", release.schema));
    Ok(())
}

/// The script of a release, if it was recorded.
pub fn recorded(release: &Release) -> Result<Option<PathBuf>> {
    let scripts = migrations::recorded(&schema::checkout())?;
    Ok(scripts.into_iter().find(|script| script.to_string_lossy().ends_with(&format!("_{}.sql", release.schema))))
}

fn next_number() -> Result<u32> {
    let newest = migrations::recorded(&schema::checkout())?.pop();
    let newest = newest.and_then(|script| script.file_name()?.to_str()?.split('_').next()?.parse().ok());
    Ok(newest.unwrap_or(0) + 1)
}
