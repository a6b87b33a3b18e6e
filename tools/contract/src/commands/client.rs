//! `make client`: writes `openapi.yaml` from the types, and the web app's client from it.

use std::fs;

use anyhow::{Context, Result};
use ops::{progress::step, schema};

use crate::{client, commands::openapi};

pub async fn run() -> Result<()> {
    openapi::run()?;
    let checkout = schema::checkout();
    let types = client::types(&checkout).await?;
    fs::write(checkout.join(client::FILE), types).context(format!("writing {}", client::FILE))?;
    step(&format!("{} says what openapi.yaml says; next: `make test T=client` checks what uses it", client::FILE));
    Ok(())
}
