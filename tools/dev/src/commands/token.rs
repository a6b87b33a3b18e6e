//! `make token SUB=…`: a fresh access token of the local issuer.

use std::io::Write;

use anyhow::{Context, Result};
use clap::{Args, builder::NonEmptyStringValueParser};
use ops::environment::{self, AUDIENCE, CLAIMS_NAMESPACE, Environment};
use serde_json::{Value, json};
use shared::clock::Clock;
use testkit::issuer::{self, SigningKey};

/// Whose token, and what it says.
#[derive(Args, Debug)]
pub struct TokenArgs {
    /// The user (`auth0|ann`) or machine (`meter@clients`).
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    sub: String,
    /// The e-mail address, verified.
    #[arg(long)]
    email: Option<String>,
    /// The address is not verified.
    #[arg(long)]
    unverified: bool,
    #[arg(long)]
    name: Option<String>,
    /// Permissions of the API, separated by commas or spaces.
    #[arg(long, value_delimiter = ',')]
    permissions: Vec<String>,
}

pub fn run(args: &TokenArgs) -> Result<()> {
    let environment = Environment::read()?;
    let key = SigningKey::kept_in(&environment::issuer_key_file())?;
    let mut claims = claims(environment.get("AUTH0_ISSUER")?, &args.sub);
    if let Some(email) = &args.email {
        say_email(&mut claims, email, !args.unverified);
    }
    if let Some(name) = &args.name {
        claims[format!("{CLAIMS_NAMESPACE}/name")] = json!(name);
    }
    let permissions = args.permissions.iter().flat_map(|text| text.split_whitespace());
    claims["permissions"] = permissions.collect();
    writeln!(std::io::stdout(), "{}", key.sign(&claims)).context("printing the token")
}

/// The claims of a token that is good for an hour from now.
pub fn claims(issuer: &str, sub: &str) -> Value {
    issuer::claims(issuer, AUDIENCE, sub, Clock::System.now().timestamp())
}

pub fn say_email(claims: &mut Value, email: &str, verified: bool) {
    claims[format!("{CLAIMS_NAMESPACE}/email")] = json!(email);
    claims[format!("{CLAIMS_NAMESPACE}/email_verified")] = json!(verified);
}
