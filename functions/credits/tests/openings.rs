//! Accounts that had bought and used something before they were taken over from another system.

use serde_json::{Value, json};
use testkit::{TestRequest, World};

use crate::fixtures::{
    CREDITS, TRANSACTIONS, adjustment, bought, entries, instance, purchase, purchase_of, used, world,
};

/// Ann had bought 500 and used 123.45 of it, among that 400.5 CPU hours, and 1.35 had been taken away. A take-over
/// writes all of it at once, before there are triggers.
async fn taken_over() -> World {
    let world = world().await;
    world
        .sql(
            "set session_replication_role = replica; \
             insert into app.credit_transactions (account_owner_id, seq, kind, amount, balance_before, balance_after, reference, actor) values \
               ('auth0|ann', 1, 'opening', 500, 0, 500, 'purchased', 'operator'), \
               ('auth0|ann', 2, 'opening', -1.35, 500, 498.65, 'adjusted', 'operator'), \
               ('auth0|ann', 3, 'opening', -123.45, 498.65, 375.20, 'used', 'operator'); \
             insert into app.opening_usage values ('auth0|ann', 400.5, 10.25, 7776000, 123.45 * app.billing_month_seconds()); \
             update public.user_credits set last_seq = 3, balance = 375.20, total_purchased = 500, total_adjusted = -1.35, \
               total_used = 123.45, cpu_hours_used = 400.5, gpu_hours_used = 10.25, storage_gb_seconds = 7776000, \
               storage_gb_months = 3, scaled_cost_usd = 123.45 * app.billing_month_seconds() \
             where user_id = 'auth0|ann'; \
             reset session_replication_role",
        )
        .await;
    world.assert_sound().await;
    world
}

#[tokio::test]
async fn a_ledger_goes_on_from_its_openings() {
    let world = taken_over().await;
    let function = instance(&world).await;
    let credits = async || {
        let mut credits =
            function.send(TestRequest::get(CREDITS).bearer(&world.token("auth0|ann"))).await.expect(200).json;
        // What they do by a policy is another matter.
        for member in ["state", "state_since", "grace_days_left", "month_cost", "cap_level", "policy"] {
            credits.as_object_mut().unwrap().remove(member).unwrap();
        }
        credits
    };
    let opened = json!({
        "user_id": "auth0|ann",
        "status": "ok",
        "balance": "375.20",
        "total_purchased": "500.00",
        "total_adjusted": "-1.35",
        "total_used": "123.45",
        "cpu_hours_used": "400.5",
        "gpu_hours_used": "10.25",
        "storage_gb_months": "3",
        // What was used before has no pace.
        "days_left": null,
    });
    assert_eq!(credits().await, opened);

    bought(&world, &function, "100").await;
    let correction = json!({ "user_id": "auth0|ann", "amount": "-0.65", "reason": "goodwill" });
    function.send(adjustment(&world, "a", &correction)).await.expect(201);
    used(&world, "ann", 0, "10.005").await;
    let after = credits().await;
    let sums = ["balance", "total_purchased", "total_adjusted", "total_used", "cpu_hours_used"].map(|sum| &after[sum]);
    // 133.455 rounds to the even cent, 133.46, with what was used before.
    assert_eq!(sums, ["464.54", "600.00", "-2.00", "133.46", "410.505"]);
    assert_eq!(after["days_left"], 46, "at 10.005 a day, not at what was used before");
    assert_eq!(
        entries(&world).await,
        [
            "ann 1 opening 500.00 500.00",
            "ann 2 opening -1.35 498.65",
            "ann 3 opening -123.45 375.20",
            "ann 4 purchase 100.00 475.20",
            "ann 5 adjustment -0.65 474.55",
            "ann 6 usage -10.01 464.54",
        ]
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn the_history_says_what_was_bought_and_used_before() {
    let world = taken_over().await;
    let function = instance(&world).await;
    let list = TestRequest::get(TRANSACTIONS).bearer(&world.token("auth0|ann"));
    let items = function.send(list.clone()).await.expect(200).json["items"].clone();
    let told =
        |entry: &Value| ["kind", "reference", "amount", "actor"].map(|field| entry[field].as_str().unwrap().to_owned());
    assert_eq!(
        items.as_array().unwrap().iter().map(told).collect::<Vec<_>>(),
        [
            ["opening", "used", "-123.45", "operator"],
            ["opening", "adjusted", "-1.35", "operator"],
            ["opening", "purchased", "500.00", "operator"],
        ]
    );
    let csv = function.send(list.header("accept", "text/csv")).await.expect(200).text;
    assert!(csv.contains(",opening,500.00,0.00,500.00,purchased,"), "{csv}");
    // What was bought from another system is returned there, or corrected here.
    let opening = items[2]["id"].as_str().unwrap();
    let refund = json!({ "user_id": "auth0|ann", "amount": "-1", "reason": "r", "refund_of": opening });
    assert_eq!(function.send(adjustment(&world, "r", &refund)).await.expect(404).json["code"], "purchase_unknown");
    function.send(purchase(&world, "p", &purchase_of("ann", "1"))).await.expect(201);
}

#[tokio::test]
async fn sums_that_are_not_those_of_the_openings_are_found() {
    let world = taken_over().await;
    let kinds = async || world.all("select kind from app.invariant_violations where id = 'auth0|ann' order by 1").await;
    let wrong = async |edit: &str| {
        world.sql(&format!("set session_replication_role = replica; {edit}; reset session_replication_role")).await;
    };
    for (edit, back, kind) in [
        (
            "update app.opening_usage set cpu_hours = 1",
            "update app.opening_usage set cpu_hours = 400.5",
            "credits_are_the_sums_of_days",
        ),
        (
            "update app.credit_transactions set reference = 'adjusted' where seq = 1",
            "update app.credit_transactions set reference = 'purchased' where seq = 1",
            "totals_are_the_sums_of_entries",
        ),
    ] {
        wrong(edit).await;
        assert_eq!(kinds().await, [kind], "{edit}");
        wrong(back).await;
    }
    world.assert_sound().await;
}
