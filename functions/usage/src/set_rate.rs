//! `POST /api/admin/rates`: what usage costs from a day on.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::Admin,
    error::Kind,
    http::{
        body::{Created, Json},
        routes::{Access, Operation},
    },
};

use crate::{
    day::Day,
    rate::{Price, Rate},
};

/// Prices from a day on. They can be set again until usage has been charged by them.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRate {
    effective_on: Day,
    cpu_hour_usd: Price,
    gpu_hour_usd: Price,
    /// For a gigabyte (10^9 bytes) during 720 hours.
    storage_gb_month_usd: Price,
}

pub fn operation() -> Operation {
    Operation::post("/api/admin/rates", "set_rate", Access::Admin)
        .summary("Sets the prices from a day that lies ahead, or corrects prices by which nothing has been charged yet; the past is \
             never repriced")
        .body::<NewRate>()
        .responds::<Rate>(201)
        .errors(Kind::Conflict, &["rate_has_begun"])
}

pub async fn set_rate(caller: Admin, State(app): State<App>, Json(new): Json<NewRate>) -> Result<Created<Rate>> {
    app.db.call("set_rate", &caller.with(new)).await.map(Created)
}
