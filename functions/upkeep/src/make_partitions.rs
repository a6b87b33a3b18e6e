//! Makes room for the readings of the months ahead.

use serde::Deserialize;
use shared::{Result, auth::caller::Call, db::Db};

#[derive(Deserialize)]
struct Partitions {
    made: Vec<String>,
}

/// The partitions that were made, most days none.
pub async fn make_partitions(db: &Db) -> Result<Vec<String>> {
    let partitions: Partitions = db.call("make_partitions", &Call::by_schedule(())).await?;
    Ok(partitions.made)
}
