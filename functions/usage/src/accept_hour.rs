//! `POST /api/admin/usage-coverage/{cluster_id}/{hour}/accept`: an answer that does not look true is.

use axum::extract::State;
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::Admin,
    domain::time::Hour,
    error::Kind,
    http::{
        body::Json,
        params::Ids,
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

use crate::usage_hour::UsageHour;

pub fn operation() -> Operation {
    Operation::post("/api/admin/usage-coverage/{cluster_id}/{hour}/accept", "accept_hour", Access::Admin)
        .summary("Says that what a cluster answers of an hour is true, though it does not look like it; it is read now")
        .responds::<UsageHour>(200)
        .errors(Kind::NotFound, &["hour_unknown"])
        .errors(Kind::Conflict, &["nothing_to_accept"])
}

pub async fn accept_hour(
    caller: Admin,
    State(app): State<App>,
    Ids(cluster_id, hour): Ids<Uuid, Hour>,
) -> Result<Json<UsageHour>> {
    let input = json!({ "cluster_id": cluster_id, "hour": hour });
    app.db.call("accept_hour", &caller.with(input)).await.map(Json)
}
