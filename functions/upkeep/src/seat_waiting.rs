//! Seats those who wait and could sit.

use serde::Deserialize;
use shared::{Result, auth::caller::Schedule, db::Db};

use crate::MOST_PIECES;

#[derive(Deserialize)]
struct Seats {
    seated: u64,
}

/// How many sat down, a piece at a time.
pub async fn seat_waiting(db: &Db) -> Result<u64> {
    let mut total = 0;
    for _ in 0..MOST_PIECES {
        let seats: Seats = db.call("app.seat_waiting", &Schedule::default().with(())).await?;
        total += seats.seated;
        if seats.seated == 0 {
            break;
        }
    }
    Ok(total)
}
