//! `make rotate-keys`: encrypts every stored API key again, under the secret's current encryption key.
//!
//! It can be stopped and started at any time: a row is either under the old key or under the new one,
//! and both decrypt as long as the secret holds both.

use std::str::FromStr;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;
use shared::cipher::{Cipher, EncryptionKeys, Location};
use uuid::Uuid;

use crate::{
    admin_db::{AdminDb, literal},
    app_secret,
    environment::Environment,
    progress::step,
    schema::ENCRYPTED_COLUMNS,
};

const BATCH_ROWS: usize = 500;

/// Rotates with the secret that the environment names: Secrets Manager's, or the running `make dev`'s.
pub async fn run_with_environment(direct_url: Option<String>) -> Result<()> {
    let (url, secret) = find_secret(direct_url).await?;
    run(&url, &secret).await
}

/// The direct address and the secret: the given one and Secrets Manager's, or the running `make dev`'s.
pub async fn find_secret(direct_url: Option<String>) -> Result<(String, Value)> {
    if let Some(url) = direct_url.filter(|url| !url.is_empty()) {
        return Ok((url, app_secret::get_from_aws(&secret_id()?).await?));
    }
    let environment = Environment::read()?;
    let endpoint = environment.get("AWS_ENDPOINT_URL_SECRETS_MANAGER")?;
    let secret = app_secret::get(endpoint, environment.get("APP_SECRET_ID")?).await?;
    Ok((environment.get("DIRECT_URL")?.to_owned(), secret))
}

#[expect(clippy::disallowed_methods, reason = "the operator names the secret as the functions' settings do")]
fn secret_id() -> Result<String> {
    std::env::var("APP_SECRET_ID").map_err(|_| anyhow!("set APP_SECRET_ID to the name of the secret"))
}

/// Rotates with the `encryption_keys` of the application's secret.
pub async fn run(direct_url: &str, secret: &Value) -> Result<()> {
    let cipher = cipher(secret)?;
    let mut database = AdminDb::connect(direct_url).await?;
    for sealed in ENCRYPTED_COLUMNS {
        let name = sealed.3;
        let rows = rotate(&mut database, &cipher, sealed).await.context(format!("rotating {name}"))?;
        step(&format!("{name}: {rows} rows encrypted again under {}", cipher.current_key_id()));
    }
    step(
        "done. Functions read a new secret within five minutes and write under the old key until then: run this \
         again after that. When it finds 0 rows, older keys can go.",
    );
    Ok(())
}

/// The cipher with the secret's keys.
pub fn cipher(secret: &Value) -> Result<Cipher> {
    // Neither the value nor serde's message may be shown.
    let keys = EncryptionKeys::from_json(&secret["encryption_keys"])
        .ok_or_else(|| anyhow!("the secret has no `encryption_keys` of the right form"))?;
    Cipher::new(&keys).map_err(|reason| anyhow!("`encryption_keys` {reason}"))
}

async fn rotate(
    database: &mut AdminDb,
    cipher: &Cipher,
    (table, row_id, column, name): (&str, &str, &str, &'static str),
) -> Result<usize> {
    let current = format!("enc:{}:%", cipher.current_key_id());
    let (mut rotated, mut last, mut bad) = (0, Uuid::nil(), Vec::new());
    loop {
        let old = database
            .texts(&format!(
                "select {row_id} || ' ' || {column} from {table} \
                 where {column} is not null and {column} not like {} and {row_id} > '{last}' \
                 order by {row_id} limit {BATCH_ROWS}",
                literal(&current)
            ))
            .await?;
        for row in old.iter().flatten() {
            let (id, sealed) = row.split_once(' ').ok_or_else(|| anyhow!("a row without an id"))?;
            last = Uuid::from_str(id).map_err(|_| anyhow!("a row without an id"))?;
            let place = Location { column: name, row: last };
            match cipher.decrypt(place, sealed) {
                Ok(plain) => {
                    let encrypted = cipher.encrypt(place, &plain);
                    // Only if it is unchanged: a key that was stored meanwhile must not be overwritten.
                    database
                        .run(&format!(
                            "update {table} set {column} = {} where {row_id} = '{id}' and {column} = {}",
                            literal(encrypted.as_str()),
                            literal(sealed)
                        ))
                        .await?;
                    rotated += 1;
                }
                // Go on with the others, and report this one at the end.
                Err(reason) => bad.push(format!("row {id} {reason}")),
            }
        }
        match (old.is_empty(), bad.is_empty()) {
            (false, _) => {}
            (true, true) => return Ok(rotated),
            (true, false) => bail!(bad.join("; ")),
        }
    }
}
