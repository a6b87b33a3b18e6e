//! What is leased from the database, and what is told it afterwards.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{App, Result, auth::caller::Call, cipher::Location};
use uuid::Uuid;

use crate::opencost::{Failure, NamespaceHour, Server};

/// Clusters that nobody else reads from for ten minutes.
#[derive(Deserialize)]
pub struct Claim {
    pub clusters: Vec<Cluster>,
}

/// How a cluster's OpenCost is reached, its token still sealed, and which hours are due.
#[derive(Deserialize)]
pub struct Cluster {
    pub id: Uuid,
    opencost_url: String,
    tls_ca_pem: Option<String>,
    token: Option<String>,
    /// The oldest first.
    pub hours: Vec<DateTime<Utc>>,
}

/// What was read of an hour, or why nothing was.
#[derive(Serialize)]
pub struct Settled {
    pub cluster_id: Uuid,
    pub lease: Uuid,
    pub hour: DateTime<Utc>,
    /// The lease ends with it.
    pub is_last: bool,
    #[serde(flatten)]
    pub read: Read,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Read {
    Namespaces(Vec<NamespaceHour>),
    Failure(Failure),
}

#[derive(Deserialize)]
pub struct Answer {
    /// Nobody else reads from the cluster meanwhile.
    pub is_ours: bool,
    /// Why the hour is not billed.
    pub code: Option<String>,
}

impl Claim {
    /// At most so many clusters. What was leased by a claim that was not answered comes again with the same lease.
    pub async fn take(app: &App, lease: Uuid, room: usize) -> Result<Self> {
        app.db.call("claim_hours", &Call::by_schedule(json!({ "lease": lease, "room": room }))).await
    }
}

impl Cluster {
    /// With its token, which is in memory alone.
    pub async fn unsealed(&self, app: &App) -> Result<Result<Server, &'static str>> {
        let token = match &self.token {
            None => None,
            Some(token) => {
                let secrets = app.secrets.get().await?;
                let place = Location { column: "usage_collection.token", row: self.id };
                match secrets.cipher()?.decrypt(place, token) {
                    Ok(token) => Some(token),
                    Err(reason) => return Ok(Err(reason)),
                }
            }
        };
        Ok(Ok(Server { url: self.opencost_url.clone(), tls_ca_pem: self.tls_ca_pem.clone(), token }))
    }
}

impl Settled {
    /// One transaction: bills the hour, or notes why it is missing.
    pub async fn settle(&self, app: &App) -> Result<Answer> {
        app.db.call("settle_hour", &Call::by_schedule(self)).await
    }
}
