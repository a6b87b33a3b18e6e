//! `GET /api/admin/hopsworks-accounts`: accounts on Hopsworks clusters; as JSON or CSV.

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
    domain::user::UserId,
    http::{
        accept::Format,
        body::Json,
        csv::Csv,
        page::{Limit, Page, PageFromSql, PageQuery, Window},
        params::Query,
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

use crate::hopsworks_account::{AccountState, HopsworksAccountRow, ManagedHopsworksAccount};

/// Which accounts: those that every filter lets through.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HopsworksAccountsQuery {
    state: Option<AccountState>,
    /// Those on this cluster.
    cluster_id: Option<Uuid>,
    /// Those of this user.
    user_id: Option<UserId>,
    #[serde(skip_serializing)]
    limit: Option<Limit>,
    /// The `next_cursor` of the page before.
    #[serde(skip_serializing)]
    cursor: Option<String>,
}

/// The last account of a page.
#[derive(Debug, Serialize, Deserialize)]
struct AfterAccount {
    user_id: UserId,
    cluster_id: Uuid,
}

#[derive(Serialize)]
struct Input<'a> {
    #[serde(flatten)]
    filters: &'a HopsworksAccountsQuery,
    #[serde(flatten)]
    window: Window<AfterAccount>,
}

pub fn operation() -> Operation {
    Operation::get("/api/admin/hopsworks-accounts", "list_hopsworks_accounts", Access::Admin)
        .summary("Accounts on Hopsworks clusters: what they should be, and how far they are")
        .query::<HopsworksAccountsQuery>()
        .responds::<Page<ManagedHopsworksAccount>>(200)
        .or_csv()
}

pub async fn list_hopsworks_accounts(
    caller: Admin,
    State(app): State<App>,
    asked: Uri,
    Query(mut query): Query<HopsworksAccountsQuery>,
    format: Format,
) -> Result<Response> {
    let page = PageQuery::new(query.limit.take(), query.cursor.take());
    if format == Format::Json {
        let input = Input { filters: &query, window: page.ordered_by()? };
        let found: PageFromSql<ManagedHopsworksAccount> =
            app.db.call("list_hopsworks_accounts", &caller.with(input)).await?;
        return Ok(Json(Page::from(found)).into_response());
    }
    let input = Input { filters: &query, window: page.rows_ordered_by()? };
    let found: PageFromSql<HopsworksAccountRow> = app.db.call("list_hopsworks_accounts", &caller.with(input)).await?;
    let page = Page::from(found);
    Ok(Csv::of("hopsworks-accounts.csv", &page.items)?.continued_at(&asked, page.next_cursor).into_response())
}
