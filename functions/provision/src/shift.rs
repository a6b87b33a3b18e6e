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
    leases::{Claim, Leased, Room, Settled, StoredCluster},
    outcomes::{Finished, Outcomes},
    projects, sweep,
};

/// How much is worked on at a time, of all clusters together.
const MOST_IN_FLIGHT: usize = 256;

/// Between two looks at what is due while there is nothing else to do.
const PAUSE: Duration = Duration::from_secs(1);

/// For all users of a cluster: a hundred thousand, if it answers fast.
const SWEEP_MAY_TAKE: Duration = Duration::from_secs(60);

/// To ask for the projects of a cluster, and to write them.
const LIST_MAY_TAKE: Duration = Duration::from_secs(45);

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
    /// The list of projects in flight holds another one. There is one list at a time: each may be long.
    listing: Arc<()>,
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
            listing: Arc::default(),
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
        let left = self.ends.map(|ends| ends.saturating_duration_since(Instant::now()));
        let has_time = |it_may_take| left.is_none_or(|left| left > it_may_take);
        let room = Room {
            accounts: MOST_IN_FLIGHT.saturating_sub(self.in_flight.len()),
            may_sweep: has_time(SWEEP_MAY_TAKE),
            may_list_projects: has_time(LIST_MAY_TAKE) && Arc::strong_count(&self.listing) == 1,
        };
        if room.accounts == 0 {
            return Ok(());
        }
        let Claim { accounts, sweep, projects, clusters } = Claim::take(self.app, self.lease, room).await?;
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
        if let Some((&cluster_id, way)) = sweep.and_then(|id| ways.get_key_value(&id)) {
            self.sweep(cluster_id, way.clone(), lease);
        }
        if let Some((&cluster_id, way)) = projects.and_then(|id| ways.get_key_value(&id)) {
            self.list_projects(cluster_id, way.clone(), lease);
        }
        Ok(())
    }

    fn sweep(&mut self, cluster_id: Uuid, way: Way, lease: Uuid) {
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

    fn list_projects(&mut self, cluster_id: Uuid, way: Way, lease: Uuid) {
        let (app, listing) = (self.app.clone(), Arc::clone(&self.listing));
        self.spawn(async move {
            let listed = match way {
                Ok(client) => projects::list(&app, &client, cluster_id, lease).await,
                Err(failure) => projects::give_up(&app, cluster_id, lease, failure).await,
            };
            drop(listing);
            Finished::Projects(cluster_id, listed)
        });
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
