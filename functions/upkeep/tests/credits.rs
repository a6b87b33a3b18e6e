//! What time alone makes of an account's credits: grace periods end, months begin, and what an administrator has changed
//! for everybody gets to everybody.

use serde_json::json;
use testkit::World;

use crate::days::{event, instance, it_is, record, run, world};

/// Ann has bought so many dollars, and a CPU hour costs one.
async fn account(dollars: u32) -> World {
    let world = world().await;
    world.sign_up("ann").await;
    world.sql("insert into app.usage_rates values ('2026-01-01', 1, 1, 1, 'test')").await;
    pay(&world, dollars).await;
    world
}

async fn pay(world: &World, dollars: u32) {
    world
        .sql(&format!(
            "select record_purchase(jsonb_build_object( \
               'caller', jsonb_build_object('sub', 'shop@clients', 'must_be', 'machine', 'request_id', 'r'), \
               'input', jsonb_build_object('user_id', 'auth0|ann', 'amount', '{dollars}', \
                 'idempotency_key', gen_random_uuid(), 'body_sha256', encode(sha256('x'), 'hex'))))"
        ))
        .await;
}

/// Such as `exhausted 0`: Ann's state, and the level of the cap.
async fn state(world: &World) -> String {
    world.assert_sound().await;
    world.one("select state || ' ' || cap_level from public.user_credits where user_id = 'auth0|ann'").await
}

#[tokio::test]
async fn a_grace_period_is_over_when_its_days_are() {
    let world = account(10).await;
    record(&world, &["2040-07-15"], "10").await;
    assert_eq!(state(&world).await, "exhausted 0");
    it_is(&world, "2040-07-29 11:59:59Z").await;
    assert_eq!(run(&world).await["credits_settled"], 0);
    assert_eq!(state(&world).await, "exhausted 0");
    it_is(&world, "2040-07-29 12:00:00Z").await;
    assert_eq!(run(&world).await["credits_settled"], 1);
    assert_eq!(state(&world).await, "overdue 0");
    let suspended = "select status || ' ' || suspended_for::text from public.users where id = 'auth0|ann'";
    assert_eq!(world.one(suspended).await, "suspended {money}");
    assert_eq!(run(&world).await["credits_settled"], 0, "once");
    // More usage changes nothing, and neither does a payment that is not enough.
    record(&world, &["2040-07-28"], "5").await;
    pay(&world, 5).await;
    assert_eq!(state(&world).await, "overdue 0");
    pay(&world, 1).await;
    assert_eq!(state(&world).await, "low 0");
    assert_eq!(world.one(suspended).await, "active {}");
    // The next time it begins anew.
    record(&world, &["2040-07-28"], "6").await;
    it_is(&world, "2040-08-12 11:59:59Z").await;
    run(&world).await;
    assert_eq!(state(&world).await, "exhausted 0");
    it_is(&world, "2040-08-12 12:00:00Z").await;
    run(&world).await;
    assert_eq!(state(&world).await, "overdue 0");
}

#[tokio::test]
async fn a_longer_grace_period_ends_being_overdue() {
    let world = account(10).await;
    record(&world, &["2040-07-15"], "10").await;
    it_is(&world, "2040-07-30 12:00:00Z").await;
    run(&world).await;
    assert_eq!(state(&world).await, "overdue 0");
    world.sql("insert into app.credit_policies (account_owner_id, grace_days) values ('auth0|ann', 16)").await;
    assert_eq!(state(&world).await, "exhausted 0");
    assert_eq!(run(&world).await["suspensions_settled"], 1, "a policy that is written by hand lifts nothing by itself");
    it_is(&world, "2040-07-31 12:00:00Z").await;
    run(&world).await;
    assert_eq!(state(&world).await, "overdue 0");
}

#[tokio::test]
async fn a_month_begins_for_those_in_whose_month_nothing_is_posted() {
    let world = account(100).await;
    world.sql("insert into app.credit_policies (account_owner_id, monthly_cap) values ('auth0|ann', 10)").await;
    record(&world, &["2040-07-15"], "10").await;
    assert_eq!(state(&world).await, "good 100");
    it_is(&world, "2040-07-31 23:59:59Z").await;
    assert_eq!(run(&world).await["credits_settled"], 0);
    assert_eq!(state(&world).await, "good 100");
    it_is(&world, "2040-08-01 00:00:00Z").await;
    assert_eq!(run(&world).await["credits_settled"], 1);
    assert_eq!(state(&world).await, "good 0");
    assert_eq!(run(&world).await["credits_settled"], 0);
}

#[tokio::test]
async fn what_is_changed_for_everybody_gets_to_all_but_those_who_differ() {
    let world = account(15).await;
    for name in ["bob", "carla"] {
        world.sign_up(name).await;
    }
    world.sql("insert into app.credit_policies (account_owner_id, warn_below) values ('auth0|bob', 7)").await;
    assert_eq!(run(&world).await["policies_applied"], 0);
    world.sql("insert into app.default_credit_policy (warn_below, grace_days) values (20, 2)").await;
    assert_eq!(state(&world).await, "good 0");
    assert_eq!(run(&world).await["policies_applied"], 3);
    assert_eq!(state(&world).await, "low 0");
    let policies = "select string_agg(concat_ws(' ', user_id, trim_scale(warn_below), grace_days), ', ' order by user_id) \
                    from public.user_credits";
    assert_eq!(world.one(policies).await, "auth0|ann 20 2, auth0|bob 7 2, auth0|carla 20 2");
    world.sign_up("eve").await;
    assert_eq!(run(&world).await["policies_applied"], 0, "who comes later begins with it");
    world.assert_sound().await;
}

#[tokio::test]
async fn thousands_of_accounts_get_a_policy_and_hundreds_end_their_grace_period() {
    let world = world().await;
    world
        .sql(
            "set session_replication_role = replica; \
             insert into public.users (id) select 'auth0|' || to_char(n, 'FM0000') from generate_series(1, 4500) n; \
             insert into public.user_credits (user_id, state, exhausted_at, due_at, last_seq, balance, total_adjusted) \
             select id, case when n <= 250 then 'exhausted' else 'good' end, case when n <= 250 then app.now() end, \
               case when n <= 250 then app.now() end, case when n <= 250 then 1 end, 0, 0 \
             from (select id, right(id, 4)::integer as n from public.users) u; \
             insert into app.default_credit_policy (grace_days) values (0); \
             reset session_replication_role",
        )
        .await;
    let instance = instance(&world).await;
    // What else is wrong with them is counted, and no failure.
    let report = instance.handle(event()).await.unwrap();
    assert_eq!((&report["policies_applied"], &report["credits_settled"]), (&json!(4500), &json!(250)));
    assert_eq!(world.one("select count(*) from public.user_credits where state = 'overdue'").await, "250");
}
