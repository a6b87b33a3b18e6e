//! `make dev`: the whole back office on this machine, until Ctrl-C.

use std::fs;

use tokio::signal::unix::{SignalKind, signal};

use crate::{
    environment::{self, Environment},
    gateway::Reload,
    progress::step,
    site::Site,
    trouble::{During, Result},
};

pub async fn run() -> Result<()> {
    let mut terminated = signal(SignalKind::terminate()).during("listening for signals")?;
    let home = environment::home("dev");
    let site = tokio::select! {
        site = Site::start(&home, Reload::OnChange) => site?,
        _ = tokio::signal::ctrl_c() => return Ok(()),
        _ = terminated.recv() => return Ok(()),
    };
    site.environment.write(&Environment::file())?;
    step(&welcome(&site)?);
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated.recv() => {}
    }
    step("\nstopping; the data stays in .local/dev (`make clean` removes it)");
    // It would point at what is no longer there.
    let _ = fs::remove_file(Environment::file());
    site.stop().await;
    Ok(())
}

fn welcome(site: &Site) -> Result<String> {
    Ok(format!(
        r#"
The back office is at {api}; it builds again when a file changes. Logs: {log}

In another terminal:
  . .local/env
  make psql                                       # then add a cluster with seats:
    insert into hopsworks_clusters (name, api_url, max_users) values ('demo', 'https://demo.example.com', 10);
  curl -sX POST $API_URL/api/auth/sync-user -H "authorization: Bearer $ANN_TOKEN"
  curl -s $API_URL/api/auth/me -H "authorization: Bearer $ANN_TOKEN"
  node auth0/simulate-login.js --sub 'auth0|bob' --email bob@example.com
  make token SUB='auth0|eve' EMAIL=eve@example.com
  make admin USER='auth0|ann'

Ctrl-C stops everything."#,
        api = site.environment.get("API_URL")?,
        log = site.log().display(),
    ))
}
