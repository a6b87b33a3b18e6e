//! A user as a line of a table.

use serde::{Deserialize, Serialize};
use shared::{
    domain::money::{Money, Quantity},
    http::csv::{Text, Time},
};

/// What fits into a table: no metadata. The fields are the columns.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct UserRow {
    id: Text,
    email: Option<Text>,
    email_verified: bool,
    name: Option<Text>,
    status: String,
    is_admin: bool,
    account_owner_id: Option<Text>,
    owner_email: Option<Text>,
    team_size: u32,
    cluster_name: Option<Text>,
    assigned_at: Option<Time>,
    waiting_since: Option<Time>,
    instance_name: Option<Text>,
    instance_status: Option<Text>,
    balance: Option<Money>,
    total_purchased: Option<Money>,
    total_used: Option<Money>,
    cpu_hours_used: Option<Quantity>,
    gpu_hours_used: Option<Quantity>,
    storage_gb_months: Option<Quantity>,
    login_count: u32,
    last_login_at: Option<Time>,
    created_at: Time,
    deleted_at: Option<Time>,
}
