//! `POST /api/admin/hopsworks-clusters/{id}/check`: has all users of a cluster looked at now.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
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

use crate::hopsworks_cluster::HopsworksCluster;

/// How the cluster is to be looked at.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClusterCheck {
    /// What differs is put right however much it is. Without it, nothing is done where more than a tenth differs.
    accept: bool,
}

pub fn operation() -> Operation {
    Operation::post("/api/admin/hopsworks-clusters/{id}/check", "check_hopsworks_cluster", Access::Admin)
        .summary("Has all users of a Hopsworks cluster looked at now; `provisioning` of the cluster tells the result")
        .body::<ClusterCheck>()
        .responds::<HopsworksCluster>(200)
        .errors(Kind::NotFound, &["hopsworks_cluster_unknown"])
        .errors(Kind::Conflict, &["accounts_made_by_hand"])
}

pub async fn check_hopsworks_cluster(
    caller: Admin,
    State(app): State<App>,
    Id(id): Id<Uuid>,
    Json(ClusterCheck { accept }): Json<ClusterCheck>,
) -> Result<Json<HopsworksCluster>> {
    let input = json!({ "id": id, "accept": accept });
    app.db.call("check_hopsworks_cluster", &caller.with(input)).await.map(Json)
}
