//! `POST /api/admin/rates`: what usage costs from a day on.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::Admin,
    http::body::{Created, Json},
};

use crate::{
    day::Day,
    rate::{Price, Rate},
};

/// Prices from a day on. A day that lies ahead can be set again.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRate {
    effective_on: Day,
    cpu_hour_usd: Price,
    gpu_hour_usd: Price,
    storage_gb_month_usd: Price,
}

pub async fn set_rate(caller: Admin, State(app): State<App>, Json(new): Json<NewRate>) -> Result<Created<Rate>> {
    app.db.call("app.set_rate", &caller.with(new)).await.map(Created)
}
