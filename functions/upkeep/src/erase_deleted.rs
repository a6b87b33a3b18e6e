//! Erases the persons of users who were deleted a while ago.

use serde::Deserialize;
use shared::{Result, auth::caller::Call, db::Db};

use crate::pieces;

#[derive(Deserialize)]
struct Persons {
    erased: u64,
}

/// How many were erased.
pub async fn erase_deleted(db: &Db) -> Result<u64> {
    pieces::until_done(async || {
        let persons: Persons = db.call("erase_deleted", &Call::by_schedule(())).await?;
        Ok(persons.erased)
    })
    .await
}
