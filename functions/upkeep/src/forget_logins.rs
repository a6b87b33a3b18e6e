//! Forgets logins that no sender can repeat any more.

use serde::Deserialize;
use shared::{Result, auth::caller::Call, db::Db};

use crate::pieces;

#[derive(Deserialize)]
struct Logins {
    forgotten: u64,
}

/// How many were forgotten.
pub async fn forget_logins(db: &Db) -> Result<u64> {
    pieces::until_done(async || {
        let logins: Logins = db.call("forget_logins", &Call::by_schedule(())).await?;
        Ok(logins.forgotten)
    })
    .await
}
