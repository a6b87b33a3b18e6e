//! The console in a browser, before a back office of its own that is filled as `make dev` begins: its tests, and the
//! pictures of its pages.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result};
use ops::{progress::step, schema};
use testkit::{process::Port, programs, stack::with_home};

use crate::{
    console::{self, Console, Neighbours, Tools},
    dev_stack::DevStack,
    seed,
};

const MISSING: &str = "there is no Chromium: install it (apt-get install chromium), or set CHROMIUM to where it is";
const PICTURES: &str = "docs/console";

/// Leaves them out where there is no browser.
pub async fn test() -> Result<()> {
    let Some(chromium) = programs::chromium() else {
        step(&format!("the console's tests are left out, because {MISSING}"));
        return Ok(());
    };
    // A browser waits for half of the time.
    let arguments = ["--test", "--test-concurrency=2", "--test-reporter=spec"];
    with_home("browser", async |home| before_the_console(home, &chromium, &arguments).await)
        .await
        .context("a test of the console failed")
}

/// Makes the pictures in `docs/console` anew.
pub async fn screenshots() -> Result<()> {
    let chromium = programs::chromium().context(MISSING)?;
    let pictures = schema::checkout().join(PICTURES);
    // They may never have been there.
    let _ = fs::remove_dir_all(&pictures);
    fs::create_dir_all(&pictures).with_context(|| format!("creating {}", pictures.display()))?;
    let arguments = ["screenshots.mjs", &pictures.to_string_lossy()];
    with_home("browser", async |home| before_the_console(home, &chromium, &arguments).await).await?;
    step(&format!("the pictures are in {PICTURES}; docs/console.md shows them"));
    Ok(())
}

/// Runs Node with these arguments among the console's tests.
async fn before_the_console(home: &Path, chromium: &Path, arguments: &[&str]) -> Result<()> {
    let checkout = schema::checkout();
    let files = console::build(&checkout).await?;
    let Tools { node, tests } = console::tools(&checkout).await?;
    let port = Port::reserve(9010)?;
    let address = format!("http://127.0.0.1:{}", port.number);
    let site = DevStack::start(home, &["--ignore-changes"], &address).await?;
    let run = async {
        let _console = Console::start(port.release(), files.clone(), &Neighbours::of(&site)?).await?;
        seed::fill(&site).await?;
        let mut node = Command::new(node);
        node.args(arguments).current_dir(tests).env("CHROMIUM", chromium);
        programs::run(node.env("CONSOLE_URL", &address).env("CONSOLE_FILES", &files)).await
    };
    let ended = run.await;
    site.stop().await;
    ended
}
