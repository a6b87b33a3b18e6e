//! `GET /api/admin/usage-sources`: which machine reports for which source, by name.

use axum::extract::State;
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

use crate::usage_source::{SourceName, UsageSource};

/// The last source of the page before.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AfterSource {
    source: SourceName,
}

pub fn operation() -> Operation {
    Operation::get("/api/admin/usage-sources", "list_usage_sources", Access::Admin)
        .summary("The sources of readings, by name, and the machine that each belongs to")
        .query::<PageQuery>()
        .responds::<Page<UsageSource>>(200)
}

pub async fn list_usage_sources(
    caller: Admin,
    State(app): State<App>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<UsageSource>>> {
    let window = query.ordered_by::<AfterSource>()?;
    let found: PageFromSql<_> = app.db.call("list_usage_sources", &caller.with(window)).await?;
    Ok(Json(found.into()))
}
