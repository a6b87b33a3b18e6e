//! `POST /api/admin/usage-coverage/{cluster_id}/{hour}/recollect`: has an hour of a cluster read now.

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
    Operation::post("/api/admin/usage-coverage/{cluster_id}/{hour}/recollect", "recollect_hour", Access::Admin)
        .summary("Has an hour of a cluster read now, also one that has been read or was given up")
        .responds::<UsageHour>(200)
        .errors(Kind::NotFound, &["hour_unknown"])
        .errors(Kind::Conflict, &["hour_too_old"])
}

pub async fn recollect_hour(
    caller: Admin,
    State(app): State<App>,
    Ids(cluster_id, hour): Ids<Uuid, Hour>,
) -> Result<Json<UsageHour>> {
    let input = json!({ "cluster_id": cluster_id, "hour": hour });
    app.db.call("recollect_hour", &caller.with(input)).await.map(Json)
}
