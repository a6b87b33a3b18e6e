//! A deployment as its user sees it and writes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{cipher::Location, domain::time::AnsweredTime};
use uuid::Uuid;

/// A deployment. Of its key only that there is one.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Deployment {
    pub id: Uuid,
    pub deployment_type: String,
    pub zone: Option<String>,
    #[schemars(extend("enum" = ["provisioning", "active", "stopped", "failed"]))]
    pub status: String,
    pub hopsworks_project_id: Option<String>,
    pub has_hopsworks_api_key: bool,
    pub created_at: AnsweredTime,
    pub updated_at: AnsweredTime,
}

/// Where a deployment is in its life. It ends by `DELETE`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentStatus {
    Provisioning,
    Active,
    Stopped,
    Failed,
}

/// Where a deployment's key lies.
pub fn api_key_location(row: Uuid) -> Location {
    Location { column: "clusters.hopsworks_api_key", row }
}
