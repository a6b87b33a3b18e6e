//! `make psql`: psql on the running development database.

use anyhow::Result;
use ops::{environment, schema};
use testkit::programs;

pub async fn run() -> Result<()> {
    let url = environment::direct_url(None)?;
    let tools = programs::find_or_install(&schema::checkout()).await?;
    programs::run(tools.postgres.command("psql").arg(url)).await
}
