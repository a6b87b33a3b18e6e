//! `make dev`: the whole back office on this machine, until Ctrl-C.

use std::{fs, path::Path};

use anyhow::Result;
use ops::{
    environment::{self, Environment},
    progress::step,
    schema,
};
use testkit::{
    programs,
    shutdown::{interrupted, until_interrupted},
};

use crate::dev_stack::DevStack;

pub async fn run() -> Result<()> {
    let home = environment::home("dev");
    let site = until_interrupted(DevStack::start(&home, &[])).await?;
    let node = programs::node(&schema::checkout()).await?;
    site.environment.write(&Environment::file())?;
    let cluster = home.join("demo-cluster.json");
    environment::write_secret(&cluster, &site.clusters.body("demo", 10)?.to_string())?;
    step(&welcome(&site, &node, &cluster)?);
    let asked = interrupted().await;
    step("\nstopping; the data stays in .local/dev (`make clean` removes it)");
    // It points to what is about to stop.
    let _ = fs::remove_file(Environment::file());
    site.stop().await;
    asked
}

fn welcome(site: &DevStack, node: &Path, cluster: &Path) -> Result<String> {
    Ok(format!(
        r#"
The back office is at {api}; it builds again when a Rust file changes.
Two stand-ins for Hopsworks clusters run beside it, and `provision` makes the users' accounts there.
After a change of a .sql file: make migrate. Logs, and what the compiler says: {log}

In another terminal:
  . .local/env
  curl -sX POST $API_URL/api/admin/hopsworks-clusters -H "authorization: Bearer $ADMIN_TOKEN" \
    -H 'content-type: application/json' -d @{cluster}
  curl -sX POST $API_URL/api/auth/me -H "authorization: Bearer $ANN_TOKEN"
  curl -s $API_URL/api/auth/me -H "authorization: Bearer $ANN_TOKEN"
  {node} auth0/simulate-login.js --sub 'auth0|bob' --email bob@example.com
  make token SUB='auth0|eve' EMAIL=eve@example.com
  make admin USER='auth0|ann'

Ctrl-C stops everything."#,
        api = site.environment.get("API_URL")?,
        log = site.log().display(),
        node = node.display(),
        cluster = cluster.display(),
    ))
}
