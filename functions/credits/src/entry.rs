//! A ledger entry as its account's owner sees it.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    domain::money::Money,
    http::csv::{Cell, Row},
};
use uuid::Uuid;

/// One movement of an account's credits. The ledger is append-only.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    id: Uuid,
    /// The account owner.
    user_id: String,
    /// 1, 2, 3, … in each account.
    seq: i64,
    #[schemars(extend("enum" = ["purchase", "usage", "adjustment", "refund"]))]
    kind: String,
    /// What was added; negative if it was taken.
    amount: Money,
    balance_before: Money,
    balance_after: Money,
    /// A purchase's own reference, such as a payment's id; for usage the days (UTC) that it is for.
    reference: Option<String>,
    reason: Option<String>,
    /// The purchase that a refund returns.
    refund_of: Option<Uuid>,
    /// Access caused it: a user, or a machine.
    actor: String,
    created_at: DateTime<Utc>,
}

impl Row for Entry {
    const COLUMNS: &'static [&'static str] = &[
        "seq",
        "created_at",
        "kind",
        "amount",
        "balance_before",
        "balance_after",
        "reference",
        "reason",
        "refund_of",
        "actor",
        "id",
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::plain(self.seq),
            Cell::plain(self.created_at.to_rfc3339()),
            Cell::plain(&self.kind),
            Cell::plain(self.amount.0),
            Cell::plain(self.balance_before.0),
            Cell::plain(self.balance_after.0),
            Cell::text(&self.reference),
            Cell::text(&self.reason),
            self.refund_of.map_or(Cell::Empty, Cell::plain),
            Cell::Text(self.actor.clone()),
            Cell::plain(self.id),
        ]
    }
}
