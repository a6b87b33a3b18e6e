//! Finds whose grace period is over, and begins the month of those who had come near their cap.

use serde::Deserialize;
use shared::{Result, auth::caller::Call, db::Db};

use crate::pieces;

#[derive(Deserialize)]
struct Credits {
    settled: u64,
}

/// How many accounts were due.
pub async fn settle_due_credits(db: &Db) -> Result<u64> {
    pieces::until_done(async || {
        let credits: Credits = db.call("settle_due_credits", &Call::by_schedule(())).await?;
        Ok(credits.settled)
    })
    .await
}
