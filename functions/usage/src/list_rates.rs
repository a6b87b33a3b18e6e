//! `GET /api/admin/rates`: prices by the day from which they apply, latest first.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::Admin,
    domain::time::StoredDay,
    http::{
        body::Json,
        page::{Page, PageFromSql, PageQuery},
        params::Query,
        routes::{Access, Operation},
    },
};

use crate::rate::Rate;

/// The last rate of the page before.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AfterRate {
    effective_on: StoredDay,
}

pub fn operation() -> Operation {
    Operation::get("/api/admin/rates", "list_rates", Access::Admin)
        .summary("What usage costs, and from which day; latest first")
        .query::<PageQuery>()
        .responds::<Page<Rate>>(200)
}

pub async fn list_rates(
    caller: Admin,
    State(app): State<App>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Rate>>> {
    let window = query.ordered_by::<AfterRate>()?;
    let found: PageFromSql<_> = app.db.call("list_rates", &caller.with(window)).await?;
    Ok(Json(found.into()))
}
