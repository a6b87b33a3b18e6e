//! An earlier revision, to measure beside: checked out below `target`, built, and its tables migrated by its own command.

use std::{fs, os::unix::fs::symlink, process::Command};

use anyhow::{Context, Result, ensure};

use super::setup::Version;
use ops::{admin_db::AdminDb, progress::step, schema::checkout};
use testkit::{programs, release, stack::Stack};

const TOOLS: &str = ".local/tools";

/// Checks the revision out and builds its functions, unless that has been done.
pub async fn build(revision: &str) -> Result<Version> {
    let ours = checkout();
    let mut parse = Command::new("git");
    parse.args(["rev-parse", "--short", "--verify", "--end-of-options"]).arg(format!("{revision}^{{commit}}"));
    let name = programs::output(parse.current_dir(&ours)).await.context("looking for the revision")?;
    let name = name.trim();
    let folder = ours.join("target/before").join(name);
    if !folder.exists() {
        step(&format!("checking {name} out"));
        let mut add = Command::new("git");
        // A folder that somebody has deleted is still known to git.
        add.args(["worktree", "add", "--force", "--force", "--quiet", "--detach"]).arg(&folder).arg(name);
        programs::output(add.current_dir(&ours)).await.context("checking the revision out")?;
    }
    // What is installed need not be downloaded again.
    if !folder.join(TOOLS).exists() {
        fs::create_dir_all(folder.join(".local")).context("making a folder for tools")?;
        symlink(ours.join(TOOLS), folder.join(TOOLS)).context("lending the tools")?;
    }
    let tools = programs::deployment(&ours).await?;
    release::build_for_this_machine(&tools, &folder).await.with_context(|| format!("building {name}"))?;
    let template = format!("before_{name}");
    Ok(Version { name: format!("before ({name})"), checkout: folder, template, release: None })
}

/// Makes its database on this stack, with its own `make migrate`.
pub async fn migrate(version: &mut Version, stack: &Stack) -> Result<()> {
    step(&format!("migrating a database: {}", version.name));
    let mut admin = AdminDb::connect(&stack.address.direct_url("postgres")).await?;
    admin.run(&format!("create database {}", version.template)).await?;
    let url = stack.address.direct_url(&version.template);
    let mut make = Command::new("make");
    make.args(["--silent", "migrate"]).arg(format!("DIRECT_URL={url}")).current_dir(&version.checkout);
    // This checkout's own are set by the make that has started us.
    for variable in ["MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES"] {
        make.env_remove(variable);
    }
    programs::output(&mut make).await.context("migrating")?;
    let found = "select n.nspname from pg_proc p join pg_namespace n on n.oid = p.pronamespace \
        where p.proname = 'record_usage'";
    let schemas = AdminDb::connect(&url).await?.texts(found).await?;
    ensure!(schemas.len() == 1, "one release is there: {schemas:?}");
    version.release = schemas.into_iter().next().flatten();
    Ok(())
}
