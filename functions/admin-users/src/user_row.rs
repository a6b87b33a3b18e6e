//! A user as a line of a table.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use shared::{
    domain::money::{Money, Quantity},
    http::csv::{Cell, Row},
};

/// What fits into a table: no metadata.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserRow {
    id: String,
    email: Option<String>,
    email_verified: bool,
    name: Option<String>,
    status: String,
    is_admin: bool,
    account_owner_id: Option<String>,
    owner_email: Option<String>,
    team_size: u32,
    cluster_name: Option<String>,
    assigned_at: Option<DateTime<Utc>>,
    waiting_since: Option<DateTime<Utc>>,
    instance_name: Option<String>,
    instance_status: Option<String>,
    balance: Option<Money>,
    total_purchased: Option<Money>,
    total_used: Option<Money>,
    cpu_hours_used: Option<Quantity>,
    gpu_hours_used: Option<Quantity>,
    storage_gb_months: Option<Quantity>,
    login_count: u32,
    last_login_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

fn time(time: Option<DateTime<Utc>>) -> Cell {
    time.map_or(Cell::Empty, |time| Cell::plain(time.to_rfc3339()))
}

fn money(money: &Option<Money>) -> Cell {
    money.as_ref().map_or(Cell::Empty, |money| Cell::plain(money.0))
}

fn quantity(quantity: &Option<Quantity>) -> Cell {
    quantity.as_ref().map_or(Cell::Empty, |quantity| Cell::plain(quantity.0))
}

impl Row for UserRow {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "email",
        "email_verified",
        "name",
        "status",
        "is_admin",
        "account_owner_id",
        "owner_email",
        "team_size",
        "cluster_name",
        "assigned_at",
        "waiting_since",
        "instance_name",
        "instance_status",
        "balance",
        "total_purchased",
        "total_used",
        "cpu_hours_used",
        "gpu_hours_used",
        "storage_gb_months",
        "login_count",
        "last_login_at",
        "created_at",
        "deleted_at",
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Text(self.id.clone()),
            Cell::text(&self.email),
            Cell::plain(self.email_verified),
            Cell::text(&self.name),
            Cell::plain(&self.status),
            Cell::plain(self.is_admin),
            Cell::text(&self.account_owner_id),
            Cell::text(&self.owner_email),
            Cell::plain(self.team_size),
            Cell::text(&self.cluster_name),
            time(self.assigned_at),
            time(self.waiting_since),
            Cell::text(&self.instance_name),
            Cell::text(&self.instance_status),
            money(&self.balance),
            money(&self.total_purchased),
            money(&self.total_used),
            quantity(&self.cpu_hours_used),
            quantity(&self.gpu_hours_used),
            quantity(&self.storage_gb_months),
            Cell::plain(self.login_count),
            time(self.last_login_at),
            time(Some(self.created_at)),
            time(self.deleted_at),
        ]
    }
}
