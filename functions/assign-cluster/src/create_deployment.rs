//! `POST /api/clusters`: adds a deployment of the caller's.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::SignedIn,
    cipher::Ciphertext,
    domain::line::Line,
    error::Kind,
    http::{
        body::{Created, Json},
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

use crate::{
    api_key::Key,
    deployment::{Deployment, DeploymentStatus, api_key_location},
};

/// A deployment to be added. It is `provisioning` unless it says otherwise.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeployment {
    deployment_type: Line<200>,
    zone: Option<Line<200>>,
    status: Option<DeploymentStatus>,
    hopsworks_project_id: Option<Line<200>>,
    hopsworks_api_key: Option<Key>,
}

#[derive(Serialize)]
struct Input {
    id: Uuid,
    deployment_type: Line<200>,
    zone: Option<Line<200>>,
    status: Option<DeploymentStatus>,
    hopsworks_project_id: Option<Line<200>>,
    hopsworks_api_key: Option<Ciphertext>,
}

pub fn operation() -> Operation {
    Operation::post("/api/clusters", "create_deployment", Access::User)
        .summary("Adds a deployment of the caller's: a hundred at a time, and two hundred in a day")
        .body::<NewDeployment>()
        .responds::<Deployment>(201)
        .errors(Kind::Conflict, &["deployment_limit"])
}

pub async fn create_deployment(
    caller: SignedIn,
    State(app): State<App>,
    Json(new): Json<NewDeployment>,
) -> Result<Created<Deployment>> {
    let NewDeployment { deployment_type, zone, status, hopsworks_project_id, hopsworks_api_key } = new;
    let id = Uuid::new_v4();
    let hopsworks_api_key = Key::encrypt(hopsworks_api_key, &app, api_key_location(id)).await?;
    let input = Input { id, deployment_type, zone, status, hopsworks_project_id, hopsworks_api_key };
    app.db.call("create_deployment", &caller.with(input)).await.map(Created)
}
