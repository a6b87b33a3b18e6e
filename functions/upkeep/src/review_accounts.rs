//! Has every account's credits go by the policy that is in force, and its owner's suspension by its state.

use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{Result, auth::caller::Call, db::Db};

/// What is left after so many pieces waits for another day.
const MOST_PIECES: u32 = 1000;

/// Accounts whose policy was changed for everybody, and owners whose suspension did not follow their account.
#[derive(Debug, Default, Serialize)]
pub struct Reviewed {
    policies_applied: u64,
    suspensions_settled: u64,
}

#[derive(Deserialize)]
struct Piece {
    changed: u64,
    settled: u64,
    /// The last account that was looked at, if there are more.
    next: Option<String>,
}

pub async fn review_accounts(db: &Db) -> Result<Reviewed> {
    let (mut reviewed, mut after) = (Reviewed::default(), None);
    for _ in 0..MOST_PIECES {
        let piece: Piece = db.call("review_accounts", &Call::by_schedule(json!({ "after": after }))).await?;
        reviewed.policies_applied += piece.changed;
        reviewed.suspensions_settled += piece.settled;
        after = piece.next;
        if after.is_none() {
            break;
        }
    }
    Ok(reviewed)
}
