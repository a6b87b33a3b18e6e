//! Chaos in its small form: functions in this process, a stack of their own, few faults and short ones.
//! `STORM_SEED=… make test T=chaos` draws the same again.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::time::Duration;

use proof::{
    chaos::{self, Plan, report, testbed::Testbed, verify::verify},
    storm::seed,
};
use testkit::{hopsworks::Status, own_stack, world::clusters::OAUTH_CLIENT_ID};

#[tokio::test(flavor = "multi_thread")]
async fn after_chaos_what_was_acknowledged_is_there_once_and_what_was_refused_is_not() {
    let seed = seed();
    println!("STORM_SEED={seed}");
    let calm = Duration::from_millis(200);
    let disk = Err("not in the small form".to_owned());
    let mut testbed = Testbed::start(own_stack("chaos").await, disk, calm).await.unwrap();
    // One round.
    let plan = Plan { seed, clients: 8, lasts: Duration::ZERO, calm };
    chaos::run(&mut testbed, None, plan).await.unwrap();
    println!("{}", report::table(&testbed.recorder.record()));
    println!("{}", report::accounts(&testbed).await);
    let findings = testbed.recorder.record().findings.clone();
    assert!(findings.is_empty(), "{findings:#?}");
    the_verification_finds_what_is_lost_changed_and_there_twice(&testbed).await;
    testbed.stack.remove().await.unwrap();
}

/// Otherwise finding nothing would mean nothing.
async fn the_verification_finds_what_is_lost_changed_and_there_twice(testbed: &Testbed) {
    testbed
        .world
        .sql(
            "set session_replication_role = replica; \
             delete from app.login_events where webhook_id = (select min(webhook_id) from app.login_events); \
             update app.usage_readings set gpu_hours = gpu_hours + 1 \
             where (user_id, window_start) = (select user_id, window_start from app.usage_readings where source not like 'opencost:%' limit 1); \
             update app.usage_readings set cpu_hours = cpu_hours + 1 where source like 'opencost:%'; \
             delete from app.credit_transactions where idempotency_key = \
             (select min(idempotency_key) from app.credit_transactions); \
             insert into app.audit_entries (actor, action, target, request_id) \
             select actor, action, target, request_id from app.audit_entries where request_id is not null limit 1",
        )
        .await;
    let cluster = &testbed.clusters[0].hopsworks;
    let active = cluster.users().into_iter().find(|user| user.status == Status::Activated);
    let active = active.expect("somebody new was seated last");
    cluster.change(active.number, |user| user.status = Status::Deactivated);
    cluster.add_user(Some((OAUTH_CLIENT_ID, "auth0|stranger")), "stranger@example.com");
    verify(testbed).await;
    let findings = testbed.recorder.record().findings.clone();
    for what in [
        "the login",
        "the reading",
        "the entry",
        "audited more than once",
        "an invariant is violated",
        "is left out",
        "without a seat",
        "the instance of",
        "usage: work-0",
    ] {
        assert!(findings.iter().any(|finding| finding.contains(what)), "{what} is not among {findings:#?}");
    }
}
