//! Whose account has been exhausted for longer than its grace period is suspended, and is no longer when it is paid.

use std::sync::Arc;

use serde_json::{Value, json};
use testkit::{Function, TestRequest, World};

use crate::fixtures::{
    CREDITS, POLICY, adjustment, anns_policy_is, bought, instance, policy, purchase, purchase_of, used, world,
};

/// A part of the daily work; what it says.
async fn daily(world: &World, part: &str) -> Value {
    let done = world.one(&format!("select {part}('{{\"caller\": {{\"must_be\": \"schedule\"}}}}')")).await;
    serde_json::from_str(&done).unwrap()
}

/// Ann, with Bob in the team, has used ten dollars more than they bought, and the grace period is over.
async fn overdue() -> (World, Function) {
    let world = world().await;
    world.add_cluster("a", 10).await;
    world.sql("select place_waiting()").await;
    world.sign_up("bob").await;
    world.join("bob", "ann").await;
    let function = instance(&world).await;
    anns_policy_is(&world, &function, &json!({ "grace_days": 0 })).await;
    bought(&world, &function, "20").await;
    used(&world, "bob", 0, "30").await;
    assert_eq!(who_may(&world).await, "admin ann bob", "the daily work finds it");
    assert_eq!(daily(&world, "settle_due_credits").await, json!({ "settled": 1 }));
    assert_eq!(who_may(&world).await, "admin");
    (world, function)
}

/// Who is active.
async fn who_may(world: &World) -> String {
    world.assert_sound().await;
    world
        .one("select string_agg(replace(id, 'auth0|', ''), ' ' order by id) from public.users where status = 'active'")
        .await
}

async fn reasons(world: &World) -> String {
    world.one("select suspended_for from public.users where id = 'auth0|ann'").await
}

async fn pay(world: &World, function: &Function, key: &str, dollars: &str) {
    function.send(purchase(world, key, &purchase_of("ann", dollars))).await.expect(201);
}

#[tokio::test]
async fn a_payment_that_is_enough_ends_it_for_the_team_at_once() {
    let (world, function) = overdue().await;
    let ann = world.token("auth0|ann");
    let told = function.send(TestRequest::get(CREDITS).bearer(&ann)).await.expect(200).json;
    assert_eq!((&told["state"], &told["grace_days_left"]), (&json!("overdue"), &json!(0)), "they see what they owe");
    function.send(TestRequest::get(POLICY).bearer(&ann)).await.expect(200);
    function
        .send(policy(&world, "ann", "", &json!({ "warn_below": "1" })))
        .await
        .expect_problem(403, "account_suspended");
    pay(&world, &function, "a", "10").await;
    assert_eq!(
        (who_may(&world).await.as_str(), &*reasons(&world).await),
        ("admin", "{money}"),
        "nothing is nothing left"
    );
    pay(&world, &function, "b", "0.01").await;
    assert_eq!((who_may(&world).await.as_str(), &*reasons(&world).await), ("admin ann bob", "{}"));
    // The same payment again changes nothing.
    pay(&world, &function, "b", "0.01").await;
    assert_eq!(daily(&world, "settle_due_credits").await, json!({ "settled": 0 }));
}

#[tokio::test]
async fn so_does_a_correction_and_another_policy() {
    let (world, function) = overdue().await;
    let correction = json!({ "user_id": "auth0|ann", "amount": "10.01", "reason": "goodwill" });
    function.send(adjustment(&world, "c", &correction)).await.expect(201);
    assert_eq!(who_may(&world).await, "admin ann bob");
    for better in [json!({ "grace_days": 1 }), json!({ "grace_days": 0, "overdraft": "11" })] {
        let (world, function) = overdue().await;
        anns_policy_is(&world, &function, &better).await;
        assert_eq!(who_may(&world).await, "admin ann bob", "{better}");
    }
}

#[tokio::test]
async fn what_an_administrator_has_suspended_stays_so() {
    let (world, function) = overdue().await;
    world.sql("select lock_seats(), set_user_status('auth0|ann', 'suspended')").await;
    assert_eq!(reasons(&world).await, "{administrator,money}");
    pay(&world, &function, "a", "100").await;
    assert_eq!((who_may(&world).await.as_str(), &*reasons(&world).await), ("admin", "{administrator}"));
    world.sql("select lock_seats(), set_user_status('auth0|ann', 'active')").await;
    assert_eq!(who_may(&world).await, "admin ann bob");
}

#[tokio::test]
async fn an_administrator_is_overdue_and_not_suspended() {
    let world = world().await;
    let function = instance(&world).await;
    function.send(policy(&world, "admin", "", &json!({ "grace_days": 0 }))).await.expect(200);
    used(&world, "admin", 0, "1").await;
    daily(&world, "settle_due_credits").await;
    let state = "select state from public.user_credits where user_id = 'auth0|admin'";
    assert_eq!((world.one(state).await.as_str(), who_may(&world).await.as_str()), ("overdue", "admin ann"));
    assert_eq!(daily(&world, "review_accounts").await["settled"], 0);
}

#[tokio::test]
async fn where_a_state_changes_without_it_the_daily_work_follows() {
    let (world, _) = overdue().await;
    used(&world, "bob", 0, "1").await;
    assert_eq!(who_may(&world).await, "admin", "usage locks no seats");
    assert_eq!(daily(&world, "review_accounts").await["settled"], 1);
    assert_eq!(who_may(&world).await, "admin ann bob");
    // Somebody who knows nothing of it makes Ann active by hand.
    used(&world, "bob", 0, "30").await;
    daily(&world, "settle_due_credits").await;
    world.sql("update public.users set status = 'active', suspended_for = '{}', suspended_with_owner = false where status = 'suspended'").await;
    world
        .sql("update public.instances set status = 'active' where status = 'stopped' and user_id <> 'auth0|admin'")
        .await;
    assert_eq!(daily(&world, "review_accounts").await["settled"], 1);
    assert_eq!(who_may(&world).await, "admin");
}

#[tokio::test]
async fn a_payment_that_meets_the_daily_work_ends_what_it_began() {
    let world = world().await;
    let function = Arc::new(instance(&world).await);
    anns_policy_is(&world, &function, &json!({ "grace_days": 0 })).await;
    bought(&world, &function, "20").await;
    used(&world, "ann", 0, "30").await;
    let mut work = world.direct().await;
    work.run("begin; select lock_seats(), lock_accounts(array['auth0|ann'])").await.unwrap();
    let request = purchase(&world, "k", &purchase_of("ann", "100"));
    let paying = {
        let function = Arc::clone(&function);
        tokio::spawn(async move { function.send(request).await })
    };
    let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while world.one(waits).await != "1" {
        tokio::task::yield_now().await;
    }
    work.run("select settle_due_credits('{\"caller\": {\"must_be\": \"schedule\"}}'); commit").await.unwrap();
    paying.await.unwrap().expect(201);
    assert!(
        function.log.text().contains("was suspended for money meanwhile"),
        "it was repeated, with the lock of the seats"
    );
    assert_eq!(who_may(&world).await, "admin ann");
    assert_eq!(world.one("select count(*) from app.credit_transactions where kind = 'purchase'").await, "2", "once");
}
