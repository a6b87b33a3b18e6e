//! `make console`: the console's files with what they must know of a deployment, for the bucket that serves them.

use std::fs;

use anyhow::{Context, Result};
use clap::Args;
use ops::{progress::step, schema};

use super::{
    bundle,
    neighbours::{CONFIG, Neighbours},
};

const FOLDER: &str = "target/console";

/// Of the deployment; `make deploy` prints the first three.
#[derive(Args)]
pub struct ConsoleArgs {
    /// Base URL of the API.
    #[arg(long)]
    api_url: String,
    /// Issuer of access tokens, as the functions know it.
    #[arg(long)]
    issuer: String,
    /// Identifier of the API in Auth0.
    #[arg(long)]
    audience: String,
    /// Of the console's application in Auth0.
    #[arg(long)]
    client_id: String,
    /// Where credits are bought.
    #[arg(long)]
    buy_credits_url: Option<String>,
    /// E-mail address that users write to.
    #[arg(long)]
    contact: Option<String>,
}

pub async fn for_deployment(args: &ConsoleArgs) -> Result<()> {
    let checkout = schema::checkout();
    let (built, folder) = (bundle::build(&checkout).await?, checkout.join(FOLDER));
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("removing the old {FOLDER}"))?;
    }
    let mut files = Vec::new();
    bundle::collect(&built, &built, &mut files)?;
    bundle::write(&folder, files)?;
    let [api, issuer] = [&args.api_url, &args.issuer].map(|url| url.trim_end_matches('/'));
    let neighbours = Neighbours {
        api,
        issuer,
        client_id: &args.client_id,
        audience: &args.audience,
        buy_credits_url: args.buy_credits_url.as_deref(),
        contact: args.contact.as_deref(),
    };
    fs::write(folder.join(CONFIG), neighbours.config()).with_context(|| format!("writing {CONFIG}"))?;
    step(&format!("{FOLDER} has the console; next: put it into its bucket (docs/deploy.md, The console)"));
    Ok(())
}
