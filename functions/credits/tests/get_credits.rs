//! `GET /api/credits`: what an account has, and how long it lasts.

use serde_json::json;
use testkit::{Function, TestRequest, TestResponse, World};

use crate::fixtures::{CREDITS, bought, instance, used, world};

async fn get(world: &World, function: &Function, name: &str, query: &str) -> TestResponse {
    function.send(TestRequest::get(&format!("{CREDITS}{query}")).bearer(&world.token(&format!("auth0|{name}")))).await
}

#[tokio::test]
async fn an_owner_sees_balance_totals_hours_and_how_long_it_lasts() {
    let world = world().await;
    let function = instance(&world).await;
    bought(&world, &function, "100").await;
    used(&world, "ann", 7, "10").await;
    used(&world, "ann", 6, "14").await;
    used(&world, "ann", 0, "6.02").await;
    let mut credits = get(&world, &function, "ann", "").await.expect(200).json;
    assert!(credits["state_since"].take().is_string());
    assert_eq!(
        credits,
        json!({
            "user_id": "auth0|ann",
            "status": "ok",
            "balance": "69.98",
            "total_purchased": "100.00",
            "total_adjusted": "0.00",
            "total_used": "30.02",
            "cpu_hours_used": "30.02",
            "gpu_hours_used": "0",
            "storage_gb_months": "0",
            // 69.98 at 20.02 a week.
            "days_left": 24,
            "state": "good",
            "state_since": null,
            "grace_days_left": null,
            "month_cost": world.one("select total_used::numeric(20, 2) - coalesce((select sum(total_cost) \
                from public.usage_daily where date < date_trunc('month', app.now() at time zone 'UTC')), 0) \
                from public.user_credits where user_id = 'auth0|ann'").await,
            "cap_level": 0,
            "policy": {
                "warn_below": "10.00",
                "overdraft": "0.00",
                "grace_days": 14,
                "projects_when_exhausted": null,
                "monthly_cap": null,
            },
        })
    );
}

#[tokio::test]
async fn the_status_says_low_and_exhausted() {
    let world = world().await;
    world.sql("update public.users set created_at = created_at - interval '6 days' where id = 'auth0|ann'").await;
    let function = instance(&world).await;
    let told = async || {
        let credits = get(&world, &function, "ann", "").await.expect(200).json;
        (credits["status"].as_str().unwrap().to_owned(), credits["days_left"].clone())
    };
    assert_eq!(told().await, ("exhausted".to_owned(), json!(null)), "nothing bought, nothing used");
    bought(&world, &function, "14").await;
    assert_eq!(told().await, ("ok".to_owned(), json!(null)));
    used(&world, "ann", 0, "7").await;
    assert_eq!(told().await, ("ok".to_owned(), json!(7)));
    used(&world, "ann", 0, "7.01").await;
    assert_eq!(told().await, ("low".to_owned(), json!(6)));
    used(&world, "ann", 0, "14").await;
    assert_eq!(told().await, ("exhausted".to_owned(), json!(0)));
    used(&world, "ann", 0, "14.01").await;
    assert_eq!(told().await, ("exhausted".to_owned(), json!(0)));
    used(&world, "ann", 0, "0.000001").await;
    assert_eq!(told().await, ("ok".to_owned(), json!(36500)), "a hundred years at most");
}

#[tokio::test]
async fn a_young_accounts_pace_is_that_of_the_days_since_it_began() {
    let world = world().await;
    let function = instance(&world).await;
    bought(&world, &function, "100").await;
    used(&world, "ann", 0, "10").await;
    let days_left = async || get(&world, &function, "ann", "").await.expect(200).json["days_left"].clone();
    for (age, expected) in [(0, 9), (1, 18), (5, 54), (6, 63), (400, 63)] {
        let made =
            format!("update public.users set created_at = app.now() - interval '{age} days' where id = 'auth0|ann'");
        world.sql(&made).await;
        assert_eq!(days_left().await, expected, "90 dollars left, 10 used in {age} days and today");
    }
    // Whoever leaves a team begins to pay: on that day, or on the next one if it was billed already.
    world.join("ann", "admin").await;
    world.join("ann", "ann").await;
    assert_eq!(days_left().await, 9);
    // Usage from before the account began is told too.
    used(&world, "ann", 1, "10").await;
    assert_eq!(days_left().await, 8, "80 dollars left, 20 used in two days");
}

#[tokio::test]
async fn members_never_see_billing_and_another_account_looks_like_none() {
    let world = world().await;
    world.sign_up("bob").await;
    world.sign_up("carla").await;
    world.join("bob", "ann").await;
    let function = instance(&world).await;
    for query in ["", "?user_id=auth0%7Cbob", "?user_id=auth0%7Cann", "?user_id=auth0%7Cnobody"] {
        get(&world, &function, "bob", query).await.expect_problem(403, "billing_owner_only");
    }
    let other = get(&world, &function, "carla", "?user_id=auth0%7Cann").await.expect_problem(404, "user_unknown");
    let nobody = get(&world, &function, "carla", "?user_id=auth0%7Cnobody").await.expect_problem(404, "user_unknown");
    assert_eq!(other.json["detail"], nobody.json["detail"]);
    get(&world, &function, "carla", "?user_id=auth0%7Ccarla").await.expect(200);
}

#[tokio::test]
async fn an_administrator_sees_anybody() {
    let world = world().await;
    let function = instance(&world).await;
    bought(&world, &function, "5").await;
    let credits = get(&world, &function, "admin", "?user_id=auth0%7Cann").await.expect(200).json;
    assert_eq!(credits["balance"], "5.00");
    assert_eq!(get(&world, &function, "admin", "").await.expect(200).json["user_id"], "auth0|admin");
    get(&world, &function, "admin", "?user_id=auth0%7Cnobody").await.expect_problem(404, "user_unknown");
    for (query, field) in [("?user_id=", "user_id"), ("?user=a", "user"), ("?user_id=a&user_id=b", "user_id")] {
        let response = get(&world, &function, "admin", query).await;
        assert_eq!((response.status, response.field()), (400, field), "{query}");
    }
    // An administrator who is a member has no billing of their own to see.
    world.join("admin", "ann").await;
    get(&world, &function, "admin", "").await.expect_problem(403, "billing_owner_only");
    get(&world, &function, "admin", "?user_id=auth0%7Cann").await.expect(200);
}

#[tokio::test]
async fn a_suspended_owner_sees_the_bill_a_suspended_member_none_and_a_suspended_administrator_only_their_own() {
    let world = world().await;
    let function = instance(&world).await;
    for name in ["bob", "carla"] {
        world.sign_up(name).await;
    }
    world.join("bob", "ann").await;
    world
        .sql(
            "select promote_admin('auth0|carla'); select lock_seats(); select suspend_user('auth0|ann', 'money'); \
             select suspend_user('auth0|carla', 'administrator')",
        )
        .await;
    for path in ["", "/transactions"] {
        get(&world, &function, "ann", path).await.expect(200);
        let refused = get(&world, &function, "bob", path).await.expect_problem(403, "account_suspended");
        assert!(refused.text.contains("its owner's"), "{}", refused.text);
        get(&world, &function, "carla", path).await.expect(200);
        get(&world, &function, "carla", &format!("{path}?user_id=auth0%7Cann"))
            .await
            .expect_problem(404, "user_unknown");
    }
}
