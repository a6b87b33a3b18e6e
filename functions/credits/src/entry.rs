//! A ledger entry as its account's owner sees it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    domain::{money::Money, time::AnsweredTime},
    http::csv::{Text, Time},
};
use uuid::Uuid;

/// One movement of an account's credits. The ledger is append-only.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    id: Uuid,
    /// The account owner.
    user_id: String,
    /// 1, 2, 3, … in each account.
    seq: i64,
    #[schemars(extend("enum" = ["purchase", "usage", "adjustment", "refund", "opening"]))]
    kind: String,
    /// What was added; negative if it was taken.
    amount: Money,
    balance_before: Money,
    balance_after: Money,
    /// A purchase's own reference, such as a payment's id; for usage the days (UTC) that it is for. An opening brings what
    /// an account had before it was taken over from another system: `purchased`, `adjusted` or `used`.
    reference: Option<String>,
    reason: Option<String>,
    /// The purchase that a refund returns.
    refund_of: Option<Uuid>,
    /// Who caused it: a user, or a machine.
    actor: String,
    created_at: AnsweredTime,
}

/// An entry as a line of a table; the fields are the columns.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct EntryRow {
    seq: i64,
    created_at: Time,
    kind: String,
    amount: Money,
    balance_before: Money,
    balance_after: Money,
    reference: Option<Text>,
    reason: Option<Text>,
    refund_of: Option<Uuid>,
    actor: Text,
    id: Uuid,
}
