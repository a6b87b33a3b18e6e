//! What breaks a rule is counted for the alarm and named in the log.

use serde_json::{Value, json};
use testkit::{Log, World};

use crate::days::{event, instance, run, world};

/// The metric lines: value and labels.
fn metrics(log: &Log) -> Vec<(Value, Value)> {
    let lines = log.lines();
    let emitted = lines
        .iter()
        .filter(|line| line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"] == "invariant_violations");
    emitted
        .map(|line| {
            let directive = &line["_aws"]["CloudWatchMetrics"][0];
            assert_eq!(directive["Namespace"], "BackOffice");
            let names = directive["Dimensions"][0].as_array().unwrap();
            let labels = names.iter().map(|name| line[name.as_str().unwrap()].clone()).collect();
            (line["invariant_violations"].clone(), Value::Array(labels))
        })
        .collect()
}

#[tokio::test]
async fn when_all_is_well_the_alarm_is_told_so() {
    let world = world().await;
    world.sign_up("ann").await;
    let instance = instance(&world).await;
    assert_eq!(instance.handle(event()).await.unwrap()["violations"], 0);
    assert_eq!(metrics(&instance.log), [(json!(0), json!(["upkeep"]))]);
}

#[tokio::test]
async fn a_violation_made_by_hand_is_counted_and_named() {
    let world = world().await;
    for name in ["ann", "bob"] {
        world.sign_up(name).await;
    }
    world
        .sql(
            "delete from public.user_credits where user_id = 'auth0|ann'; \
             delete from app.account_memberships where user_id = 'auth0|bob'",
        )
        .await;
    let instance = instance(&world).await;
    assert_eq!(instance.handle(event()).await.unwrap()["violations"], 3);
    assert_eq!(
        metrics(&instance.log),
        [
            (json!(3), json!(["upkeep"])),
            (json!(1), json!(["upkeep", "every_account_has_credits"])),
            (json!(1), json!(["upkeep", "every_day_has_a_payer"])),
            (json!(1), json!(["upkeep", "membership_matches_its_history"])),
        ]
    );
    let lines = instance.log.lines();
    let named: Vec<&Value> =
        lines.iter().filter(|line| line["kind"] != json!(null) && line["level"] == "ERROR").collect();
    assert_eq!(named.len(), 3);
    assert_eq!(named[0]["id"], "auth0|ann");
    assert_eq!(named[0]["kind"], "every_account_has_credits");
}

#[tokio::test]
async fn payments_that_wait_for_a_person_are_counted_for_their_alarm() {
    let world = world().await;
    let parked = async || {
        let instance = instance(&world).await;
        let report = instance.handle(event()).await.unwrap();
        let lines = instance.log.lines();
        let counted = lines.iter().find(|line| !line["parked_payments"].is_null()).unwrap();
        // By the name of the function that counts them otherwise.
        assert_eq!(
            (&counted["function"], &counted["parked_payments"]),
            (&json!("payments"), &report["payments_parked"])
        );
        report["payments_parked"].clone()
    };
    assert_eq!(parked().await, 0);
    world
        .sql(
            "insert into app.stripe_payments (stripe_id, kind, state, reason, amount_minor, currency, happened_at) \
             values ('pi_1', 'payment', 'parked', 'user_unknown', 1, 'usd', app.now()), \
                    ('pi_2', 'payment', 'returned', 'user_unknown', 1, 'usd', app.now())",
        )
        .await;
    assert_eq!(parked().await, 1);
}

/// 2,500 users, from `auth0|0001` on, who are sound but for their credits.
async fn people_without_credits(world: &World) {
    world
        .sql(
            "insert into public.users (id) select 'auth0|' || to_char(n, 'FM0000') from generate_series(1, 2500) n; \
             insert into app.account_memberships (user_id, effective_on, account_owner_id) select id, '-infinity', id from public.users; \
             insert into public.instances (user_id, instance_name, status) select id, 'x', 'stopped' from public.users",
        )
        .await;
}

#[tokio::test]
async fn every_one_of_thousands_is_counted_and_a_few_are_named() {
    let world = world().await;
    people_without_credits(&world).await;
    let instance = instance(&world).await;
    assert_eq!(instance.handle(event()).await.unwrap()["violations"], 2500);
    let lines = instance.log.lines();
    assert_eq!(lines.iter().filter(|line| line["kind"] != json!(null) && line["level"] == "ERROR").count(), 20);
}

#[tokio::test]
async fn a_few_among_thousands_are_counted_once_each() {
    let world = world().await;
    people_without_credits(&world).await;
    // The thousandth and the two thousandth, between whom and the next a look ends, are among the few.
    world.sql("insert into public.user_credits (user_id) select id from public.users where right(id, 4)::integer % 4 <> 0").await;
    assert_eq!(run(&world).await["violations"], 625);
}

#[tokio::test]
async fn a_violation_of_a_cluster_is_found_among_those_of_users() {
    let world = world().await;
    let cluster = world.add_cluster("a", 3).await;
    world.sign_up("ann").await;
    world
        .sql(&format!(
            "set session_replication_role = replica; update public.hopsworks_clusters set current_users = 2 where id = '{cluster}'"
        ))
        .await;
    assert_eq!(run(&world).await["violations"], 1);
}

#[tokio::test]
async fn a_reading_that_is_in_no_day_and_a_day_without_its_reading_are_found() {
    let world = world().await;
    world.sign_up("ann").await;
    world.sql("insert into app.usage_rates values ('2026-01-01', 0, 0, 0, 'test')").await;
    world
        .sql(
            "insert into app.usage_readings values \
               ('m', 'auth0|ann', '', '2040-07-14 00:00Z', '2040-07-14 01:00Z', 1, 0, 0), \
               ('m', 'auth0|ann', '', '2040-07-15 00:00Z', '2040-07-15 01:00Z', 2, 0, 0); \
             insert into public.usage_daily (user_id, account_owner_id, date, cpu_hours, rate_effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd) values \
               ('auth0|ann', 'auth0|ann', '2040-07-13', 4, '2026-01-01', 0, 0, 0), \
               ('auth0|ann', 'auth0|ann', '2040-07-15', 2, '2026-01-01', 0, 0, 0); \
             update public.user_credits set cpu_hours_used = 6",
        )
        .await;
    let details = world
        .all("select detail from app.invariant_violations where kind = 'a_day_is_the_sum_of_its_readings' order by 1")
        .await;
    assert_eq!(details.len(), 2, "{details:#?}");
    assert!(details[0].starts_with("2040-07-13: 4.000000 CPU hours"), "{details:#?}");
    assert_eq!(details[1], "a reading of m () from 2040-07-14 00:00:00+00 is in no day");
    assert_eq!(run(&world).await["violations"], 2);
}
