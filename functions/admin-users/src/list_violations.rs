//! `GET /api/admin/invariants`: whether everything holds that always must.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::Admin,
    http::{
        body::Json,
        page::{Page, PageFromSql, PageQuery},
        params::Query,
    },
};

/// One row that breaks a rule.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Violation {
    /// The rule, such as `seats_equal_assignments`.
    kind: String,
    /// Of the user, account or cluster.
    id: String,
    detail: String,
}

/// The last violation of the page before, or how far all has been looked at.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AfterViolation {
    id: String,
    kind: String,
    detail: String,
}

pub async fn list_violations(
    caller: Admin,
    State(app): State<App>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Violation>>> {
    let window = query.ordered_by::<AfterViolation>()?;
    let found: PageFromSql<Violation> = app.db.call("app.list_violations", &caller.with(window)).await?;
    Ok(Json(found.into()))
}
