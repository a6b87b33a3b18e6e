//! `GET /api/admin/events`: what happened, newest first, and whether the bus has it.

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
use uuid::Uuid;

/// Which events: those whom every filter lets through.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EventsQuery {
    /// Whom or what they are about, such as `user:auth0|ann` or `account:auth0|ann`.
    subject: Option<Line<300>>,
    /// Such as `user.seated`.
    #[serde(rename = "type")]
    kind: Option<Line<255>>,
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

/// The last event of the page before.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AfterEvent {
    number: i64,
}

#[derive(Serialize)]
struct Input<'a> {
    #[serde(flatten)]
    filters: &'a EventsQuery,
    #[serde(flatten)]
    window: Window<AfterEvent>,
}

/// Whether the bus has an event. One that is parked waits for an operator, and the later ones of its subject with it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum EventState {
    Pending,
    Published,
    Parked,
}

/// Something that happened, as docs/events.md says.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// In the order of writing.
    number: i64,
    /// The same as on the bus.
    id: Uuid,
    #[serde(rename = "type")]
    kind: String,
    subject: String,
    /// The place among the events of the subject; null until it is given.
    seq: Option<u64>,
    occurred_at: AnsweredTime,
    #[schemars(with = "Value")]
    data: Box<RawValue>,
    state: EventState,
    published_at: Option<AnsweredTime>,
    /// How often it was sent.
    attempts: u32,
    /// Why the last time was in vain.
    code: Option<String>,
    detail: Option<String>,
}

pub fn operation() -> Operation {
    Operation::get("/api/admin/events", "list_events", Access::Admin)
        .summary("What happened in the last seven days, newest first, and whether the bus has it")
        .query::<EventsQuery>()
        .responds::<Page<Event>>(200)
}

pub async fn list_events(
    caller: Admin,
    State(app): State<App>,
    Query(mut query): Query<EventsQuery>,
) -> Result<Json<Page<Event>>> {
    if query.from.zip(query.to).is_some_and(|(from, to)| from > to) {
        return Err(Error::invalid("invalid_query", "from", "must not be later than to"));
    }
    let window = PageQuery::new(query.limit.take(), query.cursor.take()).ordered_by()?;
    let input = Input { filters: &query, window };
    let found: PageFromSql<Event> = app.db.call("list_events", &caller.with(input)).await?;
    Ok(Json(found.into()))
}
