//! `GET /api/admin/hopsworks-clusters/{id}`: one cluster.

use axum::extract::State;
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::Admin,
    http::{body::Json, params::Id},
};
use uuid::Uuid;

use crate::hopsworks_cluster::HopsworksCluster;

pub async fn get_hopsworks_cluster(
    caller: Admin,
    State(app): State<App>,
    Id(id): Id<Uuid>,
) -> Result<Json<HopsworksCluster>> {
    app.db.call("app.get_hopsworks_cluster", &caller.with(json!({ "id": id }))).await.map(Json)
}
