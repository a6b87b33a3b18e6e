//! `make release`: records the SQL of this release, and what it answers, for the migrations to come.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result};
use migrations::{Release, entries};
use ops::{progress::step, schema};
use testkit::{programs, stack::with_stack, test_env};

/// As many as `make migrate` keeps in any case.
const KEPT: usize = 3;
const FOLDER: &str = "migrations/releases";

pub async fn run() -> Result<()> {
    let checkout = schema::checkout();
    let release = Release::read(&checkout)?;
    let script = match recorded(&release)? {
        Some(script) => script,
        None => checkout.join(FOLDER).join(format!("{:03}_{}.sql", next_number()?, release.schema)),
    };
    step("recording what each example of the contract asks the database, and what that answers");
    with_stack("test", async |stack| {
        let mut test = Command::new("cargo");
        test.current_dir(&checkout).args(["test", "--quiet", "--package", "tests", "--test", "release"]);
        test.args(["kept::record", "--", "--exact", "--ignored"]).env("RELEASE_SCRIPT", &script);
        programs::run(test.envs(test_env::variables(stack)?)).await.context("recording the release")
    })
    .await?;
    let scripts = scripts()?;
    for old in &scripts[..scripts.len().saturating_sub(KEPT)] {
        fs::remove_file(old)
            .and_then(|()| fs::remove_file(old.with_extension("json")))
            .context("deleting an old one")?;
    }
    step(&format!("{} is recorded; next: commit {FOLDER}, then `make deploy`", release.schema));
    Ok(())
}

/// The script of a release, if it was recorded.
pub fn recorded(release: &Release) -> Result<Option<PathBuf>> {
    Ok(scripts()?.into_iter().find(|script| script.to_string_lossy().ends_with(&format!("_{}.sql", release.schema))))
}

/// All scripts, oldest first.
fn scripts() -> Result<Vec<PathBuf>> {
    let mut files = entries(&schema::checkout().join(FOLDER))?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    Ok(files)
}

fn next_number() -> Result<u32> {
    let newest = scripts()?.pop().and_then(|script| script.file_name()?.to_str()?.split('_').next()?.parse().ok());
    Ok(newest.unwrap_or(0) + 1)
}
