//! An account on a Hopsworks cluster as administrators see it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{domain::time::AnsweredTime, http::csv};
use uuid::Uuid;

/// How far an account is.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    Off,
    Pending,
    Ready,
    Failing,
    Stuck,
}

/// What an account should be, how far it is, and what was seen of it on the cluster.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ManagedHopsworksAccount {
    pub id: Uuid,
    pub user_id: String,
    pub email: Option<String>,
    pub cluster_id: Uuid,
    pub cluster_name: String,
    #[schemars(extend("enum" = ["active", "deactivated"]))]
    pub wanted: String,
    /// How many projects the user may create there.
    pub wanted_projects: Option<u32>,
    pub wanted_since: AnsweredTime,
    pub state: AccountState,
    pub since: AnsweredTime,
    /// What is wrong, of the account or of the cluster as a whole.
    pub code: Option<String>,
    pub detail: Option<String>,
    /// In vain, since the last success or change.
    pub attempts: u32,
    /// `null` for one that is as it should be, or waits for a person.
    pub next_attempt_at: Option<AnsweredTime>,
    /// The number and name of the user on the cluster.
    pub hopsworks_user_id: Option<i64>,
    pub hopsworks_username: Option<String>,
    #[schemars(extend("enum" = ["active", "deactivated", "other", null]))]
    pub seen_status: Option<String>,
    /// Below zero: as many as they like.
    pub seen_projects: Option<i32>,
    pub seen_at: Option<AnsweredTime>,
}

/// The same as a line of a table. The fields are the columns.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct HopsworksAccountRow {
    id: csv::Text,
    user_id: csv::Text,
    email: Option<csv::Text>,
    cluster_id: csv::Text,
    cluster_name: csv::Text,
    wanted: csv::Text,
    wanted_projects: Option<u32>,
    wanted_since: csv::Time,
    state: csv::Text,
    since: csv::Time,
    code: Option<csv::Text>,
    detail: Option<csv::Text>,
    attempts: u32,
    next_attempt_at: Option<csv::Time>,
    hopsworks_user_id: Option<i64>,
    hopsworks_username: Option<csv::Text>,
    seen_status: Option<csv::Text>,
    seen_projects: Option<i32>,
    seen_at: Option<csv::Time>,
}
