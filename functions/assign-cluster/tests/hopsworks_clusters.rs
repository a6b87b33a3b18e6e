//! `/api/admin/hopsworks-clusters`.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::{TestRequest, World};

use crate::fixtures::{audit, instance, log_in, seating};

const PATH: &str = "/api/admin/hopsworks-clusters";

pub fn new_cluster(name: &str, max_users: u32) -> Value {
    json!({ "name": name, "api_url": format!("https://{name}.example.com"), "max_users": max_users })
}

pub fn create(token: &str, body: &Value) -> TestRequest {
    TestRequest::post(PATH).bearer(token).json(body)
}

pub fn change(token: &str, id: &Value, body: &Value) -> TestRequest {
    TestRequest::new(Method::PATCH, &format!("{PATH}/{}", id.as_str().unwrap())).bearer(token).json(body)
}

#[tokio::test]
async fn a_new_cluster_seats_those_who_wait() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    for name in ["zoe", "ann", "bob"] {
        log_in(&world, name).await;
    }
    let made = function.send(create(&admin, &new_cluster("first", 2))).await.expect(201).json;
    assert_eq!((&made["current_users"], &made["free_seats"], &made["status"]), (&json!(2), &json!(0), &json!("full")));
    assert_eq!(seating(&world).await, "ann=first bob=waits zoe=first");
    assert_eq!(audit(&world).await, ["hopsworks_clusters.create"]);

    let read = TestRequest::get(&format!("{PATH}/{}", made["id"].as_str().unwrap())).bearer(&admin);
    assert_eq!(function.send(read).await.expect(200).json, made);
    function.send(create(&admin, &new_cluster("first", 2))).await.expect_problem(409, "name_in_use");
    assert_eq!(audit(&world).await.len(), 1);
    world.assert_sound().await;
}

#[tokio::test]
async fn raising_and_activating_seat_those_who_wait_and_maintenance_keeps_those_who_are_there() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    let id = function.send(create(&admin, &new_cluster("first", 1))).await.expect(201).json["id"].clone();
    for name in ["ann", "bob", "eve", "zoe"] {
        log_in(&world, name).await;
    }
    let set = |body: Value| change(&admin, &id, &body);

    let cluster = function.send(set(json!({ "max_users": 2 }))).await.expect(200).json;
    assert_eq!((&cluster["current_users"], &cluster["status"]), (&json!(2), &json!("full")));
    assert_eq!(seating(&world).await, "ann=first bob=first eve=waits zoe=waits");

    function.send(set(json!({ "status": "maintenance" }))).await.expect(200);
    let cluster = function.send(set(json!({ "max_users": 3 }))).await.expect(200).json;
    assert_eq!((&cluster["status"], &cluster["free_seats"]), (&json!("maintenance"), &json!(1)));
    assert_eq!(seating(&world).await, "ann=first bob=first eve=waits zoe=waits");

    function.send(set(json!({ "status": "active" }))).await.expect(200);
    assert_eq!(seating(&world).await, "ann=first bob=first eve=first zoe=waits");

    let refused = function.send(set(json!({ "max_users": 2 }))).await.expect_problem(409, "seats_in_use");
    assert!(refused.text.contains("3 users"), "{}", refused.text);
    assert_eq!(audit(&world).await.len(), 5, "four changes and the creation");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_change_leaves_the_rest_as_it_is_and_the_instances_follow_the_address() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    let mut body = new_cluster("first", 5);
    body["metadata"] = json!({ "region": "eu", "tags": { "a": 1, "b": 2 } });
    let made = function.send(create(&admin, &body)).await.expect(201).json;
    log_in(&world, "ann").await;
    let changes = json!({ "api_url": "https://moved.example.com", "metadata": { "tags": { "a": null, "c": 3 } } });
    let changed = function.send(change(&admin, &made["id"], &changes)).await.expect(200).json;
    assert_eq!(changed["metadata"], json!({ "region": "eu", "tags": { "b": 2, "c": 3 } }));
    assert_eq!((&changed["name"], &changed["max_users"]), (&made["name"], &made["max_users"]));
    assert_eq!(
        world.one("select hopsworks_url from public.instances where user_id = 'auth0|ann'").await,
        "https://moved.example.com"
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn the_list_shows_seats_and_who_waits_and_its_pages_skip_nothing() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    for name in ["a", "b", "c"] {
        function.send(create(&admin, &new_cluster(name, 1))).await.expect(201);
    }
    for name in ["ann", "bob", "eve", "zoe"] {
        log_in(&world, name).await;
    }
    world.join("zoe", "ann").await;
    let (mut names, mut waiting, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let page =
            function.send(TestRequest::get(&format!("{PATH}?limit=2{cursor}")).bearer(&admin)).await.expect(200).json;
        assert_eq!(page["waiting_users"], 1);
        for cluster in page["items"].as_array().unwrap() {
            names.push(cluster["name"].as_str().unwrap().to_owned());
            waiting += cluster["waiting_members"].as_u64().unwrap();
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!((names, waiting), (["c", "b", "a"].map(str::to_owned).to_vec(), 1));
}

#[tokio::test]
async fn bad_input_is_refused_with_the_name_of_the_field_and_writes_nothing() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    let with = |field: &str, value: Value| {
        let mut body = new_cluster("first", 5);
        body[field] = value;
        body
    };
    for (body, field) in [
        (json!({}), "name"),
        (with("name", json!("")), "name"),
        (with("name", json!("a b")), "name"),
        (with("name", json!("x".repeat(254))), "name"),
        (with("api_url", json!("http://plain.example.com")), "api_url"),
        (with("api_url", json!("https://")), "api_url"),
        (with("api_key", json!("")), "api_key"),
        (with("api_key", json!("with space")), "api_key"),
        (with("api_key", json!(["key"])), "api_key"),
        (with("max_users", json!(-1)), "max_users"),
        (with("max_users", json!(1_000_001)), "max_users"),
        (with("max_users", json!(1.5)), "max_users"),
        (with("max_users", json!("5")), "max_users"),
        (with("status", json!("full")), "status"),
        (with("metadata", json!([])), "metadata"),
        (with("metadata", json!({ "a": { "b": ["\0"] } })), "metadata.a.b[0]"),
        (with("current_users", json!(1)), "current_users"),
    ] {
        let refused = function.send(create(&admin, &body)).await;
        assert_eq!((refused.status, refused.field()), (400, field), "{body}: {}", refused.text);
    }
    assert_eq!(world.one("select count(*) from public.hopsworks_clusters").await, "0");
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("cursor=x", "cursor"),
        ("page=2", "page"),
        ("limit=1&limit=2", "limit"),
    ] {
        let refused = function
            .send(TestRequest::get(&format!("{PATH}?{query}")).bearer(&admin))
            .await
            .expect_problem(400, "invalid_query");
        assert_eq!(refused.field(), field);
    }
    let unknown = json!("00000000-0000-0000-0000-000000000000");
    function.send(change(&admin, &unknown, &json!({}))).await.expect_problem(404, "hopsworks_cluster_unknown");
    function.send(change(&admin, &json!("first"), &json!({}))).await.expect_problem(400, "invalid_path");
}

#[tokio::test]
async fn a_cursor_of_another_list_or_of_no_time_is_refused() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    for cursor in [
        // {"created_at":"2026-01-01T00:00:00Z","id":"auth0|1"}, as the list of members has them
        "eyJjcmVhdGVkX2F0IjoiMjAyNi0wMS0wMVQwMDowMDowMFoiLCJpZCI6ImF1dGgwfDEifQ",
        // {"created_at":"0000-01-01T00:00:00Z","id":"00000000-0000-0000-0000-000000000000"}
        "eyJjcmVhdGVkX2F0IjoiMDAwMC0wMS0wMVQwMDowMDowMFoiLCJpZCI6IjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMCJ9",
    ] {
        let refused = function.send(TestRequest::get(&format!("{PATH}?cursor={cursor}")).bearer(&admin)).await;
        assert_eq!(refused.expect_problem(400, "invalid_query").field(), "cursor");
    }
}

#[tokio::test]
async fn metadata_has_bounds() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    let made = function.send(create(&admin, &new_cluster("first", 1))).await.expect(201).json;
    let deep = (0..17).fold(json!(1), |inner, _| json!({ "a": inner }));
    for metadata in [deep, json!({ "a": "x".repeat(16 * 1024) })] {
        let refused = function.send(change(&admin, &made["id"], &json!({ "metadata": metadata }))).await;
        assert_eq!(refused.expect_problem(400, "invalid_body").field(), "metadata");
    }
    let with = |member: &str| json!({ "metadata": { member: "x".repeat(12_000) } });
    for member in ["m1", "m2"] {
        function.send(change(&admin, &made["id"], &with(member))).await.expect(200);
    }
    function.send(change(&admin, &made["id"], &with("m3"))).await.expect_problem(400, "metadata_too_large");
}

#[tokio::test]
async fn a_queue_of_more_than_a_thousand_is_seated_in_steps_that_all_end() {
    let world = World::new().await;
    let admin = world.add_administrator().await;
    world
        .sql(
            "select sync_user(jsonb_build_object('input', jsonb_build_object( \
               'user_id', 'auth0|' || n, 'logged_in_at', '2026-01-01T00:00:00Z'))) from generate_series(1, 1100) n",
        )
        .await;
    // Not before: a connection that has been idle must answer within a second.
    let function = instance(&world).await;
    let made = function.send(create(&admin, &new_cluster("first", 2000))).await.expect(201).json;
    assert_eq!(made["current_users"], 1000);
    assert_eq!(log_in(&world, "zoe").await, json!(null), "a newcomer waits behind those who are left");
    let zoe_is_last = "select count(*) from public.user_hopsworks_assignments where user_id <> 'auth0|zoe'";
    assert_eq!(world.one(zoe_is_last).await, "1100");
    let next = function.send(change(&admin, &made["id"], &json!({}))).await.expect(200).json;
    assert_eq!(next["current_users"], 1101);
    world.assert_sound().await;
}

#[tokio::test]
async fn clusters_are_for_administrators() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    let id = function.send(create(&admin, &new_cluster("first", 5))).await.expect(201).json["id"].clone();
    log_in(&world, "ann").await;
    let ann = world.token("auth0|ann");
    for request in [
        TestRequest::get(PATH).bearer(&ann),
        create(&ann, &new_cluster("second", 5)),
        TestRequest::get(&format!("{PATH}/{}", id.as_str().unwrap())).bearer(&ann),
        change(&ann, &id, &json!({ "max_users": 0 })),
    ] {
        function.send(request).await.expect_problem(403, "admin_only");
    }
    assert_eq!(audit(&world).await.len(), 1);
}
