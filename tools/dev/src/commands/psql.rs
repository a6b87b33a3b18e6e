//! `make psql`: psql on the running development database.

use anyhow::Result;
use ops::{environment, schema};
use reqwest::Url;
use testkit::programs;

pub async fn run() -> Result<()> {
    let url = environment::direct_url(None)?;
    let tools = programs::find_or_install(&schema::checkout()).await?;
    // Its arguments can be read by every account of this machine, its environment by ours alone.
    let mut url = Url::parse(&url)?;
    let password = url.password().unwrap_or_default().to_owned();
    let _ = url.set_password(None);
    programs::run(tools.postgres.command("psql").arg(url.as_str()).env("PGPASSWORD", password)).await
}
