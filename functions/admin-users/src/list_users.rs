//! `GET /api/admin/users`: users, newest first; as JSON or CSV.

use axum::{
    extract::State,
    http::Uri,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::Admin,
    domain::{
        metadata::Metadata,
        user::{EmailAddress, UserId},
    },
    http::{
        accept::Format,
        body::{self, Json},
        csv::Csv,
        page::{After, Limit, Page, PageFromSql, PageQuery, Window},
        params::Query,
        passed_page::PassedPage,
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

use crate::{
    managed_user::{ManagedUser, UserStatus},
    user_row::UserRow,
};

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
    Operation::get("/api/admin/users", "list_users", Access::Admin)
        .summary("Users with their seats, instances, teams and credits, newest first")
        .query::<UsersQuery>()
        .responds::<Page<ManagedUser>>(200)
        .or_csv()
}

pub async fn list_users(
    caller: Admin,
    State(app): State<App>,
    asked: Uri,
    Query(mut query): Query<UsersQuery>,
    format: Format,
) -> Result<Response> {
    let page = PageQuery::new(query.limit.take(), query.cursor.take());
    if format == Format::Json {
        let input = Input { filters: &query, window: page.among()?, as_rows: false };
        let found: PassedPage<ManagedUser> = app.db.call("list_users", &caller.with(input)).await?;
        return Ok(Json(found).into_response());
    }
    let input = Input { filters: &query, window: page.rows_ordered_by()?, as_rows: true };
    let found: PageFromSql<UserRow> = app.db.call("list_users", &caller.with(input)).await?;
    let page = Page::from(found);
    Ok(Csv::of("users.csv", &page.items)?.continued_at(&asked, page.next_cursor).into_response())
}
