//! `GET /api/credits/transactions`: an account's ledger, newest first; as JSON or CSV.

use axum::{
    extract::State,
    http::Uri,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::SignedInOrSuspendedOwner,
    domain::user::UserId,
    error::Kind,
    http::{
        accept::Format,
        body::Json,
        csv::Csv,
        page::{Limit, Page, PageFromSql, PageQuery, Window},
        params::Query,
        routes::{Access, Operation},
    },
};

use crate::entry::{Entry, EntryRow};

/// Whose ledger, and which page of it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TransactionsQuery {
    /// An administrator may ask for any user; everyone else gets their own.
    user_id: Option<UserId>,
    limit: Option<Limit>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The last entry of the page before.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AfterEntry {
    seq: u32,
}

#[derive(Serialize)]
struct Input<'a> {
    user_id: &'a Option<UserId>,
    #[serde(flatten)]
    window: Window<AfterEntry>,
}

pub fn operation() -> Operation {
    Operation::get("/api/credits/transactions", "list_transactions", Access::UserOrSuspendedOwner)
        .summary("An account's ledger, newest first; for its owner, or an administrator")
        .query::<TransactionsQuery>()
        .responds::<Page<Entry>>(200)
        .or_csv()
        .errors(Kind::Forbidden, &["billing_owner_only"])
        .errors(Kind::NotFound, &["user_unknown"])
}

pub async fn list_transactions(
    caller: SignedInOrSuspendedOwner,
    State(app): State<App>,
    asked: Uri,
    Query(query): Query<TransactionsQuery>,
    format: Format,
) -> Result<Response> {
    let page = PageQuery::new(query.limit, query.cursor);
    let window = if format == Format::Csv { page.rows_ordered_by() } else { page.ordered_by() }?;
    let input = Input { user_id: &query.user_id, window };
    if format == Format::Json {
        let found: PageFromSql<Entry> = app.db.call("list_transactions", &caller.with(input)).await?;
        return Ok(Json(Page::from(found)).into_response());
    }
    let found: PageFromSql<EntryRow> = app.db.call("list_transactions", &caller.with(input)).await?;
    let page = Page::from(found);
    Ok(Csv::of("transactions.csv", &page.items)?.continued_at(&asked, page.next_cursor).into_response())
}
