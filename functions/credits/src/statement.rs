//! A month of an account: its balances, and every line between them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    domain::{
        money::{Money, Quantity},
        time::AnsweredTime,
    },
    http::{
        csv::{Text, Time},
        page::Items,
    },
};
use uuid::Uuid;

/// A month (UTC) of an account. `opening_balance` and the amounts of `entries`, of `usage` and of
/// `usage_of_other_months` add up to `closing_balance`, to the cent.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Statement {
    /// The account owner.
    user_id: String,
    /// Such as `2026-11`.
    month: String,
    state: StatementState,
    /// The ledger's entries from this one to `last_seq` are this month's; null if it has none.
    first_seq: Option<i64>,
    last_seq: Option<i64>,
    opening_balance: Money,
    closing_balance: Money,
    totals: StatementTotals,
    /// Purchases, refunds, adjustments and openings, in the ledger's order.
    entries: Vec<StatementEntry>,
    /// What the days of this month have been charged so far, by who used it and by project.
    usage: Vec<StatementUsage>,
    /// What the ledger was charged in this month beyond `usage`: for usage of earlier months that was reported or revised
    /// now. Above zero: usage of this month that was reported later, and is charged there.
    usage_of_other_months: Money,
}

/// `open`: the month is not over yet. A `closed` one gets no further entries, so its balances and totals stay.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum StatementState {
    Open,
    Closed,
}

/// What was added in the month; below zero, what was taken.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct StatementTotals {
    purchases: Money,
    refunds: Money,
    adjustments: Money,
    /// What the account had before it was taken over from another system.
    openings: Money,
    /// What was charged in this month, of whichever month it was.
    usage: Money,
}

/// An entry of the ledger that is no usage.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct StatementEntry {
    id: Uuid,
    seq: i64,
    #[schemars(extend("enum" = ["purchase", "adjustment", "refund", "opening"]))]
    kind: String,
    amount: Money,
    reference: Option<String>,
    reason: Option<String>,
    created_at: AnsweredTime,
}

/// What a user of the account used for a project, and what it took.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct StatementUsage {
    /// Who used it, also if they have left since.
    user_id: String,
    name: Option<String>,
    email: Option<String>,
    /// Empty for what no project used, and for what was used before projects were told apart.
    project: String,
    cpu_hours: Quantity,
    gpu_hours: Quantity,
    /// Gigabytes (10^9 bytes) times hours, in months of 720 hours.
    storage_gb_months: Quantity,
    /// Rounded so that the lines add up to the rounded whole: each is less than a cent from its exact cost, or, where the
    /// ledger rounds the month's charges otherwise, less than two.
    amount: Money,
}

#[derive(Deserialize)]
pub struct RowsFromSql {
    pub rows: Items<StatementRow>,
}

/// A line of the statement as a line of a table; the fields are the columns. The first has the opening balance, the last
/// one the closing balance, and the amounts between them add up.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct StatementRow {
    line: String,
    seq: Option<i64>,
    created_at: Option<Time>,
    user_id: Option<Text>,
    name: Option<Text>,
    email: Option<Text>,
    project: Option<Text>,
    reference: Option<Text>,
    reason: Option<Text>,
    cpu_hours: Option<Quantity>,
    gpu_hours: Option<Quantity>,
    storage_gb_months: Option<Quantity>,
    amount: Option<Money>,
    balance: Option<Money>,
}
