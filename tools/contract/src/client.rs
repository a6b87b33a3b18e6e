//! The web app's client: its types are made from `openapi.yaml`.

use std::path::Path;

use anyhow::Result;
use testkit::programs::{self, CLIENT, Packages};

use crate::openapi;

/// Where its types lie in the checkout.
pub const FILE: &str = "client/src/api.ts";

/// The types, generated from the committed `openapi.yaml`.
pub async fn types(checkout: &Path) -> Result<String> {
    let packages = Packages::find_or_install(checkout, CLIENT).await?;
    let mut generator = packages.command("openapi-typescript");
    programs::output(generator.arg(checkout.join(openapi::FILE)).current_dir(&packages.home)).await
}
