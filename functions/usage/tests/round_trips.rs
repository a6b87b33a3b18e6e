//! Every warm request is one round trip to the database, a batch of a thousand too.

use axum::http::Method;
use serde_json::json;
use testkit::{TestRequest, World, proxy::Proxy};

use crate::fixtures::{
    COVERAGE, PRICES, RATES, SOURCES, UNATTRIBUTED, USAGE, account, batch, outcomes, reading, with, world,
};

async fn thousand(world: &World) -> TestRequest {
    let mut readings = Vec::new();
    for number in 0..20 {
        world.sign_up(&format!("user{number}")).await;
    }
    for number in 0..1000 {
        let source = json!({ "source": format!("s{number}") });
        readings.push(with(reading(&format!("user{}", number % 20), "2026-07-14", "1"), source));
    }
    batch(world, &readings)
}

/// Of five sources, each with a window a minute that lasts for ten.
fn overlapping(world: &World) -> TestRequest {
    let overlapping = |number: usize| {
        let (minute, source) = (number / 5, number % 5);
        let time = |minute: usize| format!("2026-07-13T{:02}:{:02}:00Z", minute / 60, minute % 60);
        let window =
            json!({ "source": format!("o{source}"), "window_start": time(minute), "window_end": time(minute + 10) });
        with(reading("ann", "2026-07-13", "1"), window)
    };
    batch(world, &(0..1000).map(overlapping).collect::<Vec<_>>())
}

#[tokio::test]
async fn every_warm_request_is_one_round_trip() {
    let world = world().await;
    let admin = world.add_administrator().await;
    let ann = world.sign_up("ann").await;
    let thousand = thousand(&world).await;
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port, usage::NAME, usage::routes()).await;
    let prices =
        json!({ "effective_on": "2026-08-01", "cpu_hour_usd": "1", "gpu_hour_usd": "1", "storage_gb_month_usd": "1" });
    let moved = TestRequest::new(Method::PUT, &format!("{SOURCES}/cluster-1"));
    let moved = moved.bearer(&admin).json(&json!({ "client_id": "other@clients" }));
    let cluster = world.add_cluster("north", 5).await;
    world
        .sql(
            "insert into app.usage_coverage (hopsworks_cluster_id, hour, state, due_at, error_code) \
             select id, '2026-07-15 06:00Z', 'missing', app.now(), 'empty_answer' from public.hopsworks_clusters",
        )
        .await;
    let hour =
        |what: &str| TestRequest::post(&format!("{COVERAGE}/{cluster}/2026-07-15T06:00:00Z/{what}")).bearer(&admin);
    let attribution = json!({ "cluster_id": cluster, "namespace": "lab", "user_id": "auth0|ann" });
    for (what, request) in [
        ("a reading", batch(&world, &[reading("ann", "2026-07-14", "1")])),
        ("a thousand readings", thousand.clone()),
        ("a thousand readings again", thousand),
        ("a thousand that each overlap another", overlapping(&world)),
        ("usage", TestRequest::get(USAGE).bearer(&ann)),
        ("usage of the account", TestRequest::get(&format!("{USAGE}?scope=account")).bearer(&ann)),
        ("usage by project", TestRequest::get(&format!("{USAGE}?group_by=project")).bearer(&ann)),
        ("usage as CSV", TestRequest::get(USAGE).bearer(&ann).header("accept", "text/csv")),
        ("a price", TestRequest::post(RATES).bearer(&admin).json(&prices)),
        ("the prices", TestRequest::get(RATES).bearer(&admin)),
        ("the prices as users see them", TestRequest::get(PRICES).bearer(&ann)),
        ("the sources", TestRequest::get(SOURCES).bearer(&admin)),
        ("another machine for a source", moved),
        ("the coverage", TestRequest::get(COVERAGE).bearer(&admin)),
        ("an hour again", hour("recollect")),
        ("an hour accepted", hour("accept")),
        ("what nobody pays for", TestRequest::get(UNATTRIBUTED).bearer(&admin)),
        ("who pays for a namespace", TestRequest::post(UNATTRIBUTED).bearer(&admin).json(&attribution)),
    ] {
        let before = proxy.round_trips();
        let response = function.send(request).await;
        assert!(response.status < 300, "{what}: {}", response.text);
        assert_eq!(proxy.round_trips() - before, 1, "{what}");
    }
    assert_eq!(proxy.connections(), 1, "the connection was kept");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_batch_whose_answer_was_lost_is_repeated_and_counts_once() {
    let world = world().await;
    world.sign_up("ann").await;
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port, usage::NAME, usage::routes()).await;
    proxy.lose_next_answers();
    let response = function.send(batch(&world, &[reading("ann", "2026-07-14", "10")])).await.expect(200);
    assert_eq!(outcomes(&response), ["unchanged"], "the first call had been done");
    assert_eq!(response.json["exhausted_accounts"], json!(["auth0|ann"]), "and told the same");
    assert_eq!(account(&world, "ann").await, "used 1.75, balance -1.75, 1 entries");
    world.assert_sound().await;
}
