//! `GET /api/usage`: what was used day by day; with `scope=account`, by member; with `group_by` by project, too; as JSON or
//! CSV.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{Days, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use shared::{
    App, Error, Result,
    auth::caller::SignedInOrSuspendedOwner,
    domain::{money::Quantity, user::UserId},
    error::Kind,
    http::{
        accept::Format,
        body::Json,
        csv::{Csv, Text},
        page::Items,
        params::Query,
        routes::{Access, Operation},
    },
};

use crate::{
    day::Day,
    usage_groups::{GroupBy, GroupRow, GroupUsage},
    used::Used,
};

/// How many days a question may cover.
const MOST_DAYS: i64 = 366;
/// With `group_by`: a year, and a month of the one before to compare with.
const MOST_GROUPED_DAYS: i64 = 400;
/// How many days it covers if it does not say from when: these and its last one.
const USUAL_DAYS_BEFORE: Days = Days::new(29);

/// Whose usage, and of which days.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UsageQuery {
    /// An administrator may ask for any user; everyone else gets their own.
    user_id: Option<UserId>,
    scope: Scope,
    /// The first day (UTC); without it 30 days are answered. At most 366 days; with `group_by` 400.
    start: Option<Day>,
    /// The last day (UTC); today, if it is not given.
    end: Option<Day>,
    /// Answers `groups`, and no `days` or `members`.
    group_by: Option<GroupBy>,
}

/// `own`: what the user used. `account`: what the account pays for, by member; for its owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    #[default]
    Own,
    Account,
}

#[derive(Serialize)]
struct Input {
    user_id: Option<UserId>,
    scope: Scope,
    start: NaiveDate,
    end: NaiveDate,
    group_by: Option<GroupBy>,
    as_rows: bool,
}

/// What was used, latest day first.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    user_id: String,
    scope: Scope,
    start: NaiveDate,
    end: NaiveDate,
    /// Empty with `group_by`.
    days: Vec<DayUsage>,
    /// With `scope=account`: who used it, also those who have left since.
    members: Option<Vec<MemberUsage>>,
    /// With `group_by`. Their costs are rounded so that they add up to that of `totals`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<GroupUsage>>,
    totals: Used,
}

/// The sums of a day.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct DayUsage {
    date: NaiveDate,
    #[serde(flatten)]
    used: Used,
}

/// The sums of a member.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct MemberUsage {
    user_id: String,
    name: Option<String>,
    email: Option<String>,
    #[serde(flatten)]
    used: Used,
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct RowsFromSql<T> {
    rows: Items<T>,
}

/// What a user used on a day, as a line of a table; the fields are the columns.
#[derive(Default, Deserialize, Serialize)]
struct UsageRow {
    date: NaiveDate,
    user_id: Text,
    name: Option<Text>,
    email: Option<Text>,
    cpu_hours: Quantity,
    gpu_hours: Quantity,
    storage_gb_months: Quantity,
    cost_usd: Option<Quantity>,
}

pub fn operation() -> Operation {
    Operation::get("/api/usage", "get_usage", Access::UserOrSuspendedOwner)
        .summary("What a user, or an account, used day by day")
        .query::<UsageQuery>()
        .responds::<Usage>(200)
        .or_csv()
        .errors(Kind::Invalid, &["range_too_large"])
        .errors(Kind::Forbidden, &["billing_owner_only"])
        .errors(Kind::NotFound, &["user_unknown"])
}

pub async fn get_usage(
    caller: SignedInOrSuspendedOwner,
    State(app): State<App>,
    Query(query): Query<UsageQuery>,
    format: Format,
) -> Result<Response> {
    let input = query.read(app.clock.now().date_naive(), format)?;
    if format == Format::Json {
        let usage: Usage = app.db.call("get_usage", &caller.with(input)).await?;
        return Ok(Json(usage).into_response());
    }
    if input.group_by.is_some() {
        let found: RowsFromSql<GroupRow> = app.db.call("get_usage", &caller.with(input)).await?;
        return Ok(Csv::of("usage.csv", &found.rows.0)?.into_response());
    }
    let found: RowsFromSql<UsageRow> = app.db.call("get_usage", &caller.with(input)).await?;
    Ok(Csv::of("usage.csv", &found.rows.0)?.into_response())
}

impl UsageQuery {
    fn read(self, today: NaiveDate, format: Format) -> Result<Input> {
        let end = self.end.map_or(today, NaiveDate::from);
        let start = self.start.map_or_else(|| end.checked_sub_days(USUAL_DAYS_BEFORE).unwrap_or(end), NaiveDate::from);
        if start > end {
            return Err(Error::invalid("invalid_query", "start", "must not be later than end"));
        }
        let (most, reason) = match self.group_by {
            None => (MOST_DAYS, "must be at most 365 days before end"),
            Some(_) => (MOST_GROUPED_DAYS, "must be at most 399 days before end"),
        };
        if (end - start).num_days() >= most {
            return Err(Error::invalid("invalid_query", "start", reason));
        }
        let as_rows = format == Format::Csv;
        Ok(Input { user_id: self.user_id, scope: self.scope, start, end, group_by: self.group_by, as_rows })
    }
}
