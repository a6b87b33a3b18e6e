//! `GET /api/admin/users`: users, newest first; as JSON or CSV.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Error, Result,
    auth::caller::Admin,
    domain::{
        metadata::Metadata,
        user::{EmailAddress, UserId},
    },
    http::{
        body::{self, Json},
        csv::{Csv, Format},
        page::{After, Limit, Page, PageFromSql, PageQuery, Window},
        params::Query,
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

use crate::{
    managed_user::{ManagedUser, UserStatus},
    user_row::UserRow,
};

const PATH: &str = "/api/admin/users";

/// Which users: those whom every filter lets through.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UsersQuery {
    status: Option<UserStatus>,
    /// Users who have or had this address; upper and lower case are the same.
    email: Option<EmailAddress>,
    /// The members of this owner's team.
    account_owner_id: Option<UserId>,
    /// Those who sit on this Hopsworks cluster.
    cluster_id: Option<Uuid>,
    metadata: Option<Contained>,
    #[serde(skip_serializing)]
    limit: Option<Limit>,
    /// The `next_cursor` of the page before.
    #[serde(skip_serializing)]
    cursor: Option<String>,
}

/// A JSON object that must be contained in the metadata, such as `{"tags":["beta"]}`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("contentMediaType" = "application/json"))]
pub struct Contained(Metadata);

impl TryFrom<String> for Contained {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let metadata = body::parse(text.as_bytes());
        metadata
            .map(Self)
            .map_err(|_| "must be a JSON object such as {\"tags\":[\"beta\"]}, of at most 16 KiB and 16 levels")
    }
}

#[derive(Serialize)]
struct Input<'a> {
    #[serde(flatten)]
    filters: &'a UsersQuery,
    #[serde(flatten)]
    window: Window<After<UserId>>,
    as_rows: bool,
}

pub fn operation() -> Operation {
    Operation::get(PATH, "list_users", Access::Admin)
        .summary("Users with their seats, instances, teams and credits, newest first")
        .query::<UsersQuery>()
        .responds::<Page<ManagedUser>>(200)
        .or_csv()
}

pub async fn list_users(
    caller: Admin,
    State(app): State<App>,
    Query(mut query): Query<UsersQuery>,
    format: Format,
) -> Result<Response> {
    let page = PageQuery::new(query.limit.take(), query.cursor.take());
    if format == Format::Json {
        let input = Input { filters: &query, window: page.among()?, as_rows: false };
        let found: PageFromSql<ManagedUser> = app.db.call("list_users", &caller.with(input)).await?;
        return Ok(Json(Page::from(found)).into_response());
    }
    let input = Input { filters: &query, window: page.rows_ordered_by()?, as_rows: true };
    let found: PageFromSql<UserRow> = app.db.call("list_users", &caller.with(input)).await?;
    let page = Page::from(found);
    let next = page.next_cursor.map(|cursor| query.continued_at(&cursor)).transpose()?;
    Ok(Csv::of("users.csv", &page.items)?.continued_at(next).into_response())
}

impl UsersQuery {
    /// The address of the next page with the same filters.
    fn continued_at(&self, cursor: &str) -> Result<String> {
        #[derive(Serialize)]
        struct Next<'a> {
            status: Option<UserStatus>,
            email: &'a Option<EmailAddress>,
            account_owner_id: &'a Option<UserId>,
            cluster_id: Option<Uuid>,
            metadata: Option<String>,
            cursor: &'a str,
        }
        let bug = |error: &dyn std::error::Error| Error::Bug(error.to_string());
        let metadata = self.metadata.as_ref().map(serde_json::to_string).transpose().map_err(|error| bug(&error))?;
        let Self { status, email, account_owner_id, cluster_id, .. } = self;
        let next = Next { status: *status, email, account_owner_id, cluster_id: *cluster_id, metadata, cursor };
        let query = serde_urlencoded::to_string(next).map_err(|error| bug(&error))?;
        Ok(format!("{PATH}?{query}"))
    }
}
