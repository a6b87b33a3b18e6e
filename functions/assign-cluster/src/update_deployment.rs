//! `PATCH /api/clusters/{id}`: changes a deployment of the caller's.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::SignedIn,
    cipher::Ciphertext,
    domain::line::Line,
    error::Kind,
    http::{
        body::{Json, double_option},
        params::Id,
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

use crate::{
    api_key::Key,
    deployment::{Deployment, DeploymentStatus, api_key_location},
};

/// What is to change; null removes where there may be nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeploymentChanges {
    deployment_type: Option<Line<200>>,
    #[serde(default, deserialize_with = "double_option")]
    zone: Option<Option<Line<200>>>,
    status: Option<DeploymentStatus>,
    #[serde(default, deserialize_with = "double_option")]
    hopsworks_project_id: Option<Option<Line<200>>>,
    #[serde(default, deserialize_with = "double_option")]
    hopsworks_api_key: Option<Option<Key>>,
}

#[derive(Serialize)]
struct Changes {
    deployment_type: Option<Line<200>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<Option<Line<200>>>,
    status: Option<DeploymentStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hopsworks_project_id: Option<Option<Line<200>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hopsworks_api_key: Option<Option<Ciphertext>>,
}

pub fn operation() -> Operation {
    Operation::patch("/api/clusters/{id}", "update_deployment", Access::User)
        .summary("Changes a deployment of the caller's")
        .body::<DeploymentChanges>()
        .responds::<Deployment>(200)
        .errors(Kind::NotFound, &["deployment_unknown"])
}

pub async fn update_deployment(
    caller: SignedIn,
    State(app): State<App>,
    Id(id): Id<Uuid>,
    Json(changes): Json<DeploymentChanges>,
) -> Result<Json<Deployment>> {
    let DeploymentChanges { deployment_type, zone, status, hopsworks_project_id, hopsworks_api_key } = changes;
    let hopsworks_api_key = match hopsworks_api_key {
        Some(key) => Some(Key::encrypt(key, &app, api_key_location(id)).await?),
        None => None,
    };
    let changes = Changes { deployment_type, zone, status, hopsworks_project_id, hopsworks_api_key };
    app.db.call("update_deployment", &caller.with(json!({ "id": id, "changes": changes }))).await.map(Json)
}
