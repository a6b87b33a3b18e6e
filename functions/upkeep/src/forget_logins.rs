//! Forgets logins that no sender can repeat any more.

use serde::Deserialize;
use shared::{Result, auth::caller::Schedule, db::Db};

use crate::MOST_PIECES;

#[derive(Deserialize)]
struct Logins {
    forgotten: u64,
}

/// How many were forgotten, a piece at a time.
pub async fn forget_logins(db: &Db) -> Result<u64> {
    let mut total = 0;
    for _ in 0..MOST_PIECES {
        let logins: Logins = db.call("app.forget_logins", &Schedule::default().with(())).await?;
        total += logins.forgotten;
        if logins.forgotten == 0 {
            break;
        }
    }
    Ok(total)
}
