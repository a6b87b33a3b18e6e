//! `make secrets`: creates the functions' secret, or changes one part of it and keeps the rest.

use std::{fs, io::Write, path::PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use aws_sdk_secretsmanager::Client;
use clap::{Args, ValueEnum};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use shared::{
    cipher::{Cipher, EncryptionKeys},
    config::{Login, is_this_machine},
    signing::{SigningSecret, StripeSecret},
};
use url::Url;

use crate::{
    app_secret::{self, CURRENT, PREVIOUS},
    environment::SECRET_ID,
    progress::{step, warn_if_ipv6_only},
};

/// What to change; without any option the command shows where the secret is. No `Debug`: it may hold a password.
#[derive(Args)]
pub struct SecretsArgs {
    /// The name of the secret.
    #[arg(long, default_value = SECRET_ID)]
    pub secret: String,
    /// The functions' address of the database, through the pooler.
    #[arg(long)]
    pub database_url: Option<String>,
    /// The password of the role `provisioner`, with which the function `provision` logs in.
    #[arg(long)]
    pub provisioner_password: Option<String>,
    /// The password of the role `collector`, with which the function `collect-usage` logs in.
    #[arg(long)]
    pub collector_password: Option<String>,
    /// The password of the role `publisher`, with which the function `publish` logs in.
    #[arg(long)]
    pub publisher_password: Option<String>,
    /// A file with the root certificate of the database, as PEM.
    #[arg(long)]
    pub ca: Option<PathBuf>,
    /// The secret of the webhook endpoint at Stripe, or several with commas between them; `none` disconnects it.
    #[arg(long)]
    pub stripe: Option<String>,
    /// Whether that endpoint is for test money; it is for real money unless `test` is said.
    #[arg(long, value_parser = ["live", "test"], requires = "stripe")]
    pub stripe_mode: Option<String>,
    /// What gets a new key.
    #[arg(long)]
    pub rotate: Option<Part>,
    /// The Action has the current webhook secret, so the one before may go.
    #[arg(long, value_parser = ["yes"])]
    pub action_updated: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The secret that the Action signs with; the one before it stays good.
    Webhook,
    /// The key that API keys are stored under; the ones before it still decrypt.
    Encryption,
}

/// What to tell the person at the terminal.
struct Report {
    message: String,
    /// A new webhook secret, which has to be copied to Auth0.
    webhook_secret: Option<SecretString>,
}

/// With the operator's own AWS credentials.
pub async fn run(args: &SecretsArgs) -> Result<()> {
    let report = change(&app_secret::aws().await, args).await?;
    step(&report.message);
    if let Some(secret) = &report.webhook_secret {
        writeln!(std::io::stdout(), "{}", secret.expose_secret()).context("printing the webhook secret")?;
    }
    Ok(())
}

/// Creates or changes the secret. Fails if a part is missing or of the wrong form, or if a webhook secret that the Action
/// may still use would be lost.
async fn change(client: &Client, args: &SecretsArgs) -> Result<Report> {
    let database_url = args.database_url.as_deref().filter(|url| !url.is_empty());
    if let Some(url) = database_url {
        check_database_url(url)?;
    }
    let ca_pem = args.ca.as_ref().filter(|file| !file.as_os_str().is_empty()).map(read_ca).transpose()?;
    match app_secret::version(client, &args.secret, CURRENT).await? {
        None => create(client, args, database_url, ca_pem).await,
        Some(current) => replace(client, args, current, database_url, ca_pem).await,
    }
}

async fn create(
    client: &Client,
    args: &SecretsArgs,
    database_url: Option<&str>,
    ca_pem: Option<String>,
) -> Result<Report> {
    let name = &args.secret;
    if args.rotate.is_some() {
        bail!("there is no secret {name} to rotate; see docs/operate.md");
    }
    let url = database_url.ok_or_else(|| {
        anyhow!("there is no secret {name} yet; create it with DATABASE_URL='postgresql://api.…' CA=…")
    })?;
    let parsed = Url::parse(url)?;
    if ca_pem.is_none() && !is_this_machine(parsed.host_str().unwrap_or_default()) {
        bail!("CA=… is missing: the file with the database's root certificate, which is Supabase's own");
    }
    let webhook_secret = app_secret::new_webhook_secret();
    let mut value = app_secret::app_secret(url, &webhook_secret, &app_secret::new_encryption_keys());
    if let Some(pem) = ca_pem {
        value["database_ca_pem"] = json!(pem);
    }
    for (role, password) in passwords(args) {
        value["passwords"][role] = json!(password);
    }
    if let Some(stripe) = stripe(args, &Value::Null)? {
        value["stripe"] = stripe;
    }
    let arn = app_secret::create(client, name, &value).await?;
    let message = format!(
        "created the secret {name}\n  AppSecretArn: {arn}\n\
         next: write that into deploy.yaml, and the following line into the Action as WEBHOOK_SECRET"
    );
    Ok(Report { message, webhook_secret: Some(webhook_secret.into()) })
}

async fn replace(
    client: &Client,
    args: &SecretsArgs,
    current: app_secret::Version,
    database_url: Option<&str>,
    ca_pem: Option<String>,
) -> Result<Report> {
    let app_secret::Version { arn, mut value } = current;
    check(&value).context(format!("the secret {}", args.secret))?;
    let before = value["webhook_secret"].clone();
    let mut done = Vec::new();
    if let Some(url) = database_url {
        value["database_url"] = json!(url);
        done.push(
            "database_url is replaced; functions read it within five minutes, or when the old one is refused"
                .to_owned(),
        );
    }
    if let Some(pem) = ca_pem {
        value["database_ca_pem"] = json!(pem);
        done.push("database_ca_pem is replaced; functions read it within five minutes".to_owned());
    }
    for (role, password) in passwords(args) {
        value["passwords"][role] = json!(password);
        done.push(format!(
            "the password of {role} is replaced; its function reads it within five minutes, or when the old one is \
             refused"
        ));
    }
    if let Some(stripe) = stripe(args, &value["stripe"])? {
        value["stripe"] = stripe;
        done.push(
            "stripe is replaced; `payments` reads it within five minutes, and takes what the secrets before it signed \
             until this secret is changed again"
                .to_owned(),
        );
    }
    let mut webhook_secret = None;
    match args.rotate {
        Some(Part::Webhook) => {
            let new = app_secret::new_webhook_secret();
            value["webhook_secret"] = json!(new);
            webhook_secret = Some(new.into());
            done.push(
                "webhook_secret is new, and the one before stays good\n\
                 next: wait five minutes, until every function has read it; then write the following line into the \
                 Action as WEBHOOK_SECRET"
                    .to_owned(),
            );
        }
        Some(Part::Encryption) => {
            value["encryption_keys"] = app_secret::with_another_key(&value["encryption_keys"]);
            done.push(
                "encryption_keys has a new current key, and keeps the others\n\
                 next: wait five minutes, until every function has read it; then `make rotate-keys`"
                    .to_owned(),
            );
        }
        None => {}
    }
    if done.is_empty() {
        let message = format!(
            "the secret {} is there\n  AppSecretArn: {arn}\n\
             change it with ROTATE=webhook, ROTATE=encryption, DATABASE_URL=…, PROVISIONER_PASSWORD=…, \
             COLLECTOR_PASSWORD=…, PUBLISHER_PASSWORD=…, STRIPE=… or CA=…",
            args.secret
        );
        return Ok(Report { message, webhook_secret: None });
    }
    refuse_to_lose_a_secret_in_use(client, args, &before).await?;
    check(&value)?;
    app_secret::replace(client, &args.secret, &value).await?;
    Ok(Report { message: done.join("\n"), webhook_secret })
}

/// The passwords that are given, by role; that of `api` is part of the address.
fn passwords(args: &SecretsArgs) -> impl Iterator<Item = (&'static str, &str)> {
    let all = [
        (Login::Provisioner, &args.provisioner_password),
        (Login::Collector, &args.collector_password),
        (Login::Publisher, &args.publisher_password),
    ];
    let given = all.into_iter().filter_map(|(login, password)| Some((login.role(), password.as_deref()?)));
    given.filter(|(_, password)| !password.is_empty())
}

/// What Stripe's events are to be believed by, if that is given; null: nothing. Of the present mode, unless one is asked for.
fn stripe(args: &SecretsArgs, present: &Value) -> Result<Option<Value>> {
    let Some(given) = args.stripe.as_deref().filter(|given| !given.is_empty()) else { return Ok(None) };
    if given == "none" {
        return Ok(Some(Value::Null));
    }
    let secrets: Vec<&str> = given.split(',').collect();
    for secret in &secrets {
        StripeSecret::parse(secret).map_err(|reason| anyhow!("STRIPE: a secret {reason}"))?;
    }
    let asked_for = args.stripe_mode.as_deref().map(|mode| mode != "test");
    let livemode = asked_for.or(present["livemode"].as_bool()).unwrap_or(true);
    Ok(Some(json!({ "webhook_secrets": secrets, "livemode": livemode })))
}

/// Secrets Manager keeps two versions, and writing a new one drops the older. That must not be the one whose webhook
/// secret the Action still signs with.
async fn refuse_to_lose_a_secret_in_use(client: &Client, args: &SecretsArgs, current: &Value) -> Result<()> {
    let previous = app_secret::version(client, &args.secret, PREVIOUS).await?;
    let previous = previous.map_or(Value::Null, |version| version.value["webhook_secret"].clone());
    if previous.is_null() || previous == *current || args.action_updated.is_some() {
        return Ok(());
    }
    Err(anyhow!(
        "nothing is changed: the webhook secret has been rotated, and this would end the one before it, which the \
         Action may still use. If the Action has the current one, say so with ACTION_UPDATED=yes"
    ))
}

/// Whether the functions can work with it. The error names the part that is wrong, never its value.
fn check(secret: &Value) -> Result<()> {
    let text = |member: &str| secret[member].as_str().ok_or_else(|| anyhow!("has no `{member}`"));
    text("database_url")?;
    SigningSecret::parse(text("webhook_secret")?).map_err(|reason| anyhow!("`webhook_secret` {reason}"))?;
    let keys = EncryptionKeys::from_json(&secret["encryption_keys"]);
    let keys = keys.ok_or_else(|| anyhow!("has no `encryption_keys` of the right form"))?;
    Cipher::new(&keys).map(drop).map_err(|reason| anyhow!("`encryption_keys` {reason}"))
}

/// Finds mistakes that would otherwise show only as a 503 from every function.
fn check_database_url(url: &str) -> Result<()> {
    const PORT: u16 = 6543;
    let wrong = |reason: &str| Err(anyhow!("DATABASE_URL {reason}"));
    let Some(url) = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "postgres" | "postgresql")) else {
        return wrong(
            "is not of the form postgresql://api.<project>:<password>@<host>:6543/postgres; in the password, write \
             `@ : / # ? %` percent-encoded",
        );
    };
    let host = url.host_str().unwrap_or_default();
    if is_this_machine(host) {
        return Ok(());
    }
    if host.is_empty() || url.password().is_none_or(str::is_empty) {
        return wrong("names no host or no password");
    }
    if url.username() != "api" && !url.username().starts_with("api.") {
        return wrong("must be that of the role `api` (`api.<project>`), which can touch no table");
    }
    if url.port() != Some(PORT) {
        return wrong("must be the transaction pooler's, with port 6543");
    }
    warn_if_ipv6_only(host);
    Ok(())
}

fn read_ca(file: &PathBuf) -> Result<String> {
    let pem = fs::read_to_string(file).context(format!("reading CA={}", file.display()))?;
    if pem.contains("-----BEGIN CERTIFICATE-----") {
        Ok(pem)
    } else {
        Err(anyhow!("CA={} is not a certificate in PEM", file.display()))
    }
}
