//! `GET /api/admin/unattributed-usage`: what was used on clusters and could be billed to nobody.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::Admin,
    domain::{money::Quantity, time::AnsweredTime},
    http::{
        body::Json,
        page::{Limit, Page, PageFromSql, PageQuery, Window},
        params::Query,
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

/// Which namespaces.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UnattributedUsageQuery {
    /// Those of this cluster.
    cluster_id: Option<Uuid>,
    #[serde(skip_serializing)]
    limit: Option<Limit>,
    /// The `next_cursor` of the page before.
    #[serde(skip_serializing)]
    cursor: Option<String>,
}

/// What a namespace used that nobody pays for.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct UnattributedUsage {
    cluster_id: Uuid,
    namespace: String,
    /// `no_owner`: nobody owns the namespace, or nobody that we know. Else why usage of its owner was refused, as a reading
    /// is.
    code: String,
    /// How many there are.
    hours: u32,
    first_hour: AnsweredTime,
    last_hour: AnsweredTime,
    cpu_hours: Quantity,
    gpu_hours: Quantity,
    /// Gigabytes (10^9 bytes each) times hours.
    storage_gb_hours: Quantity,
}

/// The last namespace of a page.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AfterNamespace {
    cluster_id: Uuid,
    namespace: String,
}

#[derive(Serialize)]
struct Input<'a> {
    #[serde(flatten)]
    filters: &'a UnattributedUsageQuery,
    #[serde(flatten)]
    window: Window<AfterNamespace>,
}

pub fn operation() -> Operation {
    Operation::get("/api/admin/unattributed-usage", "list_unattributed_usage", Access::Admin)
        .summary("What was used on clusters and could be billed to nobody, by namespace")
        .query::<UnattributedUsageQuery>()
        .responds::<Page<UnattributedUsage>>(200)
}

pub async fn list_unattributed_usage(
    caller: Admin,
    State(app): State<App>,
    Query(mut query): Query<UnattributedUsageQuery>,
) -> Result<Json<Page<UnattributedUsage>>> {
    let window = PageQuery::new(query.limit.take(), query.cursor.take()).ordered_by()?;
    let input = Input { filters: &query, window };
    let found: PageFromSql<_> = app.db.call("list_unattributed_usage", &caller.with(input)).await?;
    Ok(Json(found.into()))
}
