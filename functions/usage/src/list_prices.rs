//! `GET /api/rates`: what usage costs, by the day from which it does, latest first; for everybody who pays for it.

use axum::extract::State;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::SignedInOrSuspendedOwner,
    domain::{
        money::Quantity,
        time::{AnsweredTime, StoredDay},
    },
    http::{
        body::Json,
        page::{Page, PageFromSql, PageQuery},
        params::Query,
        routes::{Access, Operation},
    },
};

/// The last rate of the page before.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AfterRate {
    effective_on: StoredDay,
}

/// Prices in US dollars; they apply from their day until the next rate's. Who set them is for administrators.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PublishedRate {
    effective_on: NaiveDate,
    cpu_hour_usd: Quantity,
    gpu_hour_usd: Quantity,
    /// For a gigabyte (10^9 bytes) during 720 hours.
    storage_gb_month_usd: Quantity,
    /// When it was announced, or last corrected.
    created_at: AnsweredTime,
}

pub fn operation() -> Operation {
    Operation::get("/api/rates", "list_prices", Access::UserOrSuspendedOwner)
        .summary("What usage costs, and from which day; latest first, with prices that have been announced")
        .query::<PageQuery>()
        .responds::<Page<PublishedRate>>(200)
}

pub async fn list_prices(
    caller: SignedInOrSuspendedOwner,
    State(app): State<App>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<PublishedRate>>> {
    let window = query.ordered_by::<AfterRate>()?;
    let found: PageFromSql<_> = app.db.call("list_prices", &caller.with(window)).await?;
    Ok(Json(found.into()))
}
