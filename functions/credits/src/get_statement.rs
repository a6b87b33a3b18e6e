//! `GET /api/credits/statements/{month}`: what moved an account's credits in a month, as a bill has it; as JSON or CSV.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Error, Result,
    auth::caller::SignedInOrSuspendedOwner,
    domain::{month::Month, user::UserId},
    error::Kind,
    http::{
        accept::Format,
        body::Json,
        csv::Csv,
        params::{Id, Query},
        routes::{Access, Operation},
    },
};

use crate::statement::{RowsFromSql, Statement};

/// Whose statement.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StatementQuery {
    /// An administrator may ask for any user; everyone else gets their own.
    user_id: Option<UserId>,
}

#[derive(Serialize)]
struct Input {
    user_id: Option<UserId>,
    first_day: NaiveDate,
    as_rows: bool,
}

pub fn operation() -> Operation {
    Operation::get("/api/credits/statements/{month}", "get_statement", Access::UserOrSuspendedOwner)
        .summary(
            "What moved an account's credits in a month, and what usage it is for; for its owner, or an administrator",
        )
        .query::<StatementQuery>()
        .responds::<Statement>(200)
        .or_csv()
        .errors(Kind::Invalid, &["statement_too_large"])
        .errors(Kind::Forbidden, &["billing_owner_only"])
        .errors(Kind::NotFound, &["user_unknown"])
}

pub async fn get_statement(
    caller: SignedInOrSuspendedOwner,
    State(app): State<App>,
    Id(month): Id<Month>,
    Query(query): Query<StatementQuery>,
    format: Format,
) -> Result<Response> {
    let first_day = month.first_day();
    if first_day > app.clock.now().date_naive() {
        return Err(Error::invalid("invalid_path", "month", "must not lie ahead"));
    }
    let input = Input { user_id: query.user_id, first_day, as_rows: format == Format::Csv };
    if format == Format::Json {
        let statement: Statement = app.db.call("get_statement", &caller.with(input)).await?;
        return Ok(Json(statement).into_response());
    }
    let found: RowsFromSql = app.db.call("get_statement", &caller.with(input)).await?;
    Ok(Csv::of("statement.csv", &found.rows.0)?.into_response())
}
