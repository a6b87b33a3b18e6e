//! `GET /api/credits`: what an account has, has bought and has used, and how long it lasts.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::SignedInOrSuspendedOwner,
    domain::{
        money::{Money, Quantity},
        time::AnsweredTime,
        user::UserId,
    },
    error::Kind,
    http::{
        body::Json,
        params::Query,
        routes::{Access, Operation},
    },
};

use crate::policy::Policy;

/// Whose credits.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CreditsQuery {
    /// An administrator may ask for any user; everyone else gets their own.
    user_id: Option<UserId>,
}

/// An account's credits in US dollars.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct AccountCredits {
    /// The account owner.
    user_id: String,
    status: CreditsStatus,
    /// Purchases, adjustments and refunds less usage; below zero if more was used than there was.
    balance: Money,
    /// Less what was returned.
    total_purchased: Money,
    total_adjusted: Money,
    /// The exact costs of all usage, rounded once, half to even.
    total_used: Money,
    cpu_hours_used: Quantity,
    gpu_hours_used: Quantity,
    /// Gigabytes (10^9 bytes) times hours, in months of 720 hours.
    storage_gb_months: Quantity,
    /// Whole days that the balance lasts at the pace of the last seven days (UTC, today included), or of the days
    /// since the account began if they are fewer; null if nothing was used in them.
    days_left: Option<u32>,
    state: CreditState,
    state_since: AnsweredTime,
    /// Until the account is suspended; begun days count. Null while it is not exhausted.
    grace_days_left: Option<u32>,
    /// What the days of the present month (UTC) have cost so far.
    month_cost: Money,
    /// How much of the monthly cap that is, in per cent: 0 up to 80, then 80, 90, and 100 from the cap on.
    #[schemars(extend("enum" = [0, 80, 90, 100]))]
    cap_level: u8,
    /// The policy in force.
    policy: Policy,
}

/// How long it lasts. `low`: less than seven days left. `exhausted`: nothing left.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CreditsStatus {
    Ok,
    Low,
    Exhausted,
}

/// What the balance does by the account's policy. `low`: less than the policy's `warn_below`. `exhausted`: nothing left, its
/// `overdraft` included; fewer new projects. `overdue`: exhausted for longer than its `grace_days`; suspended. An account
/// that has bought and used nothing is `good`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CreditState {
    Good,
    Low,
    Exhausted,
    Overdue,
}

pub fn operation() -> Operation {
    Operation::get("/api/credits", "get_credits", Access::UserOrSuspendedOwner)
        .summary("An account's credits, and how long they last; for its owner, or an administrator")
        .query::<CreditsQuery>()
        .responds::<AccountCredits>(200)
        .errors(Kind::Forbidden, &["billing_owner_only"])
        .errors(Kind::NotFound, &["user_unknown"])
}

pub async fn get_credits(
    caller: SignedInOrSuspendedOwner,
    State(app): State<App>,
    Query(query): Query<CreditsQuery>,
) -> Result<Json<AccountCredits>> {
    app.db.call("get_credits", &caller.with(query)).await.map(Json)
}
