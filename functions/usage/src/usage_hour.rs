//! What is known of an hour of a cluster.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::domain::{money::Quantity, time::AnsweredTime};
use uuid::Uuid;

/// How far an hour is. One that is `missing` could not be read, which does not mean that nothing was used.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HourState {
    /// Not tried yet.
    Expected,
    Collected,
    /// Read again, and it was different.
    Revised,
    /// It is tried again.
    Missing,
    /// Too old to be billed.
    GivenUp,
}

/// What was read of an hour of a cluster, or why nothing was.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct UsageHour {
    pub cluster_id: Uuid,
    /// Its beginning.
    pub hour: AnsweredTime,
    pub state: HourState,
    /// When it is read the next time; `null`: no more.
    pub due_at: Option<AnsweredTime>,
    /// In vain, since the last success.
    pub attempts: u32,
    /// Why the last try gave nothing.
    pub code: Option<String>,
    pub detail: Option<String>,
    /// When it was first read.
    pub collected_at: Option<AnsweredTime>,
    /// When it was last found to be different.
    pub revised_at: Option<AnsweredTime>,
    /// How many used anything; `null` until it has been read, as are the sums.
    pub namespaces: Option<u32>,
    pub cpu_hours: Option<Quantity>,
    pub gpu_hours: Option<Quantity>,
    /// Gigabytes (10^9 bytes each), on average over the hour.
    pub storage_gb: Option<Quantity>,
    /// The administrator who said that the answer is true, though it does not look like it; until it has been read.
    pub accepted_by: Option<String>,
    /// Other sources that report of the same user and project for this hour. They may be right.
    pub other_sources: Vec<String>,
}
