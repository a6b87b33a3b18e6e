//! Some hours of one cluster, one after the other.

use std::time::Duration;

use shared::{App, Error, Result, scheduled::Run};
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    claim::{Answer, Cluster, Read, Settled},
    opencost::{Client, Failure},
};

/// Then no further hour is begun: the lease is longer than this and one more hour.
const WORK_FOR: Duration = Duration::from_secs(240);

pub struct Piece {
    function: &'static str,
    app: App,
    lease: Uuid,
    cluster: Cluster,
}

#[derive(Default)]
pub struct Done {
    pub read: u64,
    pub missing: u64,
}

impl Piece {
    pub fn new(job: &Run, lease: Uuid, cluster: Cluster) -> Self {
        Self { function: job.function, app: job.app.clone(), lease, cluster }
    }

    /// What cannot be settled is left to the next lease.
    pub async fn work(self) -> Done {
        let mut done = Done::default();
        if let Err(error) = self.read(&mut done).await {
            let (code, reason) = (error.code(), error.reason());
            tracing::warn!(function = self.function, cluster_id = %self.cluster.id, code, reason, "not settled");
        }
        done
    }

    async fn read(&self, done: &mut Done) -> Result<()> {
        let ends = Instant::now() + WORK_FOR;
        let client = match self.cluster.unsealed(&self.app).await? {
            Ok(server) => Client::new(&server),
            Err(reason) => Err(Failure::of_server("token_unreadable", &format!("the stored token: {reason}"))),
        };
        for (at, hour) in self.cluster.hours.iter().enumerate() {
            let read = match &client {
                Ok(client) => client.hour(*hour).await,
                Err(failure) => Err(failure.clone()),
            };
            let is_last = at + 1 == self.cluster.hours.len() || Instant::now() >= ends;
            let failed = read.as_ref().is_err_and(|failure| failure.is_of_server);
            let read = read.map_or_else(Read::Failure, Read::Namespaces);
            let detail = if let Read::Failure(failure) = &read { failure.detail.clone() } else { String::new() };
            let settled = Settled { cluster_id: self.cluster.id, lease: self.lease, hour: *hour, is_last, read };
            let Answer { is_ours, code } = match settled.settle(&self.app).await {
                // What the database does not take holds up no other hour.
                Err(Error::Bug(reason)) => {
                    tracing::error!(function = self.function, cluster_id = %self.cluster.id, %hour, reason, "not settled");
                    let read = Read::Failure(Failure::of_hour("not_settled", "the database did not take it"));
                    Settled { read, ..settled }.settle(&self.app).await?
                }
                settled => settled?,
            };
            match code {
                None if is_ours => done.read += 1,
                None => return Ok(()),
                Some(code) => {
                    done.missing += 1;
                    tracing::warn!(
                        function = self.function, cluster_id = %self.cluster.id, %hour, code, reason = detail, "an hour is missing"
                    );
                }
            }
            if is_last || failed {
                break;
            }
        }
        Ok(())
    }
}
