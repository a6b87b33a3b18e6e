//! `GET /api/admin/audit-log`: who changed what, newest first.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use shared::{
    App, Error, Result,
    auth::caller::Admin,
    domain::{
        line::Line,
        time::{AnsweredTime, Time},
    },
    http::{
        body::Json,
        page::{Limit, Page, PageFromSql, PageQuery, Window},
        params::Query,
        routes::{Access, Operation},
    },
};

/// Which entries: those whom every filter lets through.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AuditLogQuery {
    /// Who did it: a user's id, or `operator`.
    actor: Option<Line<255>>,
    /// To whom or what: a user's id, a cluster's, the day of a price.
    target: Option<Line<255>>,
    /// Such as `users.update`.
    action: Option<Line<255>>,
    /// From this time on.
    from: Option<Time>,
    /// Before this time.
    to: Option<Time>,
    #[serde(skip_serializing)]
    limit: Option<Limit>,
    /// The `next_cursor` of the page before.
    #[serde(skip_serializing)]
    cursor: Option<String>,
}

/// The last entry of the page before.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AfterEntry {
    id: i64,
}

#[derive(Serialize)]
struct Input<'a> {
    #[serde(flatten)]
    filters: &'a AuditLogQuery,
    #[serde(flatten)]
    window: Window<AfterEntry>,
}

/// One change.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct AuditEntry {
    id: i64,
    actor: String,
    action: String,
    target: String,
    /// What it was, of what the action can change; null for what was new, and for what has been erased.
    #[schemars(with = "Option<Value>")]
    before: Option<Box<RawValue>>,
    /// What it became.
    #[schemars(with = "Option<Value>")]
    after: Option<Box<RawValue>>,
    /// What it was and became was about a person who has been erased, and so was it.
    erased: bool,
    /// The request that did it, as in `x-request-id`; null for an operator's command.
    request_id: Option<String>,
    created_at: AnsweredTime,
}

pub fn operation() -> Operation {
    Operation::get("/api/admin/audit-log", "list_audit_log", Access::Admin)
        .summary("What administrators and operators changed and which purchases machines recorded, newest first")
        .query::<AuditLogQuery>()
        .responds::<Page<AuditEntry>>(200)
}

pub async fn list_audit_log(
    caller: Admin,
    State(app): State<App>,
    Query(mut query): Query<AuditLogQuery>,
) -> Result<Json<Page<AuditEntry>>> {
    if query.from.zip(query.to).is_some_and(|(from, to)| from > to) {
        return Err(Error::invalid("invalid_query", "from", "must not be later than to"));
    }
    let window = PageQuery::new(query.limit.take(), query.cursor.take()).ordered_by()?;
    let input = Input { filters: &query, window };
    let found: PageFromSql<AuditEntry> = app.db.call("list_audit_log", &caller.with(input)).await?;
    Ok(Json(found.into()))
}
