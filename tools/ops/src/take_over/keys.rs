//! Encrypts the keys of clusters and deployments, each for its row.

use std::str::FromStr;

use anyhow::{Context, Result, anyhow, bail};
use secrecy::SecretString;
use serde_json::json;
use shared::cipher::{Cipher, Location};
use uuid::Uuid;

use crate::{
    admin_db::{AdminDb, literal},
    schema::ENCRYPTED_COLUMNS,
};

const BATCH_ROWS: usize = 1000;

/// Encrypts all keys under the current key. What is encrypted for its row already stays. What has the form of our encrypted
/// keys and is not is refused: encrypted twice, it would be of no use to anybody. The rows have been judged in this session.
pub async fn encrypt(database: &mut AdminDb, cipher: &Cipher) -> Result<()> {
    for (table, row_id, column, name) in ENCRYPTED_COLUMNS {
        let mut last = None::<Uuid>;
        loop {
            let after = last.map(|last| format!("and {row_id} > '{last}'")).unwrap_or_default();
            let page = format!(
                "select concat_ws(' ', {row_id}, pg_temp.is_encrypted({column}), {column}) from {table} where {column} is not null {after} \
                 order by {row_id} limit {BATCH_ROWS}"
            );
            let rows: Vec<String> = database.texts(&page).await?.into_iter().flatten().collect();
            if rows.is_empty() {
                break;
            }
            let mut encrypted = Vec::with_capacity(rows.len());
            for row in rows {
                let (id, key) = row.split_once(' ').context("a row without an id")?;
                let (is_encrypted, key) = key.split_once(' ').context("a row without a key")?;
                let id = Uuid::from_str(id).map_err(|_| anyhow!("a row without an id"))?;
                last = Some(id);
                let place = Location { column: name, row: id };
                if let Err(why) = cipher.decrypt(place, key) {
                    if is_encrypted == "t" {
                        bail!(
                            "{name} of {id} is encrypted already, and {why}: put its key into the functions' secret, or the key in plain text into the row"
                        );
                    }
                    let key = cipher.encrypt(place, &SecretString::from(key));
                    encrypted.push(json!({ "id": id, "key": key }));
                }
            }
            database
                .run(&format!(
                    "update {table} t set {column} = k.key \
                     from jsonb_to_recordset({}::jsonb) as k (id uuid, key text) where k.id = t.{row_id}",
                    literal(&json!(encrypted).to_string())
                ))
                .await?;
        }
    }
    Ok(())
}
