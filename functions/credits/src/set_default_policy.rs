//! `PUT /api/admin/credit-policy`: sets what the balance of an account does that has no policy of its own.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::Admin,
    domain::whole::Whole,
    http::{
        body::Json,
        routes::{Access, Operation},
    },
};

use crate::policy::{DefaultPolicy, Dollars};

/// What is left out, or null, is as at first.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDefaultPolicy {
    /// A balance below it is low.
    warn_below: Option<Dollars>,
    /// How far below zero the balance may go before an account is exhausted.
    overdraft: Option<Dollars>,
    /// How long an exhausted account goes on working.
    grace_days: Option<Whole<0, 3650>>,
    /// How many projects each user of an exhausted account may create.
    projects_when_exhausted: Option<Whole<0, 1000>>,
}

pub fn operation() -> Operation {
    Operation::put("/api/admin/credit-policy", "set_default_policy", Access::Admin)
        .summary("Sets what the balance of an account does that has no policy of its own; within a day for those that are there")
        .body::<NewDefaultPolicy>()
        .responds::<DefaultPolicy>(200)
}

pub async fn set_default_policy(
    caller: Admin,
    State(app): State<App>,
    Json(policy): Json<NewDefaultPolicy>,
) -> Result<Json<DefaultPolicy>> {
    app.db.call("set_default_policy", &caller.with(json!({ "policy": policy }))).await.map(Json)
}
