//! Plans are kept for a connection, and some were made before there was anything to read: each request must look up what
//! it needs by an index, and read no more when the tables have grown.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DurationRound, TimeDelta};
use contract::openapi;
use ops::admin_db::AdminDb;
use proof::bench::scale::{
    cases::{CASES, Case, case},
    make,
};
use serde_json::{Value, json};
use shared::{clock::Clock, http::routes::Operation, scheduled::Run};
use testkit::{
    Function, TestResponse, Worker, World,
    opencost::{OpenCost, Used},
};

const USERS: u32 = 4_000;
/// A statement is planned for good with its sixth call.
const WARM_UPS: usize = 6;

const READINGS: &str = r#"{"readings":$readings}"#;
const LONER: &str = "select *, id as caller from scale.loners";
const BOUGHT: &str = "\
    select p.*, p.id as caller, t.id as purchase from scale.loners p \
    join app.credit_transactions t on t.account_owner_id = p.id and t.kind = 'purchase' and t.actor <> 'scale'";
/// As a case of the bench has sent it, with another value.
const REVISED: &str = "\
    select n, jsonb_build_array( \
      (scale.readings(array[id], md5('reading' || n)::uuid, 1) -> 0) || '{\"cpu_hours\": \"0.5\"}') as readings \
    from scale.people where n % 5 = 0 and status <> 'deleted'";
/// The second depends on the first.
const IN_TURN: &str = "\
    select n, jsonb_build_array(r, r || jsonb_build_object('cpu_hours', '1')) as readings from ( \
      select n, scale.readings(array[id], md5('turn' || n)::uuid, 2) -> 0 as r from scale.people \
      where n % 5 = 0 and status <> 'deleted') p";
const LINKED: &str = "\
    select i.n, i.caller, i.verified_email, '0' || substr(i.token, 2) as token from scale.invited i \
    join public.team_invites t on t.token_hash = sha256(i.token::bytea) and t.accepted_at is null \
    join public.users u on u.id = i.caller and u.account_owner_id is null and u.status = 'active'";
const MEMBER: &str = "\
    select p.n, p.id, a.id as caller from scale.people p cross join scale.administrator a \
    join public.users u on u.id = p.id and u.account_owner_id is not null and u.status = 'active'";
const CLUSTER: &str = "select hashtext(id::text) as n, id from public.hopsworks_clusters";
const RATE: &str = r#"{"effective_on":"$day","cpu_hour_usd":"0.3","gpu_hour_usd":"2.5","storage_gb_month_usd":"0.03"}"#;
const REFUND: &str = r#"{"user_id":"$id","amount":"-0.01","reason":"goodwill","refund_of":"$purchase"}"#;

/// Every cluster is to be tried, with an account at least.
const DUE: &str = "update app.hopsworks_provisioning set next_attempt_at = app.now(); \
    update app.hopsworks_accounts a set revision = a.revision + 1 \
    from (select distinct on (hopsworks_cluster_id) id from app.hopsworks_accounts) one where one.id = a.id";

/// The usage of one cluster is read, where users have projects.
const COLLECTED: &str = "update app.usage_collection set collects = false; \
    update app.usage_collection set collects = true, opencost_url = '$url', tls_ca_pem = '$ca', projects_seen_at = 'infinity' \
    where hopsworks_cluster_id = (select min(id::text)::uuid from public.hopsworks_clusters); \
    insert into app.hopsworks_projects \
      (hopsworks_cluster_id, hopsworks_project_id, name, namespace, owner_username, user_id, from_hour) \
    select s.hopsworks_cluster_id, p.n, 'of_' || p.n, 'of-' || p.n, 'u' || p.n, p.id, '-infinity' \
    from app.usage_collection s, scale.people p where s.collects and p.n < 20";
/// An hour is to be read, and what was used in the one before waits for an owner, who is known by now.
const TO_COLLECT: &str = "\
    insert into app.usage_coverage (hopsworks_cluster_id, hour, due_at) \
    select hopsworks_cluster_id, '$hour', app.now() from app.usage_collection where collects \
    on conflict (hopsworks_cluster_id, hour) do update set due_at = app.now(); \
    insert into app.namespace_hours (hopsworks_cluster_id, hour, namespace, cpu_hours, gpu_hours, storage_gb) \
    select hopsworks_cluster_id, '$hour'::timestamptz - interval '1 hour', 'of-7', 1, 0, 0 \
    from app.usage_collection where collects \
    on conflict (hopsworks_cluster_id, hour, namespace) do update set user_id = null, project = null, cpu_hours = $round";

/// Something has happened to some users, twice.
const TO_PUBLISH: &str = "\
    select app.tell('user.reactivated', 'user:' || n, jsonb_build_object('user_id', n::text)) \
    from generate_series(1, 20) i cross join lateral (select i % 10 as n) s";

/// Other ways through some of the operations.
const MORE: &[Case] = &[
    case("adjust_credits", "a refund", BOUGHT, REFUND),
    case("record_usage", "a revision", REVISED, READINGS),
    case("record_usage", "in turn", IN_TURN, READINGS),
    case("set_rate", "again", "select 0 as n", RATE),
    case("accept_invite", "by a further link", LINKED, r#"{"token":"$token"}"#),
    case(
        "update_hopsworks_cluster",
        "its address",
        CLUSTER,
        r#"{"api_url":"https://new$g.example.com","api_key":"key"}"#,
    ),
    // Before `{"seq":3}`.
    case("list_transactions", "?cursor=", LONER, "cursor=eyJzZXEiOjN9"),
    case("update_user", "a member deleted", MEMBER, r#"{"status":"deleted"}"#),
    case("update_user", "deleted", LONER, r#"{"status":"deleted"}"#),
];

fn cases() -> impl Iterator<Item = &'static Case> {
    CASES.iter().chain(MORE)
}

/// How many rows of a table, or entries of an index, a request may read.
fn most_rows(case: &Case) -> u32 {
    match (case.operation, case.with) {
        // A page of users who all wait, each with those ahead.
        ("list_users", "?limit=20") => 2_100,
        // A thousand users and all that is around them; who waits is counted; those who pass a filter may be rare.
        ("list_violations", _) | ("list_hopsworks_clusters", _) | ("list_users", "?metadata=") => u32::MAX,
        ("record_usage", "a hundred readings") => 1_000,
        _ => 500,
    }
}

/// A large database in which only clusters and prices are left; all else has been set aside.
async fn emptied() -> World {
    let world = World::new().await;
    let mut owner = world.direct().await;
    make(&mut owner, USERS, 40).await.unwrap();
    let search = format!("set search_path = {}, public", world.release);
    owner.run(&format!("{search}; {}", include_str!("plans.sql"))).await.unwrap();
    world
}

/// What PostgreSQL knows of the tables when it makes its plans.
#[derive(Clone, Copy, PartialEq)]
enum Known {
    /// They were never analyzed.
    Nothing,
    /// They were vacuumed and analyzed when they were empty.
    Empty,
    /// They were when there was one user, who had done nothing.
    OneUser,
}

/// A world, and an instance of each function on a connection of its own, which it keeps.
struct Connected {
    world: World,
    owner: AdminDb,
    functions: BTreeMap<&'static str, (Operation, Arc<Function>)>,
}

impl Connected {
    async fn to(world: World) -> Self {
        let mut owner = world.direct().await;
        owner.run("set session_replication_role = replica; set jit = off").await.unwrap();
        let mut functions = BTreeMap::new();
        for (name, routes) in openapi::functions() {
            let operations = routes.operations().to_vec();
            let function = Arc::new(world.function_through(world.stack.postgres_port, name, routes).await);
            functions.extend(operations.into_iter().map(|operation| (operation.id, (operation, function.clone()))));
        }
        Self { world, owner, functions }
    }

    /// Sends so many requests of a case, after those that have been sent.
    async fn send(&mut self, case: &'static Case, sent: usize, count: usize) -> Vec<TestResponse> {
        let (operation, function) = &self.functions[case.operation];
        let rows = self.owner.texts(&case.rows(sent + count)).await.unwrap();
        let mut answers = Vec::new();
        for row in rows.into_iter().skip(sent).flatten() {
            let row: Value = serde_json::from_str(&row).unwrap();
            answers.push(function.send(case.request(operation, &self.world, &row).unwrap()).await);
        }
        answers
    }

    /// One hour is to be read, and another one has an owner.
    async fn has_to_collect(&mut self, opencost: &OpenCost, round: usize) {
        let hour = Clock::System.now().duration_trunc(TimeDelta::hours(1)).unwrap() - TimeDelta::hours(4);
        let used = Used { cpu_hours: round.into(), ..Used::default() };
        opencost.set_hour(hour, (0..20).map(|n| (format!("of-{n}"), used)).collect());
        let due = TO_COLLECT.replace("$hour", &hour.to_rfc3339()).replace("$round", &round.to_string());
        self.owner.run(&due).await.unwrap();
    }

    async fn succeed(&mut self, case: &'static Case, sent: usize, count: usize) {
        let answers = self.send(case, sent, count).await;
        assert_eq!(answers.len(), count, "{} {}", case.operation, case.with);
        for answer in answers {
            assert!(answer.status < 300, "{} {}: {}", case.operation, case.with, answer.text);
        }
    }

    /// What has been read since the last time that was too much: as a whole, or more than there was to find. A look-up
    /// reads a few blocks of its index, and so does a row that is written.
    async fn too_much(&mut self, most_rows: u32) -> Vec<String> {
        let too_much = format!(
            "with noted as (delete from kept.noted returning *) \
             select format('%s: %s rows and %s blocks of %s in %s scans', operation, rows, blocks, relation, scans) \
             from noted cross join lateral (select (counted).*) c \
             where case when relation = belongs_to then scans > 0 else scans > {most_rows} or rows > {most_rows} end \
               or relation <> belongs_to and scans > 0 and blocks > 10 + rows + 5 * (scans + written)"
        );
        self.owner.texts(&too_much).await.unwrap().into_iter().flatten().collect()
    }
}

/// Makes plans, fills the tables, and sends each request again. Returns what read too much.
async fn read_too_much(world: World, known: Known) -> Vec<String> {
    let mut connected = Connected::to(world).await;
    if known == Known::Empty {
        let tables = "select string_agg(name::text, ', ') from kept.growing where not is_partitioned";
        let tables = connected.owner.one_text(tables).await.unwrap();
        connected.owner.run(&format!("vacuum (analyze) {tables}")).await.unwrap();
    }
    for case in cases() {
        // Before the first sign-up everybody is refused.
        if known == Known::Empty && !case.operation.starts_with("sync_") {
            connected.send(case, 0, WARM_UPS).await;
        }
    }
    connected.owner.run("call kept.put_back_first()").await.unwrap();
    if known == Known::OneUser {
        connected.owner.run("call kept.know_of_one_user()").await.unwrap();
    }
    for case in cases() {
        connected.succeed(case, 0, WARM_UPS).await;
    }
    let secret = connected.world.put_secret(&connected.world.secret(connected.world.stack.postgres_port)).await;
    let config = Ok(connected.world.config(&secret));
    // Nobody answers there, at once.
    connected.owner.run("update public.hopsworks_clusters set api_url = 'https://localhost:1'").await.unwrap();
    let provisioner = connected.world.provisioner(async |job: &Run| provision::until_idle(job).await).await;
    let worker = Worker::start(upkeep::NAME, upkeep::run, config, connected.world.clock.clone()).await;
    for _ in 0..WARM_UPS {
        worker.handle(json!({ "source": "aws.scheduler" })).await.unwrap();
        connected.owner.run(DUE).await.unwrap();
        provisioner.handle(json!({})).await.unwrap();
    }

    let (opencost, collector) =
        (OpenCost::start(0).await.unwrap(), connected.world.collector(collect_usage::run).await);
    let (url, ca) = (opencost.url(), opencost.ca_pem());
    connected.owner.run(&COLLECTED.replace("$url", &url).replace("$ca", &ca)).await.unwrap();
    for round in 0..WARM_UPS {
        connected.has_to_collect(&opencost, round).await;
        collector.handle(json!({})).await.unwrap();
    }

    let bus = connected.world.swallowing_bus().await;
    let publisher = connected.world.publisher(&bus, publish::until_idle).await;
    for _ in 0..WARM_UPS {
        connected.owner.run(TO_PUBLISH).await.unwrap();
        publisher.handle(json!({})).await.unwrap();
    }

    connected.owner.run("call kept.put_back_others()").await.unwrap();
    let mut found = Vec::new();
    connected.owner.run(TO_PUBLISH).await.unwrap();
    let report = publisher.handle(json!({})).await.unwrap();
    assert_eq!(report["published"], 20, "{report}");
    // An index also has what was new or due until just now, at most a thousand that get their places at once.
    found.extend(connected.too_much(1_100).await);
    connected.has_to_collect(&opencost, WARM_UPS).await;
    let report = collector.handle(json!({})).await.unwrap();
    assert!(report["read"] == 1 && report["attributed"].as_u64() > Some(0), "{report}");
    // The hours of a cluster are counted, and the namespaces of two days.
    found.extend(connected.too_much(3_000).await);
    for case in cases() {
        connected.succeed(case, WARM_UPS, 1).await;
        let too_much = connected.too_much(most_rows(case)).await;
        found.extend(too_much.into_iter().map(|read| format!("{}: {read}", case.with)));
    }
    connected.owner.run(DUE).await.unwrap();
    provisioner.handle(json!({})).await.unwrap();
    // Forty clusters, and what was due on them before, of which the index still knows.
    found.extend(connected.too_much(3_000).await);
    worker.handle(json!({ "source": "aws.scheduler" })).await.unwrap();
    // It looks at everybody.
    found.extend(connected.too_much(u32::MAX).await);
    found
}

#[tokio::test]
async fn a_plan_made_while_tables_were_empty_reads_no_table_as_a_whole() {
    let world = emptied().await;
    let (empty, one_user) = (world.copy().await, world.copy().await);
    let (nothing, empty, one_user) = tokio::join!(
        read_too_much(world, Known::Nothing),
        read_too_much(empty, Known::Empty),
        read_too_much(one_user, Known::OneUser)
    );
    let found = [("never analyzed", nothing), ("analyzed while empty", empty), ("analyzed for one user", one_user)];
    assert!(found.iter().all(|(_, read)| read.is_empty()), "{found:#?}");
}
