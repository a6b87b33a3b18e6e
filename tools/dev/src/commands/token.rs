//! `make token SUB=…`: a fresh access token of the local issuer.

use std::io::Write;

use anyhow::{Context, Result};
use clap::{Args, builder::NonEmptyStringValueParser};
use ops::environment::{self, CLAIMS_NAMESPACE, Environment};
use serde_json::json;
use testkit::issuer::{self, SigningKey};

use crate::people::claims_of;

/// Whose token, and its claims.
#[derive(Args, Debug)]
pub struct TokenArgs {
    /// The user (`auth0|ann`) or machine (`meter@clients`).
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    sub: String,
    /// The e-mail address, which counts as verified.
    #[arg(long)]
    email: Option<String>,
    #[arg(long)]
    name: Option<String>,
    /// Permissions of the API, separated by commas or spaces.
    #[arg(long, value_delimiter = ',')]
    permissions: Vec<String>,
}

pub fn run(args: &TokenArgs) -> Result<()> {
    let environment = Environment::read()?;
    let key = SigningKey::load_or_create(&environment::issuer_key_file())?;
    let mut claims = claims_of(environment.get("AUTH0_ISSUER")?, &args.sub);
    if let Some(email) = &args.email {
        issuer::add_email(&mut claims, CLAIMS_NAMESPACE, email);
    }
    if let Some(name) = &args.name {
        claims[format!("{CLAIMS_NAMESPACE}/name")] = json!(name);
    }
    let permissions = args.permissions.iter().flat_map(|text| text.split_whitespace());
    claims["permissions"] = permissions.collect();
    writeln!(std::io::stdout(), "{}", key.sign(&claims)).context("printing the token")
}
