//! Forgets deployments and invites that ended a while ago.

use serde::Deserialize;
use shared::{Result, auth::caller::Call, db::Db};

use crate::pieces;

#[derive(Deserialize)]
struct Ended {
    forgotten: u64,
}

/// How many of both were forgotten.
pub async fn forget_ended(db: &Db) -> Result<u64> {
    pieces::until_done(async || {
        let ended: Ended = db.call("forget_ended", &Call::by_schedule(())).await?;
        Ok(ended.forgotten)
    })
    .await
}
