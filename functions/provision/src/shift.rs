//! One run's work: leases, and many accounts at a time.

use std::{
    collections::{BTreeMap, HashMap},
    mem,
    sync::Arc,
    time::Duration,
};

use shared::{App, Result, scheduled::Run};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tracing::instrument::WithSubscriber;
use uuid::Uuid;

use crate::{
    account,
    hopsworks::{Client, Failure, Limits},
    leases::{Claim, Leased, ROOM, Settled, StoredCluster},
    outcomes::{Finished, Outcomes},
    sweep,
};

/// Between two looks at what is due while there is nothing else to do.
const PAUSE: Duration = Duration::from_secs(1);

/// For all users of a cluster: a hundred thousand, if it answers fast.
const SWEEP_MAY_TAKE: Duration = Duration::from_secs(60);

/// What speaks to a cluster, or why nothing can.
type Way = std::result::Result<Arc<Client>, Failure>;

pub struct Shift<'a> {
    function: &'static str,
    app: &'a App,
    /// When nothing more is begun; none: when nothing is due.
    ends: Option<Instant>,
    /// Connections are kept, for as long as the cluster is reached in the same way.
    clients: HashMap<Uuid, (StoredCluster, Arc<Client>)>,
    in_flight: JoinSet<Finished>,
    /// The next claim's. It stays until the work on it has begun, so that nothing is leased to nobody.
    lease: Uuid,
    pub outcomes: Outcomes,
}

impl<'a> Shift<'a> {
    pub fn new(job: &'a Run, work_for: Option<Duration>) -> Self {
        Self {
            function: job.function,
            app: &job.app,
            ends: work_for.map(|work_for| Instant::now() + work_for),
            clients: HashMap::new(),
            in_flight: JoinSet::new(),
            lease: Uuid::new_v4(),
            outcomes: Outcomes::new(job.function),
        }
    }

    /// Leases again as soon as anything is finished, and after a pause in any case. It fails if the last look did.
    pub async fn work(&mut self) -> Result<()> {
        loop {
            let is_over = self.ends.is_some_and(|ends| Instant::now() >= ends);
            let begun = if is_over { Ok(()) } else { self.begin().await };
            if let Err(error) = &begun {
                tracing::warn!(function = self.function, code = error.code(), reason = error.reason(), "no lease");
            }
            if self.in_flight.is_empty() && (is_over || self.ends.is_none()) {
                // What cannot be written even now is done again by whoever has the next lease.
                return self.outcomes.write(self.app).await.and(begun);
            }
            self.finish().await;
            if let Err(error) = self.outcomes.write(self.app).await {
                tracing::warn!(function = self.function, code = error.code(), reason = error.reason(), "not settled");
            }
        }
    }

    /// Leases what is due, and begins to work on it.
    async fn begin(&mut self) -> Result<()> {
        let room = ROOM.saturating_sub(self.in_flight.len());
        if room == 0 {
            return Ok(());
        }
        let left = self.ends.map(|ends| ends.saturating_duration_since(Instant::now()));
        let may_sweep = left.is_none_or(|left| left > SWEEP_MAY_TAKE);
        let Claim { accounts, sweep, clusters } = Claim::take(self.app, self.lease, room, may_sweep).await?;
        let mut ways = BTreeMap::new();
        for cluster in clusters {
            ways.insert(cluster.id, self.way_to(cluster).await?);
        }
        let lease = mem::replace(&mut self.lease, Uuid::new_v4());
        for Leased { cluster_id, revision, account } in accounts {
            let Some(way) = ways.get(&cluster_id).cloned() else { continue };
            self.spawn(async move {
                let outcome = match way {
                    Ok(client) => account::work(&client, &account).await,
                    Err(failure) => failure.into(),
                };
                Finished::Account(Settled { user_id: account.user_id, cluster_id, lease, revision, outcome })
            });
        }
        if let Some((cluster_id, way)) = sweep.and_then(|id| ways.remove_entry(&id)) {
            let app = self.app.clone();
            self.spawn(async move {
                let swept = match way {
                    Ok(client) => match timeout(SWEEP_MAY_TAKE, sweep::sweep(&app, &client, cluster_id, lease)).await {
                        Ok(swept) => swept,
                        Err(_) => {
                            sweep::give_up(&app, cluster_id, lease, Failure::later("time_out", "too many users")).await
                        }
                    },
                    Err(failure) => sweep::give_up(&app, cluster_id, lease, failure).await,
                };
                Finished::Sweep(cluster_id, swept)
            });
        }
        Ok(())
    }

    fn spawn(&mut self, work: impl Future<Output = Finished> + Send + 'static) {
        self.in_flight.spawn(work.with_current_subscriber());
    }

    async fn way_to(&mut self, cluster: StoredCluster) -> Result<Way> {
        if let Some((known, client)) = self.clients.get(&cluster.id)
            && *known == cluster
        {
            return Ok(Ok(Arc::clone(client)));
        }
        let unsealed = match cluster.unsealed(self.app).await? {
            Ok(unsealed) => unsealed,
            Err(reason) => {
                let detail = format!("the stored API key cannot be decrypted: {reason}");
                return Ok(Err(Failure::cluster("key_unreadable", &detail)));
            }
        };
        let client = match Client::new(&unsealed, Limits::default()) {
            Ok(client) => Arc::new(client),
            Err(failure) => return Ok(Err(failure)),
        };
        self.clients.insert(cluster.id, (cluster, Arc::clone(&client)));
        Ok(Ok(client))
    }

    /// Waits until something is finished, or for a pause, and notes all that is.
    async fn finish(&mut self) {
        if self.in_flight.is_empty() {
            return sleep(PAUSE).await;
        }
        let Ok(first) = timeout(PAUSE, self.in_flight.join_next()).await else { return };
        let mut finished: Vec<_> = first.into_iter().collect();
        while let Some(next) = self.in_flight.try_join_next() {
            finished.push(next);
        }
        for finished in finished {
            match finished {
                Ok(finished) => self.outcomes.note(finished),
                // Its lease ends by itself.
                Err(error) => tracing::error!(function = self.function, reason = %error, "an account's work panicked"),
            }
        }
    }
}
