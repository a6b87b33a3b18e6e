//! What was used by project, by user or by day, as a bill has it.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{domain::money::Quantity, http::csv::Text};

use crate::used::Used;

/// What makes a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GroupBy {
    #[serde(rename = "project")]
    Project,
    #[serde(rename = "user")]
    User,
    #[serde(rename = "day")]
    Day,
    #[serde(rename = "day,project")]
    DayAndProject,
    #[serde(rename = "user,project")]
    UserAndProject,
}

/// The sums of a group. It names what the groups are made by, and nothing else.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct GroupUsage {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Empty for what no project used, and for what was used before projects were told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    #[serde(flatten)]
    used: Used,
}

/// A group as a line of a table; the fields are the columns. Those that it is not made by are empty.
#[derive(Default, Deserialize, Serialize)]
pub struct GroupRow {
    #[serde(default)]
    date: Option<NaiveDate>,
    #[serde(default)]
    user_id: Option<Text>,
    #[serde(default)]
    name: Option<Text>,
    #[serde(default)]
    email: Option<Text>,
    #[serde(default)]
    project: Option<Text>,
    cpu_hours: Quantity,
    gpu_hours: Quantity,
    storage_gb_months: Quantity,
    cost_usd: Option<Quantity>,
}
