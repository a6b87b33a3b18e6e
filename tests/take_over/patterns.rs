//! The web app lives on: what it reads through PostgREST, as the SQL that PostgREST makes of it, and what it does besides.

use ops::take_over::structure::TABLES;
use proof::take_over::WEB_APP;
use serde_json::{Value, json};
use testkit::World;

use crate::{
    databases::Foreign,
    postgrest::{embedded, read, refusal, relationships, write},
};

/// "Get User with All Related Data".
async fn user_with_all(world: &World, id: &str) -> Value {
    let (credits, with_credits) =
        embedded("user_credits", &["total_purchased", "total_used", "cpu_hours_used", "gpu_hours_used"]);
    let (instance, with_instance) = embedded("instances", &["instance_name", "status", "hopsworks_url"]);
    let query = format!(
        "SELECT \"public\".\"users\".*, {credits}, {instance} FROM \"public\".\"users\" {with_credits} {with_instance} \
         WHERE \"public\".\"users\".\"id\" = '{id}'"
    );
    read(world, &query, true).await
}

/// "Find Available Hopsworks Cluster for New User", without the line that never was a filter.
async fn available_cluster(world: &World) -> Value {
    let query = "SELECT \"public\".\"hopsworks_clusters\".* FROM \"public\".\"hopsworks_clusters\" \
         WHERE \"public\".\"hopsworks_clusters\".\"status\" = 'active' \
         ORDER BY \"public\".\"hopsworks_clusters\".\"current_users\" ASC LIMIT 1 OFFSET 0";
    read(world, query, true).await
}

/// "Get User's Daily Usage".
async fn daily_usage(world: &World, id: &str) -> Value {
    let day = "\"public\".\"usage_daily\"";
    let query = format!(
        "SELECT {day}.* FROM {day} WHERE {day}.\"user_id\" = '{id}' AND {day}.\"date\" >= '2026-10-01' \
         AND {day}.\"date\" <= '2026-11-30' ORDER BY {day}.\"date\" DESC"
    );
    read(world, &query, false).await
}

/// "Admin: Get All Users with Credits".
async fn users_with_credits(world: &World) -> Value {
    let (credits, with_credits) = embedded("user_credits", &["total_purchased", "total_used"]);
    let query = format!(
        "SELECT \"public\".\"users\".*, {credits} FROM \"public\".\"users\" {with_credits} \
         ORDER BY \"public\".\"users\".\"created_at\" DESC"
    );
    read(world, &query, false).await
}

/// By one column of `users`, as the check of an administrator and the query by a JSONB field do it.
async fn users_where(world: &World, condition: &str) -> Value {
    let query =
        format!("SELECT \"public\".\"users\".* FROM \"public\".\"users\" WHERE \"public\".\"users\".{condition}");
    read(world, &query, false).await
}

fn embeds(user: &Value) -> (&Value, &Value) {
    (&user["user_credits"], &user["instances"])
}

#[tokio::test]
async fn every_read_of_the_web_app_is_right_before_and_after() {
    let foreign = Foreign::with(WEB_APP).await;
    let world = &foreign.world;
    let instance =
        json!({ "instance_name": "ann-instance", "status": "active", "hopsworks_url": "https://demo.hops.works" });
    let ann = user_with_all(world, "auth0|ann").await;
    let credits =
        json!({ "total_purchased": 500.0, "total_used": 123.45, "cpu_hours_used": 400.5, "gpu_hours_used": 10.25 });
    assert_eq!(embeds(&ann), (&credits, &instance));
    assert_eq!(available_cluster(world).await["name"], "demo.hops.works");

    foreign.take_over().await.unwrap();

    let ann = user_with_all(world, "auth0|ann").await;
    // With what Bob, a member, had used.
    let credits =
        json!({ "total_purchased": 500.0, "total_used": 133.45, "cpu_hours_used": 457.64, "gpu_hours_used": 10.25 });
    assert_eq!(embeds(&ann), (&credits, &instance));
    assert_eq!(
        (&ann["email"], &ann["login_count"], &ann["is_admin"]),
        (&json!("Ann@example.com"), &json!(50), &json!(true))
    );
    assert_eq!(user_with_all(world, "auth0|bob").await["user_credits"]["total_used"], 0.0);

    // The one that had room is full, and the other one takes nobody: `.single()` finds none.
    assert_eq!(available_cluster(world).await, Value::Null);
    world.add_cluster("free", 5).await;
    assert_eq!(available_cluster(world).await["name"], "free");

    let days = daily_usage(world, "auth0|bob").await;
    let told = |day: &Value| {
        [&day["date"], &day["cpu_hours"], &day["gpu_hours"], &day["storage_gb"], &day["total_cost"]].map(Clone::clone)
    };
    let days: Vec<_> = days.as_array().unwrap().iter().map(told).collect();
    assert_eq!(
        days,
        [
            [json!("2026-11-25"), json!(2.25), json!(0.5), json!(1.0), json!(1.4)],
            [json!("2026-10-01"), json!(4.5), json!(0.0), json!(0.0), json!(0.79)],
        ]
    );

    let users = users_with_credits(world).await;
    let users = users.as_array().unwrap();
    let ids: Vec<_> = users.iter().map(|user| user["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["auth0|eve", "auth0|dot", "auth0|cy", "google-oauth2|ann", "auth0|bob", "auth0|ann"]);
    assert_eq!(users[3]["user_credits"], json!({ "total_purchased": 10.0, "total_used": 25.5 }));

    assert_eq!(users_where(world, "\"id\" = 'auth0|ann'").await[0]["is_admin"], true);
    assert_eq!(users_where(world, "\"id\" = 'auth0|cy'").await[0]["is_admin"], false);
    let beta = users_where(world, "\"metadata\" @> '{\"tags\": [\"beta\"]}'").await;
    assert_eq!((beta.as_array().unwrap().len(), &beta[0]["id"]), (1, &json!("auth0|ann")));
}

#[tokio::test]
async fn one_relationship_stands_between_two_tables_that_are_embedded() {
    let foreign = Foreign::with(WEB_APP).await;
    foreign.take_over().await.unwrap();
    for (one, other, found) in [
        ("users", "user_credits", "one to one"),
        ("users", "instances", "one to one"),
        ("users", "clusters", "many to one"),
        ("user_hopsworks_assignments", "hopsworks_clusters", "many to one"),
        ("users", "user_hopsworks_assignments", "one to one"),
        ("users", "users", "many to one"),
    ] {
        let relationships = relationships(&foreign.world, one, other).await;
        assert_eq!(relationships.len(), 1, "{one} and {other}: {relationships:?}");
        assert!(relationships[0].ends_with(found), "{one} and {other}: {relationships:?}");
    }
}

#[tokio::test]
async fn writes_that_break_a_rule_say_what_to_call_and_the_others_go_on() {
    let foreign = Foreign::with(WEB_APP).await;
    foreign.take_over().await.unwrap();
    let world = &foreign.world;
    for (table, set, of) in [
        ("user_credits", json!({ "total_used": 133.45 }), ("user_id", "auth0|ann")),
        ("users", json!({ "status": "suspended" }), ("id", "auth0|bob")),
        ("users", json!({ "account_owner_id": null }), ("id", "auth0|bob")),
        ("usage_daily", json!({ "cpu_hours": 1 }), ("user_id", "auth0|bob")),
        ("hopsworks_clusters", json!({ "api_key": "plain" }), ("name", "demo.hops.works")),
    ] {
        let told = write(world, table, &set, of).await;
        assert!(told.contains("/api/"), "{table} {set}: {told}");
    }
    for (table, set, of) in [
        ("users", json!({ "metadata": { "preferences": { "theme": "dark" }, "tags": ["beta"] } }), ("id", "auth0|bob")),
        (
            "users",
            json!({ "name": "Bob B.", "stripe_customer_id": "cus_1", "last_login_at": "2026-11-26T00:00:00Z" }),
            ("id", "auth0|bob"),
        ),
        ("billing_history", json!({ "status": "paid" }), ("invoice_id", "in_1")),
        ("credit_transactions", json!({ "description": "the first pack" }), ("user_id", "auth0|ann")),
    ] {
        assert_eq!(write(world, table, &set, of).await, "", "{table} {set}");
    }
    assert_eq!(
        world.one("select metadata ->> 'tags' || name from public.users where id = 'auth0|bob'").await,
        "[\"beta\"]Bob B."
    );
    assert_eq!(
        world.one("select updated_at > now() - interval '1 hour' from public.users where id = 'auth0|bob'").await,
        "t"
    );
    // It counts for itself what we count: the number stays right.
    let counted = "select increment_cluster_users(id) from public.hopsworks_clusters where name = 'eu.hops.works'";
    assert_eq!(refusal(world, counted).await, "");
    let balance = "SELECT \"public\".\"user_overview\".* FROM \"public\".\"user_overview\" WHERE \"public\".\"user_overview\".\"id\" = 'auth0|ann'";
    assert_eq!(
        read(world, balance, true).await,
        json!({ "id": "auth0|ann", "email": "Ann@example.com", "balance": 366.55 })
    );
    let sold = "insert into credit_transactions (user_id, amount, type) values ('auth0|eve', 5, 'purchase'); \
        insert into billing_history (user_id, invoice_id, amount) values ('auth0|eve', 'in_2', 5)";
    assert_eq!(refusal(world, sold).await, "");
    world.assert_sound().await;
    // The public key reads nothing of ours any more.
    let mut public = world.direct().await;
    public.run("set role anon").await.unwrap();
    for table in TABLES {
        assert_eq!(public.run(&format!("select from public.{table}")).await.unwrap_err().code, "42501", "{table}");
    }
}
