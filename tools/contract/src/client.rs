//! The web app's client: its types are made from `openapi.yaml`.

use std::path::Path;

use anyhow::{Context, Error, Result, bail};
use testkit::programs::{CLIENT, Packages};

use crate::openapi;

/// Where its types lie in the checkout.
pub const FILE: &str = "client/src/api.ts";

/// The types as the committed `openapi.yaml` wants them.
///
/// # Errors
/// When the generator is not there or does not like the document.
pub async fn types(checkout: &Path) -> Result<String> {
    let packages = Packages::find_or_install(checkout, CLIENT).await?;
    let mut command = tokio::process::Command::from(packages.command("openapi-typescript"));
    command.arg(checkout.join(openapi::FILE)).current_dir(&packages.home).kill_on_drop(true);
    let made = command.output().await.context("running openapi-typescript")?;
    if !made.status.success() {
        bail!("openapi-typescript failed: {}", String::from_utf8_lossy(&made.stderr));
    }
    String::from_utf8(made.stdout).map_err(Error::from)
}
