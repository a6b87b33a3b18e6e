//! What is leased from the database, and what is told it afterwards.

use std::{collections::BTreeSet, mem};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use shared::{App, Error, Result, auth::caller::Call, cipher::Location};
use uuid::Uuid;

use crate::{
    account::{Account, Outcome},
    hopsworks::Cluster,
};

/// What a run can take on.
#[derive(Serialize)]
pub struct Room {
    #[serde(rename = "room")]
    pub accounts: usize,
    pub may_sweep: bool,
    pub may_list_projects: bool,
}

/// Accounts that nobody else works on for two minutes.
#[derive(Deserialize)]
pub struct Claim {
    pub accounts: Vec<Leased>,
    /// A cluster all of whose users are to be looked at.
    pub sweep: Option<Uuid>,
    /// A cluster whose projects are to be listed.
    pub projects: Option<Uuid>,
    pub clusters: Vec<StoredCluster>,
}

#[derive(Deserialize)]
pub struct Leased {
    pub cluster_id: Uuid,
    pub revision: i64,
    #[serde(flatten)]
    pub account: Account,
}

/// How a cluster is reached, its key still sealed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct StoredCluster {
    pub id: Uuid,
    api_url: String,
    api_key: String,
    oauth_client_id: String,
    tls_ca_pem: Option<String>,
    raise_only: bool,
}

/// What became of an account.
#[derive(Clone, Serialize)]
pub struct Settled {
    pub user_id: String,
    pub cluster_id: Uuid,
    pub lease: Uuid,
    pub revision: i64,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What is to be settled: accounts, and the clusters that failed or answered.
#[derive(Default, Serialize)]
pub struct Unsettled {
    pub accounts: Vec<Settled>,
    pub clusters: Vec<ClusterState>,
}

#[derive(Serialize)]
pub struct ClusterState {
    id: Uuid,
    /// None: it answered.
    code: Option<String>,
    detail: Option<String>,
}

impl ClusterState {
    /// What it failed with, if it did: a code, and a sentence for operators.
    pub fn new(id: Uuid, failure: Option<(&str, &str)>) -> Self {
        let (code, detail) = failure.unzip();
        Self { id, code: code.map(str::to_owned), detail: detail.map(str::to_owned) }
    }
}

impl Claim {
    /// What is due, as far as there is room for it. What was leased by a claim that was not answered comes again with the
    /// same lease.
    pub async fn take(app: &App, lease: Uuid, room: Room) -> Result<Self> {
        #[derive(Serialize)]
        struct Input {
            lease: Uuid,
            #[serde(flatten)]
            room: Room,
        }
        app.db.call("claim_accounts", &Call::by_schedule(Input { lease, room })).await
    }
}

impl StoredCluster {
    /// With its key, which is in memory alone.
    pub async fn unsealed(&self, app: &App) -> Result<Result<Cluster, &'static str>> {
        let secrets = app.secrets.get().await?;
        let place = Location { column: "hopsworks_clusters.api_key", row: self.id };
        Ok(secrets.cipher()?.decrypt(place, &self.api_key).map(|api_key: SecretString| Cluster {
            api_url: self.api_url.clone(),
            api_key,
            oauth_client_id: self.oauth_client_id.clone(),
            tls_ca_pem: self.tls_ca_pem.clone(),
            raise_only: self.raise_only,
        }))
    }
}

impl Unsettled {
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.clusters.is_empty()
    }

    /// Many accounts of one cluster say the same.
    pub fn note(&mut self, state: ClusterState) {
        let is_known = |known: &ClusterState| known.id == state.id && known.code.is_some() == state.code.is_some();
        if !self.clusters.iter().any(is_known) {
            self.clusters.push(state);
        }
    }

    /// Writes it all. What is about users whom somebody else is deciding about right now stays, to be written later. What
    /// the database does not take holds up nothing else: it is written alone, and left out if that fails too.
    pub async fn settle(&mut self, app: &App) -> Result<()> {
        let reason = match self.write(app).await {
            Err(Error::Bug(reason)) => reason,
            written => return written,
        };
        tracing::error!(reason, "accounts are settled one by one");
        let mut alone = vec![Self { accounts: Vec::new(), clusters: mem::take(&mut self.clusters) }];
        alone.extend(self.accounts.drain(..).map(|account| Self { accounts: vec![account], ..Self::default() }));
        for mut one in alone {
            match one.write(app).await {
                Err(Error::Bug(reason)) => tracing::error!(reason, "not settled, and left to the next lease"),
                written => {
                    self.accounts.append(&mut one.accounts);
                    written?;
                }
            }
        }
        Ok(())
    }

    async fn write(&mut self, app: &App) -> Result<()> {
        #[derive(Deserialize)]
        struct Answer {
            again: BTreeSet<String>,
        }
        let Answer { again } = app.db.call("settle_accounts", &Call::by_schedule(&*self)).await?;
        self.accounts.retain(|settled| again.contains(&settled.user_id));
        self.clusters.clear();
        Ok(())
    }
}
