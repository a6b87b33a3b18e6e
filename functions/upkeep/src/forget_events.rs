//! Forgets events that the bus has had for a while.

use serde::Deserialize;
use shared::{Result, auth::caller::Call, db::Db};

use crate::pieces;

#[derive(Deserialize)]
struct Forgotten {
    forgotten: u64,
}

/// How many were forgotten.
pub async fn forget_events(db: &Db) -> Result<u64> {
    pieces::until_done(async || {
        let piece: Forgotten = db.call("forget_events", &Call::by_schedule(())).await?;
        Ok(piece.forgotten)
    })
    .await
}
