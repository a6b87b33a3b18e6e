//! `make dev`: the whole back office on this machine, until Ctrl-C.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use ops::{
    environment::{self, Environment},
    progress::step,
    schema,
};
use testkit::{
    process::Port,
    programs,
    shutdown::{interrupted, until_interrupted},
};

use crate::{
    console::{self, Console, Neighbours},
    dev_stack::DevStack,
    seed,
};

pub async fn run() -> Result<()> {
    let (home, checkout) = (environment::home("dev"), schema::checkout());
    let files = until_interrupted(console::build(&checkout)).await?;
    let port = Port::reserve(9010)?;
    let address = format!("http://127.0.0.1:{}", port.number);
    let site = until_interrupted(DevStack::start(&home, &[], &address)).await?;
    let asked = serve(&site, port, files, &address).await;
    step("\nstopping; the data stays in .local/dev (`make clean` removes it)");
    // It points to what is about to stop.
    let _ = fs::remove_file(Environment::file());
    site.stop().await;
    asked
}

async fn serve(site: &DevStack, port: Port, files: PathBuf, address: &str) -> Result<()> {
    let _console = Console::start(port.release(), files, &Neighbours::of(site)?).await?;
    let node = programs::node(&schema::checkout()).await?;
    site.environment.write(&Environment::file())?;
    tokio::select! {
        // The next start goes on where it ended.
        seeded = seed::fill(site) => {
            if let Err(error) = seeded {
                step(&format!("some of the first data is missing: {error:#}"));
            }
        }
        asked = interrupted() => return asked,
    }
    step(&welcome(site, &node, address)?);
    interrupted().await
}

fn welcome(site: &DevStack, node: &Path, address: &str) -> Result<String> {
    Ok(format!(
        r#"
The console: {address} (sign in as Ann, Bob or the administrator)

The API is at {api}; it builds again when a Rust file changes, the console at the next start.
Two stand-ins for Hopsworks clusters run beside it, and `provision` makes the users' accounts there.
After a change of a .sql file: make migrate. Logs, and what the compiler says: {log}

In another terminal:
  . .local/env
  curl -s $API_URL/api/auth/me -H "authorization: Bearer $ANN_TOKEN"
  {node} auth0/simulate-login.js --sub 'auth0|eve' --email eve@example.com
  make token SUB='auth0|eve' EMAIL=eve@example.com
  make admin USER='auth0|ann'

Ctrl-C stops everything."#,
        api = site.environment.get("API_URL")?,
        log = site.log().display(),
        node = node.display(),
    ))
}
