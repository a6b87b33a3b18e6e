//! Tells of invites that nobody has accepted in their days.

use serde::Deserialize;
use shared::{Result, auth::caller::Call, db::Db};

use crate::pieces;

#[derive(Deserialize)]
struct Expired {
    expired: u64,
}

/// How many were told of.
pub async fn tell_of_expired(db: &Db) -> Result<u64> {
    pieces::until_done(async || {
        let piece: Expired = db.call("tell_of_expired", &Call::by_schedule(())).await?;
        Ok(piece.expired)
    })
    .await
}
