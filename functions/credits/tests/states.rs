//! What the balance makes of an account: each state and each level of the cap, there and back, whoever moves it.

use serde_json::{Value, json};
use testkit::{Function, TestRequest, World};

use crate::fixtures::{CREDITS, adjustment, anns_policy_is, bought, instance, policy, used, world};

async fn credits(world: &World, function: &Function) -> Value {
    let credits = function.send(TestRequest::get(CREDITS).bearer(&world.token("auth0|ann"))).await.expect(200).json;
    world.assert_sound().await;
    credits
}

/// Ann's state, such as `low`.
async fn state(world: &World, function: &Function) -> String {
    credits(world, function).await["state"].as_str().unwrap().to_owned()
}

async fn cap_level(world: &World, function: &Function) -> u64 {
    credits(world, function).await["cap_level"].as_u64().unwrap()
}

/// It is noon of that day.
async fn it_is(world: &World, day: &str) {
    world.database_time_is(&format!("timestamptz '{day} 12:00Z'")).await;
}

#[tokio::test]
async fn a_balance_is_good_low_and_exhausted_and_paying_makes_it_good_again() {
    let world = world().await;
    let function = instance(&world).await;
    assert_eq!(state(&world, &function).await, "good", "who has bought and used nothing has not run out of it");
    bought(&world, &function, "25").await;
    assert_eq!(state(&world, &function).await, "good");
    for (dollars, expected) in
        [("15", "good"), ("15.01", "low"), ("24.99", "low"), ("25", "exhausted"), ("30", "exhausted"), ("24", "low")]
    {
        used(&world, "ann", 0, dollars).await;
        assert_eq!(state(&world, &function).await, expected, "{dollars} of 25 were used");
    }
    used(&world, "ann", 0, "30").await;
    bought(&world, &function, "10").await;
    assert_eq!(state(&world, &function).await, "low");
    bought(&world, &function, "5").await;
    assert_eq!(state(&world, &function).await, "good");
    let correction = json!({ "user_id": "auth0|ann", "amount": "-10", "reason": "a mistake" });
    function.send(adjustment(&world, "a", &correction)).await.expect(201);
    assert_eq!(state(&world, &function).await, "exhausted");
}

#[tokio::test]
async fn a_state_and_its_grace_count_from_when_it_began() {
    let world = world().await;
    let function = instance(&world).await;
    it_is(&world, "2030-07-10").await;
    bought(&world, &function, "100").await;
    used(&world, "ann", 0, "100").await;
    it_is(&world, "2030-07-12").await;
    used(&world, "ann", 0, "1").await;
    let told = credits(&world, &function).await;
    assert_eq!(
        (&told["state"], &told["state_since"], &told["grace_days_left"]),
        (&json!("exhausted"), &json!("2030-07-10T12:00:00Z"), &json!(12))
    );
    it_is(&world, "2030-07-30").await;
    let told = credits(&world, &function).await;
    assert_eq!((&told["state"], &told["grace_days_left"]), (&json!("exhausted"), &json!(0)), "the daily work finds it");
    bought(&world, &function, "50").await;
    let told = credits(&world, &function).await;
    assert_eq!(
        (&told["state"], &told["state_since"], &told["grace_days_left"]),
        (&json!("good"), &json!("2030-07-30T12:00:00Z"), &Value::Null)
    );
}

#[tokio::test]
async fn the_policy_alone_changes_a_state() {
    let world = world().await;
    let function = instance(&world).await;
    bought(&world, &function, "20").await;
    used(&world, "ann", 0, "25").await;
    for (set, expected) in [
        (json!({}), "exhausted"),
        (json!({ "overdraft": "5" }), "exhausted"),
        (json!({ "overdraft": "5.01" }), "low"),
        (json!({ "overdraft": "5.01", "warn_below": "0" }), "low"),
        (json!({ "warn_below": "100" }), "exhausted"),
    ] {
        anns_policy_is(&world, &function, &set).await;
        assert_eq!(state(&world, &function).await, expected, "{set}");
    }
    bought(&world, &function, "60").await;
    assert_eq!(state(&world, &function).await, "low", "below a hundred");
    function.send(policy(&world, "ann", "", &json!({ "warn_below": "55" }))).await.expect(200);
    assert_eq!(state(&world, &function).await, "good", "an owner is warned when they say");
    // By hand, too.
    world.sql("update app.credit_policies set warn_below = 56").await;
    assert_eq!(state(&world, &function).await, "low");
    world.sql("delete from app.credit_policies").await;
    assert_eq!(state(&world, &function).await, "good");
}

#[tokio::test]
async fn a_month_reaches_eighty_ninety_and_a_hundred_per_cent_of_its_cap() {
    let world = world().await;
    let function = instance(&world).await;
    bought(&world, &function, "1000").await;
    used(&world, "ann", 0, "500").await;
    assert_eq!(cap_level(&world, &function).await, 0, "there is no cap");
    function.send(policy(&world, "ann", "", &json!({ "monthly_cap": "10" }))).await.expect(200);
    assert_eq!(cap_level(&world, &function).await, 100, "by the policy alone");
    for (dollars, level) in [
        ("7.999999", 0),
        ("8", 80),
        ("8.999999", 80),
        ("9", 90),
        ("9.999999", 90),
        ("10", 100),
        ("11", 100),
        ("8.5", 80),
        ("1", 0),
        ("10", 100),
    ] {
        used(&world, "ann", 0, dollars).await;
        assert_eq!(cap_level(&world, &function).await, level, "{dollars} of 10");
    }
    function.send(policy(&world, "ann", "", &json!({ "monthly_cap": "12.5" }))).await.expect(200);
    assert_eq!(cap_level(&world, &function).await, 80);
    function.send(policy(&world, "ann", "", &json!({}))).await.expect(200);
    assert_eq!(cap_level(&world, &function).await, 0);
}

#[tokio::test]
async fn a_month_begins_with_nothing_and_has_the_costs_of_its_own_days() {
    let world = world().await;
    let function = instance(&world).await;
    it_is(&world, "2030-07-30").await;
    bought(&world, &function, "1000").await;
    function.send(policy(&world, "ann", "", &json!({ "monthly_cap": "10" }))).await.expect(200);
    used(&world, "ann", 0, "9.5").await;
    let told = credits(&world, &function).await;
    assert_eq!((&told["month_cost"], &told["cap_level"]), (&json!("9.50"), &json!(90)));

    it_is(&world, "2030-08-01").await;
    let told = credits(&world, &function).await;
    assert_eq!((&told["month_cost"], &told["cap_level"]), (&json!("0.00"), &json!(0)), "though nothing was posted");
    // The last day of July, reported late.
    used(&world, "ann", 1, "100").await;
    let told = credits(&world, &function).await;
    assert_eq!((&told["month_cost"], &told["cap_level"]), (&json!("0.00"), &json!(0)));
    assert_eq!(world.one("select month from public.user_credits where user_id = 'auth0|ann'").await, "2030-08-01");
    used(&world, "ann", 0, "8").await;
    used(&world, "ann", 1, "101").await;
    let told = credits(&world, &function).await;
    assert_eq!((&told["month_cost"], &told["cap_level"]), (&json!("8.00"), &json!(80)));
    // A purchase begins a month too.
    it_is(&world, "2030-09-03").await;
    bought(&world, &function, "1").await;
    let month =
        "select month || ' ' || trim_scale(month_scaled_cost_usd) from public.user_credits where user_id = 'auth0|ann'";
    assert_eq!(world.one(month).await, "2030-09-01 0");
    // Who began before midnight and comes late takes nothing back.
    it_is(&world, "2030-08-31").await;
    used(&world, "ann", 0, "5").await;
    assert_eq!(world.one(month).await, "2030-09-01 0");
    world.assert_sound().await;
}

#[tokio::test]
async fn readings_of_both_months_that_wait_for_each_other_are_told_apart() {
    let world = world().await;
    it_is(&world, "2030-08-01").await;
    world
        .sql(
            "insert into app.usage_rates values ('2026-01-01', 1, 1, 1, 'test'); \
             select record_usage(jsonb_build_object( \
               'caller', jsonb_build_object('sub', 'meter@clients', 'must_be', 'machine'), \
               'input', jsonb_build_object('readings', (select jsonb_agg(jsonb_build_object( \
                 'index', i, 'source', 's', 'user_id', 'auth0|ann', 'cpu_hours', cpu, 'gpu_hours', 0, 'storage_gb', 0, \
                 'window_start', day || 'T00:00:00Z', 'window_end', day || 'T01:00:00Z')) \
               from (values (0, '2030-07-31', 7), (1, '2030-08-01', 2), (2, '2030-08-01', 2), (3, '2030-07-31', 7)) r (i, day, cpu)))))",
        )
        .await;
    let cost = "select trim_scale(round(month_scaled_cost_usd / app.billing_month_seconds(), 6)) || ' ' || total_used \
                from public.user_credits where user_id = 'auth0|ann'";
    assert_eq!(world.one(cost).await, "2 9.00");
    world.assert_sound().await;
}

#[tokio::test]
async fn what_is_written_by_hand_is_computed_all_the_same() {
    let world = world().await;
    let function = instance(&world).await;
    function.send(policy(&world, "ann", "", &json!({ "monthly_cap": "10" }))).await.expect(200);
    bought(&world, &function, "12").await;
    used(&world, "ann", 0, "5").await;
    for edit in [
        "state = 'overdue'",
        "state = 'good', exhausted_at = null, due_at = null",
        "state_since = '-infinity'",
        "cap_level = 100",
        "due_at = app.now()",
    ] {
        world.sql(&format!("update public.user_credits set {edit} where user_id = 'auth0|ann'")).await;
        let told = credits(&world, &function).await;
        assert_eq!((&told["state"], &told["cap_level"]), (&json!("low"), &json!(0)), "{edit}");
    }
    let rest = "select concat_ws(' ', due_at, exhausted_at, state_since > '-infinity') from public.user_credits where user_id = 'auth0|ann'";
    assert_eq!(world.one(rest).await, "t");
}

#[tokio::test]
async fn a_state_that_is_wrong_is_found() {
    let world = world().await;
    let function = instance(&world).await;
    anns_policy_is(&world, &function, &json!({ "monthly_cap": "10", "overdraft": "1" })).await;
    bought(&world, &function, "12").await;
    used(&world, "ann", 0, "9").await;
    let kinds = async || world.all("select kind from app.invariant_violations where id = 'auth0|ann' order by 1").await;
    for (edit, back, kind) in [
        ("state = 'good'", "state = 'low'", "state_is_what_the_balance_makes_it"),
        ("cap_level = 80", "cap_level = 90", "cap_level_is_what_the_month_makes_it"),
        ("overdraft = 2", "overdraft = 1", "own_policy_is_in_force"),
        (
            "month_scaled_cost_usd = month_scaled_cost_usd + 1",
            "month_scaled_cost_usd = month_scaled_cost_usd - 1",
            "month_costs_what_its_days_do",
        ),
    ] {
        let past = async |set: &str| {
            world
                .sql(&format!(
                    "set session_replication_role = replica; update public.user_credits set {set} where user_id = 'auth0|ann'; \
                     reset session_replication_role"
                ))
                .await;
        };
        past(edit).await;
        assert_eq!(kinds().await, [kind], "{edit}");
        past(back).await;
    }
    world.assert_sound().await;
}
