//! `GET /api/admin/hopsworks-clusters/{id}`: one cluster.

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

use crate::hopsworks_cluster::HopsworksCluster;

pub fn operation() -> Operation {
    Operation::get("/api/admin/hopsworks-clusters/{id}", "get_hopsworks_cluster", Access::Admin)
        .summary("One Hopsworks cluster")
        .responds::<HopsworksCluster>(200)
        .errors(Kind::NotFound, &["hopsworks_cluster_unknown"])
}

pub async fn get_hopsworks_cluster(
    caller: Admin,
    State(app): State<App>,
    Id(id): Id<Uuid>,
) -> Result<Json<HopsworksCluster>> {
    app.db.call("get_hopsworks_cluster", &caller.with(json!({ "id": id }))).await.map(Json)
}
