//! `PUT /api/credits/policy`: sets what the balance of an account does.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{
    App, Error, Result,
    auth::caller::SignedIn,
    domain::whole::Whole,
    error::Kind,
    http::{
        body::Json,
        params::Query,
        routes::{Access, Operation},
    },
};

use crate::policy::{AccountPolicy, Dollars, PolicyQuery};

/// The account's own policy. What is left out, or null, is as the default says. What an administrator sets stays as it is
/// when an owner leaves it out.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPolicy {
    /// A balance below it is low.
    warn_below: Option<Dollars>,
    /// The most that a month (UTC) may cost before the users of the account may create no further projects. More than zero.
    monthly_cap: Option<Dollars>,
    /// An administrator's. How far below zero the balance may go before the account is exhausted.
    overdraft: Option<Dollars>,
    /// An administrator's. How long an exhausted account goes on working.
    grace_days: Option<Whole<0, 3650>>,
    /// An administrator's. How many projects each user of an exhausted account may create.
    projects_when_exhausted: Option<Whole<0, 1000>>,
}

pub fn operation() -> Operation {
    Operation::put("/api/credits/policy", "set_policy", Access::User)
        .summary(
            "Sets what the balance of an account does: its owner the warning and the cap, an administrator all of it",
        )
        .query::<PolicyQuery>()
        .body::<NewPolicy>()
        .responds::<AccountPolicy>(200)
        .errors(Kind::Forbidden, &["billing_owner_only", "policy_field_admin_only"])
        .errors(Kind::NotFound, &["user_unknown"])
}

pub async fn set_policy(
    caller: SignedIn,
    State(app): State<App>,
    Query(query): Query<PolicyQuery>,
    Json(policy): Json<NewPolicy>,
) -> Result<Json<AccountPolicy>> {
    if policy.monthly_cap.is_some_and(Dollars::is_zero) {
        return Err(Error::invalid("invalid_body", "monthly_cap", "must be more than zero; null is no cap"));
    }
    let input = json!({ "user_id": query.user_id, "policy": policy });
    app.db.call("set_policy", &caller.with(input)).await.map(Json)
}
