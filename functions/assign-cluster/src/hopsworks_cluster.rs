//! A Hopsworks cluster as administrators see it and write it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    cipher::Location,
    domain::{line::is_line, metadata::StoredMetadata, time::AnsweredTime, whole::Whole},
};
use uuid::Uuid;

use crate::{collection::Collection, provisioning::Provisioning};

/// A cluster with its seats. Of its key only that there is one, and under which key it is encrypted.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct HopsworksCluster {
    pub id: Uuid,
    pub name: String,
    pub api_url: String,
    pub has_api_key: bool,
    pub encryption_key_id: Option<String>,
    #[schemars(extend("enum" = ["active", "full", "maintenance", "inactive"]))]
    pub status: String,
    pub max_users: u32,
    pub current_users: u32,
    pub free_seats: u32,
    /// Members who wait for a seat beside their owner, who sits here.
    pub waiting_members: u32,
    /// How accounts are made there; `null`: an administrator makes them by hand.
    pub provisioning: Option<Provisioning>,
    /// How usage is read there; `null`: it is not.
    pub collection: Option<Collection>,
    pub metadata: StoredMetadata,
    pub created_at: AnsweredTime,
    pub updated_at: AnsweredTime,
}

/// What an administrator may set. `full` comes and goes by itself.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SettableStatus {
    Active,
    Maintenance,
    Inactive,
}

/// How many seats a cluster has.
pub type MaxUsers = Whole<0, 1_000_000>;

/// The name a cluster is known by, such as `demo.hops.works`: 1 to 253 characters, no spaces.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("minLength" = 1, "maxLength" = 253, "pattern" = r"^[^\s\u0000-\u001f\u007f-\u009f]+$"))]
pub struct ClusterName(String);

impl TryFrom<String> for ClusterName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if !is_line(&text, 253) || text.contains(char::is_whitespace) {
            return Err("must be 1 to 253 characters without spaces");
        }
        Ok(Self(text))
    }
}

/// Where a cluster's key lies.
pub fn api_key_location(row: Uuid) -> Location {
    Location { column: "hopsworks_clusters.api_key", row }
}
