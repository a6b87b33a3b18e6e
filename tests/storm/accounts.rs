//! The storm of seats on clusters that fail in every way, beside two overlapping runs of `provision`: when all is over,
//! each cluster has the accounts that it should have, and no others.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use proof::storm::{
    seats::{self, FUNCTIONS},
    seed,
    session::Actor,
};
use serde_json::{Value, json};
use shared::scheduled::Run;
use testkit::{
    Instances, World,
    hopsworks::{Fault, Hopsworks, Rules, Status},
};
use tests::clients::run;
use tokio::sync::mpsc;

const OPERATIONS: u64 = 1_500;
/// After so many operations of all clients the next fault begins.
const OF_ONE_FAULT: usize = 100;

/// Each alone, with a calm between them; and some at random all the time.
const FAULTS: [Option<Fault>; 11] = [
    None,
    Some(Fault::CutAfterCommit),
    None,
    Some(Fault::EmptyList),
    None,
    Some(Fault::Status(500)),
    Some(Fault::Html),
    None,
    Some(Fault::CutBefore),
    Some(Fault::TooManyRequests { retry_after_s: None }),
    Some(Fault::Slow(Duration::from_millis(30))),
];

/// A fault is over in a moment here, so the pauses are short.
const SHORT_PAUSES: &str = "\
    alter function pause_after(integer, integer, interval) rename to long_pause_after; \
    create function pause_after(p_attempts integer, p_asked_s integer, p_longest interval default '1 hour') returns interval \
    language sql as 'select long_pause_after(p_attempts, p_asked_s, p_longest) / 500'";

/// `user wanted projects`, as it should be on a cluster. Nobody has an account there who never had one.
const WANTED: &str = "\
    select concat_ws(' ', user_id, wanted, wanted_projects) from app.hopsworks_accounts a \
    where hopsworks_cluster_id = '{id}' and (wanted = 'active' or hopsworks_user_id is not null) order by 1";

enum Client {
    Seats {
        client: seats::Client<Instances>,
        clusters: Arc<[Hopsworks; 2]>,
        acted: Arc<AtomicUsize>,
    },
    /// Has two runs of `provision` begin.
    Schedule(mpsc::Sender<()>),
}

impl Actor for Client {
    async fn act(&mut self) {
        match self {
            Self::Seats { client, clusters, acted } => {
                let acted = acted.fetch_add(1, Ordering::Relaxed);
                if acted.is_multiple_of(OF_ONE_FAULT) {
                    for (number, cluster) in clusters.iter().enumerate() {
                        // Never the same on both.
                        cluster.set_fault(FAULTS[(acted / OF_ONE_FAULT + number) % FAULTS.len()]);
                    }
                }
                client.act().await;
            }
            Self::Schedule(runs) => runs.send(()).await.unwrap(),
        }
    }
}

/// What a cluster has, in the words of `WANTED`. A limit means nothing for who may not work there.
fn accounts(cluster: &Hopsworks) -> Vec<String> {
    let line = |user: testkit::hopsworks::HopsworksUser| match user.status {
        Status::Activated => format!("{} active {}", user.subject.unwrap_or_default(), user.max_projects),
        _ => format!("{} deactivated", user.subject.unwrap_or_default()),
    };
    let mut accounts: Vec<String> = cluster.users().into_iter().map(line).collect();
    accounts.sort();
    accounts
}

async fn clusters(world: &World) -> Arc<[Hopsworks; 2]> {
    let clusters = [Hopsworks::start(0).await.unwrap(), Hopsworks::start(0).await.unwrap()];
    for ((cluster, name), max_users) in clusters.iter().zip(["first", "second"]).zip([30, 20]) {
        cluster.set_rules(Rules { is_saas_managed: max_users == 20, ..Rules::default() });
        cluster.set_random_faults(seed(), 50);
        world.add_hopsworks_cluster(cluster, name, max_users).await;
    }
    Arc::new(clusters)
}

/// Two runs at once, as often as they are asked for; what they did.
async fn provision_when(world: Arc<World>, mut asked: mpsc::Receiver<()>) -> BTreeMap<String, u64> {
    let mut did = BTreeMap::new();
    let (one, other) = (world.provisioner(until_idle).await, world.provisioner(until_idle).await);
    while asked.recv().await.is_some() {
        let (one, other) = tokio::join!(one.handle(json!({})), other.handle(json!({})));
        for report in [one.unwrap(), other.unwrap()] {
            for (what, count) in report.as_object().unwrap() {
                *did.entry(what.clone()).or_default() += count.as_u64().unwrap();
            }
        }
    }
    did
}

async fn until_idle(job: &Run) -> shared::Result<Value> {
    provision::until_idle(job).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_on_clusters_that_fail_ends_with_every_account_as_it_should_be() {
    let world = Arc::new(World::new().await);
    world.sql(SHORT_PAUSES).await;
    world.add_administrator().await;
    let clusters = clusters(&world).await;
    let (acted, (runs, asked)) = (Arc::default(), mpsc::channel(1));
    let provisioned = tokio::spawn(provision_when(Arc::clone(&world), asked));
    run(&[&world], &FUNCTIONS, OPERATIONS, |session, number| {
        if number < 2 {
            return Client::Schedule(runs.clone());
        }
        let (clusters, acted) = (Arc::clone(&clusters), Arc::clone(&acted));
        Client::Seats { client: seats::Client { session }, clusters, acted }
    })
    .await;
    drop(runs);
    let did = provisioned.await.unwrap();

    for cluster in clusters.iter() {
        cluster.set_fault(None);
        cluster.set_random_faults(0, 0);
    }
    let stuck = "select user_id || ' ' || error_code from app.hopsworks_accounts where stuck_since is not null";
    assert_eq!(world.all(stuck).await, [""; 0], "time mends all that went wrong here");
    let mut rest = Vec::new();
    // Nobody waits for the next try. Who moved has the old account end after the new one has begun.
    for _ in 0..2 {
        world
            .sql(
                "update app.hopsworks_accounts set next_attempt_at = app.now(), leased_until = null, lease = null, \
                   error_code = null, error_detail = null, attempts = 0; \
                 update app.hopsworks_provisioning set next_attempt_at = app.now()",
            )
            .await;
        rest.push(world.provisioner(until_idle).await.handle(json!({})).await.unwrap());
    }
    println!("provision: {did:?}, at the end {rest:?}");
    for (cluster, name) in clusters.iter().zip(["first", "second"]) {
        let id = world.one(&format!("select id from public.hopsworks_clusters where name = '{name}'")).await;
        let accounts = accounts(cluster);
        assert_eq!(accounts, world.all(&WANTED.replace("{id}", &id)).await, "{name}");
        let subjects: BTreeSet<_> = accounts.iter().map(|line| line.split(' ').next()).collect();
        assert_eq!(subjects.len(), accounts.len(), "two accounts of one user on {name}");
        println!("{name}: {} accounts, {} requests", accounts.len(), cluster.requests().len());
    }
    let due = "select count(*) from app.hopsworks_accounts where done_revision < revision";
    assert_eq!(world.one(due).await, "0");
    assert!(did["done"] > 40 && did["tried_in_vain"] > 10 && did["released"] > 0, "{did:?}");
    world.assert_sound().await;
}
