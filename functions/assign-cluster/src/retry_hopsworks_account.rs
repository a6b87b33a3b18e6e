//! `POST /api/admin/hopsworks-accounts/{id}/retry`: has an account tried again now.

use axum::extract::State;
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::Admin,
    error::Kind,
    http::{
        body::Json,
        params::Id,
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

use crate::hopsworks_account::ManagedHopsworksAccount;

pub fn operation() -> Operation {
    Operation::post("/api/admin/hopsworks-accounts/{id}/retry", "retry_hopsworks_account", Access::Admin)
        .summary("Has an account on a Hopsworks cluster tried again now")
        .responds::<ManagedHopsworksAccount>(200)
        .errors(Kind::NotFound, &["hopsworks_account_unknown"])
}

pub async fn retry_hopsworks_account(
    caller: Admin,
    State(app): State<App>,
    Id(id): Id<Uuid>,
) -> Result<Json<ManagedHopsworksAccount>> {
    app.db.call("retry_hopsworks_account", &caller.with(json!({ "id": id }))).await.map(Json)
}
