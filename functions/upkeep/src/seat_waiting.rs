//! Seats those who wait and could sit.

use serde::Deserialize;
use shared::{Result, auth::caller::Call, db::Db};

use crate::pieces;

#[derive(Deserialize)]
struct Seats {
    seated: u64,
}

/// How many users were seated.
pub async fn seat_waiting(db: &Db) -> Result<u64> {
    pieces::until_done(async || {
        let seats: Seats = db.call("seat_waiting", &Call::by_schedule(())).await?;
        Ok(seats.seated)
    })
    .await
}
