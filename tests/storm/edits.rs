//! All writers at once, with edits by hand among them: nobody deadlocks, and in the end everything holds.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use contract::openapi;
use ops::admin_db::AdminDb;
use proof::storm::{
    money, readings, seats,
    session::{Actor, Session},
};
use serde_json::json;
use testkit::{Instances, TestRequest, World, lock::lock};

use tests::clients::run;

const OPERATIONS: u64 = 3_000;
const OPERATORS: u64 = 3;

/// What an operator does by hand, each in one statement; `{user}`, `{cluster}` and `{number}` are drawn.
const EDITS: [&str; 8] = [
    "insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id) select u.id, c.id \
     from public.users u, public.hopsworks_clusters c where u.id = '{user}' and u.status = 'active' and c.name = '{cluster}'",
    "update public.user_hopsworks_assignments set hopsworks_cluster_id = c.id \
     from public.hopsworks_clusters c where user_id = '{user}' and c.name = '{cluster}'",
    "delete from public.user_hopsworks_assignments where user_id = '{user}'",
    "delete from public.user_hopsworks_assignments a using public.hopsworks_clusters c \
     where a.hopsworks_cluster_id = c.id and c.name = '{cluster}' and a.user_id like 'auth0|hand%'",
    "update public.hopsworks_clusters set max_users = greatest({number}, current_users) where name = '{cluster}'",
    "update public.hopsworks_clusters set max_users = max_users + 1",
    "update public.hopsworks_clusters set status = 'maintenance' where name = '{cluster}'",
    "update public.hopsworks_clusters set status = 'active', api_url = 'https://{number}.example.com'",
];

/// Somebody at a SQL editor, whose users log in meanwhile. They belong to no team: a member's seat follows the owner's
/// by our functions alone.
struct Operator {
    session: Session<Instances>,
    database: AdminDb,
    /// How often each edit was done.
    done: BTreeMap<&'static str, usize>,
}

impl Operator {
    async fn act(&mut self) {
        let rng = &mut self.session.rng;
        let (user, cluster) = (format!("auth0|hand{}", rng.usize(0..6)), ["first", "second", "c0"][rng.usize(0..3)]);
        let (number, edit) = (rng.u32(3..12).to_string(), EDITS[rng.usize(..EDITS.len())]);
        if rng.u32(0..4) == 0 {
            let body = json!({ "user_id": user, "logged_in_at": self.session.world.clock.now() });
            let request = TestRequest::post("/api/auth/sync-user").json(&body).signed(&self.session.world);
            self.session.send("login", sync_user::NAME, request).await;
            return;
        }
        let statement = edit.replace("{user}", &user).replace("{cluster}", cluster).replace("{number}", &number);
        // A constraint may refuse it.
        if self.database.run(&statement).await.is_ok() {
            *self.done.entry(edit).or_default() += 1;
        }
    }
}

enum Writer {
    Seats(seats::Client<Instances>),
    Money(money::Client<Instances>),
    Operator(Operator),
}

impl Actor for Writer {
    async fn act(&mut self) {
        match self {
            Self::Seats(client) => client.act().await,
            Self::Money(client) => client.act().await,
            Self::Operator(operator) => operator.act().await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_all_writers_and_of_edits_by_hand_has_no_deadlock() {
    let world = Arc::new(World::new().await);
    world.add_administrator().await;
    readings::sign_up(&world).await;
    world.add_cluster("first", 6).await;
    world.add_cluster("second", 4).await;
    let clock = world.clock.clone();
    let now: money::Now = Arc::new(move || clock.now());
    let editors = Mutex::new(Vec::new());
    for _ in 0..OPERATORS {
        let editor = world.direct().await;
        lock(&editors).push(editor);
    }

    let functions: Vec<_> = openapi::functions().into_iter().map(|(name, _)| name).collect();
    let writer = |session, number| match lock(&editors).pop() {
        Some(database) => Writer::Operator(Operator { session, database, done: BTreeMap::new() }),
        None if number % 2 == 0 => Writer::Money(money::Client::new(session, Arc::clone(&now), number, "s")),
        None => Writer::Seats(seats::Client { session }),
    };
    let (writers, _) = run(&[&world], &functions, OPERATIONS, writer).await;
    for edit in EDITS {
        let done = |writer: &Writer| match writer {
            Writer::Operator(operator) => operator.done.get(edit).copied().unwrap_or_default(),
            _ => 0,
        };
        assert!(writers.iter().map(done).sum::<usize>() > 10, "too few of: {edit}");
    }
    // A connection reports what it met at its end, at the latest.
    world
        .sql(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity \
             where datname = current_database() and pid <> pg_backend_pid()",
        )
        .await;
    let deadlocks = "select deadlocks from pg_stat_database where datname = current_database()";
    assert_eq!(world.one(deadlocks).await, "0");
}
