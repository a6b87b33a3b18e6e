//! `GET /api/admin/invariants`: whether everything holds that always must.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{App, Result, body::Json, caller::Admin};

/// What breaks a rule: a thousand at most.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Violations {
    violations: Vec<Violation>,
    /// There only if these are not all: then it is `true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    has_more: Option<bool>,
}

/// One row that breaks a rule.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Violation {
    /// The rule, such as `seats_equal_assignments`.
    kind: String,
    /// Of the user or cluster.
    id: String,
    detail: String,
}

pub async fn list_violations(caller: Admin, State(app): State<App>) -> Result<Json<Violations>> {
    app.db.call("app.list_violations", &caller.with(())).await.map(Json)
}
