//! A source of readings, and the machine that it belongs to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::domain::{line::Line, time::AnsweredTime};

/// The name of a source, as its readings have it.
pub type SourceName = Line<200>;

/// A source of readings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct UsageSource {
    pub source: String,
    /// The `sub` of the one machine whose readings it takes, such as `meter@clients`.
    pub client_id: String,
    pub first_used_at: AnsweredTime,
}
