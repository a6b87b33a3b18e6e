//! `GET /api/admin/usage-coverage`: which hours of which clusters have been read, newest first.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::Admin,
    domain::time::StoredTime,
    http::{
        body::Json,
        page::{Limit, Page, PageFromSql, PageQuery, Window},
        params::Query,
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

use crate::usage_hour::{HourState, UsageHour};

/// Which hours: those that every filter lets through.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UsageCoverageQuery {
    /// Those of this cluster.
    cluster_id: Option<Uuid>,
    state: Option<HourState>,
    /// `true`: those for which other sources report of the same user and project.
    other_sources: Option<Flag>,
    #[serde(skip_serializing)]
    limit: Option<Limit>,
    /// The `next_cursor` of the page before.
    #[serde(skip_serializing)]
    cursor: Option<String>,
}

/// `true` or `false`, as a query has them.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "bool", inline)]
struct Flag(bool);

impl TryFrom<String> for Flag {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        text.parse().map(Self).map_err(|_| "must be true or false")
    }
}

/// The last hour of a page.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AfterHour {
    hour: StoredTime,
    cluster_id: Uuid,
}

#[derive(Serialize)]
struct Input<'a> {
    #[serde(flatten)]
    filters: &'a UsageCoverageQuery,
    #[serde(flatten)]
    window: Window<AfterHour>,
}

pub fn operation() -> Operation {
    Operation::get("/api/admin/usage-coverage", "list_usage_coverage", Access::Admin)
        .summary("Which hours of which clusters have been read, and why not; newest first")
        .query::<UsageCoverageQuery>()
        .responds::<Page<UsageHour>>(200)
}

pub async fn list_usage_coverage(
    caller: Admin,
    State(app): State<App>,
    Query(mut query): Query<UsageCoverageQuery>,
) -> Result<Json<Page<UsageHour>>> {
    let window = PageQuery::new(query.limit.take(), query.cursor.take()).ordered_by()?;
    let input = Input { filters: &query, window };
    let found: PageFromSql<_> = app.db.call("list_usage_coverage", &caller.with(input)).await?;
    Ok(Json(found.into()))
}
