//! `GET /api/credits/transactions`: an account's ledger, newest first; as JSON or CSV.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Error, Result,
    auth::caller::SignedIn,
    domain::user::UserId,
    error::Kind,
    http::{
        body::Json,
        csv::{Csv, Format},
        page::{Limit, Page, PageFromSql, PageQuery, Window},
        params::Query,
        routes::{Access, Operation},
    },
};

use crate::entry::{Entry, EntryRow};

const PATH: &str = "/api/credits/transactions";

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
    Operation::get(PATH, "list_transactions", Access::User)
        .summary("An account's ledger, newest first; for its owner, or an administrator")
        .query::<TransactionsQuery>()
        .responds::<Page<Entry>>(200)
        .or_csv()
        .errors(Kind::Forbidden, &["billing_owner_only"])
        .errors(Kind::NotFound, &["user_unknown"])
}

pub async fn list_transactions(
    caller: SignedIn,
    State(app): State<App>,
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
    let next = page.next_cursor.map(|cursor| next_page(&query.user_id, &cursor)).transpose()?;
    Ok(Csv::of("transactions.csv", &page.items)?.continued_at(next).into_response())
}

fn next_page(user_id: &Option<UserId>, cursor: &str) -> Result<String> {
    #[derive(Serialize)]
    struct Next<'a> {
        user_id: &'a Option<UserId>,
        cursor: &'a str,
    }
    let query = serde_urlencoded::to_string(Next { user_id, cursor }).map_err(|error| Error::Bug(error.to_string()))?;
    Ok(format!("{PATH}?{query}"))
}
