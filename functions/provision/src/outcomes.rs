//! What became of the work: counted, logged, and kept until it is written.

use serde::Serialize;
use shared::{App, Result};
use uuid::Uuid;

use crate::{
    account::Outcome,
    hopsworks::Failure,
    leases::{ClusterState, Settled, Unsettled},
    projects::Listed,
    sweep::Swept,
};

/// What was done beside other things.
pub enum Finished {
    Account(Settled),
    /// All users of a cluster were looked at, or it failed.
    Sweep(Uuid, Result<Swept>),
    /// The projects of a cluster were listed, or not.
    Projects(Uuid, Result<Listed>),
}

/// What a run did.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub done: u64,
    pub tried_in_vain: u64,
    pub stuck: u64,
    /// Not tried, because their cluster failed.
    pub released: u64,
    /// Clusters all of whose users were looked at.
    pub swept: u64,
    /// Clusters whose projects were listed.
    pub listed: u64,
}

pub struct Outcomes {
    function: &'static str,
    unsettled: Unsettled,
    pub report: Report,
}

impl Outcomes {
    pub fn new(function: &'static str) -> Self {
        Self { function, unsettled: Unsettled::default(), report: Report::default() }
    }

    pub fn note(&mut self, finished: Finished) {
        match finished {
            Finished::Account(settled) => self.note_account(settled),
            Finished::Sweep(cluster_id, swept) => self.note_sweep(cluster_id, swept),
            Finished::Projects(cluster_id, listed) => self.note_projects(cluster_id, listed),
        }
    }

    fn note_account(&mut self, settled: Settled) {
        let Settled { user_id, cluster_id, outcome, .. } = &settled;
        let (count, code, detail) = match outcome {
            Outcome::Done(_) => (&mut self.report.done, None, None),
            Outcome::Later { code, detail, .. } => (&mut self.report.tried_in_vain, Some(*code), Some(detail)),
            Outcome::Stuck { code, detail } => (&mut self.report.stuck, Some(&**code), Some(detail)),
            Outcome::Cluster { code, detail } => (&mut self.report.released, Some(*code), Some(detail)),
        };
        *count += 1;
        if let Some(code) = code {
            tracing::warn!(function = self.function, user_id, %cluster_id, code, reason = detail, "not as it should be");
        }
        let failed = matches!(outcome, Outcome::Cluster { .. });
        // Who answers neither in time nor to the end has not answered.
        if failed || !code.is_some_and(|code| ["time_out", "cut_off"].contains(&code)) {
            let failure = code.zip(detail).filter(|_| failed);
            self.unsettled.note(ClusterState::new(*cluster_id, failure.map(|(code, detail)| (code, &**detail))));
        }
        self.unsettled.accounts.push(settled);
    }

    fn note_sweep(&mut self, cluster_id: Uuid, swept: Result<Swept>) {
        let (code, reason) = match &swept {
            Ok(Swept::Done) => {
                self.report.swept += 1;
                return self.unsettled.note(ClusterState::new(cluster_id, None));
            }
            Ok(Swept::LostLease) => return,
            Ok(Swept::Failed(failure)) => {
                if let Failure::Cluster { code, detail } = failure {
                    self.unsettled.note(ClusterState::new(cluster_id, Some((code, detail))));
                }
                failure.words()
            }
            Err(error) => (error.code(), error.reason()),
        };
        tracing::warn!(function = self.function, %cluster_id, code, reason, "the users of a cluster were not looked at");
    }

    /// A failure says nothing of the accounts: the key may be good for users and not for projects.
    fn note_projects(&mut self, cluster_id: Uuid, listed: Result<Listed>) {
        let (code, reason) = match &listed {
            Ok(Listed::Done) => {
                self.report.listed += 1;
                return;
            }
            Ok(Listed::LostLease) => return,
            Ok(Listed::Refused) => ("implausible_projects", "too many would end"),
            Ok(Listed::Failed(failure)) => failure.words(),
            Err(error) => (error.code(), error.reason()),
        };
        tracing::warn!(function = self.function, %cluster_id, code, reason, "the projects of a cluster are not known");
    }

    pub async fn write(&mut self, app: &App) -> Result<()> {
        if self.unsettled.is_empty() { Ok(()) } else { self.unsettled.settle(app).await }
    }
}
