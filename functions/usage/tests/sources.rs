//! `GET /api/admin/usage-sources`, `PUT /api/admin/usage-sources/{source}`: a source belongs to the machine that first used
//! it, and only an administrator gives it to another.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::{Function, TestRequest, TestResponse, World};

use crate::fixtures::{SOURCES, account, batch, from, instance, outcomes, reading, record, with, world};

const OTHERS: &str = "rejected source_of_another_client";

async fn world_of_ann() -> World {
    let world = world().await;
    world.add_administrator().await;
    world.sign_up("ann").await;
    world
}

async fn give(world: &World, function: &Function, source: &str, owner: &Value) -> TestResponse {
    let request = TestRequest::new(Method::PUT, &format!("{SOURCES}/{source}")).json(owner);
    function.send(request.bearer(&world.token("auth0|admin"))).await
}

async fn listed(world: &World, function: &Function, query: &str) -> Value {
    let request = TestRequest::get(&format!("{SOURCES}?{query}")).bearer(&world.token("auth0|admin"));
    function.send(request).await.expect(200).json
}

#[tokio::test]
async fn another_machine_neither_revises_nor_adds_to_what_a_source_has_reported() {
    let world = world_of_ann().await;
    let function = instance(&world).await;
    let hour = reading("ann", "2026-07-14", "10");
    assert_eq!(record(&world, &function, std::slice::from_ref(&hour)).await, ["created"]);
    let others = [
        hour.clone(),
        with(hour.clone(), json!({ "cpu_hours": "0" })),
        with(reading("ann", "2026-07-13", "1"), json!({ "project": "p" })),
        with(hour.clone(), json!({ "source": "mine" })),
    ];
    let response = function.send(from(&world, "other@clients", &others)).await.expect(200);
    assert_eq!(outcomes(&response), [OTHERS, OTHERS, OTHERS, "created"]);
    assert_eq!(response.json["results"][0]["field"], "source");
    assert_eq!(record(&world, &function, &others[3..]).await, [OTHERS], "and the other way round");
    assert_eq!(account(&world, "ann").await, "used 3.50, balance -3.50, 2 entries");
    let writers = "select source || ' ' || client_id from app.usage_readings order by 1";
    assert_eq!(world.all(writers).await, ["cluster-1 meter@clients", "mine other@clients"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_reading_that_is_refused_makes_nobody_the_owner_of_its_source() {
    let world = world_of_ann().await;
    let function = instance(&world).await;
    let bad = [reading("nobody", "2026-07-14", "1"), reading("ann", "2026-01-14", "1")];
    function.send(from(&world, "other@clients", &bad)).await.expect(200);
    assert_eq!(world.one("select count(*) from app.usage_sources").await, "0");
    assert_eq!(record(&world, &function, &[reading("ann", "2026-07-14", "1")]).await, ["created"]);
}

#[tokio::test]
async fn an_administrator_gives_a_source_to_another_machine_and_it_is_written_down() {
    let world = world_of_ann().await;
    let function = instance(&world).await;
    let hour = reading("ann", "2026-07-14", "10");
    record(&world, &function, std::slice::from_ref(&hour)).await;
    let owner = json!({ "client_id": "other@clients" });
    let moved = give(&world, &function, "cluster-1", &owner).await.expect(200).json;
    let expected =
        json!({ "source": "cluster-1", "client_id": "other@clients", "first_used_at": "2026-07-15T12:00:00Z" });
    assert_eq!(moved, expected);
    assert_eq!(give(&world, &function, "cluster-1", &owner).await.expect(200).json, expected);
    let audit = "select actor || ' ' || target || ' ' || (before ->> 'client_id') || ' ' || (after ->> 'client_id') \
                 from app.audit_log where action = 'usage_sources.move'";
    let change = "auth0|admin cluster-1 meter@clients other@clients";
    assert_eq!(world.all(audit).await, [change], "the same again is no change");
    assert_eq!(record(&world, &function, std::slice::from_ref(&hour)).await, [OTHERS]);
    let less = from(&world, "other@clients", &[with(hour, json!({ "cpu_hours": "4" }))]);
    assert_eq!(outcomes(&function.send(less).await), ["revised"]);
    assert_eq!(world.one("select client_id from app.usage_readings").await, "other@clients");
    world.assert_sound().await;
}

#[tokio::test]
async fn an_unknown_source_or_a_wrong_owner_is_refused_and_only_administrators_decide() {
    let world = world_of_ann().await;
    let function = instance(&world).await;
    record(&world, &function, &[reading("ann", "2026-07-14", "1")]).await;
    let owner = json!({ "client_id": "other@clients" });
    give(&world, &function, "cluster-2", &owner).await.expect_problem(404, "source_unknown");
    for (field, body) in [
        ("client_id", json!({})),
        ("client_id", json!({ "client_id": "" })),
        ("client_id", json!({ "client_id": "a\nb" })),
        ("client_id", json!({ "client_id": "x".repeat(256) })),
        ("client_id", json!({ "client_id": null })),
        ("source", json!({ "client_id": "a", "source": "b" })),
    ] {
        let response = give(&world, &function, "cluster-1", &body).await;
        assert_eq!((response.status, response.field()), (400, field), "{body}: {}", response.text);
    }
    let long = give(&world, &function, &"x".repeat(201), &owner).await;
    assert_eq!((long.status, long.field()), (400, "source"));
    let ask = |token: &str| TestRequest::new(Method::PUT, &format!("{SOURCES}/cluster-1")).bearer(token).json(&owner);
    function.send(ask(&world.token("auth0|ann"))).await.expect_problem(403, "admin_only");
    function.send(ask(&world.machine_token(&["usage:write"]))).await.expect_problem(403, "person_only");
    assert_eq!(world.one("select client_id from app.usage_sources").await, "meter@clients");
}

#[tokio::test]
async fn sources_are_listed_by_name_page_by_page() {
    let world = world_of_ann().await;
    let function = instance(&world).await;
    let names = ["b", "a/1", "B", "ä", "c c"];
    let readings = names.map(|name| with(reading("ann", "2026-07-14", "1"), json!({ "source": name })));
    record(&world, &function, &readings).await;
    let (mut found, mut query) = (Vec::new(), "limit=2".to_owned());
    loop {
        let page = listed(&world, &function, &query).await;
        found.extend(page["items"].as_array().unwrap().iter().map(|item| item["source"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(found, ["B", "a/1", "b", "c c", "ä"]);
}

#[tokio::test]
async fn of_two_machines_that_use_new_sources_first_at_once_one_gets_each_and_none_waits_for_ever() {
    let world = world_of_ann().await;
    let mut readings: Vec<Value> =
        ["a", "b", "c"].map(|source| with(reading("ann", "2026-07-14", "1"), json!({ "source": source }))).to_vec();
    let forth = batch(&world, &readings);
    readings.reverse();
    let back = from(&world, "other@clients", &readings);
    let instances = vec![instance(&world).await.into(), instance(&world).await.into()];
    let responses = world.race("select lock_accounts(array['auth0|ann'])", instances, vec![forth, back]).await;
    let mut results: Vec<Vec<String>> = responses.iter().map(outcomes).collect();
    results.sort();
    assert_eq!(results, [vec!["created"; 3], vec![OTHERS; 3]]);
    assert_eq!(world.one("select count(distinct client_id) from app.usage_sources").await, "1");
    world.assert_sound().await;
}

#[tokio::test]
async fn whoever_gave_a_source_away_in_a_repeated_call_does_not_take_it_back() {
    let world = world_of_ann().await;
    let function = instance(&world).await;
    record(&world, &function, &[reading("ann", "2026-07-14", "1")]).await;
    let give = async |request_id: &str, client_id: &str| {
        let args = json!({
            "caller": { "sub": "auth0|admin", "must_be": "admin", "request_id": request_id },
            "input": { "source": { "id": "cluster-1" }, "client_id": client_id },
        });
        world.sql(&format!("select move_usage_source('{args}'::jsonb)")).await;
    };
    give("first", "b@clients").await;
    give("second", "c@clients").await;
    give("first", "b@clients").await;
    assert_eq!(world.one("select client_id from app.usage_sources").await, "c@clients");
}

#[tokio::test]
async fn a_source_that_another_one_may_arrive_as_is_not_moved_until_it_is_written_in_full() {
    let world = world_of_ann().await;
    let function = instance(&world).await;
    let readings = ["rack%41", "rackA"].map(|name| with(reading("ann", "2026-07-14", "1"), json!({ "source": name })));
    record(&world, &function, &readings).await;
    let owner = json!({ "client_id": "b@clients" });
    // The first is `rack%41`, percent-encoded as any part of a path.
    for path in ["rack%2541", "rackA"] {
        give(&world, &function, path, &owner).await.expect_problem(400, "id_ambiguous");
    }
    let answer = give(&world, &function, "~cmFja0E", &owner).await.expect(200);
    assert_eq!(answer.json["source"], "rackA");
    assert_eq!(world.one("select client_id from app.usage_sources where source = 'rack%41'").await, "meter@clients");
}
