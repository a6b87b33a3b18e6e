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
        routes::{Access, Operation},
    },
};

/// One row that breaks a rule.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
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

pub fn operation() -> Operation {
    Operation::get("/api/admin/invariants", "list_violations", Access::Admin)
                .summary("What breaks a rule that must always hold: nothing, when all is well. Among many users a page may hold nothing and not be the last")
                .query::<PageQuery>()
                .responds::<Page<Violation>>(200)
}

pub async fn list_violations(
    caller: Admin,
    State(app): State<App>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Violation>>> {
    let window = query.ordered_by::<AfterViolation>()?;
    let found: PageFromSql<Violation> = app.db.call("list_violations", &caller.with(window)).await?;
    Ok(Json(found.into()))
}
